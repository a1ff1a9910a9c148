"""Balls of places: one partitioner for grids, graphs and scattered sites."""

from __future__ import annotations

import numpy as np

BALL = 32


def ball_order(xy: np.ndarray, size: int = BALL) -> np.ndarray:
    """An order of places in which every run of `size` is a compact ball, int (n,).

    Recursive cuts across the longer side, at a multiple of `size`; ties are broken by the other coordinate, so that
    permuting the places permutes the balls with them.

    Args:
        xy: float (n, k) coordinates in one unit.
        size: places in a ball.
    """
    out: list[np.ndarray] = []
    stack = [np.arange(len(xy))]
    while stack:
        index = stack.pop()
        if len(index) <= size:
            out.append(index[np.lexsort(xy[index].T)])
            continue
        points = xy[index]
        axis = int(np.argmax(points.max(0) - points.min(0)))
        keys = [points[:, a] for a in range(xy.shape[1]) if a != axis] + [points[:, axis]]
        index = index[np.lexsort(keys)]
        cut = max(size, round(len(index) / 2 / size) * size)
        if cut >= len(index):
            cut -= size
        stack += [index[cut:], index[:cut]]
    return np.concatenate(out) if out else np.zeros(0, np.int64)


def chunks(order: np.ndarray, size: int = BALL) -> np.ndarray:
    """Runs of `size` of an order, padded with -1: int (balls, size)."""
    count = -(-len(order) // size)
    padded = np.full(count * size, -1, np.int64)
    padded[: len(order)] = order
    return padded.reshape(count, size)


def series_balls(xy: np.ndarray, variables: int, size: int = BALL) -> tuple[np.ndarray, np.ndarray]:
    """Two partitions of the series (place-major: place * variables + variable) into balls.

    The first keeps variables apart and takes many places; the second takes fewer places with all their variables
    (with one variable: other cuts, turned by 45 degrees).

    Returns:
        two int arrays (balls, size), -1 where a ball is not full.
    """
    plain = ball_order(xy, size)
    turned = xy @ (np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)) if xy.shape[1] == 2 else xy[:, ::-1]
    together = max(1, size // variables)
    other = ball_order(turned, together)
    if variables == 1 and len(other) > size:
        other = np.roll(other, size // 2)
    first = np.concatenate([chunks(plain * variables + v, size) for v in range(variables)])
    return first, _with_variables(chunks(other, together), variables, size)


def _with_variables(places: np.ndarray, variables: int, size: int) -> np.ndarray:
    """Balls of places (b, k) with all their variables, so that no place is cut in two; one place alone where its variables fill more."""
    if variables > size:
        order = places[places >= 0]
        return chunks((order[:, None] * variables + np.arange(variables)).ravel(), size)
    out = np.full((len(places), size), -1, np.int64)
    series = np.where(places[..., None] >= 0, places[..., None] * variables + np.arange(variables), -1)
    out[:, : places.shape[1] * variables] = series.reshape(len(places), -1)
    return out


def coordinates(n: int, xy: np.ndarray | None, edges: tuple[np.ndarray, np.ndarray, np.ndarray] | None, x: np.ndarray) -> np.ndarray:
    """Coordinates to cut by: the given ones, else distances to landmarks of the graph, else the data's own likeness.

    Args:
        n: places.
        xy: float (n, 2) or None.
        edges: source, target, weight, or None.
        x: float (n, t) scaled values of one variable, zero where not seen.
    """
    if xy is not None:
        return np.asarray(xy, np.float64)
    if edges is not None and len(edges[0]):
        return _landmarks(n, edges)
    return _likeness(x)


def _landmarks(n: int, edges: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    source, target, weight = edges
    graph = coo_matrix((1.0 / np.maximum(weight, 1e-6), (source, target)), shape=(n, n)).tocsr()
    start = int(np.argmax(np.asarray(graph.sum(1)).ravel() + np.asarray(graph.sum(0)).ravel()))
    columns: list[np.ndarray] = []
    for _ in range(2):
        distance = dijkstra(graph, directed=False, indices=start)
        finite = np.isfinite(distance)
        distance = np.where(finite, distance, distance[finite].max() * 2 + 1 if finite.any() else 1.0)
        if not columns:
            start = int(np.argmax(distance))
            distance = dijkstra(graph, directed=False, indices=start)
            distance = np.where(np.isfinite(distance), distance, np.nanmax(np.where(np.isfinite(distance), distance, np.nan)) * 2 + 1)
        columns.append(distance)
        start = int(np.argmax(distance))
    return np.stack(columns, axis=1)


def _likeness(x: np.ndarray) -> np.ndarray:
    piece = np.clip(x[:, -512:], -5, 5).astype(np.float64)
    piece = piece - piece.mean(axis=1, keepdims=True)
    norm = np.sqrt((piece**2).sum(axis=1, keepdims=True))
    piece = piece / np.where(norm > 0, norm, 1.0)
    if len(piece) <= 2:
        return np.stack([np.arange(len(piece), dtype=float), np.zeros(len(piece))], axis=1)
    rng = np.random.default_rng(0)
    basis = piece.T @ (piece @ rng.standard_normal((piece.shape[1], 2)))  # two steps of power iteration, no ids involved
    basis = np.linalg.qr(piece.T @ (piece @ basis))[0]
    score = piece @ basis
    return score * np.where((score**3).sum(0) >= 0, 1.0, -1.0)
