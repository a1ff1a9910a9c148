"""Scores of quantile forecasts: dims (quantile, ...) against truth (...); only cells where all are finite count.

`axis` counts the axes of `truth`; `reduce` says what all metrics share. DataArrays may leave `levels` to their `quantile` coordinate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.errors import ArgumentError
from chronotope.evaluate.metrics.reduce import labelled, masked_mean, masked_sum
from chronotope.evidence.distributions import pinball_loss


def pinball(forecast: np.ndarray, truth: np.ndarray, levels: Any) -> np.ndarray:
    """Pinball loss (quantile, ...) of each level; smaller is better, best is 0. In the units of `truth`."""
    level = np.asarray(levels, float).reshape(-1, *[1] * truth.ndim)
    return pinball_loss(truth - forecast, level)


@labelled
def wql(forecast: Any, truth: Any, levels: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Weighted quantile loss: twice the pinball loss, averaged over levels, over the sum of absolute truth; best is 0. No unit."""
    loss = 2 * pinball(forecast, truth, levels).mean(axis=0)
    size = np.where(np.isfinite(loss), np.abs(truth), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return masked_sum(loss, axis, weights) / masked_sum(size, axis, weights)


@labelled
def crps(forecast: Any, truth: Any, levels: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """CRPS as twice the mean pinball loss over the levels; smaller is better, best is 0. In the units of `truth`.

    With evenly spaced levels k / (q + 1) it goes to the CRPS as q grows. Source: Gneiting and Ranjan (2011).
    """
    return masked_mean(2 * pinball(forecast, truth, levels).mean(axis=0), axis, weights)


@labelled
def wis(forecast: Any, truth: Any, levels: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Weighted interval score of the median and every central interval; smaller is better, best is 0. In the units of `truth`.

    Source: Bracher et al. (2021), doi:10.1371/journal.pcbi.1008618.
    """
    pairs = _pairs(levels)
    total = 0.5 * np.abs(truth - forecast[_median(levels)])
    for i, j, alpha in pairs:
        total = total + alpha / 2 * _interval_score(forecast[i], forecast[j], truth, alpha)
    return masked_mean(total / (len(pairs) + 0.5), axis, weights)


@labelled
def interval_score(forecast: Any, truth: Any, levels: Any, share: float = 0.8, *, axis: Any = None, weights: Any = None) -> Any:
    """Width of the central interval of `share` and a fine for truth outside it; smaller is better, best is 0. In the units of `truth`.

    Source: Gneiting and Raftery (2007), doi:10.1198/016214506000001437.
    """
    low, high = _bounds(forecast, levels, share)
    return masked_mean(_interval_score(low, high, truth, 1 - share), axis, weights)


@labelled
def coverage(forecast: Any, truth: Any, levels: Any, share: float = 0.8, *, axis: Any = None, weights: Any = None) -> Any:
    """Share of the truth inside the central interval of `share`; best is `share` itself. No unit."""
    low, high = _bounds(forecast, levels, share)
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(truth)
    return masked_mean(np.where(known, (truth >= low) & (truth <= high), np.nan), axis, weights)


@labelled
def width(forecast: Any, truth: Any, levels: Any, share: float = 0.8, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean width of the central interval of `share`, where truth is known; smaller is sharper. In the units of `truth`."""
    low, high = _bounds(forecast, levels, share)
    return masked_mean(np.where(np.isfinite(truth), high - low, np.nan), axis, weights)


def _interval_score(low: np.ndarray, high: np.ndarray, truth: np.ndarray, alpha: float) -> np.ndarray:
    return high - low + 2 / alpha * (np.maximum(low - truth, 0) + np.maximum(truth - high, 0))


def _pairs(levels: Any) -> list[tuple[int, int, float]]:
    """(position of lower, position of upper, alpha) of the central intervals."""
    levels = np.asarray(levels, float)
    found = [(i, j, 2 * levels[i]) for i in range(len(levels)) for j in range(i + 1, len(levels)) if abs(levels[i] + levels[j] - 1) < 1e-9]
    if not found:
        raise ArgumentError(f"levels must hold pairs such as 0.1 and 0.9; found {tuple(levels)}.")
    return found


def _median(levels: Any) -> int:
    at = np.flatnonzero(np.abs(np.asarray(levels, float) - 0.5) < 1e-9)
    if not len(at):
        raise ArgumentError(f"levels must hold 0.5; found {tuple(np.asarray(levels, float))}.")
    return int(at[0])


def _bounds(forecast: np.ndarray, levels: Any, share: float) -> tuple[np.ndarray, np.ndarray]:
    for i, j, alpha in _pairs(levels):
        if abs(1 - alpha - share) < 1e-9:
            return forecast[i], forecast[j]
    needed = f"{(1 - share) / 2:g} and {(1 + share) / 2:g}"
    raise ArgumentError(f"levels must hold {needed} for an interval of {share:g}; found {tuple(levels)}.")
