"""Kernels: the best linear guess of what lies inside a cell from the means of the cells around it (area-to-point kriging).

The field is taken to grow apart with distance as h**power; a power below one is rough, two and above smooth, with a local slope.

Source: Kyriakidis (2004), doi:10.1111/j.1538-4632.2004.tb01135.x; Matheron (1973) for powers from two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from chronotope.evidence.fine.blocks import Factor

REACH = 2  # cells to each side that are read
LOOSE = 1e4  # variance of the level and of slopes, against one at a distance of a cell
POWERS = (0.4, 0.8, 1.2, 1.6, 2.5, 3.0)
USUAL = 1.2  # the power that serves where nothing is known better
STRETCH = 2.0  # the most by which likeness may reach farther along one axis than along the other
FINEST = 6  # points along a side of a cell that stand for it
CHUNK = 2048  # patterns of missing neighbours solved at once


@dataclass(frozen=True)
class Detail:
    """What a kernel says: `value` (t, y, x, k) above the block, `sd` (t, y, x, k) in units of the difference one cell away."""

    value: np.ndarray
    sd: np.ndarray


def around(coarse: np.ndarray, turn: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What the cells within `REACH` have above the middle one, (t, y, x, j), 0 where missing; and where they are seen.

    With `turn` values go round, and differences are the shorter way.
    """
    padded = np.pad(coarse, ((0, 0), (REACH, REACH), (REACH, REACH)), constant_values=np.nan)
    y, x = coarse.shape[1:]
    size = 2 * REACH + 1
    parts = [padded[:, i : i + y, j : j + x] - coarse for i in range(size) for j in range(size)]
    found = np.stack(parts, axis=-1)
    seen = np.isfinite(found)
    found = np.where(seen, found, 0.0)
    return (np.mod(found + turn / 2, turn) - turn / 2 if turn else found), seen


def details(beside: np.ndarray, seen: np.ndarray, factor: Factor, power: float, stretch: float) -> Detail:
    """Detail of every block from what is `around` it, for every pattern of missing neighbours on its own."""
    flat = seen.reshape(-1, seen.shape[-1])
    bits = flat @ (1 << np.arange(flat.shape[1], dtype=np.int64))
    _, first, which = np.unique(bits, return_index=True, return_inverse=True)
    weights, sd = _solved(flat[first], factor, power, stretch)
    data = beside.reshape(len(flat), -1)
    value = np.empty((len(flat), factor[0] * factor[1]))
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange(len(first) + 1))
    for k in range(len(first)):
        rows = order[edges[k] : edges[k + 1]]
        value[rows] = data[rows] @ weights[k].T
    shape = (*seen.shape[:-1], -1)
    return Detail(value.reshape(shape), sd[which].reshape(shape))


def stretch_of(coarse: np.ndarray, turn: float | None, power: float) -> float:
    """By how much a step along x stands for a longer one along y, from the differences of neighbours."""
    turned = (lambda d: np.mod(d + turn / 2, turn) - turn / 2) if turn else (lambda d: d)
    down, along = (np.abs(turned(np.diff(coarse, axis=axis))) for axis in (1, 2))
    down, along = (d[np.isfinite(d)] for d in (down, along))
    if not (len(down) and len(along) and down.any() and along.any()):
        return 1.0
    ratio = float((along**2).mean() / (down**2).mean())
    return float(np.clip(ratio ** (1 / min(power, 2.0)), 1 / STRETCH, STRETCH))


def _solved(patterns: np.ndarray, factor: Factor, power: float, stretch: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (p, k, j) and deviations (p, k) for patterns (p, j) of seen neighbours."""
    between, to_cells, own = _covariances(factor, power, round(stretch, 2))
    weights, sds = [], []
    for start in range(0, len(patterns), CHUNK):
        seen = patterns[start : start + CHUNK].astype(float)
        both = seen[:, :, None] * seen[:, None, :]
        system = between * both + np.eye(seen.shape[1]) * (1 - seen)[:, :, None]
        right = to_cells.T[None] * seen[:, :, None]
        found = np.linalg.solve(system, right)
        weights.append(found.transpose(0, 2, 1))
        sds.append(np.sqrt(np.maximum(own - (found * right).sum(axis=1), 1e-6)))
    return np.concatenate(weights), np.concatenate(sds)


@lru_cache(maxsize=64)
def _covariances(factor: Factor, power: float, stretch: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Between the blocks (j, j), of the cells inside the middle one with them (k, j), and of each cell with itself (k,)."""
    steps = np.arange(-REACH, REACH + 1)
    centres = np.array([(i, j) for i in steps for j in steps], float)
    cells = _grid(factor)
    points = (centres[:, None] + _grid((min(factor[0], FINEST), min(factor[1], FINEST)))[None]).reshape(-1, 2)
    scale = np.array([1.0, stretch])
    many = len(points) // len(centres)

    def covariance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = a * scale, b * scale
        apart = sum((one[:, None] - other) ** 2 for one, other in zip(a.T, b.T)) ** (power / 2)
        return LOOSE * (1 + a @ b.T) + apart if power >= 2 else LOOSE - apart

    between = covariance(points, points).reshape(len(centres), many, len(centres), many).mean(axis=(1, 3))
    if factor[0] > FINEST or factor[1] > FINEST:  # else the cells are the points, and their mean is the block exactly
        to_cells = covariance(cells, points).reshape(len(cells), len(centres), many).mean(axis=2)
        middle = len(centres) // 2
        to_cells += between[middle] - to_cells.mean(axis=0)
    else:
        to_cells = covariance(cells, points).reshape(len(cells), len(centres), many).mean(axis=2)
    return between, to_cells, np.diag(covariance(cells, cells))


def _grid(factor: Factor) -> np.ndarray:
    """Centres (fy * fx, 2) of the cells of a block, the block being one long and about 0."""
    y, x = ((np.arange(size) + 0.5) / size - 0.5 for size in factor)
    return np.stack(np.meshgrid(y, x, indexing="ij"), axis=-1).reshape(-1, 2)
