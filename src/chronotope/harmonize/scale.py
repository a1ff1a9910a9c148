"""Robust scaling of series: location and spread from seen values only, exactly invertible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ABSOLUTE_TO_SIGMA = 1.2533  # a normal's standard deviation over its mean absolute deviation
SCALE_ROWS = 1024  # rows nearest to the question that set location and spread


@dataclass(frozen=True)
class RobustScale:
    """Location and spread of each series.

    Attributes:
        location: float64 (s,), in the units of the series.
        spread: float64 (s,), > 0, in the units of the series.
        known: bool (s,), False where a series has no seen value and both were borrowed.
    """

    location: np.ndarray
    spread: np.ndarray
    known: np.ndarray

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Scaled values (s, ...) of raw values (s, ...)."""
        shape = (-1,) + (1,) * (x.ndim - 1)
        return (x - self.location.reshape(shape)) / self.spread.reshape(shape)

    def invert(self, z: np.ndarray) -> np.ndarray:
        """Raw values (s, ...) of scaled values (s, ...)."""
        shape = (-1,) + (1,) * (z.ndim - 1)
        return z * self.spread.reshape(shape) + self.location.reshape(shape)


def fit_scale(x: np.ndarray, seen: np.ndarray, centre: int) -> RobustScale:
    """Median and mean absolute deviation of the seen values around row `centre`.

    Args:
        x: float (s, t), any value where not seen.
        seen: bool (s, t).
        centre: the row around which `SCALE_ROWS` rows are used; all rows where those hold fewer than 8 values.
    """
    low = int(np.clip(centre - SCALE_ROWS, 0, max(0, x.shape[1] - 1)))
    near, mask = x[:, low : centre + SCALE_ROWS], seen[:, low : centre + SCALE_ROWS]
    location, spread, count = _moments(near, mask)
    thin = (count < 8) & (seen.sum(axis=1) > count)
    if thin.any():
        location[thin], spread[thin], count[thin] = _moments(x[thin], seen[thin])
    known = count > 0
    spread = np.where(spread > 0, spread, np.maximum(np.abs(location) * 1e-3, 1e-12 if not known.any() else 0.0))
    spread = np.where(spread > 0, spread, 1.0)
    if known.any():
        location = np.where(known, location, np.median(location[known]))
        spread = np.where(known, spread, np.median(spread[known]))
    else:
        location, spread = np.zeros_like(location), np.ones_like(spread)
    return RobustScale(location, spread, known)


def compress(z: np.ndarray) -> np.ndarray:
    """Scaled values into the network's range: asinh, linear near zero and logarithmic far out."""
    return np.arcsinh(z)


def _moments(x: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = seen.sum(axis=1)
    ordered = np.sort(np.where(seen, x, np.inf).astype(np.float64), axis=1)
    rows = np.arange(len(x))
    last = np.maximum(count - 1, 0)
    low, high = ordered[rows, last // 2], ordered[rows, (last + 1) // 2]
    location = np.where(count > 0, 0.5 * (low + high), 0.0)
    deviation = np.where(seen, np.abs(x - location[:, None]), 0.0).sum(axis=1, dtype=np.float64)
    return location, ABSOLUTE_TO_SIGMA * deviation / np.maximum(count, 1), count
