"""Width: the usual size of a residual at each cell, from the predictor's own width, the series, the phase and the level."""

from __future__ import annotations

import numpy as np
import pandas as pd

ROUNDS = 12
SAMPLE = 60_000  # cells that the weights of the parts are found on
KEPT = 12.0  # values' worth of the variable's usual size in each series' own
OUTER = 5.0  # usual sizes beyond which a residual counts for no more
LEAST = 0.1  # of the usual size


def usual_size(residual: np.ndarray, width: np.ndarray, level: np.ndarray, phase: np.ndarray | None, floor: float) -> np.ndarray:
    """Expected absolute residual (t, n) of one variable.

    A gamma regression with a logarithmic link: what is told by the predictor's own width, by the phase of the clock and by the level
    counts as much as the residuals say.

    Args:
        residual: (t, n), NaN where not observed.
        width: (t, n) of the predictor, in the same unit; any positive multiple.
        level: (t, n) expected values.
        phase: int (t,), or None.
        floor: smallest size that is told, such as half a unit of counts.
    """
    size = np.abs(residual)
    known = np.isfinite(size)
    if not known.any():
        return np.ones(size.shape)
    usual = max(_cut_mean(size[known]), floor, 1e-30)
    size = np.where(known, np.hypot(size, floor), np.nan)
    own = _own(size, usual)
    ratio = size / own
    columns = [np.ones(size.shape), *_told(width, known), *_levels(level, known)]
    if phase is not None:
        columns.append(_by_phase(ratio, phase))
    design = np.stack(columns, axis=-1)
    slope = _gamma(design[known], ratio[known])
    return own * np.exp(np.clip(design @ slope, np.log(LEAST) - 1.5, 4.0)) + LEAST * usual * 0.2


def _cut_mean(size: np.ndarray) -> float:
    """Mean of absolute residuals of which the largest count for no more than a few usual ones."""
    mean = float(np.mean(size))
    for _ in range(3):
        mean = float(np.minimum(size, OUTER * mean).mean())
    return mean


def _own(size: np.ndarray, usual: float) -> np.ndarray:
    """Usual size (n,) of each series, shrunk to that of all."""
    with np.errstate(all="ignore"):
        count = np.isfinite(size).sum(axis=0)
        mean = np.nan_to_num(np.nansum(size, axis=0) / np.maximum(count, 1))
        for _ in range(3):
            cut = np.minimum(size, OUTER * np.maximum(mean, 1e-30))
            mean = np.nan_to_num(np.nansum(cut, axis=0) / np.maximum(count, 1))
    return np.maximum((mean * count + KEPT * usual) / (count + KEPT), LEAST * 0.1 * usual)


def _told(width: np.ndarray, known: np.ndarray) -> list[np.ndarray]:
    """The logarithm of the predictor's width, beside its mean."""
    good = known & np.isfinite(width) & (width > 0)
    if not good.any():
        return []
    middle = float(np.median(width[good]))
    log = np.log(np.maximum(np.where(good, width, middle), 0.05 * middle) / middle)
    return [np.minimum(log, 3.0)]


def _levels(level: np.ndarray, known: np.ndarray) -> list[np.ndarray]:
    """The level of the expected value within the variable, and its square."""
    good = known & np.isfinite(level)
    spread = float(level[good].std()) if good.any() else 0.0
    if not spread > 0:
        return []
    score = np.clip(np.where(np.isfinite(level), (level - level[good].mean()) / spread, 0.0), -3.0, 3.0)
    return [score, score**2 - 1.0]


def _by_phase(ratio: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Logarithm of the usual ratio at each phase, the same for all series (t, n)."""
    total = np.nansum(np.minimum(ratio, OUTER), axis=1)
    table = pd.DataFrame({"phase": phase, "total": total, "count": np.isfinite(ratio).sum(axis=1)}).groupby("phase").transform("sum")
    kept = KEPT * 2.0
    log = np.log((table["total"].to_numpy() + kept) / (table["count"].to_numpy() + kept))
    return np.broadcast_to(log[:, None], ratio.shape)


def _gamma(design: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Weights (k,) of a gamma regression of ratios (m,) on design (m, k), a little shrunk."""
    order = np.argsort(ratio, kind="stable")  # a spread sample that no order of places changes
    take = order[:: max(1, len(order) // SAMPLE)]
    x, y = design[take], ratio[take]
    penalty = np.eye(x.shape[1]) * 3.0
    penalty[0, 0] = 1e-6
    gram = np.linalg.inv(x.T @ x + penalty)
    slope = np.zeros(x.shape[1])
    slope[0] = np.log(max(float(np.minimum(y, OUTER).mean()), 1e-9))
    for _ in range(ROUNDS):
        eta = np.clip(x @ slope, -6.0, 6.0)
        working = eta + np.minimum(y / np.exp(eta), OUTER) - 1.0
        slope = gram @ (x.T @ working)
    return slope
