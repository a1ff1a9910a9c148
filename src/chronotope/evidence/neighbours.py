"""Neighbours of places: along edges where there are any, else the nearest, else the most alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COUNT = 8


@dataclass(frozen=True)
class Neighbours:
    """Up to `COUNT` neighbours of each place.

    Attributes:
        index: int (n, k), -1 where there is none.
        weight: float32 (n, k), rows sum to one or are all zero.
        spacing: typical distance to a neighbour, in the units of the coordinates; 1 where unknown.
    """

    index: np.ndarray
    weight: np.ndarray
    spacing: float

    def mean(self, x: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weighted mean over seen neighbours.

        Args:
            x: float32 (n, t, ...), zero where not seen.
            seen: float32 (n, t, ...), one where seen.

        Returns:
            mean (n, t, ...), zero where no neighbour is seen, and the weight that was seen (n, t, ...).
        """
        total, mass = np.zeros_like(x), np.zeros_like(x)
        shape = (-1,) + (1,) * (x.ndim - 1)
        for k in range(self.index.shape[1]):
            j = np.maximum(self.index[:, k], 0)
            w = self.weight[:, k].reshape(shape) * seen[j]
            total += w * x[j]
            mass += w
        return total / np.maximum(mass, 1e-9), mass

    def sharper(self, power: float = 3.0) -> Neighbours:
        """The same neighbours, the close ones counting for more."""
        weight = self.weight**power
        total = weight.sum(axis=1, keepdims=True)
        return Neighbours(self.index, (weight / np.where(total > 0, total, 1)).astype(np.float32), self.spacing)

    def median(self, x: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Like `mean`, the weighted median."""
        j = np.maximum(self.index, 0)
        weight = self.weight[:, :, *(None,) * (x.ndim - 1)] * seen[j]
        values = np.where(weight > 0, x[j], np.inf)
        order = np.argsort(values, axis=1)
        values, weight = np.take_along_axis(values, order, 1), np.take_along_axis(weight, order, 1)
        so_far, mass = np.cumsum(weight, axis=1), weight.sum(axis=1)
        first = np.argmax(so_far >= 0.5 * mass[:, None], axis=1)[:, None]
        middle = np.take_along_axis(values, first, 1)[:, 0]
        return np.where(mass > 0, middle, 0.0).astype(x.dtype), mass


def find_neighbours(
    xy: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray] | None, useful: np.ndarray | None = None, count: int = COUNT
) -> Neighbours:
    """Neighbours of every place.

    Args:
        xy: float (n, 2) coordinates, given or derived.
        edges: source, target, weight; they win over distance where a place has any.
        useful: bool (n,): only these places may serve as neighbours (those with seen values); None: all.
        count: at most so many.
    """
    n = len(xy)
    pool = np.arange(n) if useful is None or not useful.any() else np.flatnonzero(useful)
    index, distance = _nearest(xy, pool, count)
    nearest = distance[pool, 0]
    nearest = nearest[np.isfinite(nearest)] if np.isfinite(nearest).any() else distance[:, 0][np.isfinite(distance[:, 0])]
    spacing = float(np.median(nearest)) if len(nearest) else 1.0
    spacing = spacing if spacing > 0 else 1.0
    weight = np.where(np.isfinite(distance), 1.0 / (distance / spacing + 0.3), 0.0)
    if edges is not None and len(edges[0]):
        _overwrite_with_edges(index, weight, edges, pool, count)
    total = weight.sum(axis=1, keepdims=True)
    weight = np.where(total > 0, weight / np.where(total > 0, total, 1), 0).astype(np.float32)
    return Neighbours(np.where(weight > 0, index, -1), weight, spacing)


def find_ring(xy: np.ndarray, useful: np.ndarray, inner: int = COUNT, outer: int = 4 * COUNT) -> Neighbours:
    """The places beyond the `inner` nearest, up to the `outer` nearest: what a wider surrounding shows, never the place itself."""
    pool = np.flatnonzero(useful) if useful.any() else np.arange(len(xy))
    index, distance = _nearest(xy, pool, outer)
    index, distance = index[:, inner:], distance[:, inner:]
    weight = np.isfinite(distance).astype(np.float32)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1)
    return Neighbours(np.where(weight > 0, index, -1), weight, 1.0)


def _nearest(xy: np.ndarray, pool: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    from scipy.spatial import cKDTree

    n = len(xy)
    index, distance = np.full((n, count), -1), np.full((n, count), np.inf)
    if len(pool) < 1:
        return index, distance
    k = min(count + 1, len(pool))
    d, i = cKDTree(xy[pool]).query(xy, k=k)
    d, i = d.reshape(n, k), pool[i.reshape(n, k)]
    own = i == np.arange(n)[:, None]
    d = np.where(own, np.inf, d)
    order = np.argsort(d, axis=1, kind="stable")[:, :count]
    take = order.shape[1]
    index[:, :take], distance[:, :take] = np.take_along_axis(i, order, 1), np.take_along_axis(d, order, 1)
    return index, distance


def _overwrite_with_edges(index: np.ndarray, weight: np.ndarray, edges: tuple[np.ndarray, ...], pool: np.ndarray, count: int) -> None:
    source, target, strength = (np.concatenate([a, b]) for a, b in ((edges[0], edges[1]), (edges[1], edges[0]), (edges[2], edges[2])))
    keep = (source != target) & np.isin(source, pool)
    source, target, strength = source[keep], target[keep], strength[keep].astype(float)
    order = np.lexsort((-strength, target))
    source, target, strength = source[order], target[order], strength[order]
    pair_new = np.ones(len(source), bool)
    seen_pairs: set[tuple[int, int]] = set()
    for e, pair in enumerate(zip(source.tolist(), target.tolist(), strict=True)):
        pair_new[e] = pair not in seen_pairs
        seen_pairs.add(pair)
    source, target, strength = source[pair_new], target[pair_new], strength[pair_new]
    first = np.searchsorted(target, target)
    rank = np.arange(len(target)) - first
    keep = rank < count
    has = np.unique(target[keep])
    index[has], weight[has] = -1, 0.0
    index[target[keep], rank[keep]] = source[keep]
    weight[target[keep], rank[keep]] = strength[keep]
