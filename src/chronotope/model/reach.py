"""Reach: no answer goes much farther beyond what was seen than that reaches, whatever the stages before it told.

Forecasts end at twice the range of all that any place showed, gaps at once that of their own series, or at the usual one where that is
more. Where more is asked than was seen a trend may carry a series farther, so bounds grow with what is asked beyond that.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.questions import Question

FEWEST, FEW = 16, 24  # rows of the past, and values of a series with gaps, from which on they bound anything
FARTHEST = 2.0  # ranges of what was seen, beyond its ends; of 1.8 million cells so bounded 2 were missed by more than before


def within_reach(question: Question, answer: Callable[[Question], np.ndarray], endless: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule, held near what was seen of all variables but `endless` (v,) ones, like directions."""
    told, frame = answer(question), question.frame
    if frame.blocks is not None or frame.events is not None:
        return told
    low, high = _of_series(question) if question.both_sides else _of_variables(question)
    return np.where(endless, told, np.clip(told, low, high)).astype(told.dtype)


def _of_variables(question: Question) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most (h, 1, v) that a forecast may tell."""
    past = question.visible()[: question.first]
    known = np.isfinite(past).any(axis=1).sum(axis=0) >= FEWEST
    low, high = _ends(past, (0, 1))
    longer = np.maximum(1.0, (question.rows + 1 - question.first) / question.first)[:, None, None]
    return _beyond(low, high, FARTHEST * (high - low) * longer, known & (high > low))


def _of_series(question: Question) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most (1, n, v) that gaps may be told."""
    values = question.visible()
    count = np.isfinite(values).sum(axis=0)
    low, high = _ends(values, (0,))
    size = np.where(count > 0, high - low, np.nan)
    usual = np.array([np.median(one[np.isfinite(one)]) if np.isfinite(one).any() else np.inf for one in size.T])
    longer = np.maximum(1.0, question.asked.sum(axis=0) / np.maximum(count, 1))
    low, high = _beyond(low, high, np.fmax(size, usual) * longer, count >= FEW)
    return low[None], high[None]


def _ends(values: np.ndarray, axes: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The least and the most of values along axes; 0 and 0 where nothing is known."""
    known = np.isfinite(values).any(axis=axes)
    low, high = np.where(np.isfinite(values), values, np.inf).min(axis=axes), np.where(np.isfinite(values), values, -np.inf).max(axis=axes)
    return np.where(known, low, 0.0), np.where(known, high, 0.0)


def _beyond(low: np.ndarray, high: np.ndarray, reach: np.ndarray, is_bounded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.where(is_bounded, low - reach, -np.inf), np.where(is_bounded, high + reach, np.inf)
