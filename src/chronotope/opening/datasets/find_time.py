"""The time axis of an xarray dataset: found by option, CF attribute or name, decoded, sorted, each stamp once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.zones import ZoneFinding, check_autumn, localized
from chronotope.errors import ArgumentError, TimeError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.calendars import decode_time, from_cftime, is_time_unit
from chronotope.opening.clocks.clock import looks_like_time, made_times, parse_times
from chronotope.opening.datasets.lead_times import is_length, lengths_of, one_run

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
    if not len(times):
        raise TimeError("A field must have at least one time stamp; every cell of its time is empty. Name another column with time=.")
    if int(str(times.max())[:4]) - int(str(times.min())[:4]) > _SPAN and len(times) > 1 and np.diff(np.sort(times)).min() < _MONTH:
        raise TimeError(
            f"Stamps less than a month apart must lie within {_SPAN} years; found {str(times.min())[:10]} to {str(times.max())[:10]}. "
            "Leave out the stamp that is wrong."
        )
    if (np.diff(times) < np.timedelta64(0)).any():
        found.append(Finding("inferred", "time stamps were not in rising order; they are sorted"))
        dataset = dataset.isel(time=np.argsort(times, kind="stable"))
        times = dataset["time"].values
    again = np.flatnonzero(np.diff(times) == np.timedelta64(0))
    if not len(again):
        return dataset
    for name, array in dataset.data_vars.items():
        if "time" in array.dims and not array.isel(time=again).drop_vars("time").equals(array.isel(time=again + 1).drop_vars("time")):
            if dataset["time"].attrs.get("source_zone") is None:
                check_autumn(times[again], "time")
            raise TimeError(
                f"Time stamps must not repeat; {str(times[again[0]])[:19]} comes twice with different {name!r}. "
                "Keep one of each, for example with ds.drop_duplicates('time'), or ds.groupby('time').mean()."
            )
    found.append(Finding("warning", f"{len(again)} repeated time stamps with equal values were left out"))
    return dataset.isel(time=np.delete(np.arange(len(times)), again + 1))


def check_reach(column: pd.Series, name: str, before: int = 0) -> None:
    """Stamps must lie where datetime64[ns] reaches; a code such as 9999-12-31 would come out as another date.

    Raises:
        TimeError: one does not, by its line.
    """
    bad: Any = ()
    if pd.api.types.is_datetime64_any_dtype(column):
        known = column.dropna()
        far = len(known) and not (_FIRST <= known.min().year and known.max().year <= _LAST)
        bad = np.flatnonzero(~column.dt.year.fillna(2000).between(_FIRST, _LAST)) if far else ()
    elif pd.api.types.is_numeric_dtype(column):
        bad = _odd_numbers(column)
    else:
        codes, cells = pd.factorize(column)
        years = pd.Series(cells).astype("string").str.extract(_YEAR)[0].astype(float)
        odd = np.flatnonzero((years.notna() & ~years.between(_FIRST, _LAST)).to_numpy(bool))
        bad = np.flatnonzero(np.isin(codes, odd)) if len(odd) else ()
    if len(bad):
        line = int(bad[0]) + 2 + before
        raise TimeError(
            f"Stamps must lie in {_FIRST} to {_LAST}; column {name!r} line {line} holds {str(column.iloc[int(bad[0])])!r}. "
            "Leave the cell empty where the time is unknown."
        )


_FIRST, _LAST = 1678, 2261
_SPAN, _MONTH = 291, np.timedelta64(27, "D")  # longer spans do not fit in 64 bits of nanoseconds
_YEAR = r"(?:^|^\D*\d{1,2}[./-]\d{1,2}[./-])(\d{4})(?:[-/.T ]|$)"
_WINDOWS = (  # seconds, milliseconds, yyyymmddHHMMSS, microseconds and nanoseconds since 1970
    *((1e8, 1e10), (1e11, 1e13), (1.678e13, 2.262e13), (1e14, 1e16), (1e17, 9e18)),
)


def _odd_numbers(column: pd.Series) -> np.ndarray:
    """Rows whose number is of another unit than the others, so that all together are no time."""
    numbers = column.to_numpy(float, na_value=np.nan)
    known = numbers[~np.isnan(numbers)]
    if not len(known) or np.abs(known).max() < 9e9 or any(low <= known.min() and known.max() < high for low, high in _WINDOWS):
        return np.empty(0, int)
    usual = np.median(np.abs(known))
    return np.flatnonzero((np.abs(numbers) >= 9e9) & ((np.abs(numbers) > 100 * usual) | (usual >= 9e9)))


def finish_graph(dataset: xr.Dataset, names: tuple[str, ...], found: list[Finding], options: OpenOptions, source: str) -> Field:
    """Sorted stamps, text labels, and the Field."""
    notes = list(found)
    dataset = tidy_time(dataset, notes)
    return Field(dataset, "graph", names, ("place",), tuple(notes), options.step, source)


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


def times_of(array: xr.DataArray, name: str, options: OpenOptions, found: list[Finding]) -> np.ndarray:
    values = array.values
    if values.dtype.kind == "M":
        check_reach(pd.Series(values), name)
        return values.astype("datetime64[ns]")
    if is_time_unit(array.attrs.get("units")):
        try:
            with np.errstate(invalid="raise"):
                times, note = decode_time(values, array.attrs["units"], array.attrs.get("calendar", "standard"), options.start)
        except (TimeError, ArgumentError):
            raise
        except (FloatingPointError, OverflowError, ValueError, TypeError) as error:
            raise TimeError(
                f"Times must be numbers that {array.attrs['units']!r} can count; {name!r} holds {str(values.ravel()[:3])[:80]} ({error}). "
                "Correct the units, or name another variable with time=."
            ) from None
        if note:
            found.append(Finding("inferred", note))
        return times
    if values.dtype.kind in "fiu" and is_length(array.attrs.get("units")):
        values = lengths_of(array, name)
    if values.dtype == object and len(values) and hasattr(values[0], "calendar"):
        times, note = from_cftime(values, options.start)
        found.append(Finding("inferred", note))
        return times
    if str(array.attrs.get("units", "")).lower().startswith("day as %y%m%d"):
        return pd.to_datetime(pd.Series(np.floor(values).astype(int).astype(str)), format="%Y%m%d").values.astype("datetime64[ns]")
    if values.dtype.kind == "S":
        values = values.astype(str)
    times, notes = parse_times(values, name, options)
    found.extend(notes)
    return times


def _with_made_time(dataset: xr.Dataset, options: OpenOptions, found: list[Finding]) -> xr.Dataset:
    dim = options.time if isinstance(options.time, str) else next((str(d) for d in dataset.dims if str(d).lower() in _TIME_NAMES), None)
    if dim is None:
        raise TimeError(
            f"A field must have a time axis; found dimensions {', '.join(map(str, dataset.dims)) or 'none'}. Name it with time=."
        )
    times, notes = made_times(dataset.sizes[dim], options.start, options.step)
    found.extend(notes)
    return dataset.rename({dim: "time"} if dim != "time" else {}).assign_coords(time=("time", times))
