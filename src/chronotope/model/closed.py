"""Closed: what shows nothing for far longer than it ever did will likely show nothing for as long again.

A shop that has closed, a counter that was taken away, a herd that nobody counts: what it showed in years before would else come back.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.evidence.clock import DAY
from chronotope.questions import Question
from chronotope.tokens.tokenizer import mean_step

FEWEST, LONGER = 20, 4  # zeros in a row, and how many times as long as ever before; and as the past before them is long, at least


def with_closed(question: Question, ask: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) of a forecast; closed series (whose lowest value is zero) are zero with at least the chance that it lasts."""
    told, frame, first = ask(question), question.frame, question.first
    if not question.is_plain:
        return told
    past, rows = question.visible()[:first].reshape(first, -1), question.rows
    asked, out = question.asked[rows].reshape(len(rows), -1), told.reshape(*told.shape[:2], -1).copy()
    day = DAY / mean_step(frame, float(frame.step / np.timedelta64(1, "ns")) / 1e9)
    for s in np.flatnonzero(asked.any(axis=0) & _may_be_closed(past)):
        length, last = _closed(past[:, s])
        if length >= max(FEWEST, day):
            mixed = _with_zero(out[..., s], length / (length + rows - last), question.levels)
            out[..., s] = np.where(asked[:, s], mixed, out[..., s])
    return out.reshape(told.shape)


def _may_be_closed(past: np.ndarray) -> np.ndarray:
    """Series (s,) of values (t, s) that are zero in the last rows, as far as known, and are never below."""
    near = past[-FEWEST:]
    return np.asarray(~(past < 0).any(axis=0) & (near == 0).any(axis=0) & ~(near > 0).any(axis=0))


def _closed(x: np.ndarray) -> tuple[int, int]:
    """For how many rows x (t,) has been zero up to the last known one, and that row; 0 rows where such was seen before."""
    known = np.flatnonzero(np.isfinite(x))
    edges = np.flatnonzero(np.diff(np.pad((x[known] == 0).astype(int), 1)))
    first, last = edges[::2], edges[1::2] - 1
    rows = known[last] - known[first] + 1
    is_long = last[-1] - first[-1] + 1 >= FEWEST and rows[-1] >= LONGER * rows[:-1].max(initial=0) and first[-1] >= LONGER * rows[-1]
    return int(rows[-1]) if is_long else 0, int(known[-1])


def _with_zero(told: np.ndarray, stays: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h) of what is zero with the chance `stays` (h,), or as told where that is greater; the rest as told above zero."""
    level, out = np.asarray(levels), told.copy()
    for h, chance in enumerate(stays):
        already = level[told[:, h] <= 0].max(initial=0.0)
        if chance > already:
            above = np.interp(already + (level - chance) / (1 - chance) * (1 - already), level, told[:, h])
            out[:, h] = np.where(level <= chance, 0.0, above)
    return out
