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
        level = np.nan_to_num(_mean(means, 0))
        apart = np.nan_to_num(means - level)
        padded = np.concatenate([np.repeat(apart[:1], AROUND, 0), apart, np.repeat(apart[-1:], AROUND, 0)])
        windows = np.stack([padded[i : i + len(means)] for i in range(2 * AROUND + 1)])
        smooth = np.einsum("kw,wts->tks", self.weights, windows) + level
        shape = np.where(self.in_proportion, self.shape * means[:, None], self.shape)
        out = smooth + shape
        return out + (means - out.mean(axis=1))[:, None]


def inside_of(means: np.ndarray, parts: int, fine: np.ndarray | None) -> Inside:
    """What is known of the inside of steps with means (t, s), from the parts (u, k, s) of other steps, or from the means alone.

    A series of which fewer than `FEWEST` steps show all their parts is told by the means alone, without a shape.
    """
    plain = _plain(means, parts)
    if fine is None or whole_steps(fine) < FEWEST:
        return Inside(plain.shape, plain.in_proportion, plain.weights, plain.error * _size_from_means(means, parts))
    own = fine.mean(axis=1)
    shown = shows(fine)
    shape, in_proportion = _shape(fine - _lines(own, parts), own)
    shape, in_proportion = np.where(shown, shape, 0.0), in_proportion & shown
    level = _mean(own, 0)
    departures = fine - np.where(in_proportion, (1 + shape) * own[:, None], shape + level)
    departures = departures + np.where(in_proportion, own - level, 0.0)[:, None]
    covariance = _covariance_of_parts(departures, parts)
    weights = _kriging(covariance, parts)[0] if covariance[0] > 0 else plain.weights
    made = Inside(shape, in_proportion, weights, np.ones(shape.shape))
    error = np.sqrt(_mean((made.fine(own) - fine) ** 2, 0))
    return Inside(shape, in_proportion, weights, np.where(shown, error, plain.error * _size_from_means(means, parts)))


def shows(fine: np.ndarray) -> np.ndarray:
    """bool (s,): the series of a fine past (u, k, s) that show enough whole steps to be told by them."""
    return np.asarray(np.isfinite(fine).all(axis=1).sum(axis=0) >= FEWEST)


def whole_steps(fine: np.ndarray) -> int:
    """How many steps of a fine past (u, k, s) have all their parts somewhere."""
    return int(np.isfinite(fine).all(axis=1).any(axis=1).sum())


def _plain(means: np.ndarray, parts: int) -> Inside:
    """What means (t, s) alone tell: no shape, and errors in units of the kriging."""
    weights, spread = _kriging(_covariance_of_means(means, parts), parts)
    shape = np.zeros((parts, means.shape[1]))
    return Inside(shape, np.zeros(means.shape[1], bool), weights, shape + spread[:, None])


def _lines(own: np.ndarray, parts: int) -> np.ndarray:
    """Parts (u, k, s) on a line through each step of means (u, s), as steep as those beside it say; level where one is missing."""
    slope = np.nan_to_num(np.gradient(own, axis=0))
    return own[:, None] + ((np.arange(parts) + 0.5) / parts - 0.5)[:, None] * slope[:, None]


def _shape(apart: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shape (k, s) of how parts lie apart (u, k, s) from lines through steps with means (u, s), and whether in proportion to these.

    In proportion where that misses less and no mean is negative; as much of it as each half of the steps shows of the other's, so that
    growth that passes, or chance, is none.
    """
    known = np.isfinite(own)
    added, share = _shapes(apart, own)
    misses = [_mean((apart - one) ** 2, (0, 1)) for one in (added, share * own[:, None])]
    positive = (np.nanmin(np.where(known, own, np.inf), axis=0) >= 0) & (np.nansum(own, axis=0) > 0)
    in_proportion = positive & (misses[1] < misses[0])
    halves = slice(0, len(own) // 2), slice(len(own) // 2, None)
    both, alone = np.zeros(own.shape[1]), np.zeros(own.shape[1])
    for half, other in (halves, halves[::-1]):
        plus, times = _shapes(apart[half], own[half])
        told = np.where(known[other][:, None], np.where(in_proportion, times * own[other][:, None], plus), 0.0)
        both += np.nansum(told * apart[other], axis=(0, 1))
        alone += np.nansum(told**2, axis=(0, 1))
    part = np.clip(both / np.where(alone > 0, alone, 1.0), 0.0, 1.0)
    return part * np.where(in_proportion, share, added), in_proportion


def _shapes(apart: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of what parts lie apart (k, s), and their sum as a share of the steps' (k, s)."""
    total = np.nansum(own, axis=0)
    return _mean(apart, 0), np.nansum(apart, axis=0) / np.where(total > 0, total, 1.0)


def _covariance_of_parts(departures: np.ndarray, parts: int) -> np.ndarray:
    """Covariance at lags 0 ... (l,) of departures (u, k, s) of parts that follow each other, over all series in their own size."""
    x = departures.reshape(-1, departures.shape[2])
    x = x / np.maximum(np.sqrt(_mean(x**2, 0)), 1e-12)
    known, filled = np.isfinite(x).astype(float), np.nan_to_num(x)
    lags = np.arange((2 * AROUND + 1) * parts)
    found = np.array(
        [(filled[lag:] * filled[: len(x) - lag]).sum() / max((known[lag:] * known[: len(x) - lag]).sum(), 1.0) for lag in lags]
    )
    return found * np.cos(np.pi * lags / (2 * len(lags))) ** 2  # faded out: far lags are seen least


def _covariance_of_means(means: np.ndarray, parts: int) -> np.ndarray:
    """An exponential covariance whose means of steps follow each other as those of the series do."""
    apart = means - _mean(means, 0)
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
    made = _plain(fine.mean(axis=1), size)
    off = made.fine(fine.mean(axis=1)) - fine
    return np.sqrt(_mean(off**2, (0, 1)) / np.maximum((made.error**2).mean(axis=0), 1e-12))


def _mean(values: np.ndarray, axis: int | tuple[int, ...]) -> np.ndarray:
    """Of what is finite along axes; NaN where nothing is."""
    count = np.isfinite(values).sum(axis=axis)
    return np.where(count > 0, np.nansum(values, axis=axis) / np.maximum(count, 1), np.nan)
