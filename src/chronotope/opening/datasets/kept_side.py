"""Side information that a dataset brings with it: set apart while the rest is read, and put back."""

from __future__ import annotations

from dataclasses import replace

import xarray as xr

from chronotope.data.field import Field
from chronotope.data.side import CLOCKS, EDGE_TIME, FUTURE, NOTE, POI
from chronotope.opening.clocks.calendars import decode_time, is_time_unit


def split_side(dataset: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """(the rest, what was written as side information), the latter with its clocks decoded."""
    names = [str(name) for name, array in dataset.variables.items() if _is_side(str(name), array)]
    if not names:
        return dataset, xr.Dataset()
    side = dataset[names].reset_coords([name for name in dataset[names].coords if name not in names], drop=True).set_coords(names)
    for name in (name for name in names if name in CLOCKS and is_time_unit(side[name].attrs.get("units"))):
        times, _ = decode_time(side[name].values, side[name].attrs["units"], side[name].attrs.get("calendar", "standard"))
        side = side.assign_coords({name: (side[name].dims, times)})
    side = side.reset_coords([name for name in names if name.startswith("edge_") and name != EDGE_TIME])
    return dataset.drop_vars(names), side


def joined_side(field: Field, side: xr.Dataset) -> Field:
    """`field` with what `split_side` took away; the clocks of results are left as they are."""
    return replace(field, dataset=field.dataset.assign_coords(side.coords).assign(side.data_vars)) if side.variables else field


def _is_side(name: str, array: xr.Variable) -> bool:
    dims = set(map(str, array.dims))
    if EDGE_TIME in dims:
        return name in (EDGE_TIME, "edge_weight")
    return any(dim in dims and (name == dim or name.startswith(f"{dim.removesuffix('_time')}_")) for dim in (NOTE, POI, FUTURE))
