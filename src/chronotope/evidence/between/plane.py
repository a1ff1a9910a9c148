"""Plane: known and asked places, and which known ones lie nearest to each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

NEAREST = 48  # known places that speak for one
TRIED = 128  # known places that are left out in turn
FITTED = 128  # known places on which covariances are fitted


@dataclass(frozen=True)
class Near:
    """The known places nearest to each of m places, those first that are nearest.

    Attributes:
        known: (n, 2) of the known places.
        index: int (m, k) of known places.
        distance: (m, k).
    """

    known: np.ndarray
    index: np.ndarray
    distance: np.ndarray

    def first(self, count: int) -> Near:
        """Only the nearest `count`."""
        return Near(self.known, self.index[:, :count], self.distance[:, :count])

    @cached_property
    def among(self) -> np.ndarray:
        """Distances (m, k, k) of those that speak for a place from each other."""
        x, y = self.known.T
        east, north = (a[self.index][:, :, None] - a[self.index][:, None] for a in (x, y))
        return np.sqrt(east**2 + north**2)


@dataclass(frozen=True)
class Plane:
    """Known places (n, 2) and asked ones (m, 2) in units of the known places' extent.

    Attributes:
        known, asked: positions.
        about, asked_about: (n, f) and (m, f), attributes that do not change, in deviations of the known ones; f may be 0.
        linked, asked_linked: sparse (n, n) and (m, n), strengths of edges to known places; None where there are none.
    """

    known: np.ndarray
    asked: np.ndarray
    about: np.ndarray
    asked_about: np.ndarray
    linked: csr_array | None = None
    asked_linked: csr_array | None = None

    @classmethod
    def of(cls, known: np.ndarray, asked: np.ndarray, about: np.ndarray, asked_about: np.ndarray) -> Plane:
        """From positions in any unit, and attributes in theirs."""
        middle, extent = known.mean(axis=0), float(np.ptp(known, axis=0).max()) or 1.0
        mean, spread = about.mean(axis=0), about.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        return cls((known - middle) / extent, (asked - middle) / extent, (about - mean) / spread, (asked_about - mean) / spread)

    @cached_property
    def to_asked(self) -> Near:
        """The known places nearest to each asked one."""
        count = min(NEAREST, len(self.known))
        distance, index = self._tree.query(self.asked, [*range(1, count + 1)])
        return Near(self.known, index, distance)

    @cached_property
    def tried(self) -> np.ndarray:
        """Known places (j,) that are left out in turn."""
        return _spread_over(len(self.known), TRIED)

    @cached_property
    def to_tried(self) -> Near:
        """The known places nearest to each tried one, itself not among them."""
        return self.others(self.tried)

    def others(self, places: np.ndarray) -> Near:
        """The known places nearest to some of them (j,), each without itself."""
        count = min(NEAREST, len(self.known) - 1)
        distance, index = self._tree.query(self.known[places], [*range(1, count + 2)])
        order = np.argsort(index == places[:, None], axis=1, kind="stable")[:, :count]  # itself to the end, or the farthest
        return Near(self.known, np.take_along_axis(index, order, 1), np.take_along_axis(distance, order, 1))

    @cached_property
    def fitted(self) -> np.ndarray:
        """Known places (k,) on which covariances are fitted: some all over, each with the one next to it."""
        if len(self.known) <= FITTED:
            return np.arange(len(self.known))
        some = _spread_over(len(self.known), FITTED // 2)
        return np.unique(np.concatenate([some, self.others(some).index[:, 0]]))

    @cached_property
    def spacing(self) -> float:
        """The usual distance to the next known place."""
        apart = self._tree.query(self.known, 2)[0][:, 1]
        return float(np.median(apart)) or 1e-3

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.known)


def _spread_over(count: int, most: int) -> np.ndarray:
    """At most so many of the first `count` integers, evenly spread; places come ordered by position."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int))
