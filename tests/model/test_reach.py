"""Forecasts stay within two ranges of what was seen, farther only where more is asked than was seen."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.model.nature import by_nature
from chronotope.questions import Question

AHEAD = 40


def question(past: int, name: str = "height", rows: int = AHEAD, low: float = 2.0) -> Question:
    """Of two places, one of which is low; together they were seen from `low` to `low` + 4."""
    values = np.full((past + rows, 2, 1), low, np.float32)
    values[::3, 1] += 4
    times = np.datetime64("2024-05-01", "ns") + np.arange(len(values)) * np.timedelta64(1, "h")
    panel, asked = Panel(values, times, "1h", (name,)), np.zeros(values.shape, bool)
    asked[past:] = True
    return Question(panel, panel.mask & ~asked, asked)


def told(asked: Question, value: float) -> np.ndarray:
    """(h,) of an answer that is the same everywhere, at the low place."""
    return by_nature(asked, lambda one: np.full((9, *one.asked[one.rows].shape), value, np.float32))[-1, :, 0, 0]


def test_no_answer_is_farther_from_all_that_was_seen_than_two_ranges():
    assert (told(question(120), 87) == 6 + 2 * 4).all() and (told(question(120, low=-2), -87) == -2 - 2 * 4).all()
    assert (told(question(120), 13) == 13).all()


def test_leads_beyond_the_length_of_the_past_may_go_as_much_farther():
    made = told(question(20), 87)
    assert (made[:20] == 14).all() and np.allclose(made[20:], 6 + 8 * np.arange(21, 41) / 20)


def test_few_rows_bound_nothing_and_gaps_and_directions_stay_as_told():
    assert (told(question(12), 87) == 87).all()
    gap = question(120)
    gap = Question(gap.frame, ~gap.asked | (np.arange(160)[:, None, None] > 150), gap.asked & (np.arange(160)[:, None, None] <= 150))
    assert gap.both_sides and (told(gap, 87) == 87).all()
    assert (told(question(120, "wind direction", low=300), 340) == 340).all()
