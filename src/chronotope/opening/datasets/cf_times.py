"""The stamps and the leads that one variable of a dataset holds: datetimes, CF numbers, other calendars, text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import ArgumentError, TimeError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.calendars import decode_time, from_cftime, is_time_unit
from chronotope.opening.clocks.clock import parse_times
from chronotope.opening.clocks.tidy_time import check_reach

_LENGTHS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


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


def is_length(units: object) -> bool:
    """True for "hours", "days" and their like, without a date from which they count."""
    return str(units).strip().lower() in (
        "s",
        "sec",
        "second",
        "seconds",
        "min",
        "minute",
        "minutes",
        "h",
        "hr",
        "hour",
        "hours",
        "d",
        "day",
        "days",
    )


def lengths_of(array: xr.DataArray, name: str) -> np.ndarray:
    """Leads as timedelta64[ns] (h,).

    Raises:
        TimeError: numbers without a unit of time.
    """
    if array.dtype.kind == "m":
        return array.values.astype("timedelta64[ns]")
    unit = str(array.attrs.get("units", "")).strip().lower()
    if name.lower() in ("forecast_hour", "forecast_hours", "fhour", "fhr", "fxx", "lead_hours"):
        unit = unit or "hours"
    unit = "days" if name.lower() == "lead_days" and not unit else unit
    if unit[:1] not in _LENGTHS or unit.startswith("mo"):
        raise TimeError(
            f"Leads of a forecast must have a unit of time; {name!r} has {unit or 'none'!r}. Add it, for example "
            f"ds[{name!r}].attrs['units'] = 'hours', or give start= and step=."
        )
    size = 0.001 if unit.startswith(("ms", "milli")) else _LENGTHS[unit[:1]]
    return np.round(array.values.astype(float) * size * 1e3).astype(np.int64).astype("timedelta64[ms]").astype("timedelta64[ns]")
