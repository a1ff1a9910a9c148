"""Edges between places: from distances, from the nearest places, or from triangles between them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from chronotope.data.arguments import above_zero, part, whole_number
from chronotope.data.field import Field
from chronotope.data.folding import coordinates
from chronotope.errors import ArgumentError, DimensionError, KindError
from chronotope.harmonize.record import changed, need_kind
from chronotope.harmonize.weights import nearest
from chronotope.inspect.sphere import distance

Weights = Literal["gaussian", "inverse", "one"]
CUT = 0.1  # Gaussian weights below it are no edge, the usual cut for road graphs


def from_distances(field: Field, distances: Any, *, scale: float | None = None, cut: float = CUT, symmetric: bool = False) -> Field:
    """The graph with an edge for each known distance, weighted by a Gaussian kernel.

    Args:
        field: a graph of n places.
        distances: (n, n), from row to column, in any unit; NaN, infinite and the diagonal are no edge. Roads may differ by direction.
        scale: distance at which the weight is exp(-1), in the same unit; the standard deviation of the known distances if None.
        cut: weights below it are no edge.
        symmetric: join both directions, with the larger weight.

    Raises:
        KindError: the field is no graph.
        DimensionError: `distances` is not (n, n).
        ArgumentError: a distance is negative, or `scale` is not above 0.
    """
    _need_graph(field, "from_distances")
    matrix, count = np.asarray(distances, float), field.dataset.sizes["place"]
    if matrix.shape != (count, count):
        raise DimensionError(f"distances must be {count} x {count}, one row and column per place; found {matrix.shape}.")
    if (matrix < 0).any():
        raise ArgumentError(f"distances must be 0 or above; found {np.nanmin(matrix):g}.")
    known = np.isfinite(matrix) & ~np.eye(count, dtype=bool)
    source, target = np.nonzero(known)
    weight = gaussian_kernel(matrix[source, target], scale)
    keep = weight >= part(cut, "cut")
    return _joined(field, source[keep], target[keep], weight[keep], symmetric, f"distances, Gaussian weights cut at {cut:g}")


def k_nearest(field: Field, k: int = 8, *, weights: Weights = "gaussian", symmetric: bool = True, radius: float | None = None) -> Field:
    """The graph with edges from each place's `k` nearest places to it (and back, if `symmetric`).

    Args:
        field: a graph with positions; lat and lon are measured on the sphere, x and y in their plane.
        k: neighbours per place.
        weights: "gaussian" of the distance (scale: its mean), "inverse" (mean distance over distance, 1 at most), or "one".
        symmetric: add the other direction of each edge.
        radius: no edge longer than this, in metres (or the plane's units).

    Raises:
        KindError: the field is no graph, or has no positions.
        ArgumentError: `k` is not between 1 and the number of other places, or no such `weights`.
    """
    xy, latlon = _positions(field, "k_nearest")
    count = len(xy)
    if not whole_number(k, "k") < count:
        raise ArgumentError(f"k must lie between 1 and {count - 1}, the number of other places; found {k}.")
    k = int(k)
    if latlon is not None:
        index, away = nearest(latlon, latlon, k + 1)
    else:
        from scipy.spatial import cKDTree

        away, index = cKDTree(xy).query(xy, k=k + 1)
    source, target, length = _without_self(index, away, k)
    keep = length <= (np.inf if radius is None else above_zero(radius, "radius"))
    source, target, length = source[keep], target[keep], length[keep]
    return _joined(field, source, target, _weights_of(length, weights), symmetric, f"the {k} nearest places, weights {weights}")


def delaunay(field: Field, *, weights: Weights = "gaussian", longest: float | None = None) -> Field:
    """The graph with edges, in both directions, along the sides of the Delaunay triangles of its places; along the line if they lie on one.

    Args:
        field: a graph with positions; triangles are drawn in the local plane, lengths measured on the sphere.
        weights: see `k_nearest`.
        longest: no edge longer than this, in metres (or the plane's units); it takes away the long sides at the rim.

    Raises:
        KindError: the field is no graph, or has no positions.
        ArgumentError: fewer than two places, or no such `weights`.
    """
    xy, latlon = _positions(field, "delaunay")
    pairs = _triangle_sides(xy)
    length = distance(latlon[pairs[:, 0]], latlon[pairs[:, 1]]) if latlon is not None else np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    keep = length <= (np.inf if longest is None else above_zero(longest, "longest"))
    source, target = pairs[keep].T
    return _joined(field, source, target, _weights_of(length[keep], weights), True, f"sides of Delaunay triangles, weights {weights}")


def gaussian_kernel(distances: np.ndarray, scale: float | None = None) -> np.ndarray:
    """exp(-(distance / scale)^2), of the shape of `distances`; `scale` is their standard deviation if None (their mean if all are equal).

    Raises:
        ArgumentError: `scale` is not above 0.
    """
    if scale is None and not np.size(distances):
        return np.zeros(np.shape(distances))
    spread = above_zero(scale, "scale") if scale is not None else float(np.std(distances)) or float(np.mean(distances)) or 1.0
    return np.exp(-np.square(np.asarray(distances, float) / spread))


def _weights_of(length: np.ndarray, weights: str) -> np.ndarray:
    middle = float(length.mean()) if len(length) and length.mean() > 0 else 1.0
    if weights == "gaussian":
        return np.maximum(gaussian_kernel(length, middle), 1e-6)  # an edge that was asked for stays one
    if weights == "inverse":
        return np.minimum(middle / np.maximum(length, 1e-9 * middle), 1.0)
    if weights == "one":
        return np.ones(len(length))
    raise ArgumentError(f"weights must be 'gaussian', 'inverse' or 'one'; found {weights!r}.")


def _without_self(index: np.ndarray, away: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges from the k nearest others to each place; places on one spot may stand before the place itself in the list."""
    count = len(index)
    other = index != np.arange(count)[:, None]
    rank = np.cumsum(other, axis=1)
    keep = other & (rank <= k) & np.isfinite(away)
    target = np.broadcast_to(np.arange(count)[:, None], index.shape)
    return index[keep], target[keep], away[keep]


def _triangle_sides(xy: np.ndarray) -> np.ndarray:
    """Pairs (e, 2), first < second, of the sides; a chain where triangles cannot be drawn."""
    from scipy.spatial import Delaunay, QhullError

    if len(xy) < 2:
        raise ArgumentError(f"delaunay needs at least two places; found {len(xy)}.")
    try:
        triangles = Delaunay(xy, qhull_options="Qbb Qc Qz QJ" if len(np.unique(xy, axis=0)) < len(xy) else "Qbb Qc Qz").simplices
        sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    except (QhullError, ValueError):
        away = xy - xy.mean(axis=0)
        along = np.linalg.svd(away, full_matrices=False)[2][0]
        order = np.argsort(away @ along)
        sides = np.stack([order[:-1], order[1:]], axis=1)
    return np.unique(np.sort(sides, axis=1), axis=0)


def _need_graph(field: Field, verb: str) -> None:
    need_kind(field, ("graph",), verb, "Grids know their neighbours; read a grid at places with grid_to_points.")


def _positions(field: Field, verb: str) -> tuple[np.ndarray, np.ndarray | None]:
    _need_graph(field, verb)
    latlon, xy = coordinates(field.dataset, field.space)
    if xy is None:
        raise KindError(f"{verb} needs places with positions; these have none. Give sites= when opening the data.")
    return xy, latlon


def _joined(field: Field, source: np.ndarray, target: np.ndarray, weight: np.ndarray, symmetric: bool, how: str) -> Field:
    """`field` with these edges instead of those it had; of edges that repeat the heaviest stays."""
    if symmetric:
        source, target, weight = np.append(source, target), np.append(target, source), np.append(weight, weight)
    order = np.lexsort((-weight, target, source))
    source, target, weight = source[order], target[order], weight[order]
    first = np.append(True, (np.diff(source) != 0) | (np.diff(target) != 0)) if len(source) else np.zeros(0, bool)
    keep = first & (source != target) & (weight > 0)
    dataset = field.dataset.drop_vars(["edge_source", "edge_target", "edge_weight"], errors="ignore")
    if "edge" in dataset.dims:
        dataset = dataset.drop_dims("edge")
    dataset = dataset.assign(
        edge_source=("edge", source[keep].astype(np.int64)),
        edge_target=("edge", target[keep].astype(np.int64)),
        edge_weight=("edge", weight[keep].astype(np.float32)),
    )
    return changed(field, dataset, f"edges: {int(keep.sum())} from {how}{', both directions' if symmetric else ''}")
