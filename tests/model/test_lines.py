"""Tides and cycles that no calendar knows: planted ones are carried on, noise and calendars are left alone, the unseen is not read."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines.mix import Mix
from chronotope.model.lines import without_lines
from chronotope.model.shares import Shares
from chronotope.questions.kinds.forecast import ahead
from chronotope.questions.kinds.gaps import between
from chronotope.tasks.load import load
from panels import panel_of

TIDE = ((12.4206, 1.0), (12.0, 0.4), (12.6583, 0.2), (23.9345, 0.35), (25.8193, 0.3))  # M2, S2, N2, K1, O1: hours and amplitudes


def tide(seed=0, days=67, n=3):
    """What is true and what is measured of a tide (t, n), hourly, with a tenth of its deviation as noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(24 * days)[:, None]
    true = sum(size * np.cos(2 * np.pi * t / hours + rng.uniform(0, 2 * np.pi, n)) for hours, size in TIDE)
    return true, true + 0.1 * true.std() * rng.normal(size=true.shape)


def missed(question, true):
    said = Mix().quantiles(question)[4, ..., 0]
    return np.sqrt(np.nanmean(np.where(question.asked[question.rows][..., 0], said - true[question.rows], np.nan) ** 2)) / true.std()


def week(values, origin=1439):
    return ahead(panel_of(values), origin, 168)


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_a_tide_is_carried_a_week_ahead(missing):
    true, values = tide()
    values[np.random.default_rng(1).random(values.shape) < missing] = np.nan
    assert missed(week(values), true) < 0.06


@pytest.mark.parametrize("steps", [10, 21, 37])
@pytest.mark.parametrize("kind", ["pattern", "pulse"])
def test_a_cycle_of_days_is_carried_on(steps, kind):
    rng = np.random.default_rng(steps)
    shape = rng.normal(size=(steps, 2)) if kind == "pattern" else 3.0 * (np.arange(steps) < steps // 10)[:, None] * np.ones(2)
    true = np.tile(shape, (42, 1))
    values = true + 0.1 * true.std() * rng.normal(size=true.shape)
    assert missed(ahead(panel_of(values, "1D"), 40 * steps - 1, 14), true) < 0.12


def test_a_gap_in_a_tide_is_filled():
    true, values = tide(2, n=1)
    hidden = np.zeros((*values.shape, 1), bool)
    hidden[700:736] = True
    assert missed(between(panel_of(values), hidden), true) < 0.08


@pytest.mark.parametrize("kind", ["white", "fading", "walk", "day and week", "drifting"])
def test_what_has_no_line_is_left_alone(kind):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        noise, t = rng.normal(size=(1200, 4)), np.arange(1200)[:, None]
        values = {
            "white": noise,
            "fading": sum(0.9**k * np.roll(noise, k, axis=0) for k in range(40)),
            "walk": noise.cumsum(axis=0),
            "day and week": np.sin(2 * np.pi * t / 24) ** 3 + (t // 24 % 7 > 4) + 0.2 * noise,
            "drifting": np.cos(2 * np.pi * (t / 17.3 - t**2 / 1200 / 17.3 / 20)) + 0.2 * noise,
        }[kind]
        assert without_lines(ahead(panel_of(values), 1100, 24)) is None


def test_what_is_asked_and_what_comes_later_is_not_read():
    question = week(tide(3)[1])
    clean = without_lines(question)[1]
    values = np.where(question.seen, question.frame.values, np.float32(1e6))
    np.testing.assert_array_equal(clean, without_lines(replace(question, frame=replace(question.frame, values=values)))[1])


def test_units_and_the_order_of_places_do_not_matter():
    values = tide(4)[1]
    clean = without_lines(week(values))[1]
    np.testing.assert_allclose(without_lines(week(32 + 1.8 * values))[1], 1.8 * clean, atol=1e-4)
    np.testing.assert_allclose(without_lines(week(values[:, ::-1]))[1], clean[:, ::-1], atol=1e-4)


def test_a_place_that_is_hardly_seen_is_told_no_lines():
    values = tide(5)[1]
    values[:1400, 1] = np.nan
    effect = without_lines(week(values))[1]
    assert not effect[:, 1].any() and effect[:, 0].std() > 0.5


def test_places_never_seen_are_told_by_neighbours_with_their_lines():
    values = tide(6)[1]
    hidden = np.zeros((*values.shape, 1), bool)
    hidden[:, 1] = True
    hidden[700:724] = True
    assert without_lines(between(panel_of(values), hidden)) is None


def test_shares_add_up_to_the_answer():
    question = week(tide(7)[1]).wanting((0.5,))
    found = load("tiny").predictor.shares(question)
    assert isinstance(found, Shares) and found.lines.std() > 0.5
    np.testing.assert_allclose(found.median, load("tiny").predictor.quantiles(question)[0], atol=0.05)


def test_the_order_of_many_places_does_not_count():
    true, _ = tide(3, n=20)
    rng = np.random.default_rng(3)
    values = np.concatenate([true + 0.1 * rng.normal(size=true.shape), rng.normal(size=true.shape)], axis=1) + rng.normal(size=40)
    one, other = (without_lines(week(some)) for some in (values, values[:, ::-1]))
    np.testing.assert_allclose(one[1], other[1][:, ::-1], atol=1e-6)


def test_what_halves_of_the_record_disagree_about_is_doubted():
    true, clean = tide(8)
    loud = clean + true.std() * np.random.default_rng(8).normal(size=clean.shape)
    one, other = week(clean), week(loud)
    doubts = [without_lines(question)[2].mean() / true.std() for question in (one, other)]
    assert 0 < doubts[0] < 0.05 < doubts[1] < 0.5
    said = Mix().quantiles(other)
    undoubted = Mix().quantiles(without_lines(other)[0]) + without_lines(other)[1]
    assert ((said[-1] - said[0]) > (undoubted[-1] - undoubted[0])).all() and np.allclose(said[4], undoubted[4], atol=1e-4)
