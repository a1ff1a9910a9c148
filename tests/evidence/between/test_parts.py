"""The parts of answers between places, each against a slow second way."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from chronotope.evidence.between.covariance import NUGGETS, Covariance, Spectra, likeliest
from chronotope.evidence.between.known import filled
from chronotope.evidence.between.plane import NEAREST, Plane
from chronotope.evidence.between.stack import stacked
from chronotope.evidence.between.weights import by_distance, by_edges, kriged
from chronotope.evidence.between.widths import Signs, fit_widths, independent
from chronotope.evidence.kriging import CORRELATIONS

EXPONENTIAL = Covariance("exponential", 0.4, 0.2, 1e-6)


def plane_of(known=30, asked=4, seed=0):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1, (known + asked, 2))
    return Plane(xy[:known], xy[known:], np.zeros((known, 0)), np.zeros((asked, 0)))


def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=-1))


@pytest.mark.parametrize("slope", [False, True])
def test_weights_are_those_of_one_system_of_all_places(slope):
    plane = plane_of()
    drift, there = (
        np.concatenate([np.ones((len(at), 1)), at], axis=1) if slope else np.ones((len(at), 1)) for at in (plane.known, plane.asked)
    )
    found = kriged(EXPONENTIAL, drift, plane.to_asked, there)
    p = drift.shape[1]
    system = np.block([[EXPONENTIAL(distances(plane.known, plane.known)), drift], [drift.T, np.zeros((p, p))]])
    right = np.concatenate([EXPONENTIAL(distances(plane.known, plane.asked)), there.T])
    solved = np.linalg.solve(system, right)
    dense = np.zeros((4, 30))
    np.put_along_axis(dense, found.index, found.weight, 1)
    np.testing.assert_allclose(dense, solved[:30].T, atol=1e-6)
    np.testing.assert_allclose(found.error**2, 1.2 - (solved * right).sum(axis=0), atol=1e-6)


def test_a_tried_place_is_told_as_if_it_were_not_there():
    plane, one = plane_of(), 7
    ones = np.ones((30, 1))
    tried = kriged(EXPONENTIAL, ones, plane.to_tried, ones)
    rest = np.delete(np.arange(30), one)
    without = Plane(plane.known[rest], plane.known[[one]], plane.about[rest], plane.about[[one]])
    hidden = kriged(EXPONENTIAL, ones[rest], without.to_asked, ones[:1])
    x = np.random.default_rng(1).normal(size=(5, 30))
    np.testing.assert_allclose(tried.of(x)[:, one], hidden.of(x[:, rest])[:, 0], atol=1e-9)
    assert tried.error[one] == pytest.approx(hidden.error[0])


def test_left_out_places_are_as_likely_as_when_each_is_left_out_by_hand():
    plane = plane_of(20)
    apart = distances(plane.known, plane.known)
    maps = np.random.default_rng(2).normal(size=(9, 20))
    off, covariance = likeliest(Spectra(apart, 0.1), maps, np.ones((20, 1)))["matern 3/2"]
    c = CORRELATIONS["matern 3/2"](apart / covariance.length) + (covariance.nugget + 1e-9) * np.eye(20)
    square, variance = np.empty(20), np.empty(20)
    for i in range(20):
        rest = np.delete(np.arange(20), i)
        system = np.block([[c[np.ix_(rest, rest)], np.ones((19, 1))], [np.ones((1, 19)), np.zeros((1, 1))]])
        right = np.append(c[rest, i], 1.0)
        solved = np.linalg.solve(system, right)
        square[i] = ((maps[:, i] - maps[:, rest] @ solved[:19]) ** 2).mean()
        variance[i] = c[i, i] - solved @ right
    assert off == pytest.approx(np.log((square / variance).mean()) + np.log(variance).mean(), abs=1e-5)


def test_the_likeliest_covariance_is_near_the_true_one():
    plane = plane_of(100)
    apart = distances(plane.known, plane.known)
    root = np.linalg.cholesky(np.exp(-apart / 0.3) + 0.1 * np.eye(100))
    maps = (root @ np.random.default_rng(3).normal(size=(100, 200))).T
    found = likeliest(Spectra(apart, plane.spacing), maps, np.ones((100, 1)))
    shape, (_, covariance) = min(found.items(), key=lambda item: item[1][0])
    assert shape == "exponential" and 0.15 < covariance.length < 0.6
    assert abs(np.log10(covariance.nugget / 0.1)) <= abs(np.log10(NUGGETS[3] / 0.1)) + 1e-9


def test_more_places_than_speak_are_told_by_the_nearest():
    plane = plane_of(200)
    assert plane.to_asked.index.shape == (4, NEAREST)
    by_hand = np.sort(distances(plane.asked, plane.known), axis=1)[:, :NEAREST]
    np.testing.assert_allclose(plane.to_asked.distance, by_hand)
    assert not (plane.to_tried.index == plane.tried[:, None]).any()


def test_edges_speak_as_they_are_strong_and_distance_where_there_are_none():
    plane = plane_of(10, 2)
    strength = csr_array((np.array([3.0, 1.0]), (np.array([0, 0]), np.array([4, 8]))), (2, 10))
    found = by_edges(strength, 1.0, by_distance(plane.to_asked, 1.0, 3))
    x = np.arange(10.0)[None]
    near = by_distance(plane.to_asked, 1.0, 3).of(x)
    np.testing.assert_allclose(found.of(x), [[(3 * 4 + 8) / 4, near[0, 1]]])


def test_the_rule_that_misses_less_is_heard_and_few_trials_hear_all_alike():
    rng = np.random.default_rng(4)
    truth = rng.normal(size=2000)
    rules = np.stack([truth + rng.normal(size=2000) * size for size in (0.1, 1.0, 1.0)], axis=1)
    many, few = stacked(rules, truth, 2000.0), stacked(rules, truth, 2.0)
    assert many[0] > 0.95 and many.sum() == pytest.approx(1) and (few > 0.15).all()


def test_a_place_that_is_always_missed_alike_is_one_trial():
    rng = np.random.default_rng(5)
    seen = np.ones((400, 20), bool)
    assert independent(np.tile(rng.normal(size=20), (400, 1)), seen) == pytest.approx(20)
    assert independent(rng.normal(size=(400, 20)), seen) > 0.8 * seen.size
    seen[:, 5:] = False
    assert independent(np.tile(rng.normal(size=20), (400, 1)), seen) == pytest.approx(5)


def test_silent_cells_are_filled_with_the_place_s_mean_and_what_others_depart_by():
    values = np.array([[1.0, 11.0, 21.0], [2.0, np.nan, 22.0], [3.0, 13.0, 23.0], [np.nan] * 3])
    known = filled(values)
    assert known.x[1, 1] == pytest.approx(12.0) and not known.seen[1, 1] and np.isfinite(known.x).all()


def test_a_place_far_above_all_that_were_empty_is_not_told_to_be_empty():
    rng = np.random.default_rng(0)
    truth = np.where(rng.random(200) < 0.7, 0.0, rng.uniform(0.5, 2, 200))
    answer = 0.3 * truth + rng.uniform(0, 0.3, 200)
    signs = Signs(np.ones(200), rng.normal(size=(1, 200)))
    widths = fit_widths(answer, truth, signs, 2, 8.0, from_zero=True)
    asked = np.array([0.2, 13.0])
    told = widths.quantiles(asked, Signs(np.ones(2), np.zeros((1, 2))), (0.1, 0.5, 0.9))
    assert told[1, 0] == 0.0 and told[1, 1] > 6.0
