"""Response: the regression of a series on features of other variables beside its own rhythm and its own memory, block of time by block.

    y, features --less the mean of their phase--> departures --less what is left of the step before--> innovations
    --products, summed in blocks of time--> coefficients; the same without each block --> how sure they are
    departures less what features explain --> what is left of the step before, once more

Blocks hold all places, so that what all places share counts once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.departures import departures, fading
from chronotope.tasks.responding.features import WAYS

ROWS, FEWEST = 8192, 64  # of the past that are read, and that are needed
ROUNDS = 3  # in which memory is that of what features do not explain (Cochrane and Orcutt 1949)
BLOCKS, LEAST_BLOCKS, FOLDS = 40, 8, 8
POOLED, NONE = 40.0, 2.0  # rows' worth of what all places say in each place's coefficients, and of no effect in those of all
NUMBERS = 40_000_000  # in the products of all places and blocks; beyond, places share their coefficients


def error_of(without: np.ndarray) -> np.ndarray:
    """Standard error (...) of what was found from the same without each block (b, ...): the jackknife."""
    count = len(without)
    return np.sqrt((count - 1) / count * ((without - without.mean(axis=0)) ** 2).sum(axis=0))


@dataclass(frozen=True)
class Sums:
    """Products of innovations: gram (b, n, f, f), side (b, n, f), count (b,) of rows in each block of time."""

    gram: np.ndarray
    side: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, target: np.ndarray, weight: np.ndarray, day: int = 0) -> Sums:
        """Sums over blocks of innovations (t, n, f) and (t, n); over all places together where they are too many."""
        t, n, f = rows.shape
        blocks = int(np.clip(t // max(day, FOLDS), LEAST_BLOCKS, BLOCKS))
        if blocks * n * f * f > NUMBERS:
            rows, target, weight = rows.reshape(t * n, 1, f), target.reshape(-1, 1), weight.reshape(-1, 1)
        edges = np.linspace(0, t, blocks + 1).astype(int) * (len(rows) // t)
        gram, side, count = [], [], []
        for low, high in zip(edges[:-1], edges[1:]):
            left = np.moveaxis(rows[low:high] * weight[low:high, :, None], 0, 2)
            gram.append(left @ np.moveaxis(rows[low:high], 0, 1))
            side.append((left @ target[low:high].T[..., None])[..., 0])
            count.append(weight[low:high].sum())
        return cls(np.stack(gram), np.stack(side), np.array(count))

    def less(self, block: int | np.ndarray) -> Sums:
        """The same without some blocks."""
        return Sums(*(np.delete(a, block, axis=0) for a in (self.gram, self.side, self.count)))

    def of_features(self, which: np.ndarray) -> Sums:
        """The same of some features."""
        return Sums(self.gram[..., which, :][..., which], self.side[..., which], self.count)

    def fit(self) -> np.ndarray:
        """Coefficients (n, f) of each place, drawn to those of all places, which are drawn to none."""
        gram, side = self.gram.sum(axis=0), self.side.sum(axis=0)
        every, eye = gram.sum(axis=0), np.eye(gram.shape[-1])
        if not every.size:
            return np.zeros(side.shape)
        size = np.trace(every) / len(every) / max(float(self.count.sum()), 1.0) + 1e-12
        pooled = np.linalg.solve(every + NONE * size * eye, side.sum(axis=0))
        return pooled + np.linalg.solve(gram + POOLED * size * eye, (side - gram @ pooled)[..., None])[..., 0]

    def gain(self, beta: np.ndarray) -> np.ndarray:
        """(b,): squares of each block that coefficients take away."""
        return np.asarray(2 * (self.side * beta).sum(axis=(1, 2)) - np.einsum("nf,bnfg,ng->b", beta, self.gram, beta))


@dataclass(frozen=True)
class Response:
    """What is known of the coefficients.

    Attributes:
        sums: of innovations, from which they come.
        spread: (n,) of the series, in which they are measured.
        read: bool (f,), the features that are read; the others tell nothing more.
        short: by how much the error is greater than blocks show, as the means of phases were learnt from them too.
    """

    sums: Sums
    spread: np.ndarray
    read: np.ndarray
    short: float = 1.0

    def change(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What differences of features (h, n, f) make: (h, n), and the same without each block of time (b, h, n), spread by `short`."""
        count = len(self.sums.count)
        every = np.stack([self.sums.fit(), *(self.sums.less(block).fit() for block in range(count))])
        beta = np.broadcast_to(every, (count + 1, features.shape[1], int(self.read.sum()))) * self.spread[:, None]
        made = np.einsum("hnf,bnf->bhn", features[..., self.read], beta)
        return made[0], made[0] + self.short * (made[1:] - made[0])

    def sureness(self, own: np.ndarray) -> float:
        """What the features `own` (f,) add beside the others where they were not learnt from, over its standard error."""
        gain = _gain(self.sums, own[self.read])
        return float(gain.mean() / (gain.std(ddof=1) / np.sqrt(len(gain)) + 1e-300))


