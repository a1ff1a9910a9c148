"""Any xarray dataset to a canonical Field: which variable is time, where the places are, what the values are."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import xarray as xr

from chronotope.data.categories import is_category
from chronotope.data.field import KIND, KINDS, Field
from chronotope.errors import DataError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.datasets.canonical_form import moving_field
from chronotope.opening.datasets.expver import without_expver
from chronotope.opening.datasets.find_time import with_time
from chronotope.opening.datasets.kept_side import joined_side, split_side
from chronotope.opening.datasets.observations import observations_table
from chronotope.opening.datasets.text_stamps import with_plain_stamps
from chronotope.opening.datasets.undecoded import decoded_numbers
from chronotope.opening.places.crs import with_mapping
from chronotope.opening.places.find_space import with_space
from chronotope.opening.roles.answers import data_of_dataset
from chronotope.opening.tables.profiles import level_dim, profiles_field
from chronotope.opening.tables.tables import table_field

_BOUNDS = re.compile(r"(^|_)(bnds|bounds|bound|vertices|nv|nbnd|corners?)(_|$)", re.IGNORECASE)


def canonical(dataset: xr.Dataset, options: OpenOptions, source: str) -> Field:
    """The Field of an xarray dataset; lazily, nothing but coordinates is read.

    Raises:
        TimeError: no time axis, or one that repeats itself.
        DataError: no value variable.
        DimensionError: place dims cannot be told.
    """
    found: list[Finding] = []
    dataset, side = split_side(data_of_dataset(_plain_text(dataset), found))
    if dataset.attrs.get(KIND) in KINDS:
        options = replace(options, kind=options.kind or dataset.attrs[KIND])
        attrs = {key: value for key, value in dataset.attrs.items() if key != KIND}
        dataset = dataset.drop_attrs(deep=False).assign_attrs(attrs)
    return joined_side(_values(_without_bounds(dataset), options, source).with_findings(*found), side)


def _values(dataset: xr.Dataset, options: OpenOptions, source: str) -> Field:
    moving = moving_field(dataset, options, source)
    if moving is not None:
        return moving
    found: list[Finding] = []
    dataset = decoded_numbers(with_plain_stamps(dataset), found)
    table = observations_table(dataset, options)
    if table is not None:
        along = str(table.attrs.get("along"))
        if options.kind in (None, "points") and level_dim(dataset, along) is not None:
            return profiles_field(dataset, table, along, options, source)
        beside = [str(name) for name, array in dataset.data_vars.items() if array.ndim > 1 and array.dtype.kind in "fiu"]
        notes = [Finding("warning", f"left aside, as they have more dims than the observations: {listed(beside, 8)}")] if beside else []
        return table_field(table, options, source).with_findings(*notes)
    origins = next((str(dim) for dim in dataset.dims if str(dim) in ("init_time", "forecast_reference_time")), None)
    dataset = without_expver(with_time(dataset, options, found), found)
    if origins is not None and "lead_time" in dataset.dims:
        found.append(Finding("warning", f"forecasts of several origins: time is {origins}, and each lead_time is a variable of its own"))
    raw, (dataset, space, kind) = dataset, with_space(dataset, options, found)
    names = _value_names(dataset, space, options, found, may_be_none=kind == "tracks")
    keep = [
        name for name in dataset.variables if name in names or set(dataset[name].dims) <= {"time", "edge", *space, *_dims(dataset, names)}
    ]
    dataset = dataset[[name for name in keep if name in dataset.data_vars or name in dataset.coords]]
    field = Field(dataset, options.kind or kind, names, space, tuple(found), options.step, source)
    return with_mapping(field, raw) if options.crs is None else field


def _plain_text(dataset: xr.Dataset) -> xr.Dataset:
    """Text kept in pandas' own dtypes becomes plain objects, which every file format and numpy can hold."""
    odd = [name for name, array in dataset.variables.items() if not isinstance(array.dtype, np.dtype) and array.dtype.kind == "O"]
    return dataset.assign({name: (dataset[name].dims, np.asarray(dataset[name].values, dtype=object), dataset[name].attrs) for name in odd})


def _dims(dataset: xr.Dataset, names: tuple[str, ...]) -> set[str]:
    return {str(dim) for name in names for dim in dataset[name].dims}


def _without_bounds(dataset: xr.Dataset) -> xr.Dataset:
    named = {str(dataset[name].attrs.get("bounds")) for name in dataset.variables}
    drop = [name for name in dataset.variables if str(name) in named or any(_BOUNDS.search(str(dim)) for dim in dataset[name].dims)]
    return dataset.drop_vars(drop)


def _value_names(
    dataset: xr.Dataset, space: tuple[str, ...], options: OpenOptions, found: list[Finding], may_be_none: bool
) -> tuple[str, ...]:
    needed = {"time", *(dim for dim in space if dim in dataset.dims)}
    every = [str(name) for name, array in dataset.data_vars.items() if array.dtype.kind in "fiub" and needed <= set(array.dims)]
    plain = [name for name in every if not is_category(dataset[name]) and dataset[name].attrs.get("role") != "past"]
    numeric = every if options.targets is not None else plain or every
    if options.targets is not None:
        lost = [name for name in options.targets if name not in numeric]
        if lost:
            raise DataError(f"target= must name number variables over time and place ({', '.join(numeric) or 'none'}); found {lost[0]!r}.")
        return options.targets
    if not numeric and not may_be_none:
        raise DataError(
            f"A field must hold a number variable over {', '.join(sorted(needed))}; "
            f"found {', '.join(map(str, dataset.data_vars)) or 'none'}."
        )
    beside = [str(name) for name, array in dataset.data_vars.items() if "time" in array.dims and name not in numeric]
    if beside:
        found.append(Finding("inferred", f"side information, not forecast: {', '.join(beside)}"))
    return tuple(numeric)
