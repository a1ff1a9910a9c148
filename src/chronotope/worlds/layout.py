"""Where the places of a world lie, and which are joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from chronotope.data.panel import Edges
from chronotope.worlds.dice import Generator, chance, log_uniform, pick

KINDS = {"uniform": 0.25, "clustered": 0.25, "jittered": 0.12, "grid": 0.13, "tree": 0.15, "ring": 0.1}


@dataclass(frozen=True)
class Layout:
    """Places in the unit square, their size on the ground, and directed edges.

    Attributes:
        kind: name in `KINDS`.
        unit: (n, 2) in [0, 1]; distances in families are in this unit.
        size: metres of the square's side.
        source, target: (e,) indices; in a tree the edges run downstream, child to parent.
        parent: (n,) for a tree, the parent of each place with a smaller index (0 for the root itself); otherwise None.
        rows: number of rows of a full grid, otherwise None.
    """

    kind: str
    unit: np.ndarray
    size: float
    source: np.ndarray
    target: np.ndarray
    parent: np.ndarray | None = None
    rows: int | None = None

    @property
    def places(self) -> int:
        """Number of places n."""
        return len(self.unit)

    @property
    def xy(self) -> np.ndarray:
        """(n, 2) metres."""
        return self.unit * self.size

    @property
    def lengths(self) -> np.ndarray:
        """(e,) length of each edge in units of the square."""
        return np.hypot(*(self.unit[self.source] - self.unit[self.target]).T)

    def edges(self) -> Edges | None:
        """The edges with weights that fall with their length; None where there are none."""
        length = self.lengths
        if not len(length):
            return None
        return Edges(self.source, self.target, np.exp(-length / max(float(length.mean()), 1e-9)))

    def distances(self) -> np.ndarray:
        """(n, n) straight distances in units of the square."""
        gap = self.unit[:, None] - self.unit[None]
        return np.sqrt((gap**2).sum(-1))


def draw_layout(rng: Generator, places: int, kinds: dict[str, float] | None = None) -> Layout:
    """A random layout of exactly `places` places (a grid needs a number that is no prime; otherwise it is jittered)."""
    kind = pick(rng, kinds or KINDS)
    rows = max(d for d in range(1, int(np.sqrt(places)) + 1) if places % d == 0)
    if kind == "grid" and (rows == 1 or places / rows**2 > 6):
        kind = "jittered"
    size = float(log_uniform(rng, 1e3, 3e6))
    if kind == "tree":
        unit, parent = _tree(rng, places)
        child = np.arange(1, places)
        return Layout(kind, unit, size, child, parent[1:], parent)
    if kind == "ring":
        return _ring(rng, places, size)
    unit = {"uniform": _uniform, "clustered": _clustered, "jittered": _jittered, "grid": lambda r, n: _grid(n, rows)}[kind](rng, places)
    source, target = _grid_edges(places, rows) if kind == "grid" else nearest_edges(unit, int(rng.integers(2, 6)))
    return Layout(kind, unit, size, source, target, None, rows if kind == "grid" else None)


def nearest_edges(unit: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges both ways between each place and its k nearest, without doubles."""
    n = len(unit)
    k = min(k, n - 1)
    if k < 1:
        return np.zeros(0, int), np.zeros(0, int)
    near = cKDTree(unit).query(unit, k + 1)[1][:, 1:]
    a, b = np.repeat(np.arange(n), k), near.ravel()
    code = np.unique(np.concatenate([a * n + b, b * n + a]))
    code = code[code // n != code % n]  # places at one point may name themselves
    return code // n, code % n


def _uniform(rng: Generator, n: int) -> np.ndarray:
    return rng.random((n, 2))


def _clustered(rng: Generator, n: int) -> np.ndarray:
    centres = rng.random((int(rng.integers(2, 7)), 2))
    unit = centres[rng.integers(0, len(centres), n)] + rng.normal(0, log_uniform(rng, 0.02, 0.15), (n, 2))
    return np.clip(unit, 0, 1)


def _jittered(rng: Generator, n: int) -> np.ndarray:
    side = int(np.ceil(np.sqrt(n)))
    cells = rng.permutation(side * side)[:n]
    base = np.stack([cells % side, cells // side], 1) + 0.5
    return (base + rng.uniform(-0.45, 0.45, (n, 2)) * rng.random()) / side


def _grid(n: int, rows: int) -> np.ndarray:
    columns = n // rows
    cells = np.arange(n)
    return np.stack([cells % columns + 0.5, cells // columns + 0.5], 1) / max(rows, columns)


def _grid_edges(n: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    cell = np.arange(n).reshape(rows, -1)
    pairs = np.concatenate([np.stack([cell[:, :-1].ravel(), cell[:, 1:].ravel()]), np.stack([cell[:-1].ravel(), cell[1:].ravel()])], 1)
    return np.concatenate([pairs[0], pairs[1]]), np.concatenate([pairs[1], pairs[0]])


def _tree(rng: Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    parent, angle, unit = np.zeros(n, int), np.zeros(n), np.zeros((n, 2))
    branch = rng.uniform(0.05, 0.5)
    angle[0] = rng.uniform(0, 2 * np.pi)
    fork, turn, length = rng.random(n) < branch, rng.normal(0, 0.4, n), rng.lognormal(0, 0.4, n)
    choice = rng.random(n)
    for i in range(1, n):
        parent[i] = int(choice[i] * i) if fork[i] else i - 1
        angle[i] = angle[parent[i]] + turn[i] + (np.sign(turn[i]) if fork[i] else 0)
        unit[i] = unit[parent[i]] + length[i] * np.array([np.cos(angle[i]), np.sin(angle[i])])
    span = np.ptp(unit, axis=0).max() or 1.0
    return (unit - unit.min(0)) / span, parent


def _ring(rng: Generator, n: int, size: float) -> Layout:
    turn = np.sort(rng.random(n)) if chance(rng, 0.5) else np.arange(n) / n
    radius = 0.5 - 0.1 * rng.random() * (1 + np.sin(2 * np.pi * turn * 3)) / 2
    unit = 0.5 + radius[:, None] * np.stack([np.cos(2 * np.pi * turn), np.sin(2 * np.pi * turn)], 1)
    here, after = np.arange(n), np.roll(np.arange(n), -1)
    if chance(rng, 0.5) or n < 3:
        return Layout("ring", unit, size, here, after)
    return Layout("ring", unit, size, np.concatenate([here, after]), np.concatenate([after, here]))
