"""Record: standardised series with their masks, and the sums that several groups of numbers share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

LEAST = 4  # values without which nothing is said of a series
LONGEST = 4096  # steps that are read, the last ones
SAME = {"f": 1e-6, "d": 1e-12}  # share of the level that is no movement, of numbers of single and of double precision
FAR = 8.0  # deviations; what lies beyond is drawn in to here, so that one wrong value does not say it all


@dataclass(frozen=True)
class Record:
    """Series as the groups read them.

    Attributes:
        z: float64 (s, t), mean 0 and deviation 1 over the seen values, 0 where not seen.
        m: float64 (s, t), 1 where seen.
        enough: bool (s,), False where fewer than `LEAST` values were seen, or all are the same.
        step_seconds: length of a step, 0 where it is not known.
    """

    z: np.ndarray
    m: np.ndarray
    enough: np.ndarray
    step_seconds: float

    @cached_property
    def change(self) -> tuple[np.ndarray, np.ndarray]:
        """Differences of neighbouring steps and their mask, (s, t - 1) each."""
        both = self.m[:, 1:] * self.m[:, :-1]
        return (self.z[:, 1:] - self.z[:, :-1]) * both, both

    @cached_property
    def correlation(self) -> np.ndarray:
        """Autocorrelation at lags 0, 1, ..., t - 1 over the pairs that are both seen, (s, t); see `autocorrelation`."""
        return autocorrelation(self.z, self.m)

    @cached_property
    def filled(self) -> np.ndarray:
        """z with straight lines across its gaps, (s, t)."""
        steps = np.arange(self.z.shape[1])
        out = self.z.copy()
        for row, seen in zip(out, self.m > 0):
            if seen.any() and not seen.all():
                row[~seen] = np.interp(steps[~seen], steps[seen], row[seen])
        return out

    def mean(self, a: np.ndarray, m: np.ndarray | None = None) -> np.ndarray:
        """Mean (s,) of a (s, k) over its mask."""
        m = self.m if m is None else m
        return (a * m).sum(axis=1) / np.maximum(m.sum(axis=1), 1e-9)


def record_of(x: np.ndarray, step_seconds: float = 0.0) -> Record:
    """The record of series (s, t), NaN where not seen."""
    same = SAME["f" if np.asarray(x).dtype == np.float32 else "d"]
    x = np.asarray(x, np.float64)[:, -LONGEST:]
    seen = np.isfinite(x)
    m = seen.astype(np.float64)
    count = np.maximum(m.sum(axis=1, keepdims=True), 1.0)
    first = np.where(seen.any(axis=1), np.where(seen, x, 0.0).sum(axis=1) / count[:, 0], 0.0)[:, None]
    centred = np.where(seen, x - first, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / count)
    enough = (m.sum(axis=1) >= LEAST) & (spread[:, 0] > same * np.abs(first[:, 0])) & (spread[:, 0] > 0)
    z = np.clip(centred / np.where(enough[:, None], spread, np.inf), -FAR, FAR)
    return Record(z, m, enough, step_seconds)


def autocorrelation(z: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Correlation (s, t) at every lag of centred series (s, t), over the pairs that are both seen; 0 where there are fewer than 4."""
    size = 1 << int(2 * z.shape[1] - 1).bit_length()
    both = lambda a: np.fft.irfft(np.abs(np.fft.rfft(a, size, axis=1)) ** 2, size, axis=1)[:, : z.shape[1]]  # noqa: E731
    product, pairs = both(z * m), np.rint(both(m))
    scale = np.maximum(product[:, :1] / np.maximum(pairs[:, :1], 1), 1e-12)
    return np.where(pairs >= 4, np.clip(product / np.maximum(pairs, 1) / scale, -1.5, 1.5), 0.0)
