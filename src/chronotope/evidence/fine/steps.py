"""Steps: what lies inside the steps of a series - a shape that every step repeats, and what the steps around lead to expect.

means of steps (t, s) --less their level--> departures --kriging to points in time--> fine departures + shape
a fine past, where there is one, shows the shape and how fine departures belong together; else the means themselves do
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AROUND = 2  # steps to each side that are read
FEWEST = 12  # whole steps of a fine past, or pairs of means, that show anything
LENGTHS = np.geomspace(0.15, 60.0, 40)  # steps over which departures may be forgotten


@dataclass(frozen=True)
class Inside:
    """What is known of the inside of a step of k parts.

    Attributes:
        shape: (k, s), what each part lies above the mean of its step on average; of a proportional one as a share of the mean.
        in_proportion: bool (s,), whether the shape grows with the mean.
        weights: (k, 2 * AROUND + 1), of the departures of the steps around.
        error: (k, s), standard error of each part.
    """

    shape: np.ndarray
    in_proportion: np.ndarray
    weights: np.ndarray
    error: np.ndarray

    def fine(self, means: np.ndarray) -> np.ndarray:
        """Parts (t, k, s) of steps with means (t, s); each step's parts have exactly its mean."""
        level = np.nanmean(means, axis=0, where=np.isfinite(means)) if np.isfinite(means).any() else 0.0
        apart = np.nan_to_num(means - level)
        padded = np.concatenate([np.repeat(apart[:1], AROUND, 0), apart, np.repeat(apart[-1:], AROUND, 0)])
        windows = np.stack([padded[i : i + len(means)] for i in range(2 * AROUND + 1)])
        smooth = np.einsum("kw,wts->tks", self.weights, windows) + level
        shape = np.where(self.in_proportion, self.shape * means[:, None], self.shape)
        out = smooth + shape
        return out + (means - out.mean(axis=1))[:, None]


def inside_of(means: np.ndarray, parts: int, fine: np.ndarray | None) -> Inside:
    """What is known of the inside of steps with means (t, s), from the parts (u, k, s) of other steps, or from the means alone."""
    s = means.shape[1]
    if fine is None or whole_steps(fine) < FEWEST:
        weights, spread = _kriging(_covariance_of_means(means, parts), parts)
        plain = Inside(np.zeros((parts, s)), np.zeros(s, bool), weights, np.ones((parts, s)))
        return Inside(plain.shape, plain.in_proportion, weights, spread[:, None] * _size_from_means(means, parts))
    shape, in_proportion = _shape(fine)
    own = fine.mean(axis=1)
    departures = fine - np.where(in_proportion, (1 + shape) * own[:, None], shape + np.nanmean(own, axis=0))
    departures = departures + np.where(in_proportion, own - np.nanmean(own, axis=0), 0.0)[:, None]
    weights, _ = _kriging(_covariance_of_parts(departures, parts), parts)
    made = Inside(shape, in_proportion, weights, np.ones((parts, s)))
    off = made.fine(own) - fine
    return Inside(shape, in_proportion, weights, np.sqrt(np.nanmean(off**2, axis=0)))


def whole_steps(fine: np.ndarray) -> int:
    """How many steps of a fine past (u, k, s) have all their parts somewhere."""
    return int(np.isfinite(fine).all(axis=1).any(axis=1).sum())