def response_of(y: np.ndarray, features: np.ndarray, forms: np.ndarray, cycle: int, day: int = 0) -> Response:
    """The response of series y (t, n) to features (t, n, f), both NaN where not seen.

    Args:
        y, features: the past.
        forms: int (f,), the form of each feature; those of the plainest of `features.WAYS` are read that is not surely worse than the best.
        cycle: steps of the rhythm whose phases have means of their own.
        day: the fewest steps of a block.
    """
    seen = np.isfinite(y) & np.isfinite(features).all(axis=-1)
    spread = _spread(y, seen)
    apart = _apart(y, seen, cycle)
    read = departures(np.where(seen[..., None], features, 0.0), seen, cycle)
    rest, fade = apart, np.zeros(y.shape[1])
    for _ in range(ROUNDS):
        fade = np.maximum(fade, fading(rest, seen))  # not less: what a driver explains by chance takes its memory along
        target, rows = apart[1:] - fade * apart[:-1], read[1:] - fade[:, None] * read[:-1]
        sums = Sums.of(rows, target, (seen[1:] & seen[:-1]).astype(float), day)
        chosen = _plainest(sums, forms)
        rest = apart - (read[..., chosen] * sums.of_features(chosen).fit()).sum(axis=-1)
    cycles = max(len(y) / cycle, 2.0)
    return Response(sums.of_features(chosen), spread, chosen, float(np.sqrt(cycles / (cycles - 1))) if cycle > 1 else 1.0)


def fade_of(y: np.ndarray, cycle: int) -> np.ndarray:
    """How much of a departure of series y (t, n), NaN where not seen, is left a step later, (n,)."""
    seen = np.isfinite(y)
    return fading(_apart(y, seen, cycle), seen)


def _apart(y: np.ndarray, seen: np.ndarray, cycle: int) -> np.ndarray:
    """Departures (t, n) from the mean of the phase, in the spread of each series."""
    return departures(np.where(seen, y, 0.0)[..., None] / _spread(y, seen)[:, None], seen, cycle)[..., 0]


def _plainest(sums: Sums, forms: np.ndarray) -> np.ndarray:
    """bool (f,): the features of the plainest way that gains as much as the best one, but for what may be chance."""
    ways = [np.isin(forms, way) for way in WAYS]
    gains = np.stack([_gain(sums.of_features(way), np.ones(int(way.sum()), bool)) for way in ways])
    short = gains[gains.mean(axis=1).argmax()] - gains
    chance = short.std(axis=1, ddof=1) / np.sqrt(short.shape[1])
    return ways[int(np.flatnonzero(short.mean(axis=1) <= chance + 1e-12)[0])]


def _gain(sums: Sums, own: np.ndarray) -> np.ndarray:
    """What the own features add in each fold (k,), learnt from the others, per row; beside the rest of the features."""
    out = []
    for fold in np.array_split(np.arange(len(sums.count)), FOLDS):
        inside = np.isin(np.arange(len(sums.count)), fold)
        known, asked = sums.less(np.flatnonzero(inside)), sums.less(np.flatnonzero(~inside))
        rest = asked.of_features(~own).gain(known.of_features(~own).fit()).sum() if (~own).any() else 0.0
        out.append((asked.gain(known.fit()).sum() - rest) / max(float(asked.count.sum()), 1.0))
    return np.array(out)


def _spread(y: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Deviation (n,) of what is seen; 1 where nothing moves."""
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, y, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(seen, y - mean, 0.0) ** 2).sum(axis=0) / count)
    return np.where(spread > 0, spread, 1.0)
