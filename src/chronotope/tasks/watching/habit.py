"""Habit: how series usually depart from what is expected, and what a departure owes to the step before and to other places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.tasks.detecting.tails import Tail, tail_of

CLIP = 3.0  # usual sizes beyond which a departure counts for no more
KEPT = 24.0  # values' worth of what all series do in each one's own
LENGTHS = (12, 24, 48)  # steps over which departures are averaged for what is slow
WEIGHTS = {"alone": 0.6, "slow": 0.4}  # of the two views, as in a weighted Bonferroni
FEWEST, STEPS = 60, 64  # departures of a variable that show a habit, and steps that hold any
ENDLESS = (0.0, 0.6)  # shapes of the tails of slow departures


@dataclass(frozen=True)
class Habit:
    """The habit of one variable, learnt from departures (m, n).

    Attributes:
        before, beside: (n,) shares of the departure a step before, and of the mean of the other places, that come again.
        unit: of departures, in which they are clipped.
        size: (n,) usual size of what is left.
        tails: lower and upper, of what is left in usual sizes.
    """

    before: np.ndarray
    beside: np.ndarray
    unit: float
    size: np.ndarray
    tails: tuple[Tail, Tail]

    def expected(self, departure: np.ndarray, last: np.ndarray) -> np.ndarray:
        """What the step before, `last` (n,), and the other places lead to expect of departures (n,)."""
        return self.before * self._even(last) + self.beside * others(self._even(departure, keep=True))

    def _even(self, departure: np.ndarray, keep: bool = False) -> np.ndarray:
        cut = np.clip(departure, -CLIP * self.unit, CLIP * self.unit)
        return cut if keep else np.nan_to_num(cut)

    def chance(self, left: np.ndarray) -> np.ndarray:
        """Two-sided tail probability (n,) of what is left."""
        return np.minimum(1.0, 2 * np.minimum(self.tails[0].chance(-left), self.tails[1].chance(left)))


@dataclass(frozen=True)
class Slow:
    """How series (n,) usually lie beside what they are at that hour and beside other places, over several steps.

    Attributes:
        beside: (n,) share of the mean of the other places that comes again.
        size: (n,) usual size of what is left.
        recent: (m, n), what was left last, in usual sizes.
        means: for each of `LENGTHS` that the past holds: its steps, the usual size (n,) of a mean over them, and the tail of such means.
    """

    beside: np.ndarray
    size: np.ndarray
    recent: np.ndarray
    means: tuple[tuple[int, np.ndarray, Tail], ...]

    def next(self, apart: np.ndarray) -> tuple[Slow, np.ndarray]:
        """With one more departure (n,) from the usual: the same going on, and the tail probability (n,) of the means that end there."""
        left = np.concatenate([self.recent, ((apart - self.beside * others(apart)) / self.size)[None]])
        chance = np.ones(apart.shape)
        for length, usual, tail in self.means:
            mean = running(left[-length:], length)[-1]
            found = len(self.means) * tail.chance(np.abs(mean) / usual)
            chance = np.minimum(chance, np.where(np.isfinite(mean), found, 1.0))
        return Slow(self.beside, self.size, left[1 - LENGTHS[-1] :], self.means), chance


def slow_of(apart: np.ndarray) -> Slow | None:
    """What departures (m, n) of a past from the usual at each hour show; None where they are too few."""
    known = np.isfinite(apart)
    if known.any(axis=1).sum() < STEPS:
        return None
    beside = _shares(apart, np.zeros(apart.shape), others(apart))[1]
    plain = apart - beside * others(apart)
    size = _sizes(plain)
    left = plain / size
    means = tuple(made for length in LENGTHS if len(left) >= 4 * length for made in [_mean_of(left, length)] if made is not None)
    return Slow(beside, size, left[1 - LENGTHS[-1] :], means)


def habit_of(departures: np.ndarray) -> Habit | None:
    """The habit that departures (m, n) of a variable show; None where they are too few."""
    known = np.isfinite(departures)
    if known.sum() < FEWEST or known.any(axis=1).sum() < STEPS:
        return None
    unit = float(np.median(np.abs(departures[known]))) * 1.4826 or float(np.abs(departures[known]).mean()) or 1.0
    cut = np.clip(departures, -CLIP * unit, CLIP * unit)
    last, beside = np.nan_to_num(np.concatenate([np.zeros((1, cut.shape[1])), cut[:-1]])), others(cut)
    before, along = _shares(cut, last, beside)
    plain = departures - before * last - along * beside
    size = _sizes(plain)
    left = plain / size
    inside = left[np.isfinite(left)]
    return Habit(before, along, unit, size, (tail_of(-inside), tail_of(inside)))


def others(cut: np.ndarray) -> np.ndarray:
    """The mean (..., n) of all places but each itself, of departures (..., n); zero where there is none."""
    known = np.isfinite(cut)
    filled = np.where(known, cut, 0.0)
    count = known.sum(axis=-1, keepdims=True) - known
    return np.asarray((filled.sum(axis=-1, keepdims=True) - filled) / np.maximum(count, 1))


def running(left: np.ndarray, length: int) -> np.ndarray:
    """Means (m, n) of the last `length` rows up to each, of what is known; NaN where less than half is."""
    known = np.isfinite(left)
    filled = np.where(known, np.clip(left, -CLIP, CLIP), 0.0)
    total, count = (np.cumsum(np.concatenate([np.zeros((1, left.shape[1])), a]), axis=0) for a in (filled, known.astype(float)))
    rows = np.arange(len(left))
    low = np.maximum(rows + 1 - length, 0)
    number = count[rows + 1] - count[low]
    return np.where(2 * number >= length, (total[rows + 1] - total[low]) / np.maximum(number, 1), np.nan)


def _mean_of(left: np.ndarray, length: int) -> tuple[int, np.ndarray, Tail] | None:
    """Usual sizes (n,) of running means, and the tail of means in these sizes."""
    mean = np.abs(running(left, length))[length - 1 :]
    known = np.isfinite(mean)
    if known.sum() < FEWEST:
        return None
    pooled = float(mean[known].mean()) or 1.0
    own = (np.where(known, mean, 0.0).sum(axis=0) / length + KEPT / length * pooled) / (known.sum(axis=0) / length + KEPT / length)
    usual = np.maximum(own, 1e-12)
    return length, usual, tail_of((mean / usual)[known], shapes=ENDLESS)


def _shares(cut: np.ndarray, last: np.ndarray, beside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares (n,) of the step before and of other places by least squares, each series' own drawn to those of all."""
    known = np.isfinite(cut)
    target = np.where(known, cut, 0.0)
    rows = np.stack([last, beside], axis=-1) * known[..., None]
    gram, side = np.einsum("mnf,mng->nfg", rows, rows), np.einsum("mnf,mn->nf", rows, target)
    size = np.trace(gram.sum(axis=0)) / max(known.sum(), 1) + 1e-12
    pooled = np.linalg.solve(gram.sum(axis=0) + size * np.eye(2), side.sum(axis=0))
    shares = pooled + np.linalg.solve(gram + KEPT * size * np.eye(2), (side - gram @ pooled)[..., None])[..., 0]
    return np.clip(shares[:, 0], 0.0, 1.0), np.clip(shares[:, 1], -1.0, 1.5)


def _sizes(plain: np.ndarray) -> np.ndarray:
    """Usual sizes (n,) of what is left (m, n), shrunk to that of all; the outermost count for no more than a few usual ones."""
    size, known = np.abs(plain), np.isfinite(plain)
    usual = float(np.median(size[known])) or float(size[known].mean()) or 1.0
    cut = np.where(known, np.minimum(size, 5.0 * usual), 0.0)
    return np.maximum((cut.sum(axis=0) + KEPT * usual) / (known.sum(axis=0) + KEPT), 1e-3 * usual)
