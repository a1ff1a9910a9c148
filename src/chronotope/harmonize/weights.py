"""Sparse weights from the cells of a grid to other cells, or to points; every weight knows how much of its goal is covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chronotope.harmonize.sphere import CLOSED, lat_edges, lon_edges, overlaps, unwrapped
from chronotope.inspect.sphere import EARTH_RADIUS, unit_vectors


@dataclass(frozen=True)
class AxisWeights:
    """Weights that factor over rows and columns: goal (m, k) = rows (m, r) @ source (r, c) @ columns.T (c, k).

    Attributes:
        rows, columns: scipy.sparse arrays, (m, r) and (k, c).
        total: weight of a goal that is fully covered, (m, k).
    """

    rows: Any
    columns: Any
    total: np.ndarray

    def apply(self, source: np.ndarray) -> np.ndarray:
        """Weighted sums (l, m, k) of source values (l, r, c) without NaN."""
        lead, r, c = source.shape
        wide = (self.columns @ source.reshape(lead * r, c).T).T.reshape(lead, r, -1)
        return np.stack([self.rows @ layer for layer in wide]) if lead else np.empty((0, *self.total.shape))


@dataclass(frozen=True)
class PointWeights:
    """Weights from all cells to points: goal (m,) = matrix (m, r * c) @ source; `total` (m,) as in `AxisWeights`.

    `areas` (r, c) on the unit sphere of the source cells, where the weights are shared areas.
    """

    matrix: Any
    total: np.ndarray
    areas: np.ndarray | None = None

    def apply(self, source: np.ndarray) -> np.ndarray:
        """Weighted sums (l, m) of source values (l, r, c) without NaN."""
        return (self.matrix @ source.reshape(len(source), -1).T).T


Weights = AxisWeights | PointWeights


def covered(weights: Weights, source: np.ndarray, least: float) -> np.ndarray:
    """Means over the observed part of each goal, NaN where less than the share `least` of it was observed.

    Args:
        weights: from (r, c) cells.
        source: (l, r, c), NaN where not observed.
    """
    seen = np.isfinite(source)
    amount = weights.apply(np.where(seen, source, 0.0))
    share = weights.apply(seen.astype(np.float64))
    enough = (share >= least * weights.total * (1 - 1e-9)) & (share > 1e-9 * weights.total)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(enough, amount / share, np.nan)


def conservative(lat: np.ndarray, lon: np.ndarray, new_lat: np.ndarray, new_lon: np.ndarray) -> AxisWeights:
    """Shared areas on the unit sphere; source and goal are cells around their centres (degrees)."""
    old_rows, new_rows = (np.sin(np.deg2rad(lat_edges(values))) for values in (lat, new_lat))
    old_columns, new_columns = lon_edges(lon), lon_edges(new_lon)
    rows, columns = overlaps(old_rows, new_rows), np.deg2rad(1.0) * overlaps(old_columns, new_columns, 360.0)
    total = np.abs(np.diff(new_rows))[:, None] * np.abs(np.diff(np.deg2rad(new_columns)))[None, :]
    return AxisWeights(rows, columns, total)


def per_axis(lat: np.ndarray, lon: np.ndarray, new_lat: np.ndarray, new_lon: np.ndarray, method: str) -> AxisWeights:
    """Bilinear or nearest weights to a grid; goals beyond the outer edges of the source have none."""
    rows, columns = _line(lat, lat_edges(lat), new_lat, method, None), _line(*_round(lon), new_lon, method, 360.0)
    return AxisWeights(rows, columns, np.ones((len(new_lat), len(new_lon))))


def to_points(lat: np.ndarray, lon: np.ndarray, places: np.ndarray, method: str) -> PointWeights:
    """Bilinear or nearest weights to places (m, 2) in degrees north and east."""
    from scipy.sparse import csr_array

    rows = _line(lat, lat_edges(lat), places[:, 0], method, None).tocoo()
    columns = _line(*_round(lon), places[:, 1], method, 360.0).tocsr()
    pick = columns[rows.coords[0]].tocoo()  # one row per weight of `rows`
    place, cell_row, share = rows.coords[0][pick.coords[0]], rows.coords[1][pick.coords[0]], rows.data[pick.coords[0]]
    cells = cell_row * len(lon) + pick.coords[1]
    matrix = csr_array((share * pick.data, (place, cells)), shape=(len(places), len(lat) * len(lon)))
    return PointWeights(matrix, np.ones(len(places)))


def nearest_of_any(latlon: np.ndarray, places: np.ndarray, within: float) -> PointWeights:
    """The nearest cell centre of a curvilinear grid, for places (m, 2) at most `within` metres from it.

    Args:
        latlon: (r * c, 2) centres in degrees north and east; NaN is never near.
    """
    from scipy.sparse import csr_array

    index, metres = nearest(latlon, places)
    near = np.flatnonzero(metres <= within)
    matrix = csr_array((np.ones(len(near)), (near, index[near])), shape=(len(places), len(latlon)))
    return PointWeights(matrix, np.ones(len(places)))


def nearest(latlon: np.ndarray, places: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(index, metres) of the `k` sites of `latlon` (n, 2) nearest to each of `places` (m, 2) along the great circle.

    Shapes (m,) for k = 1, else (m, k); metres are infinite, and the index 0, where either position is unknown.
    """
    from scipy.spatial import cKDTree

    known, asked = np.flatnonzero(np.isfinite(latlon).all(axis=1)), np.isfinite(places).all(axis=1)
    shape = (len(places),) if k == 1 else (len(places), k)
    index, metres = np.zeros(shape, int), np.full(shape, np.inf)
    if len(known) and asked.any():
        chord, found = cKDTree(unit_vectors(latlon[known])).query(unit_vectors(places[asked]), k=k)
        real = np.isfinite(chord)
        index[asked] = np.where(real, known[np.where(real, found, 0)], 0)
        metres[asked] = np.where(real, 2 * EARTH_RADIUS * np.arcsin(np.clip(np.where(real, chord, 0) / 2, 0, 1)), np.inf)
    return index, metres


def _round(lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return unwrapped(lon), lon_edges(lon)


def _line(centres: np.ndarray, edges: np.ndarray, goal: np.ndarray, method: str, period: float | None):  # noqa: ANN202 - csr_array (m, r)
    """Weights along one axis; between the outer centres and the outer edges the outer cell counts alone."""
    from scipy.sparse import csr_array

    centres, goal, count = np.asarray(centres, float), np.asarray(goal, float), len(centres)
    low, high = min(edges[0], edges[-1]), max(edges[0], edges[-1])
    at = goal if period is None else low + np.mod(goal - low, period)
    inside = (at >= low - 1e-9) & (at <= high + 1e-9)
    order = np.argsort(centres)
    line, cell = centres[order], order
    if period is not None and high - low > period * (1 - CLOSED / count):  # closed: the last cell meets the first
        line = np.concatenate([[line[-1] - period], line, [line[0] + period]])
        cell = np.concatenate([[order[-1]], order, [order[0]]])
    right = np.clip(np.searchsorted(line, at), 1, len(line) - 1)
    share = np.clip((at - line[right - 1]) / (line[right] - line[right - 1]), 0.0, 1.0)
    share = np.round(share) if method == "nearest" else share
    rows = np.flatnonzero(inside)
    data = np.concatenate([1 - share[rows], share[rows]])
    columns = np.concatenate([cell[right[rows] - 1], cell[right[rows]]])
    kept = data > 0
    return csr_array((data[kept], (np.concatenate([rows, rows])[kept], columns[kept])), shape=(len(goal), count))