def _shape(fine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape (k, s), and whether it is one in proportion (s,): where that misses less, and no mean is negative."""
    own = fine.mean(axis=1)
    known = np.isfinite(own)
    apart = fine - own[:, None]
    added = np.nanmean(apart, axis=0)
    total = np.nansum(own, axis=0)
    share = np.nansum(apart, axis=0, where=known[:, None]) / np.where(total > 0, total, 1.0)
    misses = [np.nanmean((apart - one) ** 2, axis=(0, 1)) for one in (added, share * own[:, None])]
    positive = (np.nanmin(np.where(known, own, np.inf), axis=0) >= 0) & (total > 0)
    proportional = positive & (misses[1] < misses[0])
    return np.where(proportional, share, added), proportional


def _covariance_of_parts(departures: np.ndarray, parts: int) -> np.ndarray:
    """Covariance at lags 0 ... (l,) of departures (u, k, s) of parts that follow each other, over all series in their own size."""
    x = departures.reshape(-1, departures.shape[2])
    x = x / np.maximum(np.sqrt(np.nanmean(x**2, axis=0)), 1e-12)
    known, filled = np.isfinite(x).astype(float), np.nan_to_num(x)
    lags = np.arange((2 * AROUND + 1) * parts)
    found = np.array(
        [(filled[lag:] * filled[: len(x) - lag]).sum() / max((known[lag:] * known[: len(x) - lag]).sum(), 1.0) for lag in lags]
    )
    return found * np.cos(np.pi * lags / (2 * len(lags))) ** 2  # faded out: far lags are seen least


def _covariance_of_means(means: np.ndarray, parts: int) -> np.ndarray:
    """An exponential covariance whose means of steps follow each other as those of the series do."""
    apart = means - np.nanmean(means, axis=0)
    both = np.isfinite(apart[1:]) & np.isfinite(apart[:-1])
    power = np.nansum(apart**2, axis=0)
    share = np.where(both, apart[1:] * apart[:-1], 0.0).sum(axis=0) / np.where(power > 0, power, 1.0)
    seen = float(np.clip(np.mean(share[power > 0]) if (power > 0).any() else 0.5, 0.0, 0.995))
    lags = np.arange((2 * AROUND + 1) * parts)
    told = [_next_to_own(np.exp(-lags / (length * parts)), parts) for length in LENGTHS]
    return np.exp(-lags / (float(np.interp(seen, told, LENGTHS)) * parts))


def _next_to_own(covariance: np.ndarray, parts: int) -> float:
    """Correlation of the means of two steps that follow each other."""
    rows = np.arange(2 * parts)
    whole = covariance[np.abs(rows[:, None] - rows)]
    return float(whole[:parts, parts:].mean() / whole[:parts, :parts].mean())


def _kriging(covariance: np.ndarray, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights (k, 2 * AROUND + 1) of the means of the steps around for the parts of the middle one, and their errors (k,)."""
    count = 2 * AROUND + 1
    rows = np.arange(count * parts)
    whole = covariance[np.minimum(np.abs(rows[:, None] - rows), len(covariance) - 1)] + 1e-8 * covariance[0] * np.eye(len(rows))
    mean = np.kron(np.eye(count), np.full((1, parts), 1.0 / parts))
    middle = slice(AROUND * parts, (AROUND + 1) * parts)
    side = (mean @ whole)[:, middle]
    weights = np.linalg.solve(mean @ whole @ mean.T, side).T
    left = np.diag(whole)[middle] - (weights * side.T).sum(axis=1)
    return weights, np.sqrt(np.maximum(left, 0.0))


def _size_from_means(means: np.ndarray, parts: int) -> np.ndarray:
    """What a unit of the kriging's error is (s,), from how it misses the means themselves when steps are joined by twos or more."""
    size = min(parts, max(2, len(means) // FEWEST))
    whole = len(means) // size * size
    if whole // size < 4:
        return np.nanstd(means, axis=0)
    fine = means[:whole].reshape(-1, size, means.shape[1])
    weights, spread = _kriging(_covariance_of_means(fine.mean(axis=1), size), size)
    made = Inside(np.zeros(fine.shape[1:]), np.zeros(means.shape[1], bool), weights, np.ones(fine.shape[1:]))
    off = made.fine(fine.mean(axis=1)) - fine
    return np.sqrt(np.nanmean(off**2, axis=(0, 1)) / max(float((spread**2).mean()), 1e-12))
