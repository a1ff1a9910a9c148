"""Calibration: how often the truth fell below each quantile and inside each interval, and how much of that is luck of the origins."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from chronotope.view.answers import names_of, slice_of
from chronotope.view.cutting import origins_of

DRAWS, LEAST, SHARE = 400, 5, 0.9  # of the bootstrap: how often, from how many origins on, and what the band holds


@dataclass(frozen=True)
class Calibration:
    """Counted over all variables, places and origins where the truth is known.

    Attributes:
        levels: quantile levels (q,).
        below: share of truths below each quantile (q,), truths equal to it counting half; a calibrated forecast has below = levels.
        shares: what each central interval should cover (k,), from wide to narrow.
        overall: share of truths inside each interval (k,), bounds included.
        count: number of truths.
        band: lower and upper end (2, q) of what `below` is when blocks of neighbouring origins are drawn anew; None with fewer than
            five origins.
    """

    levels: np.ndarray
    below: np.ndarray
    shares: np.ndarray
    overall: np.ndarray
    count: int
    band: np.ndarray | None = None

    def at(self, share: float) -> tuple[float, float]:
        """(nominal share, share really covered) of the interval nearest to `share`."""
        k = int(np.argmin(np.abs(self.shares - share)))
        return float(self.shares[k]), float(self.overall[k])


def calibration_of(fc: Any, truth: Any = None) -> Calibration | None:
    """The calibration of a forecast from one or several origins; None where no truth is known or no interval was asked.

    Args:
        fc: a Forecast with quantiles.
        truth: a Field or Dataset with later values; the forecast's own history by default.
    """
    origins = range(origins_of(fc))
    parts = [[slice_of(fc, name, origin, truth) for name in names_of(fc)] for origin in origins]
    values = [np.concatenate([part.values.reshape(len(part.levels), -1) for part in of], axis=1) for of in parts]
    known = [np.concatenate([part.truth.ravel() for part in of]) for of in parts]
    return counted(parts[0][0].levels, values, known) if parts and parts[0] else None


def counted(levels: np.ndarray, values: list[np.ndarray], truth: list[np.ndarray]) -> Calibration | None:
    """The same from quantiles (q, m) and truths (m,) of each origin; None where nothing can be counted."""
    pairs = [(i, int(np.argmin(np.abs(levels - (1 - level))))) for i, level in enumerate(levels) if level < 0.5]
    pairs = [(i, j) for i, j in pairs if abs(levels[i] + levels[j] - 1) < 1e-6]
    seen = np.array([np.isfinite(true).sum() for true in truth])
    if not pairs or not seen.sum():
        return None
    below = np.stack([_below(answer, true) for answer, true in zip(values, truth)])
    inside = np.sum([[((a[i] <= t) & (t <= a[j])).sum() for i, j in pairs] for a, t in zip(values, truth)], axis=0)
    total = int(seen.sum())
    shares = np.array([levels[j] - levels[i] for i, j in pairs])
    return Calibration(levels, below.sum(axis=0) / total, shares, inside / total, total, bootstrapped(below, seen))


def bootstrapped(sums: np.ndarray, counts: np.ndarray) -> np.ndarray | None:
    """Lower and upper end (2, ...) of sums (o, ...) over counts (o,) or (o, ...) when blocks of neighbouring origins are drawn anew.

    A block has as many origins as the root of their number; None with fewer than five origins.
    """
    count = len(sums)
    if count < LEAST:
        return None
    length = max(round(count**0.5), 1)
    starts = np.random.default_rng(0).integers(0, count, (DRAWS, -(-count // length)))
    rows = ((starts[:, :, None] + np.arange(length)) % count).reshape(DRAWS, -1)[:, :count]
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = counts[rows].sum(axis=1)
        drawn = sums[rows].sum(axis=1) / weights.reshape(weights.shape + (1,) * (sums.ndim - counts.ndim))
    drawn = np.where(np.isfinite(drawn), drawn, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a lead that nobody misses has no ratio
        return np.nanquantile(drawn, [(1 - SHARE) / 2, (1 + SHARE) / 2], axis=0)


def _below(answer: np.ndarray, truth: np.ndarray) -> np.ndarray:
    seen = np.isfinite(truth)
    less, equal = ((compare(truth, answer) & seen).sum(axis=1) for compare in (np.less, np.equal))
    return less + equal / 2
