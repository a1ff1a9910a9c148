"""Known: the values of known places at all times, without gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Known:
    """Values of one variable at known places.

    Attributes:
        x: float64 (t, n), silent cells filled with what is likely.
        seen: bool (t, n).
    """

    x: np.ndarray
    seen: np.ndarray

    def refilled(self, told: np.ndarray, places: np.ndarray) -> Known:
        """The same with the silent cells of some places (j,) as others tell them (t, j)."""
        x = self.x.copy()
        x[:, places] = np.where(self.seen[:, places], x[:, places], told)
        return Known(x, self.seen)


def filled(values: np.ndarray) -> Known:
    """From values (t, n), NaN where not seen: a silent cell gets its place's mean and what the others depart from theirs at the time."""
    seen = np.isfinite(values)
    if seen.all():
        return Known(values.astype(float), seen)
    x = np.where(seen, values, 0.0)
    mean = x.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    count = seen.sum(axis=1)
    departure = np.where(seen, x - mean, 0.0).sum(axis=1) / np.maximum(count, 1)
    rows = np.arange(len(x))
    departure = np.interp(rows, rows[count > 0], departure[count > 0])
    return Known(np.where(seen, x, mean + departure[:, None]), seen)
