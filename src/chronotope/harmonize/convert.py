"""Sites to grids and grids to sites."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.arguments import centres, part
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, KindError, listed
from chronotope.harmonize.cells import cell_of, places_table
from chronotope.harmonize.record import changed, need_kind
from chronotope.harmonize.regrid import at_places, centres_of
from chronotope.harmonize.sphere import lat_edges, lon_edges
from chronotope.harmonize.turning import averaged, told, turns
from chronotope.harmonize.weights import PointWeights, covered, to_points

HOWS = ("mean", "sum", "max", "min", "count")


def points_to_grid(field: Field, lat: np.ndarray, lon: np.ndarray, how: str = "mean") -> Field:
    """Sites gathered into the cells of a grid.

    Args:
        field: a graph whose places have lat and lon.
        lat, lon: centres of the cells in degrees, (m,) and (k,), in any order and convention (see `regrid`).
        how: "mean", "sum", "max", "min" or "count" of the values observed in a cell at a step.

    Returns:
        A grid over (lat, lon); cells without an observed value are NaN (0 for "count"). Sums conserve what lies inside; places
        outside are named in a finding. Edges are left out.

    Raises:
        KindError: the field is no graph, or has no lat and lon.
        ArgumentError: `how` is no such word.
        DimensionError: centres do not run one way.
    """
    need_kind(field, ("graph",), "points_to_grid", "Count events and tracks with events_to_counts and tracks_to_counts.")
    if how not in HOWS:
        raise ArgumentError(f"how must be one of {', '.join(HOWS)}; found {how!r}.")
    lat, lon = centres(lat, "lat"), centres(lon, "lon")
    index, outside = _cells_of(_positions(field, "points_to_grid"), lat, lon)
    shape = (len(lat), len(lon))
    data = {name: _gathered(field.dataset[name], index, shape, how) for name in field.variables}
    dataset = xr.Dataset(data, {"time": field.dataset["time"], **_axes(lat, lon)}, field.dataset.attrs)
    texts = [f"points_to_grid: {how} of {len(index) - len(outside)} places in {shape[0]} x {shape[1]} cells"]
    texts += told("points_to_grid", field) if how == "mean" else []
    texts += [f"points_to_grid: {len(outside)} places lie outside: {listed(_names(field, outside), 5)}"] if len(outside) else []
    return changed(field, dataset, *texts, kind="grid", space=("lat", "lon"))


def grid_to_points(field: Field, places: Any, method: str = "bilinear", *, least: float = 0.5) -> Field:
    """The grid read at places.

    Args:
        field: a grid with lat and lon, of one or two dimensions.
        places: table with lat, lon and maybe place, a graph Field, or pairs (m, 2) of degrees north and east.
        method: "bilinear" between centres (linear in the triangles between them, where lat and lon are two-dimensional), or "nearest".
        least: share of the weights around a place that must be observed, else it is NaN; the mean is over the observed part.

    Returns:
        A graph with the places in their order; NaN outside of the grid.

    Raises:
        KindError: the field is no grid with lat and lon.
        ArgumentError: `places`, `method` or `least` cannot be read.
    """
    need_kind(field, ("grid",), "grid_to_points", "Sites are matched with align.")
    goals, labels, short = places_table(places)
    if short != ("lat", "lon"):
        raise ArgumentError("grid_to_points needs places with lat and lon; found x and y.")
    if method not in ("bilinear", "nearest"):
        raise ArgumentError(f"method must be 'bilinear' or 'nearest'; found {method!r}.")
    least = part(least, "least")
    weights = _weights(field, goals, method)
    data = {name: _read(field.dataset[name], field.space, weights, least) for name in field.variables}
    coords = {"place": ("place", labels), "lat": ("place", goals[:, 0]), "lon": ("place", goals[:, 1])}
    rest = field.dataset.drop_vars([name for name in field.dataset.variables if set(field.dataset[name].dims) & set(field.space)])
    text = f"grid_to_points: {method} at {len(goals)} places, at least {least:.0%} observed"
    return changed(field, rest.assign_coords(coords).assign(data), text, *told("grid_to_points", field), kind="graph", space=("place",))


def _positions(field: Field, verb: str) -> np.ndarray:
    if "lat" not in field.dataset.coords or "lon" not in field.dataset.coords:
        raise KindError(f"{verb} needs places with lat and lon; these have none. Give sites= or crs= when opening the data.")
    return np.stack([field.dataset[name].values.astype(float) for name in ("lat", "lon")], axis=1)


def _cells_of(latlon: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(flat cell of each place, -1 outside; places outside)."""
    edges = lat_edges(lat), lon_edges(lon)
    row, column = cell_of(latlon[:, 0], edges[0]), cell_of(latlon[:, 1], edges[1], 360.0)
    index = np.where((row >= 0) & (column >= 0), row * len(lon) + column, -1)
    return index, np.flatnonzero(index < 0)


