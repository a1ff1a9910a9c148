"""Where events happen: a mixture of kernels of several widths, each weighted by how well it foresees events of other times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.baselines.event_history import EventHistory
from chronotope.evidence.counts.distribution import mixed

WIDTHS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # of a Gaussian, in cells; 0 is the cell itself
BLOCKS = 5  # parts of the past, each foreseen from the others
_QUARTER = 4  # positions are read to a quarter of a cell
_CHUNK = 2_000_000  # numbers at once


@dataclass(frozen=True)
class Density:
    """Shares of the events that fall into each place and each cell elsewhere; together with all of those they are 1.

    Attributes:
        places: (n,), from all of the past.
        elsewhere: of each cell that is no place.
        without: (b, n), from the past less one block.
        block: int (t,), the block of each row of the past.
        weights: of `WIDTHS` (those that were tried) and of an even spread.
    """

    places: np.ndarray
    elsewhere: float
    without: np.ndarray
    block: np.ndarray
    weights: np.ndarray


def density_of(history: EventHistory) -> Density:
    """The density, whose weights make the events of each block likeliest given the other blocks."""
    block = np.minimum(np.arange(history.steps) * BLOCKS // max(history.steps, 1), BLOCKS - 1)
    own = np.where(history.rows >= 0, block[np.maximum(history.rows, 0)], -1)
    points, heights = _points(history, own)
    near = [width for width in WIDTHS if width <= max(max(history.events.shape) / 3, 0.5)]
    parts = [_spread(history, points, heights, width) for width in near]
    parts.append(np.full_like(parts[0], 1 / history.cells))
    shares = np.stack(parts)  # (f, b + 1, n); the last of b is the whole past
    at, number = np.unique(np.stack([own[own >= 0], history.events.place[own >= 0]]), axis=1, return_counts=True)
    even = np.full(len(shares), 1 / len(shares))
    weights = even
    if len(number):
        seen = shares[:, at[0], at[1]].T
        weights = mixed(seen, number.astype(float), np.full(len(shares), float(number.sum())), even, belief=5.0)
    weights = weights / weights.sum()
    made = np.tensordot(weights, shares, axes=1)
    left = max(1.0 - made[-1].sum(), 0.0)
    return Density(made[-1], left / history.events.elsewhere if history.events.elsewhere else 0.0, made[:-1], block, weights)


def _points(history: EventHistory, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quarters of cells (u, 2) that hold events, and their share of the events (b + 1, u) without each block and of the whole."""
    quarters = np.floor(history.events.yx * _QUARTER).astype(int)
    points, which = np.unique(quarters, axis=0, return_inverse=True)
    which = which.ravel()
    total = np.bincount(which, minlength=len(points)).astype(float)
    less = [total - np.bincount(which[own == b], minlength=len(points)) for b in range(BLOCKS)]
    heights = np.stack([*less, total])
    return (points + 0.5) / _QUARTER, heights / np.maximum(heights.sum(axis=1, keepdims=True), 1.0)


def _spread(history: EventHistory, points: np.ndarray, heights: np.ndarray, width: float) -> np.ndarray:
    """Shares (b + 1, n) of the places when every point is a Gaussian of `width` cells of height, cut to the lattice."""
    rows, columns = history.events.lattice.T
    out = np.zeros((len(heights), len(rows)))
    size = max(_CHUNK // max(len(rows), 1), 1)
    for low in range(0, len(points), size):
        part = points[low : low + size]
        along = _masses(part[:, 0], history.events.shape[0], width)
        across = _masses(part[:, 1], history.events.shape[1], width / history.events.aspect)
        out += heights[:, low : low + size] @ (along[:, rows] * across[:, columns])
    return out


def _masses(at: np.ndarray, cells: int, width: float) -> np.ndarray:
    """Share (u, cells) of a Gaussian around each of `at` that falls into each cell of a line; each adds up to 1."""
    from scipy.special import ndtr

    if width <= 0:
        return (np.floor(at).astype(int)[:, None] == np.arange(cells)).astype(float)
    below = ndtr((np.arange(cells + 1) - at[:, None]) / width)
    return np.diff(below, axis=1) / np.maximum(below[:, -1:] - below[:, :1], 1e-12)
