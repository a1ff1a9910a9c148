"""Tracks, events and points that are in canonical form already, as `Field.to_xarray` gives them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.data.categories import is_category
from chronotope.data.field import Field
from chronotope.opening.asked.options import OpenOptions

_POSITIONS = (("lat", "lon"), ("y", "x"))
_NAMING = ("time", "place", "lat", "lon")


def moving_field(dataset: xr.Dataset, options: OpenOptions, source: str) -> Field | None:
    """The Field of a dataset with `lat, lon (time, object)` or with `time, lat, lon (event)`; None for any other."""
    if any(getattr(options, name) is not None for name in _NAMING) or options.kind not in (None, "tracks", "events", "points"):
        return None
    if "time" not in dataset.coords or dataset["time"].dtype.kind != "M" or not dataset["time"].ndim or not _in_order(dataset):
        return None
    for space, dims in (("object", {"time", "object"}), ("event", {"event"})):
        over = {name for name, array in dataset.variables.items() if set(array.dims) == dims}
        pair = next((pair for pair in _POSITIONS if set(pair) <= over), None)
        if pair is None or not set(dataset["time"].dims) <= dims or space == "event" and "time" not in over:
            continue
        dataset = dataset.set_coords(list(pair))
        marks = [str(name) for name, array in dataset.data_vars.items() if dims <= set(array.dims) and _is_value(array)]
        lost = [name for name in options.targets or () if name not in marks]
        if lost:
            return None
        kind = options.kind or _kind(dataset, space)
        return Field(dataset, kind, options.targets or tuple(marks), (space,), (), options.step, source)
    return None


def _in_order(dataset: xr.Dataset) -> bool:
    """True if the stamps rise; those of a list of fixes within each object."""
    times = dataset["time"].values
    if np.isnat(times).any() or "object" in dataset.coords and "event" in dataset["time"].dims:
        return not np.isnat(times).any()
    return bool((np.diff(times) >= np.timedelta64(0)).all())


def _is_value(array: xr.DataArray) -> bool:
    return array.dtype.kind in "fiu" and not is_category(array) and array.attrs.get("role") != "past"


def _kind(dataset: xr.Dataset, space: str) -> str:
    if space == "object":
        return "tracks"
    deep = any(array.ndim > 1 for array in dataset.data_vars.values() if "event" in array.dims)
    return "points" if deep else "tracks" if "object" in dataset.coords else "events"
