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


def test_few_rows_bound_nothing_and_directions_stay_as_told():
    assert (told(question(12), 87) == 87).all()
    assert (told(question(120, "wind direction", low=300), 340) == 340).all()


def gap(seen: int = 120, asked: int = AHEAD) -> Question:
    """The same with the last ten rows seen."""
    whole = question(seen, rows=asked + 10)
    rows = np.arange(seen + asked + 10)[:, None, None]
    is_asked = np.broadcast_to((rows >= seen) & (rows < seen + asked), whole.asked.shape)
    return Question(whole.frame, ~is_asked, is_asked)


def test_gaps_stay_within_the_range_of_their_series_or_the_usual_one():
    low = told(gap(), 87)
    assert gap().both_sides and (low == 2 + 2).all()  # it never moved; of 0 and 4 the usual range is 2
    high = by_nature(gap(), lambda one: np.full((9, *one.asked[one.rows].shape), 87, np.float32))[-1, :, 1, 0]
    assert (high == 6 + 4).all()
    assert (told(gap(), 3.5) == 3.5).all()


def test_gaps_beside_few_values_are_bounded_by_none_and_long_ones_may_go_farther():
    assert (told(gap(seen=10), 87) == 87).all()
    assert np.allclose(told(gap(seen=20, asked=60), 87), 2 + 2 * 60 / 30)
