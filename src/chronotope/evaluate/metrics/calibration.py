"""Whether probabilities mean what they say: how often the truth lay below each quantile, or an event came with each probability."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.evaluate.metrics.reduce import labelled, labelled_members, masked_mean


@labelled
def reliability(forecast: Any, truth: Any, levels: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Share of the truth at or below each quantile, dims (quantile, ...); best is the quantile's own level. No unit.

    Only cells with a truth and all quantiles count; `levels` tells what each share should be.
    """
    known = np.isfinite(truth) & np.isfinite(forecast).all(axis=0)
    return np.stack([masked_mean(np.where(known, truth <= one, np.nan), axis, weights) for one in forecast])


@labelled
def calibration_error(forecast: Any, truth: Any, levels: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean distance of each quantile's share of the truth from its level, from 0 to 1; smaller is better, best is 0. No unit."""
    shares = reliability(forecast, truth, levels, axis=axis, weights=weights)
    level = np.asarray(levels, float).reshape(-1, *[1] * (np.ndim(shares) - 1))
    return np.abs(shares - level).mean(axis=0)


@labelled_members
def pit_histogram(forecast: Any, truth: Any, bins: int = 10, *, axis: Any = None, weights: Any = None) -> Any:
    """Share of the truth in each of `bins` equal parts of an ensemble's distribution, dims (bin, ...); best is 1 / bins. No unit.

    A truth between two bins is split evenly; a hill says that the ensemble is too wide, a valley that it is too narrow.
    """
    known = np.isfinite(forecast)
    count = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        low = (known & (forecast < truth)).sum(axis=0) / (count + 1)
        high = ((known & (forecast <= truth)).sum(axis=0) + 1) / (count + 1)
    usable = np.isfinite(truth) & (count > 0)
    parts = []
    for b in range(bins):
        inside = np.clip(np.minimum(high, (b + 1) / bins) - np.maximum(low, b / bins), 0, None) / np.where(high > low, high - low, 1.0)
        parts.append(masked_mean(np.where(usable, inside, np.nan), axis, weights))
    return np.stack(parts)


@labelled
def brier(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean squared distance of a probability from what happened (0 or 1), from 0 to 1; smaller is better, best is 0. No unit."""
    return masked_mean((forecast - truth) ** 2, axis, weights)
