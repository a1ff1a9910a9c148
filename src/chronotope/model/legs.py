"""Legs: a forecast of years that is long beside its past goes on from its own medians, a quarter of what went before at a time.

How far a trend carries can only be tried as far as the past reaches. Beyond a quarter of it, too little of the past lies before each trial
and rules that stay near the mean of all years win, from which series that grow fall back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chronotope.questions import Question

SHARE, FEWEST = 4, 4  # of the past that a leg is long: one in so many, and steps at least
YEAR = np.timedelta64(360, "D")  # steps that long have no cycle of the calendar, which would carry further


def in_legs(question: Question, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v), those beyond the first leg as wide as it ended at least, grown as the lead does."""
    ends = _ends(question)
    if len(ends) < 2:
        return answer(question)
    if 0.5 not in question.levels:
        levels = tuple(sorted({*question.levels, 0.5}))
        return np.delete(in_legs(question.wanting(levels), answer), levels.index(0.5), axis=0)
    values, seen = question.frame.values.copy(), question.seen.copy()
    middle = question.levels.index(0.5)
    said: list[np.ndarray] = []
    for first, last in zip((question.first, *ends), ends):
        frame = replace(question.frame, values=values)
        asked = question.asked.copy()
        asked[:first] = False
        leg = answer(replace(question, frame=frame, seen=seen, asked=asked).of_rows(0, last))
        if said:
            leg = _widened(leg, said[0], middle, np.arange(first, last) - question.first + 1)
        said.append(leg)
        known = question.asked[first:last] & np.isfinite(leg[middle])
        values[first:last] = np.where(known, leg[middle], values[first:last])
        seen[first:last] |= known
    return np.concatenate(said, axis=1)


def _ends(question: Question) -> list[int]:
    """The row after each leg; at most one where the question is no long forecast of years."""
    frame, rows = question.frame, question.rows
    if question.both_sides or frame.blocks is not None or frame.events is not None or not frame.regular or len(rows) < 2:
        return []
    if np.median(np.diff(frame.times)) < YEAR or len(rows) != rows[-1] + 1 - rows[0]:
        return []
    start = int(np.argmax(question.seen.any(axis=(1, 2))))
    ends = [question.first]
    while ends[-1] <= rows[-1]:
        ends.append(min(ends[-1] + max(FEWEST, (ends[-1] - start) // SHARE), int(rows[-1]) + 1))
    return ends[1:]


def _widened(leg: np.ndarray, first: np.ndarray, middle: int, leads: np.ndarray) -> np.ndarray:
    """Quantiles at `leads` (h,), no nearer to their median than those of the first leg at its end, in proportion to the lead."""
    length = first.shape[1]
    least = (first - first[middle])[:, -max(1, length // 4) :].mean(axis=1, keepdims=True) * (leads / length)[:, None, None]
    away = leg - leg[middle]
    return np.asarray(leg[middle] + np.where(np.abs(away) > np.abs(least), away, least))
