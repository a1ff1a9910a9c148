"""Variogram: how unlike two places are, on average, at a distance; fitted on what was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.kriging import CORRELATIONS

_PLACES, _ROWS, _BINS, _LENGTHS = 200, 200, 16, 32

SHAPES = "exponential", "matern 3/2"


@dataclass(frozen=True)
class Variogram:
    """Half the mean squared difference at a distance: 0 at 0, then `nugget + sill * (1 - CORRELATIONS[shape](distance / length))`.

    Attributes:
        nugget, sill: in squared units of the values.
        length: in units of the coordinates.
        shape: one of `SHAPES`.
    """

    nugget: float
    sill: float
    length: float
    shape: str

    def __call__(self, distance: np.ndarray) -> np.ndarray:
        return np.where(distance > 0, self.nugget + self.sill * (1 - CORRELATIONS[self.shape](distance / self.length)), 0.0)


def fit_variogram(x: np.ndarray, xy: np.ndarray) -> Variogram:
    """The shape, length, sill and nugget nearest to the semivariances of x (t, n) at xy (n, 2); an even one where little is seen."""
    distance, half, weight = semivariances(x, xy)
    span = float(distance.max()) if len(distance) else 1.0
    if len(distance) < 3 or not half.any():
        return Variogram(0.0, float(half.mean()) if len(half) else 0.0, span / 3, "exponential")
    from scipy.optimize import nnls

    best: tuple[float, Variogram] | None = None
    root, top = np.sqrt(weight / weight.sum()), half.max()
    for shape in SHAPES:
        for length in np.geomspace(max(distance.min(), span / 100) / 2, 2 * span, _LENGTHS):
            basis = np.stack([np.ones_like(distance), 1 - CORRELATIONS[shape](distance / length)], axis=1)
            (nugget, sill), error = nnls(basis * root[:, None], half / top * root)
            if best is None or error < best[0] - 1e-12:
                best = error, Variogram(float(nugget * top), float(sill * top), float(length), shape)
    assert best is not None
    return best[1]


def semivariances(x: np.ndarray, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean distance, mean half squared difference and number of pairs of about 16 classes up to half the extent, each (k,)."""
    known = np.flatnonzero(np.isfinite(x).any(axis=0))
    order = known[np.lexsort((xy[known, 1], xy[known, 0]))]  # the same places in whatever order they come
    picked = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _PLACES)).astype(int))] if len(order) else order
    rows = np.flatnonzero(np.isfinite(x[:, picked]).any(axis=1))
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _ROWS)).astype(int))] if len(rows) else rows
    values, seen = x[np.ix_(rows, picked)], np.isfinite(x[np.ix_(rows, picked)]).astype(float)
    filled = np.where(seen > 0, values, 0.0)
    filled -= seen * (filled.sum() / max(seen.sum(), 1))  # small numbers, for the precision of the squares
    shared, squares = seen.T @ seen, (filled**2).T @ seen
    i, j = np.triu_indices(len(picked), 1)
    pairs = shared[i, j]
    half = 0.5 * (squares + squares.T - 2 * filled.T @ filled)[i, j] / np.maximum(pairs, 1)
    distance = np.hypot(*(xy[picked[i]] - xy[picked[j]]).T)
    near = (pairs > 0) & (distance > 0)
    near &= distance <= (max(0.5 * distance[near].max(), np.quantile(distance[near], 0.3)) if near.any() else 0)
    return _classes(distance[near], np.maximum(half[near], 0), pairs[near])


def _classes(distance: np.ndarray, half: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not len(distance):
        return distance, half, pairs
    edges = np.unique(np.quantile(distance, np.linspace(0, 1, _BINS + 1)[1:-1]))
    at = np.searchsorted(edges, distance)
    weight = np.bincount(at, pairs)
    kept = weight > 0
    return tuple(np.bincount(at, pairs * a)[kept] / weight[kept] for a in (distance, half)) + (weight[kept],)  # type: ignore[return-value]
