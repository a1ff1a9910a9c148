"""NetCDF and Zarr that were written from a Field: the layout stands inside, so that nothing has to be inferred."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from chronotope.data.field import KIND, Field
from chronotope.data.marks import LAYOUT
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions

_OPTIONS = ("kind", "time", "place", "lat", "lon", "target", "start")


def own_field(dataset: xr.Dataset, options: OpenOptions, source: str) -> Field | None:
    """The Field that was written, lazily; None where the file was made otherwise, changed since, or an option asks for another reading."""
    if LAYOUT not in dataset.attrs or any(getattr(options, name) is not None for name in _OPTIONS):
        return None
    try:
        layout = json.loads(dataset.attrs[LAYOUT])
        kind, names, space = layout["kind"], tuple(layout["variables"]), tuple(layout["space"])
        dates = {name: _dated(name, dataset[name].variable) for name in layout["dates"]}
    except (ValueError, KeyError, TypeError):
        return None
    if "time" not in dates or not set(names) <= set(dataset.data_vars) or not set(space) <= set(dataset.dims):
        return None
    plain = dataset.assign_coords({name: array for name, array in dates.items() if name in dataset.coords})
    plain = plain.assign({name: array for name, array in dates.items() if name in dataset.data_vars})
    plain = plain.drop_attrs(deep=False).assign_attrs({key: value for key, value in dataset.attrs.items() if key not in (LAYOUT, KIND)})
    found = (Finding("inferred", "written by chronotope: the layout is as it was"),)
    return Field(plain, kind, names, space, found, options.step or layout["step"], source)


def _dated(name: str, array: xr.Variable) -> xr.Variable:
    """Whole numbers since a date as datetime64[ns], to the last nanosecond."""
    made = xr.conventions.decode_cf_variable(name, array, mask_and_scale=False, decode_times=True)
    if made.dtype.kind != "M":
        raise ValueError(name)
    return xr.Variable(made.dims, np.asarray(made.values, "datetime64[ns]"), made.attrs)
