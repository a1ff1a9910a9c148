"""Orders of magnitude: where a series that spans many of them is small, it is asked on a scale that is logarithmic far out.

Scaled by what they reach at times, as a currency in its inflation or a bloom of algae, all usual values would be the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chronotope.inspect.restarts import fewest_since
from chronotope.inspect.support import is_temperature
from chronotope.questions import Question

HEAVY = 15.0  # mean departure from the median over the usual size, from which on a series spans orders of magnitude
FEWEST = 24  # values that tell, and that to each side say whether it is small; before a forecast as many as a cycle, or are asked
SMALL = 0.1  # of the mean departure
CORRECTED = 0.05  # share of values below zero in what is counted from zero
FARTHEST = 80.0  # logarithm of an answer over the usual size, inside what single precision holds

Ask = Callable[[Question], np.ndarray]


def within_orders(question: Question, answer: Ask) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule that takes the scale of a series for that of its values."""
    if question.frame.blocks is not None or question.frame.events is not None:
        return answer(question)
    values = question.visible()
    usual, reach = _sizes(values)
    some = (usual > 0) & question.asked.any(axis=0)
    some &= some.any() and _from_zero(question, values)
    small = np.zeros(question.asked[question.rows].shape, bool)
    small[:, some] = _around(question, values[:, some]) < SMALL * reach[some]
    if not small.any():
        return answer(question)
    some &= small.any(axis=0)
    size = np.where(some, usual, 1.0)
    narrow = np.where(some, size * np.arcsinh(question.frame.values / size), question.frame.values).astype(question.frame.values.dtype)
    said = answer(replace(question, frame=replace(question.frame, values=narrow)))
    wide = size * np.sinh(np.clip(said / size, -FARTHEST, FARTHEST))
    large = some & question.asked[question.rows] & ~small
    return np.where(some, np.where(large, answer(question), wide) if large.any() else wide, said)


def _sizes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Usual size, and mean departure from the median (n, v), of values (t, n, v) that span orders of magnitude; 0 of all others."""
    some = np.isfinite(values).sum(axis=0) >= FEWEST
    usual, reach = np.zeros(values.shape[1:]), np.zeros(values.shape[1:])
    if some.any():
        middle = np.nanmedian(values[:, some], axis=0)
        away = np.abs(values[:, some] - middle)
        size, whole = np.maximum(np.abs(middle), np.nanmedian(away, axis=0)), np.nanmean(away, axis=0)
        is_heavy = whole > HEAVY * size
        usual[some], reach[some] = np.where(is_heavy, size, 0.0), np.where(is_heavy, whole, 0.0)
    return usual, reach


def _from_zero(question: Question, values: np.ndarray) -> np.ndarray:
    """Series (n, v) that are hardly ever below zero and no temperatures: of others an offset must change nothing but the level."""
    frame = question.frame
    free = [is_temperature(name, unit) for name, unit in zip(frame.called, frame.units or ("",) * values.shape[2])]
    return ((values < 0).sum(axis=0) <= CORRECTED * np.isfinite(values).sum(axis=0)) & ~np.array(free)


def _around(question: Question, values: np.ndarray) -> np.ndarray:
    """The largest of values (t, s) known next to the asked rows (h, s), or before all of them in a forecast; inf where nothing is known."""
    rows, first = question.rows, question.first
    if question.both_sides:
        out = np.reshape([_beside(rows, x) for x in values.T], (values.shape[1], len(rows))).T
    else:
        back = max(fewest_since(question.frame.times[:first]), int(rows[-1]) + 1 - first)
        size = np.where(np.isfinite(values), np.abs(values), -np.inf)[max(0, first - back) : first]
        out = np.broadcast_to(size.max(axis=0, initial=-np.inf), (len(rows), values.shape[1]))
    return np.where(np.isfinite(out), out, np.inf)


def _beside(rows: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The largest of so many known values of x (t,) on either side of rows (h,): of few beside a long gap small ones would say nothing."""
    known = np.flatnonzero(np.isfinite(x))
    size = np.pad(np.abs(x[known]), FEWEST, constant_values=-np.inf)
    return np.asarray(sliding_window_view(size, 2 * FEWEST).max(axis=1)[np.searchsorted(known, rows)])
