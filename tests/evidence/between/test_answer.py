"""What known places say of places that were never seen: against the true covariance, and what must not matter."""

from dataclasses import replace

import numpy as np

from chronotope.evidence.between.answer import between
from chronotope.evidence.between.direction import evened
from chronotope.evidence.between.known import filled
from chronotope.evidence.between.plane import Plane
from chronotope.evidence.between.rules import Field

LEVELS = (0.1, 0.5, 0.9)


def field_of(seed=0, known=60, asked=25, steps=120, reach=0.3, stretch=(1.0, 1.0), noise=0.05):
    """Values (t, n) of a Gaussian field at random places, their positions, and the covariance of all of them."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1, (known + asked, 2))
    covariance = np.exp(-np.sqrt((((xy[:, None] - xy[None]) * stretch) ** 2).sum(axis=-1)) / reach)
    values = (np.linalg.cholesky(covariance + noise * np.eye(len(xy))) @ rng.normal(size=(len(xy), steps))).T
    return xy, values, covariance + noise * np.eye(len(xy))


def told(values, xy, known=60, levels=LEVELS, **how):
    return between(values[:, :known], xy[:known], xy[known:], levels, **how)


def best(values, covariance, known=60):
    """The mean that the true covariance and the true mean, zero, give."""
    return values[:, :known] @ np.linalg.solve(covariance[:known, :known], covariance[:known, known:])


def miss(answer, truth):
    return float(np.abs(answer - truth).mean())


def test_answers_are_nearly_as_good_as_with_the_true_covariance():
    xy, values, covariance = field_of()
    answer, truth = told(values, xy), values[:, 60:]
    assert miss(answer[1], truth) < 1.06 * miss(best(values, covariance), truth)
    assert 0.74 < np.mean((truth >= answer[0]) & (truth <= answer[2])) < 0.86


def test_a_field_that_reaches_farther_one_way_is_evened_and_no_other(monkeypatch):
    xy, values, _ = field_of(known=120, reach=0.5, noise=0.001)
    plane = Plane.of(xy[:120], xy[120:], np.zeros((120, 0)), np.zeros((25, 0)))
    assert evened(filled(values[:, :120]), plane) is plane
    xy, values, _ = field_of(known=120, reach=0.5, noise=0.001, stretch=(1.0, 5.0))
    even = miss(told(values, xy, 120)[1], values[:, 120:])
    monkeypatch.setattr("chronotope.evidence.between.answer.evened", lambda known, plane: plane)
    assert even < 0.97 * miss(told(values, xy, 120)[1], values[:, 120:])


def test_a_plane_that_was_pulled_apart_for_nothing_is_heard_as_it_was(monkeypatch):
    xy, values, _ = field_of(reach=0.5, noise=0.001)
    truth, even = values[:, 60:], miss(told(values, xy)[1], values[:, 60:])

    def pulled(known, plane):
        return replace(plane, known=plane.known * (2.0, 0.5), asked=plane.asked * (2.0, 0.5))

    monkeypatch.setattr("chronotope.evidence.between.answer.evened", pulled)
    assert miss(told(values, xy)[1], truth) < 1.02 * even
    monkeypatch.setattr("chronotope.evidence.between.answer.Field", lambda known, plane, as_it_was=None: Field(known, plane))
    assert miss(told(values, xy)[1], truth) > 1.08 * even


def test_wells_of_two_depths_on_one_spot_share_no_more_than_others(monkeypatch):
    def missed(seed):
        rng = np.random.default_rng(seed)
        one = rng.uniform(0, 1, (24, 2))
        xy = np.concatenate([one, one[:6] + 3e-4 * rng.normal(size=(6, 2)), rng.uniform(0, 1, (20, 2))])
        apart = np.linalg.norm(xy[:, None] - xy[None], axis=-1)
        shared = (np.linalg.cholesky(np.exp(-apart / 0.5) + 1e-6 * np.eye(50)) @ rng.standard_normal((50, 60))).T
        return miss(told(shared + rng.standard_normal(50), xy, 30)[1], shared[:, 30:])

    alone = np.mean([missed(seed) for seed in range(3)])
    monkeypatch.setattr("chronotope.evidence.between.covariance.SAME_SPOT", 0.05)
    monkeypatch.setattr("chronotope.evidence.between.rules.SAME_SPOT", 0.05)
    assert alone < 0.98 * np.mean([missed(seed) for seed in range(3)])


def test_far_out_a_slope_of_logarithms_does_not_go_on_for_ever():
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 1, (30, 2))
    values = np.exp(4 * xy[:, 0] + 0.1 * rng.normal(size=(40, 30)))
    answer = between(values, xy, np.array([[5.0, 0.0], [-3.0, 3.0]]), LEVELS, from_zero=True)
    assert np.abs(answer).max() <= 2 * values.max() and (answer[0] <= answer[2]).all()


def test_positions_that_are_shuffled_tell_nothing():
    xy, values, _ = field_of()
    mixed_up = np.concatenate([xy[np.random.default_rng(1).permutation(60)], xy[60:]])
    assert miss(told(values, mixed_up)[1], values[:, 60:]) > 1.3 * miss(told(values, xy)[1], values[:, 60:])


def test_asked_alone_or_with_others_and_with_known_places_in_any_order_the_answer_is_the_same():
    xy, values, _ = field_of(1)
    values[np.random.default_rng(0).random(values.shape) < 0.1] = np.nan
    together = told(values, xy)
    alone = between(values[:, :60], xy[:60], xy[70:71], LEVELS)
    np.testing.assert_allclose(alone[:, :, 0], together[:, :, 10], rtol=1e-9)
    order = np.random.default_rng(2).permutation(60)
    np.testing.assert_array_equal(between(values[:, order], xy[order], xy[60:], LEVELS), together)


def test_a_change_of_unit_changes_nothing_else():
    xy, values, _ = field_of(2)
    plain = told(values, xy)
    np.testing.assert_allclose(told(values * 1.8 + 459, xy), plain * 1.8 + 459, atol=1e-5)
    np.testing.assert_allclose(told(values, xy * 1e5 + 3e6), plain, atol=1e-6)


def test_intervals_vanish_at_a_station_and_widen_with_distance():
    xy, values, _ = field_of(3)
    away = np.array([1e-6, 0.02, 0.3, 3.0])
    corner = xy[:60][np.argmax(xy[:60].sum(axis=1))]
    answer = between(values[:, :60], xy[:60], corner + away[:, None] * 0.7, LEVELS)
    width = (answer[2] - answer[0]).mean(axis=0)
    assert width[0] < 0.05 * width[1] and (np.diff(width) > 0).all()
    station = values[:, np.argmax(xy[:60].sum(axis=1))]
    assert np.abs(answer[1][:, 0] - station).mean() < 0.04


def test_what_is_mostly_zero_is_told_as_zero():
    xy, values, _ = field_of(4)
    rain = np.maximum(values - 0.8, 0)  # dry three times in four
    answer, truth = told(rain, xy, from_zero=True), rain[:, 60:]
    dry = np.mean(truth == 0)
    assert dry > 0.7 and np.mean(np.maximum(answer[1], 0) < 1e-3) > dry - 0.1
    usual = np.quantile(rain[:, :60], 0.5)
    assert miss(np.maximum(answer[1], 0), truth) < 0.8 * miss(np.full_like(truth, usual), truth)


def test_a_drift_with_an_attribute_is_found_and_one_without_meaning_costs_nothing():
    xy, values, _ = field_of(5)
    height = np.random.default_rng(9).uniform(0, 3000, (85, 1))
    cooler, truth = values - 0.005 * height[:, 0], values[:, 60:] - 0.005 * height[60:, 0]
    with_height = miss(told(cooler, xy, about=(height[:60], height[60:]))[1], truth)
    assert with_height < 0.25 * miss(told(cooler, xy)[1], truth)
    meaningless = miss(told(values, xy, about=(height[:60], height[60:]))[1], values[:, 60:])
    assert meaningless < 1.03 * miss(told(values, xy)[1], values[:, 60:])


def test_a_level_that_stays_is_told_apart_from_what_flickers():
    xy, still, covariance = field_of(6, steps=1, reach=0.5, noise=1e-4)
    flicker = np.random.default_rng(7).normal(size=(200, 85))  # of every place for itself
    answer = told(still + flicker, xy)[1]
    level = answer.mean(axis=0)
    assert miss(level, still[0, 60:]) < 1.25 * miss(best(still, covariance)[0], still[0, 60:])  # by 60 levels without any flicker
    assert np.abs(answer - level).mean() < 0.25  # the mean of some twenty neighbours flickers by 0.18


def test_few_places_are_told_with_wide_intervals():
    held, number = 0, 0
    for seed in range(12):
        xy, values, _ = field_of(seed, known=7, asked=10, steps=60)
        values += np.random.default_rng(seed).normal(size=17)  # a level of each place's own: one trial each, however long
        answer, truth = told(values, xy, 7), values[:, 7:]
        held, number = held + ((truth >= answer[0]) & (truth <= answer[2])).sum(), number + truth.size
    assert 0.7 < held / number < 0.95
