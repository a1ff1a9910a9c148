"""Scan: cylinders of space and time that hold more than was to be expected, and how often chance makes such.

Source: Kulldorff (1997), doi:10.1080/03610929708831995, the scan statistic and its null by simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

RADII = (0, 1, 2, 3, 5)  # cells around the middle one
SHARES = (0.0, 0.02, 0.05, 0.1, 0.25)  # of the whole time that a cylinder may last; 0 is one step
LEAST = 3  # events that a cluster has at least
MOST_SHARE = 0.5  # of all that was expected that a cylinder may hold
MOST = 50  # clusters that are told apart


@dataclass(frozen=True)
class Cylinder:
    """A disc of cells in a stretch of steps.

    Attributes:
        places: int, of the panel. first, last: rows, both in it. middle: the place in its middle. radius: in cells.
        count, expected: events in it, and how many were to be expected.
        likelihood: log of how much likelier the counts are if its rate differs from that of the rest.
        chance: share of worlds of chance whose likeliest cylinder is at least as likely.
    """

    places: np.ndarray
    first: int
    last: int
    middle: int
    radius: int
    count: int
    expected: float
    likelihood: float
    chance: float


@dataclass(frozen=True)
class Scan:
    """Cylinders over counts by step and place.

    Attributes:
        expected: (t, n), what is to be expected of each, adding up to the events there are; see `separable`.
        lattice: int (n, 2), row and column of each place.
    """

    expected: np.ndarray
    lattice: np.ndarray

    @cached_property
    def discs(self) -> list[tuple[int, list[np.ndarray]]]:
        """Of each radius the places inside around every place."""
        from scipy.spatial import cKDTree

        tree, made = cKDTree(self.lattice), list[tuple[int, list[np.ndarray]]]()
        for radius in RADII:
            inside = [np.sort(np.array(one)) for one in tree.query_ball_point(self.lattice, radius + 0.25)]
            if not made or any(len(a) != len(b) for a, b in zip(inside, made[-1][1])):
                made.append((radius, inside))
        return made

    @cached_property
    def lasting(self) -> list[int]:
        """Steps that a cylinder lasts."""
        return sorted({max(1, round(share * len(self.expected))) for share in SHARES})

    @cached_property
    def matrices(self) -> list[tuple[int, Any]]:
        """Of each radius the sparse sums (n, n) over its discs."""
        from scipy.sparse import csr_matrix

        made = []
        for radius, inside in self.discs:
            rows = np.repeat(np.arange(len(inside)), [len(one) for one in inside])
            made.append(
                (radius, csr_matrix((np.ones(len(rows), np.float32), (rows, np.concatenate(inside))), shape=(len(inside), len(inside))))
            )
        return made

    @cached_property
    def levels(self) -> list[list[np.ndarray]]:
        """What is to be expected of every cylinder: by radius and by how long it lasts."""
        return [[_windows(self.expected @ matrix.T, last) for last in self.lasting] for _, matrix in self.matrices]

    def likelihoods(self, counts: np.ndarray) -> list[list[np.ndarray]]:
        """Of every cylinder that holds more than expected: by radius and by how long it lasts, (t - last + 1, n)."""
        total, made = counts.sum(), []
        for (_, matrix), levels in zip(self.matrices, self.levels):
            summed = counts @ matrix.T
            made.append([_gain(_windows(summed, last), level, total) for last, level in zip(self.lasting, levels)])
        return made

    def highest(self, counts: np.ndarray) -> float:
        """The largest of them; where counts are no more than expected, or few, nothing is worked out."""
        total, best = float(counts.sum()), 0.0
        for (_, matrix), levels in zip(self.matrices, self.levels):
            summed = _cumulated((matrix @ counts.T).T)
            for last, level in zip(self.lasting, levels):
                count, should = (summed[last:] - summed[:-last]).ravel(), level.ravel()
                at = np.flatnonzero(count >= np.maximum(should, LEAST))
                best = max(best, float(_gain(count[at], should[at], total).max(initial=0.0)))
        return best

    def by_chance(self, rows: np.ndarray, places: np.ndarray, worlds: int, rng: np.random.Generator) -> np.ndarray:
        """The largest likelihood (w,) in each of so many worlds in which the times of the events are dealt out to their places anew."""
        size, found = len(self.lattice), np.zeros(worlds)
        for k in range(worlds):
            flat = rng.permutation(rows) * size + places
            found[k] = self.highest(np.bincount(flat, minlength=self.expected.size).reshape(self.expected.shape).astype(np.float32))
        return found

    def clusters(self, counts: np.ndarray, chance: np.ndarray, rate: float) -> list[Cylinder]:
        """Cylinders that do not touch each other, likeliest first, that chance (w,) makes in at most a share `rate` of its worlds."""
        found, gains = list[Cylinder](), self.likelihoods(counts)
        blocked = np.zeros(counts.shape, bool)
        for _ in range(MOST):
            best = self._best(gains)
            if best is None:
                break
            likelihood, k, j, row, place = best
            share = tail(likelihood, chance)
            if share > rate:
                break
            inside, last = self.discs[k][1][place], row + self.lasting[j] - 1
            there = np.ix_(np.arange(row, last + 1), inside)
            number, level = int(counts[there].sum()), float(self.expected[there].sum())
            found.append(Cylinder(inside, row, last, place, self.discs[k][0], number, level, likelihood, share))
            blocked[there] = True
            self._block(gains, blocked)
        return found

    def _best(self, gains: list[list[np.ndarray]]) -> tuple[float, int, int, int, int] | None:
        best, at = 0.0, None
        for k, group in enumerate(gains):
            for j, one in enumerate(group):
                if one.size and one.max() > best:
                    row, place = np.unravel_index(int(one.argmax()), one.shape)
                    best, at = float(one.max()), (k, j, int(row), int(place))
        return None if at is None else (best, *at)

    def _block(self, gains: list[list[np.ndarray]], blocked: np.ndarray) -> None:
        for (_, matrix), group in zip(self.matrices, gains):
            summed = blocked.astype(float) @ matrix.T
            for last, one in zip(self.lasting, group):
                one[_windows(summed, last) > 0] = 0.0


def separable(counts: np.ndarray) -> np.ndarray:
    """What is to be expected (t, n) where the share of each place is the same at all times."""
    return np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1.0)


def tail(value: float, chance: np.ndarray) -> float:
    """Share of worlds of chance (w,) that reach a value; beyond the largest of them by the law of largest values.

    Source: Abrams et al. (2010), doi:10.1186/1476-072X-9-61.
    """
    above = int((chance >= value).sum())
    if above or chance.std() <= 0:
        return (1 + above) / (1 + len(chance))
    scale = chance.std() * np.sqrt(6) / np.pi
    beyond = -np.expm1(-np.exp(-(value - chance.mean() + np.euler_gamma * scale) / scale))
    return float(np.clip(beyond, 1e-300, 1 / (1 + len(chance))))


def _windows(values: np.ndarray, last: int) -> np.ndarray:
    """Sums (t - last + 1, n) over so many steps of (t, n)."""
    total = _cumulated(values)
    return np.asarray(total[last:] - total[:-last])


def _cumulated(values: np.ndarray) -> np.ndarray:
    """Sums (t + 1, n) of the rows before each row of (t, n)."""
    out = np.zeros((len(values) + 1, values.shape[1]), values.dtype)
    np.cumsum(values, axis=0, out=out[1:])
    return out


def _gain(count: np.ndarray, level: np.ndarray, total: float) -> np.ndarray:
    """Log likelihood ratio of cylinders with more than expected; 0 elsewhere."""
    level = np.maximum(level, 1e-12)
    good = (count >= LEAST) & (count > level) & (level <= MOST_SHARE * total)
    out = np.zeros(count.shape)
    inside, should = count[good], level[good]
    rest, left = total - inside, np.maximum(total - should, 1e-12)
    out[good] = inside * np.log(inside / should) + np.where(rest > 0, rest * np.log(np.maximum(rest, 1e-300) / left), 0.0)
    return out
