"""CF files that list observations one by one (points, trajectories, profiles, ragged time series) as tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.datasets.cf_times import times_of
from chronotope.opening.datasets.find_time import time_name
from chronotope.opening.places.find_space import LAT, LON, find_variable

_NAMES = ("trajectory", "trajectory_id", "platform_number", "station", "station_id", "station_name", "id", "object", "profile", "platform")


def observations_table(dataset: xr.Dataset, options: OpenOptions) -> pd.DataFrame | None:
    """One row per observation, if time, latitude and longitude all run along one dim; else None."""
    clock = time_name(dataset, options)
    lat, lon = (find_variable(dataset, given, *tests) for given, tests in ((options.lat, LAT), (options.lon, LON)))
    if clock is None or lat is None or lon is None or not dataset[clock].dims:
        return None
    dim = dataset[clock].dims[0]
    if not all(dataset[name].dims == (dim,) for name in (lat, lon)):
        return _ragged_stations(dataset, clock, lat, lon, options)
    columns = {"time": times_of(dataset[clock], clock, options, []), "lat": dataset[lat].values, "lon": dataset[lon].values}
    label = _label(dataset, str(dim))
    if label is not None:
        columns["id"] = label
    table = pd.DataFrame(columns | _marks(dataset, dim, {clock, lat, lon}, options.kind))
    table.attrs["along"] = str(dim)
    return table


def _ragged_stations(dataset: xr.Dataset, clock: str, lat: str, lon: str, options: OpenOptions) -> pd.DataFrame | None:
    """Series of different lengths laid end to end, with positions per station."""
    dim = str(dataset[clock].dims[0])
    rows = _owner(dataset, dim)
    if rows is None or dataset[lat].dims != dataset[lon].dims or dataset[lat].ndim != 1:
        return None
    station = str(dataset[lat].dims[0])
    names = next((dataset[n].values for n in dataset.variables if dataset[n].dims == (station,) and str(n).lower() in _NAMES), None)
    labels = np.arange(dataset.sizes[station]) if names is None else _text(names)
    columns = {"time": times_of(dataset[clock], clock, options, []), "place": labels[rows].astype(str)}
    columns |= {"lat": dataset[lat].values[rows], "lon": dataset[lon].values[rows]}
    return pd.DataFrame(columns | _marks(dataset, dim, {clock}, options.kind))


def _owner(dataset: xr.Dataset, dim: str) -> np.ndarray | None:
    """Which object each observation belongs to, by CF's `sample_dimension` (counts) or `instance_dimension` (indices)."""
    for array in dataset.variables.values():
        if array.attrs.get("sample_dimension") == dim:
            counts = array.values.astype(int)
            return np.repeat(np.arange(len(counts)), counts)
        if "instance_dimension" in array.attrs and array.dims == (dim,):
            return array.values.astype(int)
    return None


def _label(dataset: xr.Dataset, dim: str) -> np.ndarray | None:
    rows = _owner(dataset, dim)
    if rows is not None:
        return rows.astype(str)
    for name in dataset.variables:
        if str(name).lower() in _NAMES and dataset[name].dims == (dim,) and name != dim:
            return _text(dataset[name].values)
    return None


def _text(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "S" or values.dtype == object:
        return np.array([(v.decode() if isinstance(v, bytes) else str(v)).strip() for v in values], object)
    return values.astype(str)


def _marks(dataset: xr.Dataset, dim: object, used: set[str], kind: str | None) -> dict[str, np.ndarray]:
    """Every other number and every yes or no along the list; of events the words too."""
    kinds = "fiubOSU" if kind == "events" or dim == "event" else "fiub"
    along = [name for name, array in dataset.variables.items() if array.dims == (dim,) and array.dtype.kind in kinds]
    return {
        str(name): dataset[name].values if dataset[name].dtype.kind in "fiub" else _text(dataset[name].values)
        for name in along
        if name not in {dim, *used} and str(name).lower() not in _NAMES and "instance_dimension" not in dataset[name].attrs
    }
