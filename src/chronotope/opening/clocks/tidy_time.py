"""Stamps in rising order, each once, and within reach of 64 bits of nanoseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import TimeError
from chronotope.inspect.finding import Finding
from chronotope.opening.clocks.source_zone import check_autumn

_FIRST, _LAST = 1678, 2261
_SPAN, _MONTH = 291, np.timedelta64(27, "D")  # longer spans do not fit in 64 bits of nanoseconds
_YEAR = r"(?:^|^\D*\d{1,2}[./-]\d{1,2}[./-])(\d{4})(?:[-/.T ]|$)"
_WINDOWS = (  # seconds, milliseconds, yyyymmddHHMMSS, microseconds and nanoseconds since 1970
    *((1e8, 1e10), (1e11, 1e13), (1.678e13, 2.262e13), (1e14, 1e16), (1e17, 9e18)),
)


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


def _odd_numbers(column: pd.Series) -> np.ndarray:
    """Rows whose number is of another unit than the others, so that all together are no time."""
    numbers = column.to_numpy(float, na_value=np.nan)
    known = numbers[~np.isnan(numbers)]
    if not len(known) or np.abs(known).max() < 9e9 or any(low <= known.min() and known.max() < high for low, high in _WINDOWS):
        return np.empty(0, int)
    usual = np.median(np.abs(known))
    return np.flatnonzero((np.abs(numbers) >= 9e9) & ((np.abs(numbers) > 100 * usual) | (usual >= 9e9)))
