"""Totals are answered by their gains: they go on, never fall, and their intervals hold what happens."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from chronotope.model.load import load_predictor
from chronotope.model.totals import totals_asked, within_totals
from chronotope.opening.open import open_field
from chronotope.questions.kinds.gaps import between
from chronotope.tasks.forecast import forecast
from panels import ahead, panel_of

pytestmark = pytest.mark.weights
MODEL = load_predictor("tiny")


def _predict(panel, steps):
    return MODEL.answer(ahead(panel, steps)).values


@pytest.mark.parametrize("rate", [0.3, 20.0])
def test_cumulated_counts_rise_from_the_last_one_in_whole_numbers_and_intervals_hold(rate):
    x = np.cumsum(np.random.default_rng(0).poisson(rate, (330, 40)), axis=0)
    answer, truth = _predict(panel_of(x[:300], "1D"), 30)[..., 0], x[300:]
    assert (answer >= x[299]).all() and (np.diff(answer, axis=1) >= 0).all()
    if rate < 1:  # gains of nought and one are counts; those of twenty never came near nought
        np.testing.assert_allclose(answer, np.rint(answer))
    assert 0.7 < ((truth >= answer[0]) & (truth <= answer[8])).mean() < 0.97
    assert np.abs(answer[4] - truth).mean() < 0.5 * np.abs(x[299] - truth).mean()


@pytest.mark.parametrize("kind", ["rare counts", "rare amounts", "heavy tails"])
def test_sums_hold_what_the_quantiles_of_single_steps_hide(kind):
    rng, shape, horizon = np.random.default_rng(4), (328, 40), 28
    if kind == "heavy tails":
        gains = rng.negative_binomial(0.3, 0.3 / 3.3, shape)
    else:
        gains = rng.poisson(0.05, shape) if kind == "rare counts" else (rng.random(shape) < 0.06) * rng.gamma(2, 1.5, shape)
    x = np.cumsum(gains, axis=0)
    answer, truth = _predict(panel_of(x[:-horizon], "1D"), horizon)[:, -1, :, 0], x[-1]
    near = 1e-5 * truth  # answers are of single precision
    assert 0.68 < ((truth >= answer[0] - near) & (truth <= answer[8] + near)).mean() < 0.99
    gained = (truth - x[-horizon - 1]).mean()
    assert abs((answer - x[-horizon - 1]).mean() - gained) < 0.4 * gained


def test_a_meter_goes_on_through_the_night():
    t = np.arange(336 + 48)
    meter = 1e5 + np.cumsum(300 + 150 * np.sin(t / 24 * 2 * np.pi))
    answer = _predict(panel_of(meter[:336], "1h"), 48)[:, :, 0, 0]
    assert np.abs(answer[4] - meter[336:]).max() < 0.05 * (meter[-1] - meter[335]) and answer.min() >= np.float32(meter[335])


def test_steps_since_the_last_reading_are_counted():
    x = np.arange(200.0)[:, None] * 5
    x[190:] = np.nan
    answer = _predict(panel_of(x, "1D"), 3)[4, :, 0, 0]
    np.testing.assert_allclose(answer, [1000, 1005, 1010], atol=3)


def test_a_total_that_is_read_once_a_week_gains_as_much_as_between_its_readings():
    x = np.arange(200.0)[:, None]
    x[np.arange(200) % 7 > 1] = np.nan
    x[1::7] += 5  # what was read in a row is not what it usually gains
    answer = _predict(panel_of(x, "1D"), 14)[4, :, 0, 0]
    np.testing.assert_allclose(answer, np.arange(204.0, 218.0), atol=4)


def test_nothing_inside_the_seen_time_is_taken_for_a_forecast_and_the_user_s_word_wins():
    x = np.cumsum(np.random.default_rng(1).poisson(3, (100, 2)), axis=0).astype(float)
    question = ahead(panel_of(x, "1D"), 5)
    assert totals_asked(question).all()
    asked = np.zeros(question.asked.shape, bool)
    asked[40:45, 0] = True
    assert not totals_asked(between(question.frame, asked)).any()
    table = pd.DataFrame(x, pd.date_range("2024-01-01", periods=100, freq="D"), ["a", "b"])
    fields = {told: open_field(table, cumulative=told) for told in (None, True, False)}
    answers = {told: forecast(MODEL, field, 5).to_xarray() for told, field in fields.items()}
    name = fields[None].variables[0]
    assert answers[None][name].equals(answers[True][name].drop_attrs()) or np.array_equal(answers[None][name], answers[True][name])
    assert not np.array_equal(answers[None][name], answers[False][name])
    assert any("running total" in note.text for note in _notes(fields[None])) and not _notes(fields[False])


def _notes(field):
    from chronotope.inspect.checks import value_findings

    return [note for note in value_findings(field)[1] if "running total" in note.text]


def test_gaps_of_a_total_lie_between_what_was_seen_before_and_after():
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.poisson(3, (400, 6)), axis=0).astype(float)
    hidden = np.zeros(x.shape, bool)
    for place in range(6):
        for start in rng.integers(20, 360, 3):
            hidden[start : start + 12, place] = True
    panel = panel_of(x, "1h")
    question = between(panel, hidden[..., None])
    answer = MODEL.answer(question).values[..., 0]
    seen = pd.DataFrame(np.where(hidden, np.nan, x))
    asked = hidden[question.rows]
    low, high = seen.ffill().to_numpy()[question.rows][asked], seen.bfill().to_numpy()[question.rows][asked]
    assert (answer[:, asked] >= low - 1e-3).all() and (answer[:, asked] <= high + 1e-3).all()
    falling = replace(panel, values=panel.values[::-1].copy())
    wide = within_totals(between(falling, hidden[..., None]), np.full((9, len(question.rows), 6, 1), -1e9))
    assert (wide == -1e9).all()  # what falls is no total


def test_a_gap_of_a_meter_rises_by_day_and_rests_by_night():
    rng = np.random.default_rng(3)
    hour = np.arange(24 * 30) % 24
    x = np.cumsum((1 + 8 * (np.abs(hour - 13) < 6)) * rng.gamma(20, 0.05, (2, len(hour))), axis=1).T
    hidden = np.zeros(x.shape, bool)
    hidden[400:430, 0] = True
    question = between(panel_of(x, "1h"), hidden[..., None])
    straight = np.linspace(x[399, 0], x[430, 0], 32)[1:-1]
    told = within_totals(question, np.broadcast_to(np.interp(question.rows, [399, 430], x[[399, 430], 0])[:, None, None], (9, 30, 2, 1)))
    assert (np.diff(told[..., 0, 0], axis=1) >= 0).all() and (np.diff(told[..., 0, 0], axis=0) >= 0).all()
    assert np.abs(told[4, :, 0, 0] - x[400:430, 0]).mean() < 0.2 * np.abs(straight - x[400:430, 0]).mean()
    even = panel_of(np.cumsum(rng.gamma(20, 0.05, x.shape), axis=0), "1h")
    plain = np.sort(rng.random((9, 30, 2, 1)), axis=1) + even.values[399].min()
    asked = between(even, hidden[..., None])
    low, high = even.values[399, 0, 0], even.values[430, 0, 0]
    np.testing.assert_allclose(within_totals(asked, plain)[:, :, 0, 0], np.clip(plain[:, :, 0, 0], low, high), rtol=1e-6)


def test_a_gap_may_reach_the_end_of_a_total():
    x = np.cumsum(np.random.default_rng(2).poisson(3, (200, 4)), axis=0).astype(float)
    hidden = np.zeros(x.shape, bool)
    hidden[190:, 0], hidden[:5, 1] = True, True
    question = between(panel_of(x, "1h"), hidden[..., None])
    far = np.full((9, len(question.rows), 4, 1), 1e9)
    kept = within_totals(question, far)
    late = question.rows >= 190
    assert (kept[:, late, 0] == 1e9).all() and (kept[:, ~late, 1] == x[5, 1]).all()


def test_a_meter_that_is_set_back_inside_a_gap_falls_at_once():
    x = np.cumsum(np.random.default_rng(0).gamma(4, 1, 600))
    truth = x.copy()
    truth[300:] -= x[298]
    seen = truth.copy()
    seen[280:320] = np.nan
    panel = panel_of(seen[:, None], "1h")
    asked = np.zeros(panel.mask.shape, bool)
    asked[280:320] = True
    answer = MODEL.answer(between(panel, asked)).values[..., 0, 0]
    low, high = answer[0], answer[-1]
    assert ((truth[280:320] >= low - 20) & (truth[280:320] <= high + 20)).all()
    assert (np.minimum(np.abs(answer - truth[279]), np.abs(answer - truth[320])) < 250).all(), "nothing lies on a line between"
    assert (answer >= 0).all() and (np.diff(answer, axis=0) >= 0).all()


def test_gaps_of_a_total_that_was_once_corrected_hold_no_fall_of_their_own():
    x = np.cumsum(np.random.default_rng(1).poisson(3, 300)).astype(float)
    x[150] -= 6
    hidden = np.zeros((300, 1, 1), bool)
    hidden[200:212] = True
    question = between(replace(panel_of(x[:, None], "1h"), totals=(True,)), hidden)
    zigzag = np.linspace(x[199], x[212], 14)[1:-1] + np.tile([8.0, -8.0], 6)
    told = within_totals(question, np.broadcast_to(zigzag[:, None, None], (9, 12, 1, 1)))[:, :, 0, 0]
    assert (np.diff(told, axis=1) >= 0).all() and told.min() >= x[199] and told.max() <= x[212]
