"""Where positions fall: cells of a grid, the nearest of some places, or places that the rows name themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import LAT_NAMES, LON_NAMES, X_NAMES, Y_NAMES, by_name
from chronotope.data.geometry import without_geometry
from chronotope.data.projection import centre_of
from chronotope.errors import ArgumentError, DataError
from chronotope.harmonize.sphere import lat_edges, lon_edges
from chronotope.harmonize.weights import nearest

MOST_CELLS = 4_000_000


@dataclass(frozen=True)
class Goal:
    """Places that rows were sorted into.

    Attributes:
        space: place dims of the result, ("lat", "lon"), ("y", "x") or ("place",).
        shape: their lengths.
        coords: coordinates over them.
        index: int64 (k,), the flat place of each row; -1 outside of all, or where the position is unknown.
    """

    space: tuple[str, ...]
    shape: tuple[int, ...]
    coords: dict[str, Any]
    index: np.ndarray

    @property
    def kind(self) -> str:
        return "graph" if len(self.space) == 1 else "grid"


def sort_into(rows: pd.DataFrame, cells: Any, places: Any, radius: float | None = None) -> Goal:
    """The goal of rows with columns lat, lon (or y, x): `cells` a size or (rows, columns) of centres, or `places` a table or a column.

    Raises:
        ArgumentError: neither or both of `cells` and `places`, or one that cannot be read.
        DataError: rows have no positions, or no column of that name.
    """
    if (cells is None) == (places is None):
        raise ArgumentError("Say where to with either cells= (a size, or rows and columns of centres) or places= (a table, or a column).")
    if isinstance(places, str):
        return _by_name(rows, places)
    names = ("lat", "lon") if {"lat", "lon"} <= set(rows.columns) else ("y", "x")
    if not set(names) <= set(rows.columns):
        raise DataError(f"Rows must have positions lat and lon, or x and y; found {', '.join(map(str, rows.columns))}.")
    position = rows[list(names)].to_numpy(float)
    if cells is not None:
        return _into_cells(position, names, cells)
    if type(places).__name__ == "GeoDataFrame" and places.geometry.geom_type.str.endswith("Polygon").all():
        return _into_areas(position, names, places)
    return _nearest_place(position, names, without_geometry(places), radius)


def _into_cells(position: np.ndarray, names: tuple[str, ...], cells: Any) -> Goal:
    sphere = names == ("lat", "lon")
    if hasattr(cells, "columns"):
        raise ArgumentError("cells= must be a size or (rows, columns) of centres; found a table. Areas and places go to places=.")
    if isinstance(cells, (int, float, np.number)):
        centres = _made_centres(position, float(cells), sphere)
    elif len(cells) == 2:
        centres = (np.asarray(cells[0], float), np.asarray(cells[1], float))
    else:
        raise ArgumentError(f"cells must be a size or (rows, columns) of centres; found {len(cells)} parts.")
    edges = (lat_edges(centres[0]), lon_edges(centres[1])) if sphere else tuple(_edges(part) for part in centres)
    row, column = cell_of(position[:, 0], edges[0]), cell_of(position[:, 1], edges[1], 360.0 if sphere else None)
    shape = (len(centres[0]), len(centres[1]))
    index = np.where((row >= 0) & (column >= 0), row * shape[1] + column, -1)
    units = ({"units": "degrees_north"}, {"units": "degrees_east"}) if sphere else ({}, {})
    coords = {name: (name, part, unit) for name, part, unit in zip(names, centres, units)}
    return Goal(names, shape, coords, index.astype(np.int64))


def cell_of(values: np.ndarray, edges: np.ndarray, period: float | None = None) -> np.ndarray:
    """The cell of each value, -1 outside; a value on an edge belongs to the cell above it, on the last edge to the last cell.

    Rounding of a billionth of a cell below an edge counts as on it, and `period` is 360 for longitudes.
    """
    count, falling = len(edges) - 1, edges[0] > edges[-1]
    rising = edges[::-1] if falling else edges
    slack = 1e-9 * (rising[-1] - rising[0]) / count
    start = rising[0] - slack
    at = values if period is None else start + np.mod(values - start, period)
    index = np.searchsorted(rising, at + slack, side="right") - 1
    inside = (at >= start) & (at <= rising[-1] + slack)
    index = np.clip(index, 0, count - 1)
    return np.where(inside, count - 1 - index if falling else index, -1)


def counted_in(at: np.ndarray, size: float) -> np.ndarray:
    """Positions in cells of one size, counted from zero; on a border, which is of the cell above, where they are within a millionth of it.

    So 0.3 begins a cell of 0.1, as 0.2 does, although 0.3 / 0.1 is less than 3.
    """
    counted = np.asarray(at) / size
    border = np.rint(counted)
    return np.where(np.abs(counted - border) < 1e-6, border, counted)


def _made_centres(position: np.ndarray, size: float, sphere: bool) -> tuple[np.ndarray, np.ndarray]:
    """Centres of cells of one size that hold all positions, on multiples of the size; longitudes run on across the dateline."""
    if not size > 0:
        raise ArgumentError(f"cells= as a size must be above 0; found {size!r}.")
    known = position[np.isfinite(position).all(axis=1)]
    if not len(known):
        raise DataError("Cells of one size need at least one known position; found none.")
    first, second = known[:, 0], known[:, 1]
    if sphere:
        middle = centre_of(known)[1]
        second = middle + np.mod(second - middle + 180.0, 360.0) - 180.0
    lines = [_multiples(first, size, 90.0 if sphere else np.inf), _multiples(second, size, np.inf)]
    if sphere and len(lines[1]) * size > 360.0 + 1e-9:
        raise ArgumentError(f"Cells that reach round the globe must divide it; {size:g} degrees do not. Give rows and columns of centres.")
    if len(lines[0]) * len(lines[1]) > MOST_CELLS:
        raise ArgumentError(f"Cells of {size:g} would make a grid of {len(lines[0])} x {len(lines[1])}; give a larger size.")
    return lines[0], lines[1]


def _multiples(values: np.ndarray, size: float, end: float) -> np.ndarray:
    """Centres of at least two cells between multiples of `size` that hold all values; none beyond `end`, on which a value may lie."""
    first, last = np.floor(counted_in(np.array([values.min(), values.max()]), size))
    low, high = first, min(last + 1, np.ceil(end / size))
    low = min(low, high - 2) if high >= end / size else low
    return (np.arange(low, max(high, low + 2)) + 0.5) * size


def _edges(centres: np.ndarray) -> np.ndarray:
    if len(centres) < 2:
        raise ArgumentError("cells= needs at least two rows and two columns of centres; found one.")
    inner = 0.5 * (centres[1:] + centres[:-1])
    return np.concatenate([[2 * centres[0] - inner[0]], inner, [2 * centres[-1] - inner[-1]]])


def places_table(places: Any) -> tuple[np.ndarray, np.ndarray, tuple[str, str]]:
    """(positions (m, 2), names (m,), ("lat", "lon") or ("y", "x")) of a table, a graph Field, or pairs of degrees north and east.

    Raises:
        ArgumentError: no positions are found in it.
    """
    if hasattr(places, "dataset"):
        dataset: xr.Dataset = places.dataset
        places = pd.DataFrame({str(n): dataset[n].values for n in ("place", "lat", "lon", "x", "y") if n in dataset.coords})
    if not isinstance(places, pd.DataFrame):
        pairs = np.asarray(places, float)
        if pairs.ndim != 2 or pairs.shape[1] != 2:
            raise ArgumentError(f"places= must be a table with lat and lon, or pairs of them (m, 2); found shape {pairs.shape}.")
        return pairs, np.array([f"p{i}" for i in range(len(pairs))], object), ("lat", "lon")
    columns = [str(name) for name in places.columns]
    for short, first, second in ((("lat", "lon"), LAT_NAMES, LON_NAMES), (("y", "x"), Y_NAMES, X_NAMES)):
        pair = by_name(columns, first), by_name(columns, second)
        if None not in pair:
            names = (
                places["place"]
                if "place" in columns
                else places.iloc[:, 0]
                if columns[0] not in pair
                else pd.Series(np.arange(len(places)))
            )
            return places[list(pair)].to_numpy(float), names.astype(str).to_numpy(object), short
    raise ArgumentError(f"places= must have columns lat and lon (or x and y); found {', '.join(columns)}.")


def _nearest_place(position: np.ndarray, names: tuple[str, ...], places: Any, radius: float | None) -> Goal:
    goals, labels, short = places_table(places)
    if short != names:
        raise ArgumentError(f"places= must be in {names[0]} and {names[1]} like the rows; found {short[0]} and {short[1]}.")
    if short == ("lat", "lon"):
        index, away = nearest(goals, position)
    else:
        index, away = nearest_in_plane(goals, position)
    index = np.where(away <= (np.inf if radius is None else radius), index, -1)
    index = np.where(np.isfinite(away), index, -1)
    coords = {"place": ("place", labels)} | {name: ("place", goals[:, k]) for k, name in enumerate(short)}
    return Goal(("place",), (len(goals),), coords, index.astype(np.int64))


def _into_areas(position: np.ndarray, names: tuple[str, ...], areas: Any) -> Goal:
    """Areas of a geopandas frame, in degrees or the rows' own plane; a row on a border belongs to the first."""
    import shapely

    if names == ("lat", "lon") and areas.crs is not None:
        areas = areas.to_crs(4326)
    tree, known = shapely.STRtree(areas.geometry.values), np.isfinite(position).all(axis=1)
    row, area = tree.query(shapely.points(position[known][:, ::-1]), predicate="intersects")
    index = np.full(len(position), -1, np.int64)
    order = np.lexsort((area, row))[::-1]
    index[np.flatnonzero(known)[row[order]]] = area[order]
    plain = without_geometry(areas)
    _, labels, short = places_table(plain if len(plain.columns) > 2 else plain[list(names)])
    coords = {"place": ("place", labels)} | {name: ("place", plain[name].to_numpy(float)) for name in names}
    return Goal(("place",), (len(areas),), coords, index)


def nearest_in_plane(goals: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(index (k,), distance (k,) in the plane's units) of the goal nearest to each position; infinite where it is unknown."""
    from scipy.spatial import cKDTree

    known = np.isfinite(position).all(axis=1)
    index, away = np.zeros(len(position), int), np.full(len(position), np.inf)
    if known.any():
        away[known], index[known] = cKDTree(goals).query(position[known])
    return index, away


def _by_name(rows: pd.DataFrame, column: str) -> Goal:
    if column not in rows.columns:
        raise DataError(f"places= as a word must name a column of the rows ({', '.join(map(str, rows.columns))}); found {column!r}.")
    named = rows[column].notna() & (rows[column].astype(str) != "")
    codes, labels = pd.factorize(rows[column].where(named).astype(object), sort=True)
    coords: dict[str, Any] = {"place": ("place", np.array([str(label) for label in labels], object))}
    for name in ("lat", "lon", "y", "x"):
        if name in rows.columns and len(labels):
            middle = rows.loc[codes >= 0, name].groupby(codes[codes >= 0]).median()
            coords[name] = ("place", middle.reindex(range(len(labels))).to_numpy(float))
    return Goal(("place",), (len(labels),), coords, codes.astype(np.int64))
