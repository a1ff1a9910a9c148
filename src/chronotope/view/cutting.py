"""Cutting: one variable of an answer of any kind becomes a `Slice` of plain arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.stamps import in_zone, wall_clock, zone_of
from chronotope.errors import ArgumentError, KindError
from chronotope.view.slices import DEGREES, Slice
from chronotope.view.style import time_words


def slice_forecast(fc: Any, variable: str | None = None, origin: int = -1, truth: Any = None) -> Slice:
    """One variable of a forecast as arrays.

    Args:
        fc: a Forecast (`to_xarray()`, `history`).
        variable: its first one by default; "name[level=...]" is not needed, the first index of further dims is taken.
        origin: which of several origins, the last by default.
        truth: a Field or Dataset with later values; the forecast's own history by default.

    Raises:
        ArgumentError: no such variable.
        KindError: the result has no quantiles, or is of tracks.
    """
    result, field = fc.to_xarray(), fc.history
    if field.kind == "tracks":
        raise KindError("A series or a map of values needs fixed places; this answer is of tracks, whose map() and plot() show the paths.")
    name = _variable(result, field, variable)
    array, times = _at_origin(result[name], origin)
    if "quantile" not in array.dims:
        raise KindError(f"A picture needs quantiles; the result has dims {array.dims}. Ask for quantiles=(0.1, 0.5, 0.9).")
    frame, space = _where(array, field, result)
    array, marks = _first_of_further(array.transpose("quantile", "time", *space, ...), space)
    shape = tuple(array.sizes[dim] for dim in space)
    source = field.to_xarray() if truth is None else truth.to_xarray() if hasattr(truth, "to_xarray") else truth
    if frame is result:  # other places than those that were observed: nothing stands before them or beside them
        past_times, past, seen = times[:0], np.empty((0, int(np.prod(shape)))), np.full((len(times), int(np.prod(shape))), np.nan)
    else:
        past_times, past, seen = _around(frame[name], source[name] if name in source else None, space, times)
    east, north, axes = positions_of(frame, space)
    values = array.values.reshape(array.sizes["quantile"], len(times), -1).astype(float)
    units = str(array.attrs.get("units", "")) or str(field.to_xarray()[name].attrs.get("units", ""))
    labels = labels_of(frame, space)
    names = frame["name"].values.astype(object) if "name" in frame and frame["name"].dims == space else None
    clock, (times, past_times) = on_clock(field.to_xarray(), times, past_times)
    levels = array["quantile"].values
    part = Slice(name + marks, units, levels, times, values, past_times, past, seen, labels, shape, east, north, axes, clock)
    part = replace(part, is_backcast=len(past_times) > 0 and bool(past_times[0] > times[-1]))
    long_name = str(field.to_xarray()[name].attrs.get("long_name", ""))
    return replace(
        part, edges=None if frame is result else _edges(field), filled=_filled(fc, name, space), long_name=long_name, names=names
    )


def _edges(field: Any) -> np.ndarray | None:
    """Positions (e, 2) of the places that an edge joins, each pair once."""
    edges = getattr(field, "edges", None)
    if edges is None or not len(edges.source):
        return None
    return np.unique(np.sort(np.stack([edges.source, edges.target], axis=1), axis=1), axis=0)


def _filled(fc: Any, name: str, space: tuple[str, ...]) -> np.ndarray | None:
    """Which values were gaps (h, n), for filled gaps."""
    filled = getattr(fc, "filled", None)
    return None if filled is None or name not in filled else as_flat(filled[name], space).astype(bool)


def _where(array: xr.DataArray, field: Any, result: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...]]:
    """The dataset that says where the answer lies, and its dims: the field's, or the answer's own where it lies elsewhere."""
    history = field.to_xarray()
    if all(dim in array.dims and array.sizes[dim] == history.sizes[dim] for dim in field.space):
        same = [dim for dim in field.space if dim in array.coords and dim in history.coords]
        if all(np.array_equal(array[dim].values, history[dim].values) for dim in same):
            return history, field.space
    fine = tuple(dim for dim in field.space if dim in array.dims)
    own = fine or next((pair for pair in (("place",), ("lat", "lon"), ("y", "x")) if set(pair) <= set(array.dims)), ())
    return result, own


def on_clock(dataset: xr.Dataset, *stamps: np.ndarray) -> tuple[str, list[np.ndarray]]:
    """The name of the clock of the source's zone, and arrays of stamps (t,) as it shows them.

    Where the answer, the first of `stamps`, holds an hour that comes twice, one offset serves all, so that no hour is drawn over another;
    the name then says from which of the stamps shown on the clock goes by the other.
    """
    zone = zone_of(dataset)
    if zone is None or not len(stamps[0]):
        return str(dataset.attrs.get("timezone", "")), list(stamps)
    shown = [wall_clock(times, zone) for times in stamps]
    ahead = np.unique(np.concatenate([local - times for local, times in zip(shown, stamps)]))
    if len(ahead[~np.isnat(ahead)]) > 1 and len(np.unique(shown[0])) == len(np.unique(stamps[0])):
        return zone, shown
    first = shown[0][0] - stamps[0][0]
    turned = np.flatnonzero(shown[0] - stamps[0] != first)
    name = _offset(stamps[0][0], zone)
    if len(turned):
        at = stamps[0][turned[0]]
        name = f"{name} ({_offset(at, zone)} from {time_words(at + first)})"
    return name, [times + first for times in stamps]


def _offset(stamp: np.datetime64, zone: str) -> str:
    away = in_zone(np.array([stamp]), zone)[0].isoformat()[-6:]
    return "UTC" if away == "+00:00" else f"UTC{away}"


def frame_of(dataset: xr.Dataset) -> xr.Dataset:
    """The cells of counted events, whose lat and lon stand beside y and x."""
    return dataset[[]].assign_coords({name: dataset[name] for name in ("y", "x", "lat", "lon") if name in dataset.coords})


def origins_of(fc: Any) -> int:
    """How many origins a forecast has."""
    return int(fc.to_xarray().sizes.get("init_time", 1))


def variables_of(fc: Any) -> tuple[str, ...]:
    """The forecast variables, in the order of the input."""
    result = fc.to_xarray()
    return tuple(name for name in fc.history.variables if name in result)


def _variable(result: xr.Dataset, field: Any, variable: str | None) -> str:
    names = [name for name in field.variables if name in result]
    if variable is None and names:
        return names[0]
    if variable is None or variable not in names:
        raise ArgumentError(f"variable must be one that was forecast ({', '.join(names)}); found {variable!r}.")
    return variable


def _at_origin(array: xr.DataArray, origin: int) -> tuple[xr.DataArray, np.ndarray]:
    """The array over `time` from one origin, and its valid times."""
    if "init_time" in array.dims:
        array = array.isel(init_time=origin)
        times = (array["init_time"].values + array["lead_time"].values).astype("datetime64[ns]")
        if "valid_time" in array.coords:
            times = array["valid_time"].values.astype("datetime64[ns]")
        array = array.drop_vars([n for n in ("valid_time", "time", "lead_time") if n in array.coords]).rename(lead_time="time")
        return array.assign_coords(time=times), times
    return array, array["time"].values.astype("datetime64[ns]")


def _first_of_further(array: xr.DataArray, space: tuple[str, ...]) -> tuple[xr.DataArray, str]:
    """The first index of dims beyond time and place, and the words that say which one that is."""
    further = [str(dim) for dim in array.dims if dim not in ("quantile", "time", *space)]
    words = [f"{dim}={array[dim].values[0] if dim in array.coords else 0}" for dim in further]
    return array.isel(dict.fromkeys(further, 0)), f" [{', '.join(words)}]" if words else ""


def _around(
    history: xr.DataArray, later: xr.DataArray | None, space: tuple[str, ...], times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stamps and values before the first valid time, those after the last where there are none, and what is known at the valid times."""
    known = history["time"].values.astype("datetime64[ns]")
    read = np.flatnonzero(known < times[0])
    read = read if len(read) else np.flatnonzero(known > times[-1])
    past = as_flat(history.isel(time=read), space)
    truth = np.full((len(times), past.shape[1]), np.nan)
    if later is not None:
        stamps = later["time"].values.astype("datetime64[ns]")
        row_of = {stamp: i for i, stamp in enumerate(stamps.tolist())}
        rows = [(k, row_of[stamp]) for k, stamp in enumerate(times.tolist()) if stamp in row_of]
        if rows:
            to, source = map(list, zip(*rows))
            truth[to] = as_flat(later.isel(time=source), space)
    return known[read], past, truth


