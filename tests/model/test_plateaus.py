"""A gap in what stands still is told its value; a gap in what only happens to be equal on both sides is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.model.plateaus import with_plateaus
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.load import load

STEPS = 400
TOLD = np.linspace(-4.0, 4.0, len(QUANTILE_LEVELS))


def tariff() -> np.ndarray:
    """Prices that change every eighty hours."""
    return np.repeat([1.0, 1.4, 1.2, 1.7, 1.5], 80)[:STEPS]


def question(values: np.ndarray, rows: slice) -> Question:
    times = np.datetime64("2024-01-01", "ns") + np.arange(STEPS) * np.timedelta64(1, "h")
    panel = Panel(values.reshape(STEPS, -1, 1).astype(np.float32), times, "1h", ("price",))
    asked = np.zeros(panel.values.shape, bool)
    asked[rows] = True
    return Question(panel, panel.mask & ~asked, asked)


def told(asked: Question) -> np.ndarray:
    """What stays of an answer that is the same everywhere (q, h, n)."""
    answer = np.broadcast_to(TOLD[:, None, None, None], (len(TOLD), len(asked.rows), *asked.asked.shape[1:])).copy()
    return with_plateaus(asked, lambda _: answer)[..., 0]


def test_a_gap_in_a_tariff():
    assert (told(question(tariff(), slice(110, 122))) == np.float32(1.4)).all()
    predictor, asked = load("tiny").predictor, question(tariff(), slice(110, 122))
    assert (predictor.answer(asked).values == np.float32(1.4)).all()
    assert (predictor.options(gaps=False).answer(asked).values != np.float32(1.4)).any()


def test_gaps_at_steps_ends_and_beside_shorter_stands_keep_their_answer():
    for rows in (slice(155, 165), slice(0, 10), slice(390, 400), slice(85, 95), slice(161, 162)):
        assert (told(question(tariff(), rows)) == TOLD[:, None, None]).all()


def test_two_gaps_and_one_that_is_not_asked():
    asked = question(tariff(), slice(110, 122))
    asked.seen[40:43] = False
    asked.asked[115:118] = False
    answer = told(replace(asked))
    assert answer.shape[1] == 9 and (answer == np.float32(1.4)).all()
    asked.asked[40:43] = True
    answer = told(replace(asked))
    assert (answer[:, :3] == 1).all() and (answer[:, 3:] == np.float32(1.4)).all()


def test_equal_by_chance():
    rng = np.random.default_rng(0)
    coins = rng.integers(0, 2, STEPS).astype(float)
    coins[100:103] = coins[104:107] = 1.0
    assert (told(question(coins, slice(103, 104))) == TOLD[:, None, None]).all()


def test_bursts_between_zeros_are_possible():
    calls = np.zeros(STEPS)
    calls[20::40] = 3.0
    assert (told(question(calls, slice(205, 213))) == TOLD[:, None, None]).all()


def test_other_series_and_forecasts_keep_their_answers():
    rng = np.random.default_rng(0)
    asked = question(np.stack([tariff(), rng.standard_normal(STEPS)], axis=1), slice(110, 122))
    answer = told(asked)
    assert (answer[..., 0] == np.float32(1.4)).all() and (answer[..., 1] == TOLD[:, None]).all()
    assert (told(question(tariff(), slice(388, 400))) == TOLD[:, None, None]).all()


def test_nothing_behind_the_mask():
    values = tariff()
    values[110:122] = 99.0
    assert (told(question(values, slice(110, 122))) == np.float32(1.4)).all()
