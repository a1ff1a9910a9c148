"""Weights from a curvilinear grid, whose latitudes and longitudes are both two-dimensional; all of it on the sphere, so that seams and
poles need no care.

Between centres: each four of them make two triangles, and a point is a weighted mean of the corners of the one that holds it. Over
areas: each cell (cut halfway between centres) is shared out in small pieces to the new cells that hold their middles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chronotope.errors import KindError
from chronotope.harmonize.sphere import lat_edges, lon_edges
from chronotope.harmonize.weights import PointWeights, nearest
from chronotope.inspect.sphere import unit_vectors

PIECES = 8  # wanted pieces along the side of the smaller of old and new cells
MOST_PIECES = 24  # along the side of an old cell
NEAR = 8  # centres around whose cells a point is looked for
AT_ONCE = 400_000  # pieces cut at once
_EDGE = 1e-9


def between_centres(centres: np.ndarray, places: np.ndarray) -> PointWeights:
    """Linear weights from cells to places (m, 2) in degrees north and east; places outside of all triangles have none.

    Args:
        centres: (r, c, 2) degrees north and east; cells without a position take no part.
    """
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    r, c, _ = centres.shape
    flat = unit_vectors(centres.reshape(-1, 2))
    known = np.flatnonzero(np.isfinite(flat).all(axis=1))
    goals = unit_vectors(places)
    asked = np.flatnonzero(np.isfinite(goals).all(axis=1)) if len(known) else np.zeros(0, int)
    rows, columns, shares = [], [], []
    if len(asked):
        _, near = cKDTree(flat[known]).query(goals[asked], k=min(NEAR, len(known)))
        near = known[near.reshape(len(asked), -1)]
        todo = np.arange(len(asked))
        for corners in _triangles(near, r, c, _is_closed(centres)):
            if not len(todo):
                break
            index = corners[todo]
            share = _inside(flat, np.maximum(index, 0), goals[asked[todo]])
            good = (index >= 0).all(axis=1) & np.isfinite(share).all(axis=1)
            rows.append(np.repeat(asked[todo[good]], 3))
            columns.append(index[good].ravel())
            shares.append(share[good].ravel())
            todo = todo[~good]
    parts = [np.concatenate(part) if part else np.zeros(0, int) for part in (shares, rows, columns)]
    matrix = csr_array((parts[0].astype(float), (parts[1], parts[2])), shape=(len(places), r * c))
    return PointWeights(matrix, np.ones(len(places)))


def over_areas(centres: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> PointWeights:
    """Areas (unit sphere) that old cells share with the cells around `lat` (m,) and `lon` (k,), rows in their order.

    Every piece of an old cell goes to one new cell, so that nothing is lost or counted twice where the new cells cover the old ones. New
    cells narrower than a piece take the nearest old one.

    Raises:
        KindError: the new cells are so fine that a piece would not fit.
        DimensionError: `lat` or `lon` do not run one way.
    """
    first = _first_of_each(centres)
    rows_kept, columns_kept = np.flatnonzero(first.any(axis=1)), np.flatnonzero(first.any(axis=0))
    if len(rows_kept) < len(centres) or len(columns_kept) < centres.shape[1]:
        return _spread(over_areas(centres[np.ix_(rows_kept, columns_kept)], lat, lon), rows_kept, columns_kept, first.shape)
    return _shared(centres, first, lat, lon)


def _shared(centres: np.ndarray, first: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> PointWeights:
    from scipy.sparse import csr_array

    from chronotope.harmonize.cells import cell_of

    edges = lat_edges(lat), lon_edges(lon)
    new_area = (np.abs(np.diff(np.sin(np.deg2rad(edges[0]))))[:, None] * np.abs(np.diff(np.deg2rad(edges[1])))[None, :]).ravel()
    corners = _corners(centres)
    pieces = _pieces(corners, edges)
    weights, rows, columns = [], [], []
    areas = np.zeros(centres.shape[:2])
    block = max(1, AT_ONCE // (centres.shape[1] * pieces**2))
    for start in range(0, len(centres), block):
        stop = min(len(centres), start + block)
        area, middle = _cut(corners[start : stop + 1], pieces)
        area = np.where(first[start:stop, None, :, None], np.nan_to_num(area), 0.0)
        areas[start:stop] = area.sum(axis=(1, 3))
        row, column = cell_of(middle[..., 0], edges[0]), cell_of(middle[..., 1], edges[1], 360.0)
        good = (row >= 0) & (column >= 0) & (area > 0)
        cell = np.arange(start, stop)[:, None, None, None] * centres.shape[1] + np.arange(centres.shape[1])[:, None]
        cell = np.broadcast_to(cell, area.shape)
        weights.append(area[good])
        rows.append((row * len(lon) + column)[good])
        columns.append(cell[good])
    shape = (len(new_area), areas.size)
    matrix = csr_array((np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    matrix = _with_narrow_cells(matrix, centres, lat, lon, new_area)
    covered = np.asarray(matrix.sum(axis=1)).ravel()
    total = np.where(covered > 0.9 * new_area, covered, new_area)  # pieces do not end where cells do: a tenth may be a matter of rounding
    return PointWeights(matrix, total, areas)


def _triangles(near: np.ndarray, r: int, c: int, closed: bool) -> Iterator[np.ndarray]:
    """Flat corners (k, 3) of the triangles around each of `near` (k, n), nearest first; -1 beyond the rim."""
    for column in near.T:
        i, j = np.divmod(column, c)
        for di in (0, -1):
            for dj in (0, -1):
                rows, columns = np.stack([i + di, i + di + 1]), np.stack([j + dj, j + dj + 1])
                columns = np.mod(columns, c) if closed else columns
                good = np.all((rows >= 0) & (rows < r) & (columns >= 0) & (columns < c), axis=0)
                a, b, d, e = (rows[p] * c + columns[q] for p, q in ((0, 0), (0, 1), (1, 0), (1, 1)))
                for three in ((a, b, e), (a, e, d)):
                    yield np.where(np.asarray(good)[:, None], np.stack(three, axis=1), -1)


def _inside(flat: np.ndarray, index: np.ndarray, goals: np.ndarray) -> np.ndarray:
    """Shares (k, 3) of the corners at each goal, which sum to 1; NaN where the triangle does not hold it."""
    a, b, c = (flat[index[:, i]] for i in range(3))
    with np.errstate(invalid="ignore", divide="ignore"):
        volume = np.einsum("kx,kx->k", a, np.cross(b, c))[:, None]
        parts = np.stack([np.einsum("kx,kx->k", goals, np.cross(*pair)) for pair in ((b, c), (c, a), (a, b))], axis=1) / volume
        holds = (np.abs(volume) > 1e-15) & (parts >= -_EDGE).all(axis=1, keepdims=True)
        return np.where(holds, np.clip(parts, 0.0, None) / parts.clip(0.0).sum(axis=1, keepdims=True), np.nan)


def _is_closed(centres: np.ndarray) -> bool:
    """True if the last column lies beside the first, round the globe."""
    if centres.shape[1] < 4:
        return False
    flat = unit_vectors(centres.reshape(-1, 2)).reshape(*centres.shape[:2], 3)
    seam, step = (np.linalg.norm(part, axis=-1) for part in (flat[:, -1] - flat[:, 0], np.diff(flat, axis=1)))
    return bool(np.nanmedian(seam) <= 1.5 * np.nanmedian(step))


def _corners(centres: np.ndarray) -> np.ndarray:
    """Unit vectors (r + 1, c + 1, 3) between the centres, half a cell beyond them at the rim."""
    flat = unit_vectors(centres.reshape(-1, 2)).reshape(*centres.shape[:2], 3)
    if min(centres.shape[:2]) < 2:
        raise KindError("A grid must have at least two rows and two columns for its cells to have edges; found one. Use method='nearest'.")
    tall = np.concatenate([2 * flat[:1] - flat[1:2], flat, 2 * flat[-1:] - flat[-2:-1]])
    if _is_closed(centres):
        wide = np.concatenate([tall[:, -1:], tall, tall[:, :1]], axis=1)
    else:
        wide = np.concatenate([2 * tall[:, :1] - tall[:, 1:2], tall, 2 * tall[:, -1:] - tall[:, -2:-1]], axis=1)
    four = np.stack([wide[:-1, :-1], wide[:-1, 1:], wide[1:, :-1], wide[1:, 1:]])
    seen = np.isfinite(four).all(axis=-1, keepdims=True)
    mean = np.where(seen, four, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    length = np.linalg.norm(mean, axis=-1, keepdims=True)
    return np.where((length > 1e-9) & seen.any(axis=0), mean / np.maximum(length, 1e-9), np.nan)


def _pieces(corners: np.ndarray, edges: tuple[np.ndarray, np.ndarray]) -> int:
    """Pieces along each side of an old cell.

    Raises:
        KindError: fewer than three would fit into a new cell.
    """
    sides = [np.linalg.norm(np.diff(corners, axis=axis), axis=-1) for axis in (0, 1)]
    old = float(max(np.nanquantile(side, 0.9) for side in sides))
    middle = np.cos(np.deg2rad(np.median(np.abs(edges[0]))))
    new = float(np.deg2rad(min(np.median(np.abs(np.diff(edges[0]))), np.median(np.abs(np.diff(edges[1]))) * max(middle, 0.1))))
    wanted = int(np.ceil(PIECES * max(old / new, 1e-9)))
    if 3 * old / new > MOST_PIECES:
        raise KindError(
            f"method='conservative' needs new cells no finer than an eighth of the old ones; these are {old / new:.0f} times finer. "
            "Use method='bilinear'."
        )
    return int(np.clip(wanted, 2, MOST_PIECES))


def _cut(corners: np.ndarray, pieces: int) -> tuple[np.ndarray, np.ndarray]:
    """(area (r, p, c, p) on the unit sphere, middle (r, p, c, p, 2) in degrees) of the pieces of cells with corners (r + 1, c + 1, 3)."""
    part = np.linspace(0.0, 1.0, pieces + 1)
    a, b, c, d = corners[:-1, :-1], corners[:-1, 1:], corners[1:, :-1], corners[1:, 1:]
    p, q = part[None, :, None, None, None], part[None, None, None, :, None]
    a, b, c, d = (corner[:, None, :, None, :] for corner in (a, b, c, d))
    grid = (1 - p) * ((1 - q) * a + q * b) + p * ((1 - q) * c + q * d)
    grid /= np.linalg.norm(grid, axis=-1, keepdims=True)
    w, x, y, z = grid[:, :-1, :, :-1], grid[:, :-1, :, 1:], grid[:, 1:, :, :-1], grid[:, 1:, :, 1:]
    area = _triangle_area(w, x, z) + _triangle_area(w, z, y)
    middle = w + x + y + z
    middle /= np.linalg.norm(middle, axis=-1, keepdims=True)
    lat, lon = np.arcsin(np.clip(middle[..., 2], -1, 1)), np.arctan2(middle[..., 1], middle[..., 0])
    return area, np.rad2deg(np.stack([lat, lon], axis=-1))


def _triangle_area(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Solid angle of triangles of unit vectors. Source: van Oosterom and Strackee (1983), doi:10.1109/TBME.1983.325207."""
    volume = np.abs((a * np.cross(b, c)).sum(axis=-1))
    return 2 * np.arctan2(volume, 1 + (a * b).sum(axis=-1) + (b * c).sum(axis=-1) + (c * a).sum(axis=-1))


