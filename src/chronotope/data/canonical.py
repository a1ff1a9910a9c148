"""Any xarray dataset to a canonical Field: which variable is time, where the places are, what the values are."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.calendars import decode_time, from_cftime, is_time_unit
from chronotope.data.clock import made_times, parse_times
from chronotope.data.field import Field, Finding
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError, DimensionError, TimeError

_TIME_NAMES = {"time", "times", "date", "datetime", "timestamp", "valid_time", "t", "day", "month", "year", "juld", "xtime", "step"}
_LAT_NAMES = {"lat", "latitude", "nav_lat", "xlat", "lats", "y_lat", "latitudes", "ylat"}
_LON_NAMES = {"lon", "longitude", "nav_lon", "xlong", "long", "lng", "lons", "x_lon", "longitudes", "xlon"}
_Y_NAMES = {"y", "row", "rows", "northing", "lat_dim", "south_north", "j", "nlat", "rlat", "yc", "ny", "y_dim", "projection_y_coordinate", "height_px"}
_X_NAMES = {"x", "column", "columns", "col", "easting", "lon_dim", "west_east", "i", "nlon", "rlon", "xc", "nx", "x_dim", "projection_x_coordinate", "width_px"}
_PLACE_NAMES = {"place", "station", "site", "sensor", "location", "node", "cell", "ncells", "city", "id", "basin", "division", "region", "county",
                "ncell", "values_dim", "stations", "locations", "position", "zone", "segment", "point", "points", "spatial", "catchment", "gauge"}
_EXTRA_NAMES = {"level", "lev", "depth", "pressure", "plev", "height", "z", "member", "number", "realization", "ensemble", "sample", "band", "channel",
                "channels", "variable", "isobaric", "quantile", "deptht", "soil_layer", "c", "model", "scenario", "heightAboveGround".lower(), "layer"}
_BOUNDS = re.compile(r"(^|_)(bnds|bounds|bound|vertices|nv|nbnd|corners?)(_|$)", re.IGNORECASE)


def canonical(dataset: xr.Dataset, options: OpenOptions, source: str) -> Field:
    """The Field of an xarray dataset; lazily, nothing but coordinates is read.

    Raises:
        TimeError: no time axis, or one that repeats itself.
        DataError: no value variable.
        DimensionError: place dims cannot be told.
    """
    found: list[Finding] = []
    dataset = _without_bounds(dataset)
    dataset = _with_time(dataset, options, found)
    dataset, space, kind = _with_space(dataset, options, found)
    names = _value_names(dataset, space, options, found)
    keep = [name for name in dataset.variables if name in names or set(dataset[name].dims) <= {"time", "edge", *space, *_dims(dataset, names)}]
    dataset = dataset[[name for name in keep if name in dataset.data_vars or name in dataset.coords]]
    return Field(dataset, options.kind or kind, names, space, tuple(found), options.step, source)


def _dims(dataset: xr.Dataset, names: tuple[str, ...]) -> set[str]:
    return {str(dim) for name in names for dim in dataset[name].dims}


def _without_bounds(dataset: xr.Dataset) -> xr.Dataset:
    named = {str(dataset[name].attrs.get("bounds")) for name in dataset.variables}
    drop = [name for name in dataset.variables if str(name) in named or any(_BOUNDS.search(str(dim)) for dim in dataset[name].dims)]
    return dataset.drop_vars(drop)


# ---- time


def _with_time(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> xr.Dataset:
    name = _time_name(dataset, options)
    if name is None:
        return _with_made_time(dataset, options, found)
    array = dataset[name]
    if array.ndim == 0:
        dataset = dataset.expand_dims(name if name in dataset.coords else "time").set_coords(name)
        array = dataset[name]
        found.append(Finding("inferred", "one time stamp only"))
    if array.ndim != 1:
        raise TimeError(f"The time axis must have one dimension; {name!r} has {array.dims}. Name another with time=.")
    times = _times_of(array, str(name), options, found)
    dim = str(array.dims[0])
    attrs = {key: value for key, value in array.attrs.items() if key not in ("units", "calendar", "bounds")}
    dataset = dataset.drop_vars(name)
    dataset = dataset.drop_vars("time") if "time" in dataset.variables else dataset
    if dim != "time":
        dataset = dataset.drop_vars(dim, errors="ignore").rename({dim: "time"})
    return tidy_time(dataset.assign_coords(time=("time", times, attrs)), found)


def tidy_time(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """Stamps in rising order, each once; empty stamps left out. No value changes.

    Raises:
        TimeError: a stamp repeats with different values.
    """
    times = dataset["time"].values
    empty = np.isnat(times)
    if empty.any():
        found.append(Finding("warning", f"{int(empty.sum())} rows without a time stamp were left out"))
        dataset = dataset.isel(time=np.flatnonzero(~empty))
        times = dataset["time"].values
    if (np.diff(times) < np.timedelta64(0)).any():
        found.append(Finding("inferred", "time stamps were not in rising order; they are sorted"))
        dataset = dataset.isel(time=np.argsort(times, kind="stable"))
        times = dataset["time"].values
    again = np.flatnonzero(np.diff(times) == np.timedelta64(0))
    if not len(again):
        return dataset
    for name, array in dataset.data_vars.items():
        if "time" in array.dims and not array.isel(time=again).drop_vars("time").equals(array.isel(time=again + 1).drop_vars("time")):
            raise TimeError(f"Time stamps must not repeat; {str(times[again[0]])[:19]} comes twice with different {name!r}. "
                            "Keep one of each, for example with ds.drop_duplicates('time'), or ds.groupby('time').mean().")
    found.append(Finding("warning", f"{len(again)} repeated time stamps with equal values were left out"))
    return dataset.isel(time=np.delete(np.arange(len(times)), again + 1))


def _time_name(dataset: xr.Dataset, options: OpenOptions) -> str | None:
    if isinstance(options.time, str):
        if options.time not in dataset.variables and options.time not in dataset.dims:
            raise TimeError(f"time= must name a variable or dimension of the data ({', '.join(map(str, dataset.variables))}); found {options.time!r}.")
        return options.time if options.time in dataset.variables else None
    tests = (
        lambda n, a: a.attrs.get("standard_name") == "time" or a.attrs.get("axis") == "T",
        lambda n, a: a.ndim == 1 and n in dataset.dims and (np.issubdtype(a.dtype, np.datetime64) or is_time_unit(a.attrs.get("units"))),
        lambda n, a: n.lower() in _TIME_NAMES and n in dataset.dims,
        lambda n, a: n.lower() in _TIME_NAMES - {"t", "step", "day"} and a.ndim <= 1,
    )
    for test in tests:
        for name in sorted(dataset.variables, key=lambda n: str(n) != "time"):
            if dataset[name].ndim <= 1 and test(str(name), dataset[name]):
                return str(name)
    return None


def _times_of(array: xr.DataArray, name: str, options: OpenOptions, found: list[Finding]) -> np.ndarray:
    values = array.values
    if np.issubdtype(values.dtype, np.datetime64):
        return values.astype("datetime64[ns]")
    if is_time_unit(array.attrs.get("units")):
        times, note = decode_time(values, array.attrs["units"], array.attrs.get("calendar", "standard"))
        if note:
            found.append(Finding("inferred", note))
        return times
    if values.dtype == object and len(values) and hasattr(values[0], "calendar"):
        times, note = from_cftime(values)
        found.append(Finding("inferred", note))
        return times
    if options.start is not None and np.issubdtype(values.dtype, np.number):
        times, notes = made_times(len(values), options.start, options.step)
        found.extend(notes)
        return times
    if str(array.attrs.get("units", "")).lower().startswith("day as %y%m%d"):
        return pd.to_datetime(pd.Series(np.floor(values).astype(int).astype(str)), format="%Y%m%d").values.astype("datetime64[ns]")
    if values.dtype.kind == "S":
        values = values.astype(str)
    times, notes = parse_times(values, name, options.step)
    found.extend(notes)
    return times


def _with_made_time(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> xr.Dataset:
    dim = options.time if isinstance(options.time, str) else next((str(d) for d in dataset.dims if str(d).lower() in _TIME_NAMES), None)
    if dim is None:
        raise TimeError(f"A field must have a time axis; found dimensions {', '.join(map(str, dataset.dims)) or 'none'}. Name it with time=.")
    times, notes = made_times(dataset.sizes[dim], options.start, options.step)
    found.extend(notes)
    return dataset.rename({dim: "time"} if dim != "time" else {}).assign_coords(time=("time", times))


# ---- places


def _with_space(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> tuple[xr.Dataset, tuple[str, ...], str]:
    lat, lon = (_find(dataset, given, *tests) for given, tests in ((options.lat, _LAT), (options.lon, _LON)))
    if lat is not None and lon is not None:
        dataset = _rename(dataset, {lat: "lat", lon: "lon"}).set_coords(["lat", "lon"])
        space = _space_of_degrees(dataset)
        if space is not None:
            return _settle(dataset, space, found)
        for name in ("lat", "lon"):  # scalars or constants over the place dim found below
            if dataset[name].ndim > 2 or "time" in dataset[name].dims:
                return _moving(dataset)
    dims = [dim for dim in _value_dims(dataset, options) if dim != "time"]
    rows, columns = (next((d for d in dims if d.lower() in names), None) for names in (_Y_NAMES, _X_NAMES))
    if rows is not None and columns is not None and options.place is None:
        return _settle(dataset, (rows, columns), found)
    place = options.place if isinstance(options.place, str) else next((d for d in dims if d.lower() in _PLACE_NAMES), None)
    if place is not None:
        place = place if place in dataset.dims else str(dataset[place].dims[0])
        return _settle(dataset, (place,), found)
    ends = _origin_destination(dims)
    if ends is not None:
        found.append(Finding("inferred", f"each pair of {ends[0]} and {ends[1]} is a place"))
        return _settle(dataset.stack(place=ends).reset_index("place"), ("place",), found)
    rest = [dim for dim in dims if dim.lower() not in _EXTRA_NAMES]
    if len(rest) > 2:
        raise DimensionError(f"Place dimensions cannot be told among {', '.join(rest)}. Name the place with place=, or rename two of them to y and x.")
    if not rest:
        return _settle(dataset.expand_dims("place"), ("place",), found)
    found.append(Finding("inferred", f"dimension{'s' if len(rest) > 1 else ''} {' and '.join(rest)} taken as places"))
    return _settle(dataset, tuple(rest), found)


def _settle(dataset: xr.Dataset, space: tuple[str, ...], found: list[Finding]) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """Canonical names of the place dims: (lat, lon), (y, x) or (place,)."""
    if len(space) == 2:
        one_dimensional = "lat" in dataset.coords and set(space) == {*dataset["lat"].dims, *dataset["lon"].dims} and dataset["lat"].ndim == 1
        names = ("lat", "lon") if one_dimensional else ("y", "x")
        if one_dimensional and dataset["lat"].dims[0] != space[0]:
            space = (str(dataset["lat"].dims[0]), str(dataset["lon"].dims[0]))
        dataset = _rename(dataset, dict(zip(space, names, strict=True)))
        return dataset, names, "grid"
    old = space[0]
    dataset = _rename(dataset, {old: "place"})
    for name in ("lat", "lon"):
        if name in dataset.coords and dataset[name].ndim == 0:
            dataset = dataset.assign_coords({name: ("place", np.full(dataset.sizes["place"], float(dataset[name])))})
    if "place" not in dataset.coords:
        labels = next((n for n in ("station_name", "name", "station_id", "location_name", "site_name") if n in dataset and dataset[n].dims == ("place",)), None)
        values = np.arange(dataset.sizes["place"]) if labels is None else dataset[labels].values.astype(str)
        dataset = dataset.assign_coords(place=("place", values if len(set(values.tolist())) == len(values) else np.arange(len(values))))
    elif len(np.unique(dataset["place"].values)) < dataset.sizes["place"]:
        found.append(Finding("warning", "names of places repeat; places are numbered instead"))
        dataset = dataset.assign_coords(place=("place", np.arange(dataset.sizes["place"])))
    return dataset, ("place",), "graph"


def _space_of_degrees(dataset: xr.Dataset) -> tuple[str, ...] | None:
    lat, lon = dataset["lat"], dataset["lon"]
    dims = tuple(str(dim) for dim in lat.dims)
    if "time" in dims or lat.ndim == 0 or lon.ndim == 0:
        return None
    if lat.ndim == 2 and lon.dims == lat.dims:
        return dims
    if lat.ndim == 1 and lon.ndim == 1:
        return dims if lon.dims == lat.dims else (dims[0], str(lon.dims[0]))
    raise DimensionError(f"Latitude and longitude must have one or two dimensions in common; found {lat.dims} and {lon.dims}. Name others with lat= and lon=.")


def _moving(dataset: xr.Dataset) -> tuple[xr.Dataset, tuple[str, ...], str]:
    """Positions change with time: tracks if each object has its own, events if each stamp has one."""
    rest = [str(dim) for dim in dataset["lat"].dims if dim != "time"]
    if len(rest) == 1:
        return _rename(dataset, {rest[0]: "object"}), ("object",), "tracks"
    return dataset.expand_dims("object"), ("object",), "tracks"


def _rename(dataset: xr.Dataset, names: dict[str, str]) -> xr.Dataset:
    names = {old: new for old, new in names.items() if old != new}
    for new in names.values():
        if new in dataset.variables or new in dataset.dims:
            dataset = dataset.rename({new: f"{new}_given"})
    return dataset.rename({old: new for old, new in names.items() if old in dataset.variables or old in dataset.dims})


def _find(dataset: xr.Dataset, given: str | None, standard: str, units: set[str], names: set[str]) -> str | None:
    if given is not None:
        if given not in dataset.variables:
            raise DataError(f"lat= and lon= must name variables of the data ({', '.join(map(str, dataset.variables))}); found {given!r}.")
        return given
    tests = (
        lambda n, a: a.attrs.get("standard_name") == standard,
        lambda n, a: str(a.attrs.get("units", "")).replace(" ", "_").lower() in units,
        lambda n, a: n.lower() in names,
    )
    for test in tests:
        for name in dataset.variables:
            if np.issubdtype(dataset[name].dtype, np.number) and test(str(name), dataset[name]):
                return str(name)
    return None


_LAT = ("latitude", {"degrees_north", "degree_north", "degrees_n", "degreen", "degreesn"}, _LAT_NAMES)
_LON = ("longitude", {"degrees_east", "degree_east", "degrees_e", "degreee", "degreese"}, _LON_NAMES)


def _value_dims(dataset: xr.Dataset, options: OpenOptions) -> list[str]:
    arrays = [dataset[name] for name in (options.targets or dataset.data_vars) if name in dataset.data_vars and "time" in dataset[name].dims]
    if not arrays:
        return [str(dim) for dim in dataset.dims]
    return [str(dim) for dim in max(arrays, key=lambda array: array.size).dims]


def _origin_destination(dims: list[str]) -> list[str] | None:
    ends = [dim for dim in dims if dim.lower().startswith(("origin", "destination", "from_", "to_"))]
    return ends if len(ends) == 2 else None


# ---- values


def _value_names(dataset: xr.Dataset, space: tuple[str, ...], options: OpenOptions, found: list[Finding]) -> tuple[str, ...]:
    needed = {"time", *(dim for dim in space if dim in dataset.dims)}
    numeric = [str(name) for name, array in dataset.data_vars.items() if array.dtype.kind in "fiub" and needed <= set(array.dims)]
    if options.targets is not None:
        lost = [name for name in options.targets if name not in numeric]
        if lost:
            raise DataError(f"target= must name number variables over time and place ({', '.join(numeric) or 'none'}); found {lost[0]!r}.")
        return options.targets
    if not numeric:
        raise DataError(f"A field must hold a number variable over {', '.join(sorted(needed))}; found {', '.join(map(str, dataset.data_vars)) or 'none'}.")
    beside = [str(name) for name, array in dataset.data_vars.items() if "time" in array.dims and name not in numeric]
    if beside:
        found.append(Finding("inferred", f"side information, not forecast: {', '.join(beside)}"))
    return tuple(numeric)