def _gathered(array: xr.DataArray, index: np.ndarray, shape: tuple[int, int], how: str) -> xr.DataArray:
    ordered = array.transpose(..., "place")
    values = ordered.values.astype(np.float64).reshape(-1, ordered.shape[-1])
    order = np.argsort(index, kind="stable")[int((index < 0).sum()) :]
    out = np.full((len(values), shape[0] * shape[1]), 0.0 if how == "count" else np.nan)
    if len(order):
        starts = np.flatnonzero(np.diff(index[order], prepend=-1))
        circle = how == "mean" and turns(array)
        out[:, index[order][starts]] = averaged(values[:, order], circle, lambda part: _reduced(part, starts, how))
    lead = [dim for dim in array.dims if dim != "place"]
    kind = array.dtype if array.dtype.kind == "f" and how != "sum" else np.float64
    made = out.reshape(*ordered.shape[:-1], *shape).astype(kind)
    attrs = array.attrs | {"cell_methods": f"{array.attrs.get('cell_methods', '')} area: {how}".strip()}
    return xr.DataArray(made, dims=[*lead, "lat", "lon"], attrs=attrs | ({"units": "1"} if how == "count" else {}))


def _reduced(values: np.ndarray, starts: np.ndarray, how: str) -> np.ndarray:
    seen = np.isfinite(values)
    number = np.add.reduceat(seen, starts, axis=1, dtype=np.int64)
    if how == "count":
        return number.astype(float)
    if how in ("max", "min"):
        return (np.fmax if how == "max" else np.fmin).reduceat(np.where(seen, values, np.nan), starts, axis=1)
    total = np.add.reduceat(np.where(seen, values, 0.0), starts, axis=1)
    return np.where(number > 0, total / np.maximum(number, 1) if how == "mean" else total, np.nan)


def _weights(field: Field, goals: np.ndarray, method: str) -> PointWeights:
    dataset = field.dataset
    if "lat" not in dataset.coords or "lon" not in dataset.coords:
        raise KindError("grid_to_points needs latitudes and longitudes; this grid has none. Give crs= when opening it.")
    if dataset["lat"].ndim == 1 and dataset["lon"].ndim == 1:
        return to_points(dataset["lat"].values.astype(float), dataset["lon"].values.astype(float), goals, method)
    return at_places(centres_of(field), goals, method)


def _read(array: xr.DataArray, space: tuple[str, ...], weights: PointWeights, least: float) -> xr.DataArray:
    lead = [dim for dim in array.dims if dim not in space]
    ordered = array.transpose(*lead, *space)
    source = ordered.values.astype(np.float64).reshape(-1, *ordered.shape[-2:])
    values = averaged(source, turns(array), lambda part: covered(weights, part, least)).reshape(*ordered.shape[:-2], -1)
    kind = array.dtype if array.dtype.kind == "f" else np.float64
    return xr.DataArray(values.astype(kind), dims=[*lead, "place"], attrs=array.attrs)


def _axes(lat: Any, lon: Any) -> dict[str, Any]:
    return {
        "lat": ("lat", np.asarray(lat, float), {"units": "degrees_north", "standard_name": "latitude"}),
        "lon": ("lon", np.asarray(lon, float), {"units": "degrees_east", "standard_name": "longitude"}),
    }


def _names(field: Field, index: np.ndarray) -> list[str]:
    return [str(label) for label in field.dataset["place"].values[index]]
