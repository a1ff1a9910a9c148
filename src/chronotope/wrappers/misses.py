"""Misses: how far the truth lay from a predictor's quantiles at earlier origins, in its own widths, and quantiles moved by that."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.intervals import deviation
from chronotope.inspect.circle import beside, unrolled
from chronotope.inspect.support import support_of
from chronotope.inspect.totals import never_fell
from chronotope.model.totals import totals_asked
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.wrappers.averaged import directions
from chronotope.wrappers.wrapper import ask

GRID = (0.01, 0.025, 0.05, *QUANTILE_LEVELS, 0.95, 0.975, 0.99)
_LOW, _MEDIAN, _HIGH = (GRID.index(level) for level in (0.1, 0.5, 0.9))


def scored(base: Predictor, question: Question, truth: np.ndarray, method: str) -> np.ndarray:
    """How far the truth (h, n, v) of a forecast lies from each quantile of `GRID` ("split": from the median, once), in widths.

    Returns:
        (l, h, n, v), NaN where the truth is unknown or the width is 0.
    """
    steps = slice(len(question.seen) - len(truth), None)
    if not question.asked.any():
        return np.full((1 if method == "split" else len(GRID), *truth.shape), np.nan)
    answer = np.full((len(GRID), *truth.shape), np.nan)
    answer[:, question.asked[steps].any(axis=(1, 2))] = ask(base, question.wanting(GRID))
    circle = directions(question)
    answer = unrolled(answer, circle)
    truth = beside(np.where(question.asked[steps], truth, np.nan), answer[_MEDIAN], circle)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = (truth - (answer[_MEDIAN : _MEDIAN + 1] if method == "split" else answer)) / unit_of(question, answer, method)
    return np.where(np.isfinite(scores), scores, np.nan)


def unit_of(question: Question, answer: np.ndarray, method: str) -> np.ndarray:
    """The width (h, n, v) that scores are measured in: half the model's 80 % interval, or the series' mean change ("split").

    A model without width is measured by a thousandth of the series' change; 0 only where a series never changed.
    """
    seen = question.visible().astype(float)
    change = np.abs(beside(np.diff(seen, axis=0), 0.0, directions(question)))
    count = np.isfinite(change).sum(axis=0)
    mean = np.nansum(change, axis=0) / np.maximum(count, 1)
    scale = np.where(count > 0, mean, deviation(seen.reshape(len(seen), -1)).reshape(mean.shape))
    if method == "split":
        return np.broadcast_to(scale, answer.shape[1:])
    return np.maximum((answer[_HIGH] - answer[_LOW]) / 2, 1e-3 * scale)


def moved(question: Question, answer: np.ndarray, own: np.ndarray, offset: np.ndarray, method: str) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 as asked: the model's `own`, or its median, moved by `offset` (len(GRID), h, 1 or n, v) widths."""
    circle = directions(question)
    answer, own = unrolled(answer, circle), unrolled(own, circle)
    at = np.clip(question.levels, GRID[0], GRID[-1])
    high = np.clip(np.searchsorted(GRID, at), 1, len(GRID) - 1)
    part = ((at - np.take(GRID, high - 1)) / (np.take(GRID, high) - np.take(GRID, high - 1)))[:, None, None, None]
    by = offset[high - 1] * (1 - part) + offset[high] * part
    unit = unit_of(question, answer.astype(float), method)
    from_here = answer[_MEDIAN : _MEDIAN + 1] if method == "split" else own
    usable = np.isfinite(by).all(axis=0) & (unit > 0)
    made = np.where(usable, from_here + np.where(np.isfinite(by), by, 0.0) * unit, own)
    return kept(question, np.maximum.accumulate(np.sort(made, axis=0), axis=0)).astype(np.float32)


def kept(question: Question, quantiles: np.ndarray) -> np.ndarray:
    """Rising quantiles (q, h, n, v) where values can lie; running totals that never fell not below the last reading."""
    visible, panel = question.visible(), question.frame
    kept = support_of(visible, panel.called, panel.units).kept(quantiles)
    totals = totals_asked(question)
    if not totals.any():
        return kept
    past = visible[: question.rows[0]]
    return np.where(totals & never_fell(past), np.fmax(kept, np.fmax.reduce(past, axis=0)), kept)
