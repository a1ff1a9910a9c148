"""Constant: what has never moved is told to stay for a while, without a spread that nobody has seen.

What others vary by would else be lent to it: a dead sensor, a capacity, a place where nothing happens.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.evidence.clock import DAY
from chronotope.questions import Question
from chronotope.tokens.tokenizer import mean_step

FEWEST, DAYS = 96, 7  # known values, all the same, and how long these last at least: a night or a Sunday is none
AHEAD = 8  # a lead of this part of them at most: of real series as long, 0.6 % of such cells were something else
LOW, HIGH = 0.01, 0.99  # levels that are told so; those further out are left as they are


def with_constant(question: Question, ask: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) of a forecast; series that never moved stay for as long as an eighth of what is known of them."""
    told, frame, first = ask(question), question.frame, question.first
    if not question.is_plain:
        return told
    past, rows = question.visible()[:first].reshape(first, -1), question.rows
    count = np.isfinite(past).sum(axis=0)
    low, high = np.fmin.reduce(past, axis=0), np.fmax.reduce(past, axis=0)
    week = DAYS * DAY / mean_step(frame, float(frame.step / np.timedelta64(1, "ns")) / 1e9)
    still = (low == high) & (count >= max(FEWEST, week))
    if not still.any():
        return told
    near = question.asked[rows].reshape(len(rows), -1) & still & (np.subtract.outer(rows + 1 - first, count / AHEAD) <= 0)
    levels = np.asarray(question.levels)
    inner = (levels >= LOW) & (levels <= HIGH)
    out = told.reshape(*told.shape[:2], -1)
    return np.where(inner[:, None, None] & near, low, out).reshape(told.shape)