def as_flat(array: xr.DataArray, space: tuple[str, ...]) -> np.ndarray:
    """Values (t, n) of an array; of further dims the first."""
    array, _ = _first_of_further(array.transpose("time", *space, ...), space)
    return np.asarray(array.values, float).reshape(array.sizes["time"], int(np.prod([array.sizes[dim] for dim in space])))


def labels_of(dataset: xr.Dataset, space: tuple[str, ...]) -> np.ndarray:
    """Names of the places, object (n,)."""
    if len(space) == 1:
        return np.asarray(dataset[space[0]].values if space[0] in dataset.coords else np.arange(dataset.sizes[space[0]]), object)
    if {"lat", "lon"} <= set(dataset.coords) and dataset["lat"].ndim <= 2:
        east, north, _ = positions_of(dataset, space)
        if east is not None and north is not None:
            return np.array([_degrees(lat, lon) for lat, lon in zip(north, east)], object)
    return np.array([",".join(map(str, index)) for index in np.ndindex(*[dataset.sizes[dim] for dim in space])], object)


def _degrees(lat: float, lon: float) -> str:
    lon = (lon + 180) % 360 - 180
    return f"{abs(lat):.4g}°{'N' if lat >= 0 else 'S'} {abs(lon):.4g}°{'E' if lon >= 0 else 'W'}"


def positions_of(dataset: xr.Dataset, space: tuple[str, ...]) -> tuple[np.ndarray | None, np.ndarray | None, tuple[str, str]]:
    """East and north (n,) of the places, None without positions, and the words for both."""
    blank = xr.DataArray(np.zeros([dataset.sizes[dim] for dim in space]), dims=space)
    for east, north, axes in (("lon", "lat", DEGREES), ("x", "y", ("x", "y"))):
        if east in dataset.coords and north in dataset.coords and set(dataset[east].dims) | set(dataset[north].dims) <= set(space):
            pair = [xr.DataArray(dataset[n].variable).broadcast_like(blank).transpose(*space).values.ravel() for n in (east, north)]
            words = axes if east == "lon" else (_with_unit(east, dataset[east]), _with_unit(north, dataset[north]))
            return pair[0].astype(float), pair[1].astype(float), words
    if len(space) == 2:
        rows, columns = np.indices([dataset.sizes[dim] for dim in space])
        return columns.ravel().astype(float), -rows.ravel().astype(float), ("column", "row (down)")
    return None, None, ("", "")


def _with_unit(name: str, coordinate: xr.DataArray) -> str:
    unit = str(coordinate.attrs.get("units", ""))
    return f"{name} ({unit})" if unit and unit != "1" else name
