"""The numbers behind detect: folds, residuals beside each other, tails, runs, gaps."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.questions import QuantileAnswer, Quantiles
from chronotope.tasks.detecting.folds import LEVELS, block_folds, expectations
from chronotope.tasks.detecting.gaps import outages
from chronotope.tasks.detecting.kinds import course_of, shape_of, unit_of
from chronotope.tasks.detecting.polish import Polish
from chronotope.tasks.detecting.stretches import shift_scores
from chronotope.tasks.detecting.stuck import stuck_chances
from chronotope.tasks.detecting.tails import tail_of
from panels import panel_of

RNG = np.random.default_rng


@pytest.mark.parametrize("steps", [2, 5, 8, 31, 100])
def test_folds_hold_every_row_once_and_never_all_rows(steps):
    folds = block_folds(steps)
    assert (np.sum(folds, axis=0) == 1).all() and all(not fold.all() for fold in folds)


def test_folds_are_told_without_the_rules_of_gaps():
    class Told:
        name, kind, gives, asked = "told", "network", frozenset({Quantiles}), []

        def options(self, **changed):
            self.asked.append(changed)
            return self

        def answer(self, question):
            shape = (len(LEVELS), len(question.rows), *question.asked.shape[1:])
            return QuantileAnswer(np.where(question.asked[question.rows], 5.0, np.nan) * np.ones(shape), LEVELS)

    panel = panel_of(RNG(0).normal(5, 1, (64, 3)))
    told, everywhere = Told(), np.ones(panel.values.shape, bool)
    found = expectations(told, panel, np.array([True]), everywhere)
    assert told.asked == [{"gaps": False}] and (found == 5.0).all()


@pytest.mark.parametrize("law", ["normal", "standard_exponential", "laplace"])
def test_chances_are_those_of_the_law_also_where_no_value_lies(law):
    rng = RNG(1)
    tail, fresh = tail_of(getattr(rng, law)(size=20_000)), getattr(rng, law)(size=400_000)
    for rate in (0.05, 0.01, 0.001):
        assert 0.5 * rate < (tail.chance(fresh) < rate).mean() < 1.5 * rate
        assert tail.chance(np.array([tail.value(rate)]))[0] == pytest.approx(rate, rel=0.1)


def test_a_residual_does_not_speak_for_itself():
    rng = RNG(2)
    common = rng.normal(size=(300, 1))
    residual = np.repeat(common + 0.3 * rng.normal(size=(300, 5)), 1, axis=1)
    trusted = np.ones(residual.shape, bool)
    plain = Polish(1)(residual, trusted)
    spoilt = residual.copy()
    spoilt[100, 2] += 50
    told = Polish(1)(spoilt, trusted)
    assert np.abs(residual - plain).mean() < 0.5 * np.abs(residual).mean()
    assert abs(told[100, 2] - plain[100, 2]) < 0.3


def test_polish_leaves_nothing_of_order():
    residual, order = RNG(3).normal(size=(200, 6)).cumsum(axis=0), np.array([3, 1, 5, 0, 2, 4])
    trusted = np.ones(residual.shape, bool)
    np.testing.assert_allclose(Polish(1)(residual[:, order], trusted), Polish(1)(residual, trusted)[:, order], atol=2e-3)


def test_a_shift_stands_out_where_it_is():
    score = RNG(4).normal(size=(600, 4))
    score[200:260, 1] += 1.5
    shift = shift_scores(score)
    assert np.median(shift[205:255, 1]) > 2.5 * np.median(np.delete(shift, 1, axis=1))


def test_what_never_changes_breaks_no_habit():
    assert (stuck_chances(np.full((100, 1), 7.0), np.array([-np.inf])) == 1).all()


def test_what_hardly_ever_changes_has_no_habit_to_break():
    blip, switch = np.full(500, 10.0), np.repeat([1.0, 0.0, 1.0], [160, 96, 244])
    blip[200] = 8
    assert (stuck_chances(blip[:, None], np.array([-np.inf])) == 1).all()
    assert (stuck_chances(switch[:, None], np.array([0.0])) == 1).all()


def test_a_run_is_stuck_only_beyond_the_habit_of_its_series():
    fine = np.round(RNG(5).normal(size=(400, 1)), 3)
    fine[100:112] = fine[100]
    coarse = np.repeat(RNG(6).integers(0, 9, 40), 10)[:, None].astype(float)
    assert (stuck_chances(fine, np.array([-np.inf]))[100:112] < 1e-6).all()
    assert (stuck_chances(coarse, np.array([0.0])) == 1).all()


@pytest.mark.parametrize("floor", [0.0, -32.5])
def test_what_rests_at_its_lowest_possible_value_is_not_stuck(floor):
    echo = RNG(0).normal(20, 5, (300, 1))
    echo[40:100] = floor
    assert (stuck_chances(echo, np.array([floor])) == 1).all() and (stuck_chances(echo, np.array([-np.inf]))[40:100] < 0.05).all()


def test_an_outage_is_a_gap_that_the_series_does_not_have_otherwise():
    there = np.ones((200, 3, 1), bool)
    there[50:70, 0] = False
    there[::5, 1] = False  # every fifth step always missing
    there[:60, 2] = False  # not there yet
    found = outages(there, np.array([True]))
    assert [(one.place, one.first, one.last, one.kind) for one in found] == [(0, 50, 69, "outage")]


def test_shapes_of_stretches():
    rng = RNG(7)
    assert shape_of(np.array([9.0]), False) == "point" and shape_of(np.full(20, 2.0), True) == "stuck"
    assert shape_of(3 + 0.3 * rng.normal(size=30), False) == "level"
    assert shape_of(np.linspace(0, 5, 40) + 0.3 * rng.normal(size=40), False) == "drift"
    assert shape_of(4 * rng.choice([-1, 1], 30) * rng.random(30), False) == "burst"


@pytest.mark.parametrize("turned", [1, -1])
def test_a_level_or_drift_is_followed_from_the_part_that_was_noticed(turned):
    noise = np.random.default_rng(3).normal(size=300)
    rise, step, lone = noise.copy(), noise.copy(), noise.copy()
    rise[150:200] += np.linspace(0, 8, 50)
    step[150:200] += 5
    lone[199] += 9
    low, high = (196, 200) if turned == 1 else (100, 104)
    kind, first, stop = course_of(-rise[::turned], low, high)
    assert kind == "drift" and np.abs([first - [150, 100][turned < 0], stop - [200, 150][turned < 0]]).max() <= 15
    assert course_of(step[::turned], low, high) == ("level", *((150, 200) if turned == 1 else (100, 150)))
    assert course_of(lone[::turned], *((199, 200) if turned == 1 else (100, 101))) is None


def test_a_unit_slip_is_named():
    reference = 10 + 5 * np.sin(np.arange(30) / 4)
    size = np.full(30, 0.4)
    assert unit_of(1.8 * reference + 32, reference, size).startswith("1.8 x + 32")
    assert unit_of(10 * reference, reference, size) == "10 times"
    assert unit_of(reference + 6, reference, size) is None
    births = 100 + 22 * np.sin(np.arange(30) / 4)
    assert unit_of(births + 61 + RNG(5).normal(0, 3, 30), births, np.full(30, 4.0)) is None, "a level, not kilometres for miles"


def test_the_fewest_values_are_judged_without_a_warning(recwarn):
    table = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=8), "x": 10.0 + np.arange(8)})
    ct.load("baseline:mix").detect(ct.open(table))
    assert not [one for one in recwarn if issubclass(one.category, RuntimeWarning)]
