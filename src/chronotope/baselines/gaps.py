"""Gaps: asked cells with seen cells after them, filled from both sides; errors measured on gaps made on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chronotope.baselines.intervals import deviation, nan_quantiles, one_sided
from chronotope.baselines.series import Series, by_components, carry

_FEW = 6


def interpolate(x: np.ndarray) -> np.ndarray:
    """Straight lines in time between seen cells of x (t, s); the nearest one before the first and after the last."""
    seen = np.isfinite(x)
    at = np.where(seen, np.arange(len(x))[:, None], np.nan)
    before, after = carry(at), carry(at[::-1])[::-1]
    low, high = carry(x), carry(x[::-1])[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        part = np.where(after > before, (np.arange(len(x))[:, None] - before) / (after - before), 0.0)
        line = low + part * (high - low)
    return np.where(seen, x, np.where(np.isfinite(line), line, np.where(np.isfinite(low), low, high)))


def gap_quantiles(series: Series, fill: Callable[[Series], np.ndarray], asked: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h, s) of the asked cells: the filled value and the errors of the same rule on gaps made on purpose."""
    hidden = made_gaps(len(series.x), _typical_run(asked, series.rows))
    masked = np.where(hidden[:, None], np.nan, series.x)
    errors = series.apart(series.x[hidden], by_components(fill, replace(series, x=masked, _tables={}))[hidden])
    offset = nan_quantiles(errors, levels)
    few = np.isfinite(errors).sum(axis=0) < _FEW
    if few.any():
        from scipy.special import ndtri

        offset[:, few] = ndtri(np.asarray(levels))[:, None] * deviation(series.x)[few]
    return by_components(fill, series)[series.rows] + one_sided(offset, levels)[:, None]


def made_gaps(steps: int, length: int) -> np.ndarray:
    """bool (t,): about a fifth of the steps, in runs of `length`, never the first or the last step."""
    length = int(np.clip(length, 1, max(steps // 6, 1)))
    hidden = (np.arange(steps) % (5 * length)) >= 4 * length
    hidden[:1] = hidden[-1:] = False
    return hidden


def _typical_run(asked: np.ndarray, rows: np.ndarray) -> int:
    """Median length of the runs of asked cells (h, s)."""
    start = asked.copy()
    start[1:] &= ~(asked[:-1] & (np.diff(rows) == 1)[:, None])
    each = start.sum(axis=0)
    return int(np.median(asked.sum(axis=0)[each > 0] / each[each > 0])) if (each > 0).any() else 1
