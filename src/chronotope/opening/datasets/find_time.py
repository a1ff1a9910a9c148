"""The time axis of an xarray dataset: found by option, CF attribute or name, decoded, sorted, each stamp once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from chronotope.data.stamps import ZoneFinding
from chronotope.errors import TimeError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.calendars import is_time_unit
from chronotope.opening.clocks.clock import looks_like_time, made_times
from chronotope.opening.clocks.source_zone import localized
from chronotope.opening.clocks.tidy_time import tidy_time
from chronotope.opening.datasets.cf_times import times_of
from chronotope.opening.datasets.lead_times import one_run

_TIME_NAMES = {"time", "times", "date", "datetime", "timestamp", "valid_time", "t", "day", "month", "year", "juld", "xtime", "step"}


def with_time(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> xr.Dataset:
    """The dataset with dim and coordinate `time`, datetime64[ns], rising.

    Raises:
        TimeError: there is no time axis, it cannot be read, or a stamp repeats with different values.
    """
    given, dataset = dataset, one_run(dataset, options, found)
    options = options if dataset is given else replace(options, time=None)
    name = time_name(dataset, options)
    if name is None:
        return _with_made_time(dataset, options, found)
    array = dataset[name]
    if array.ndim == 0:
        dataset = dataset.expand_dims(name if name in dataset.coords else "time").set_coords(name)
        array = dataset[name]
        found.append(Finding("inferred", "one time stamp only"))
    if array.ndim != 1:
        raise TimeError(f"The time axis must have one dimension; {name!r} has {array.dims}. Name another with time=.")
    dim = _dim_of(dataset, str(name), found)
    also = [str(word) for word, other in dataset.variables.items() if word != name and other.dtype.kind == "M" and other.dims == array.dims]
    if also:
        found.append(Finding("inferred", f"{', '.join(map(repr, also))} also hold times; {name!r} is taken, name another with time="))
    times = _on_utc(times_of(array, str(name), options, found), str(name), options, found)
    attrs = {key: value for key, value in array.attrs.items() if key not in ("units", "calendar", "bounds")}
    dataset = dataset.drop_vars(name)
    dataset = dataset.drop_vars("time") if "time" in dataset.variables else dataset
    if dim != "time":
        dataset = dataset.drop_vars(dim, errors="ignore")
        dataset = dataset.rename({dim: "time"}) if dim in dataset.dims else dataset.expand_dims(time=len(times))
    return tidy_time(dataset.assign_coords(time=("time", times, attrs)), found)


def _dim_of(dataset: xr.Dataset, name: str, found: list[Finding]) -> str:
    """The dim of the values that the stamps `name` belong to: their own, or a bare one of the same length where no value lies on theirs.

    Raises:
        TimeError: the values lie on other dims of other lengths.
    """
    dim = str(dataset[name].dims[0])
    used = {str(d) for array in dataset.data_vars.values() if str(array.name) != name for d in array.dims}
    if dim in used or not used:
        return dim
    count = dataset.sizes[dim]
    bare = [d for d in sorted(used, key=lambda d: (d.lower() not in _TIME_NAMES, d)) if d not in dataset.variables or d == name]
    same = [d for d in bare if dataset.sizes[d] == count]
    if same and (len(same) == 1 or same[0].lower() in _TIME_NAMES):
        text = f"the stamps {name!r} lie on {dim!r}; they are taken for the bare dim {same[0]!r} of the same length"
        found.append(Finding("inferred", text))
        return same[0]
    sizes = ", ".join(f"{d!r} of {dataset.sizes[d]}" for d in sorted(used))
    raise TimeError(
        f"The stamps must lie on a dim of the values; {name!r} lies on {dim!r} of {count}, the values on {sizes}. "
        f"Cut them alike, or give them to the values' dim, for example ds.assign_coords(time=('time', stamps))."
    )


def _on_utc(times: np.ndarray, name: str, options: OpenOptions, found: list[Finding]) -> np.ndarray:
    """Stamps of the local clock that the user named, as UTC; others as they are."""
    if options.clock is None or any(isinstance(note, ZoneFinding) for note in found):
        return times
    utc, said = localized(times, options.clock, name)
    found.extend(said)
    return utc


def time_name(dataset: xr.Dataset, options: OpenOptions) -> str | None:
    if isinstance(options.time, str):
        if options.time not in dataset.variables and options.time not in dataset.dims:
            raise TimeError(
                f"time= must name a variable or dimension of the data ({', '.join(map(str, dataset.variables))}); found {options.time!r}."
            )
        return options.time if options.time in dataset.variables else None
    tests = (
        lambda n, a: a.attrs.get("standard_name") == "time" or a.attrs.get("axis") == "T",
        lambda n, a: a.ndim == 1 and n in dataset.dims and (a.dtype.kind == "M" or is_time_unit(a.attrs.get("units"))),
        lambda n, a: n.lower() in _TIME_NAMES and n in dataset.dims,
        lambda n, a: n in dataset.dims and a.dtype.kind in "OSU" and looks_like_time(a.values.astype(str)[:50]),
        lambda n, a: n.lower() in _TIME_NAMES - {"t", "step", "day"} and a.ndim <= 1,
        lambda n, a: a.ndim == 1 and a.dims[0] not in dataset.variables and (a.dtype.kind == "M" or is_time_unit(a.attrs.get("units"))),
    )
    for test in tests:
        for name in sorted(dataset.variables, key=lambda n: str(n) != "time"):
            if dataset[name].ndim <= 1 and test(str(name), dataset[name]):
                return str(name)
    return None


def _with_made_time(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> xr.Dataset:
    dim = options.time if isinstance(options.time, str) else next((str(d) for d in dataset.dims if str(d).lower() in _TIME_NAMES), None)
    if dim is None:
        raise TimeError(
            f"A field must have a time axis; found dimensions {', '.join(map(str, dataset.dims)) or 'none'}. Name it with time=."
        )
    times, notes = made_times(dataset.sizes[dim], options.start, options.step)
    found.extend(notes)
    return dataset.rename({dim: "time"} if dim != "time" else {}).assign_coords(time=("time", times))
