"""Cells of a latitude-longitude grid on the sphere: their edges, their areas, and how far two grids overlap."""

from __future__ import annotations

import numpy as np

from chronotope.errors import DimensionError
from chronotope.inspect.sphere import EARTH_RADIUS

CLOSED = 1e-3  # a grid closes round the globe if its cells miss 360 degrees by less than this share of a cell


def lat_edges(lat: np.ndarray) -> np.ndarray:
    """Edges (r + 1,) in degrees of the latitude centres `lat` (r,), in their order: midpoints, cut at the poles.

    Raises:
        DimensionError: latitudes are not strictly rising or falling between -90 and 90.
    """
    lat = _centres(lat, "lat")
    if np.abs(lat).max() > 90 + 1e-9:
        raise DimensionError(f"lat must lie between -90 and 90 degrees; found {lat[np.argmax(np.abs(lat))]:g}.")
    return np.clip(_midpoints(lat), -90.0, 90.0)


def lon_edges(lon: np.ndarray) -> np.ndarray:
    """Edges (c + 1,) in degrees of the longitude centres `lon` (c,), unwrapped along their order: 179, -179 is a step of 2 degrees.

    Raises:
        DimensionError: longitudes do not run one way round the globe, or run over more than one round.
    """
    edges = _midpoints(_centres(unwrapped(lon), "lon"))
    width = abs(edges[-1] - edges[0])
    cell = width / len(lon)
    if width > 360 + CLOSED * cell:
        raise DimensionError(f"lon must not run more than once round the globe; its cells cover {width:g} degrees.")
    return edges


def unwrapped(lon: np.ndarray) -> np.ndarray:
    """Longitudes without the jump of 360 degrees at the seam of their convention."""
    lon = np.asarray(lon, float)
    return np.unwrap(lon, period=360.0) if lon.ndim == 1 and len(lon) > 1 else lon


def cell_areas(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    """Areas (r, c) in square metres of the cells around centres `lat` (r,) and `lon` (c,), in degrees."""
    high = np.abs(np.diff(np.sin(np.deg2rad(lat_edges(lat)))))
    wide = np.abs(np.diff(np.deg2rad(lon_edges(lon))))
    return EARTH_RADIUS**2 * high[:, None] * wide[None, :]


def overlaps(old: np.ndarray, new: np.ndarray, period: float | None = None):  # noqa: ANN201 - a scipy.sparse.csr_array (m, r)
    """Length that each new interval shares with each old one, sparse (m, r).

    Args:
        old: edges (r + 1,), rising or falling.
        new: edges (m + 1,).
        period: 360 for longitudes, whose intervals meet again after a round.
    """
    from scipy.sparse import csr_array

    low, high = np.minimum(old[:-1], old[1:]), np.maximum(old[:-1], old[1:])
    rows, columns, lengths = [], [], []
    for i, (a, b) in enumerate(zip(np.minimum(new[:-1], new[1:]), np.maximum(new[:-1], new[1:]))):
        shared = np.zeros(len(low))
        for turn in _turns(a, b, low.min(), high.max(), period):
            shared += np.clip(np.minimum(high, b + turn) - np.maximum(low, a + turn), 0.0, None)
        found = np.flatnonzero(shared > 1e-12)
        rows.append(np.full(len(found), i))
        columns.append(found)
        lengths.append(shared[found])
    cells = (np.concatenate(lengths), (np.concatenate(rows), np.concatenate(columns)))
    return csr_array(cells, shape=(len(new) - 1, len(old) - 1))


def _turns(a: float, b: float, low: float, high: float, period: float | None) -> np.ndarray:
    """Whole rounds by which the interval a..b must be moved to meet low..high."""
    if period is None:
        return np.zeros(1)
    return period * np.arange(np.floor((low - b) / period), np.ceil((high - a) / period) + 1)


def _midpoints(centres: np.ndarray) -> np.ndarray:
    if len(centres) == 1:
        raise DimensionError("A grid must have at least two rows and two columns for its cells to have edges; found one.")
    inner = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2 * centres[0] - inner[0]], inner, [2 * centres[-1] - inner[-1]]])


def _centres(values: np.ndarray, name: str) -> np.ndarray:
    values = np.asarray(values, float)
    steps = np.diff(values)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all() or not ((steps > 0).all() or (steps < 0).all()):
        where = "" if values.ndim != 1 or not len(steps) else f" around position {int(np.argmin(steps * np.sign(steps.sum() or 1)))}"
        raise DimensionError(f"{name} must be one row of centres, strictly rising or falling; it is not{where}.")
    return values
