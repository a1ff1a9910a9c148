"""Whitening: the fixed matrix that turns a description into a vector in which distance means something.

Fitted once on simulated worlds by `scripts/fit_vectors.py`: directions in which places of one world differ (by chance, by gaps, by
the stretch that was seen) are shrunk, those in which worlds differ are kept. No real data and no labels of regimes enter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "whitening.npz"
CLIP = 5.0  # deviations of a number among the worlds; what lies beyond says no more
RIDGE = 0.1  # of the mean variance within worlds, added to each direction
WIDTH = 64  # directions that are kept


@dataclass(frozen=True)
class Whitening:
    """An affine map from descriptions (s, k) to vectors (s, f).

    Attributes:
        names: of the k numbers of a description, in order.
        centre, spread: (k,), mean and deviation of each over the worlds.
        matrix: (k, f).
    """

    names: tuple[str, ...]
    centre: np.ndarray
    spread: np.ndarray
    matrix: np.ndarray

    def scaled(self, described: dict[str, np.ndarray], names: tuple[str, ...] = ()) -> np.ndarray:
        """The numbers `names` (all by default) in deviations among the worlds, (s, k)."""
        chosen = names or self.names
        index = [self.names.index(name) for name in chosen]
        columns = np.stack([described[name] for name in chosen], axis=1)
        return np.clip((columns - self.centre[index]) / self.spread[index], -CLIP, CLIP)

    def vectors(self, described: dict[str, np.ndarray]) -> np.ndarray:
        """Vectors (s, f) of descriptions."""
        return self.scaled(described) @ self.matrix

    def write(self, path: Path = FILE) -> None:
        """Keep it, in single precision."""
        np.savez_compressed(
            path, names=np.array(self.names), centre=self.centre.astype("f4"), spread=self.spread.astype("f4"),
            matrix=self.matrix.astype("f4"),
        )  # fmt: skip


def fit(names: tuple[str, ...], columns: np.ndarray, group: np.ndarray, ridge: float = RIDGE, width: int = WIDTH) -> Whitening:
    """The directions of numbers (s, k) that differ between groups (s,) in units of how they differ within, each by its reliability.

    A direction whose variance between groups is b times that within is weighted by b / (b + 1).

    Source: Fisher's discriminants; within-class covariance normalisation, Hatch, Kajarekar and Stolcke (2006).
    """
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0)
    z = np.clip((columns - centre) / spread, -CLIP, CLIP)
    _, which = np.unique(group, return_inverse=True)
    count = np.bincount(which)
    means = np.zeros((len(count), z.shape[1]))
    np.add.at(means, which, z)
    means /= count[:, None]
    inner = z - means[which]
    within = inner.T @ inner / max(len(z) - len(count), 1)
    within += ridge * np.trace(within) / len(within) * np.eye(len(within))
    root = np.linalg.inv(np.linalg.cholesky(within))
    power, axes = np.linalg.eigh(root @ np.cov(means.T) @ root.T)
    first = np.argsort(-power)[:width]
    return Whitening(names, centre, spread, root.T @ axes[:, first] * (power[first] / (power[first] + 1)))


@cache
def shipped(path: Path = FILE) -> Whitening:
    """One that ships with the package; that of places by default."""
    with np.load(path, allow_pickle=False) as kept:
        return Whitening(tuple(map(str, kept["names"])), *(kept[name].astype(np.float64) for name in ("centre", "spread", "matrix")))
