"""Calibration: how often the truth fell below each quantile and inside each interval, overall and per lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chronotope.view.slices import Slice, origins_of, slice_forecast, variables_of


@dataclass(frozen=True)
class Calibration:
    """Counted over all variables, places and origins where the truth is known.

    Attributes:
        levels: quantile levels (q,).
        below: share of truths below each quantile (q,), truths equal to it counting half; a calibrated forecast has below = levels.
        leads: timedelta64 (h,), from the last value read to the valid time.
        shares: what each central interval should cover (k,), from wide to narrow.
        covered: share of truths inside each interval per lead (k, h), bounds included.
        overall: the same over all leads (k,).
        count: number of truths.
    """

    levels: np.ndarray
    below: np.ndarray
    leads: np.ndarray
    shares: np.ndarray
    covered: np.ndarray
    overall: np.ndarray
    count: int

    @property
    def pit(self) -> tuple[np.ndarray, np.ndarray]:
        """(edges (q + 2,), density (q + 1,)) of the probability integral transform; a calibrated forecast has density 1 everywhere."""
        edges = np.concatenate([[0.0], self.levels, [1.0]])
        mass = np.diff(np.concatenate([[0.0], self.below, [1.0]]))
        return edges, mass / np.diff(edges)

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
    slices = [slice_forecast(fc, name, origin, truth) for name in variables_of(fc) for origin in range(origins_of(fc))]
    if not slices or not slices[0].bands() or not any(np.isfinite(part.truth).any() for part in slices):
        return None
    below = np.sum([_below(part) for part in slices], axis=0)
    inside = np.sum([_inside(part) for part in slices], axis=0)
    known = np.sum([np.isfinite(part.truth).sum(axis=1) for part in slices], axis=0)
    first = slices[0]
    start = first.past_times[-1] if len(first.past_times) else first.times[0]
    shares = np.array([share for share, _, _ in first.bands()])
    with np.errstate(invalid="ignore", divide="ignore"):
        covered = inside / known
    total = int(known.sum())
    return Calibration(first.levels, below / total, first.times - start, shares, covered, inside.sum(axis=1) / total, total)


def _below(part: Slice) -> np.ndarray:
    seen = np.isfinite(part.truth)
    less, equal = ((compare(part.truth, part.values) & seen).sum(axis=(1, 2)) for compare in (np.less, np.equal))
    return less + equal / 2


def _inside(part: Slice) -> np.ndarray:
    """Truths inside each interval per lead, (k, h)."""
    return np.stack([((low <= part.truth) & (part.truth <= high)).sum(axis=1) for _, low, high in part.bands()])