def _first_of_each(centres: np.ndarray) -> np.ndarray:
    """True at the first of cells with one centre: ocean grids repeat columns and rows at their seams."""
    flat = np.round(unit_vectors(centres.reshape(-1, 2)), 9)
    _, rows = np.unique(flat, axis=0, return_index=True)
    out = np.zeros(len(flat), bool)
    out[rows] = True
    return out.reshape(centres.shape[:2])


def _spread(weights: PointWeights, rows: np.ndarray, columns: np.ndarray, shape: tuple[int, ...]) -> PointWeights:
    """Weights of some rows and columns as weights of all; the others count for nothing."""
    from scipy.sparse import csr_array

    assert weights.areas is not None
    found = weights.matrix.tocoo()
    cells = (rows[:, None] * shape[1] + columns).ravel()[found.coords[1]]
    areas = np.zeros(shape)
    areas[np.ix_(rows, columns)] = weights.areas
    matrix = csr_array((found.data, (found.coords[0], cells)), shape=(weights.matrix.shape[0], areas.size))
    return PointWeights(matrix, weights.total, areas)


def _with_narrow_cells(matrix, centres: np.ndarray, lat: np.ndarray, lon: np.ndarray, area: np.ndarray):  # noqa: ANN001, ANN202 - csr_array
    """New cells that hold no piece and lie inside the grid take the old cell nearest to their centre, with their own area."""
    from scipy.sparse import csr_array

    empty = np.flatnonzero(np.diff(matrix.indptr) == 0)
    if not len(empty):
        return matrix
    goals = np.stack(np.meshgrid(lat, lon, indexing="ij"), axis=-1).reshape(-1, 2)[empty]
    inside = np.diff(between_centres(centres, goals).matrix.indptr) > 0
    index, _ = nearest(centres.reshape(-1, 2), goals)
    extra = csr_array((area[empty][inside], (empty[inside], index[inside])), shape=matrix.shape)
    return (matrix + extra).tocsr()
