"""Plateaus: a gap between equal values that stood as long on either side is told that value, where such stretches of the record were.

Tariffs, capacities, pumps and closed counters stand still for long; a spread around them would be an answer that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from chronotope.questions import Question

SHORTEST = 3  # steps that a value must have stood on either side
FEWEST, ALWAYS = 10, 0.97  # stretches of the record between such values, and the share of them that stood still


@dataclass(frozen=True)
class Gap:
    """Unseen rows first .. stop - 1 of a series between two equal values."""

    series: int
    first: int
    stop: int


def with_plateaus(question: Question, ask: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v); gaps in plateaus are told their value."""
    told = ask(question)
    if not question.both_sides or question.frame.blocks is not None or question.frame.events is not None:
        return told
    asked = question.asked.reshape(len(question.asked), -1)
    some = np.flatnonzero(asked.any(axis=0))
    values = question.visible().reshape(asked.shape)[:, some]
    before, after = _standing(values), _standing(values[::-1])[::-1]
    within: dict[tuple[int, int], bool] = {}
    out, at = told.reshape(*told.shape[:2], -1), np.cumsum(asked.any(axis=1)) - 1
    for gap in _gaps(values, before, after):
        key = (gap.series, gap.stop - gap.first)
        if key not in within:
            within[key] = _always(values[:, gap.series], before[:, gap.series], after[:, gap.series], key[1])
        rows = np.arange(gap.first, gap.stop)
        rows = rows[asked[rows, some[gap.series]]] if within[key] else rows[:0]
        out[:, at[rows], some[gap.series]] = values[gap.first - 1, gap.series]
    return out.reshape(told.shape)


def _standing(values: np.ndarray) -> np.ndarray:
    """For how many rows (t, s) values have stood where they are, up to each; 0 where nothing is known."""
    rows = np.arange(len(values))[:, None]
    moved = np.ones(values.shape, bool)
    moved[1:] = values[1:] != values[:-1]  # unknown values are not equal to anything
    since = np.maximum.accumulate(np.where(moved, rows, 0), axis=0)
    return np.where(np.isfinite(values), rows - since + 1, 0)


def _gaps(values: np.ndarray, before: np.ndarray, after: np.ndarray) -> Iterator[Gap]:
    """Gaps between equal values that stood long enough."""
    unknown = np.pad(~np.isfinite(values), ((1, 1), (0, 0)))
    series, first = np.nonzero((unknown[1:-1] & ~unknown[:-2]).T)
    _, last = np.nonzero((unknown[1:-1] & ~unknown[2:]).T)
    inside = (first > 0) & (last < len(values) - 1)
    series, first, stop = series[inside], first[inside], last[inside] + 1
    need = np.maximum(stop - first, SHORTEST)
    flat = (before[first - 1, series] >= need) & (after[stop, series] >= need) & (values[first - 1, series] == values[stop, series])
    yield from (Gap(int(i), int(a), int(b)) for i, a, b in zip(series[flat], first[flat], stop[flat]))


def _always(x: np.ndarray, before: np.ndarray, after: np.ndarray, length: int) -> bool:
    """Whether in x (t,) what lay between such values nearly always was the same."""
    need, count = max(length, SHORTEST), len(x) - length - 1
    if count < FEWEST:
        return False
    left, right = np.arange(count), np.arange(length + 1, len(x))
    gone = np.concatenate([[0], np.cumsum(~np.isfinite(x))])
    between = (before[left] >= need) & (after[right] >= need) & (x[left] == x[right]) & (gone[right] == gone[left + 1])
    still = between & (before[right - 1] >= length + 1)
    return bool(between.sum() >= FEWEST and still.sum() >= ALWAYS * between.sum())
