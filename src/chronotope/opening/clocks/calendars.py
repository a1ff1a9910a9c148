"""Numbers of a CF time axis to datetime64, for every CF calendar and without an optional library.

A calendar that real clocks do not know (360 days, no leap years) is mapped to real dates so that time keeps its
order and every value its season; what was done is said in a sentence for `Field.findings`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.frame import first_stamp
from chronotope.errors import TimeError

_STANDARD = {"standard", "gregorian", "proleptic_gregorian", ""}
_YEAR_DAYS = {"noleap": 365, "365_day": 365, "all_leap": 366, "366_day": 366, "360_day": 360}
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "w": 604800.0}
_MONTH_LENGTHS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_DATE = re.compile(
    r"^\s*(-?\d{1,4})-(\d{1,2})-(\d{1,2})(?:[T\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?)?\s*(Z|UTC|GMT|[+-]\d{1,2}:?\d{0,2})?"
)
FIRST, LAST = 1678, 2261  # years that 64 bits of nanoseconds hold
_GREGORIAN_START = np.datetime64("1582-10-15", "D")


def is_time_unit(units: object) -> bool:
    """True for "hours since 1900-01-01" and its like."""
    return isinstance(units, str) and " since " in units.lower()


def decode_time(numbers: np.ndarray, units: str, calendar: str = "standard", start: Any = None) -> tuple[np.ndarray, str | None]:
    """Times of a CF axis as datetime64[ns], and what had to be done to get them (or None).

    Args:
        numbers: (t,) in `units`; NaN becomes NaT.
        units: "UNIT since DATE".
        calendar: a CF calendar name.
        start: a date whose year stands for the first year of a model's own years; None keeps them.

    Raises:
        TimeError: unit, reference date or calendar cannot be read, or years lie outside what can be held.
    """
    calendar = (calendar or "").lower()
    unit, reference = _split_units(units)
    if unit in ("month", "year"):
        return _count_months(numbers, reference, 1 if unit == "month" else 12), f"time counts calendar {unit}s ({units!r})"
    if unit == "ns" and np.asarray(numbers).dtype.kind in "iu" and calendar in _STANDARD:
        return _add_nanoseconds(_first_day(reference, calendar), reference[3], np.asarray(numbers)), None
    seconds = np.asarray(numbers, float) * _SECONDS[unit] + reference[3]
    if calendar in _STANDARD or calendar == "julian":
        return _add_seconds(
            _first_day(reference, calendar), seconds
        ), None if calendar != "julian" else "calendar julian shown in gregorian dates"
    if calendar not in _YEAR_DAYS:
        raise TimeError(
            f"A time axis must use a CF calendar; found calendar={calendar!r}. Convert it first, for example with ds.convert_calendar."
        )
    return _from_model_calendar(reference, seconds, _YEAR_DAYS[calendar], calendar, start)


def _split_units(units: str) -> tuple[str, tuple[int, int, int, float]]:
    word, text = re.split(r"\s+since\s+", units.strip(), maxsplit=1, flags=re.IGNORECASE)
    word = word.strip().lower()
    names = {
        "nanosecond": "ns",
        "ns": "ns",
        "microsecond": "us",
        "millisecond": "ms",
        "msec": "ms",
        "sec": "s",
        "min": "m",
        "minute": "m",
        "hr": "h",
        "hour": "h",
        "day": "d",
        "week": "w",
        "second": "s",
        "month": "month",
        "year": "year",
        "common_year": "year",
        "s": "s",
        "h": "h",
        "d": "d",
        "us": "us",
        "ms": "ms",
    }
    unit = names.get(word) or names.get(word.rstrip("s"))
    found = _DATE.match(text)
    if unit is None or found is None:
        raise TimeError(f"Units of a time axis must read 'UNIT since YYYY-MM-DD'; found {units!r}.")
    year, month, day, hour, minute, second, zone = found.groups()
    clock = 3600.0 * int(hour or 0) + 60.0 * int(minute or 0) + float(second or 0)
    return unit, (int(year), int(month), int(day), clock - _zone_seconds(zone))


def _zone_seconds(zone: str | None) -> float:
    if not zone or zone[0] not in "+-":
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0") if ":" in zone or len(zone) > 3 else zone[1:].zfill(2) + "00"
    return (-1.0 if zone[0] == "-" else 1.0) * (3600 * int(digits[:-2]) + 60 * int(digits[-2:]))


def _first_day(reference: tuple[int, int, int, float], calendar: str) -> np.datetime64:
    """The reference date; before October 1582 the standard calendar is the Julian one."""
    year, month, day, _ = reference
    civil = np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "D")
    if calendar == "proleptic_gregorian" or (calendar != "julian" and civil >= _GREGORIAN_START):
        return civil
    shifted, months = (year - 1, month + 12) if month <= 2 else (year, month)
    julian_day = int(np.floor(365.25 * (shifted + 4716))) + int(np.floor(30.6001 * (months + 1))) + day - 1524
    return np.datetime64("1970-01-01", "D") + np.timedelta64(julian_day - 2440588, "D")


def _add_seconds(first: np.datetime64, seconds: np.ndarray) -> np.ndarray:
    good = np.isfinite(seconds)
    _check_years(1970 + (first.astype("datetime64[D]").astype(int) * 86400.0 + seconds[good]) / 31556952, "")
    whole = np.where(good, np.round(seconds * 1e6), 0).astype("int64")  # microseconds hold every year; rounding ends float noise
    times = first.astype("datetime64[us]") + whole.astype("timedelta64[us]")
    return np.where(good, times, np.datetime64("NaT", "us")).astype("datetime64[ns]")


def _add_nanoseconds(first: np.datetime64, clock: float, numbers: np.ndarray) -> np.ndarray:
    """Whole nanoseconds, which a float would round, added to a date and its clock in seconds."""
    _add_seconds(first, numbers * 1e-9 + clock)
    return first.astype("datetime64[ns]") + np.timedelta64(round(clock * 1e9), "ns") + numbers.astype("timedelta64[ns]")


def _check_years(years: np.ndarray, way: str) -> None:
    if len(years) and not (years.min() >= FIRST and years.max() < LAST + 1):
        raise TimeError(
            f"Times must lie between {FIRST} and {LAST}; found years {int(np.floor(years.min()))} to {int(np.floor(years.max()))}. "
            + (way or "Shift the axis first.")
        )


def _count_months(numbers: np.ndarray, reference: tuple[int, int, int, float], months: int) -> np.ndarray:
    year, month, day, clock = reference
    count = np.asarray(numbers, float) * months
    good = np.isfinite(count)
    count = np.where(good, count, 0.0 if not good.any() else count[good][0])
    _check_years(year + (month - 1 + count) / 12, "")
    whole = np.floor(count + 1e-9).astype(int)
    first = (np.datetime64(f"{year:04d}-{month:02d}", "M") + whole).astype("datetime64[D]")
    length = ((first.astype("datetime64[M]") + 1).astype("datetime64[D]") - first).astype(float)
    seconds = ((day - 1) + (count - whole) * length) * 86400 + clock
    times = first.astype("datetime64[ns]") + np.round(seconds * 1e9).astype("timedelta64[ns]")
    return np.where(good, times, np.datetime64("NaT", "ns"))


def _from_model_calendar(
    reference: tuple[int, int, int, float], seconds: np.ndarray, year_days: int, calendar: str, start: Any = None
) -> tuple[np.ndarray, str]:
    year, month, day, _ = reference
    good = np.isfinite(seconds)
    known = np.asarray(seconds, float)[good]
    lengths = _months_of(year_days)
    first_day = year * year_days + int(lengths[: month - 1].sum()) + day - 1
    total = np.floor(np.round(known, 3) / 86400).astype(int)
    clock = np.round((known - total * 86400.0) * 1e6).astype("timedelta64[us]")
    years, ordinal = np.divmod(first_day + total, year_days)
    moved = 0 if start is None or not len(years) else pd.Timestamp(first_stamp(start)).year - int(years.min())
    years = years + moved
    _check_years(years, "Give start=, a date in the year that shall stand for the first.")
    times, how = _as_written(years, ordinal, lengths, total, year_days), "dates kept as they are written"
    if times is None:
        times, how = _spread(years, ordinal, year_days), "days spread evenly over the real year, so that seasons stay in place"
    out = np.full(len(good), np.datetime64("NaT", "ns"))
    out[good] = times.astype("datetime64[ns]") + clock
    return out, f"calendar {calendar}: {how}" + (f"; years moved by {moved}, as told" if moved else "")


def _as_written(years: np.ndarray, ordinal: np.ndarray, lengths: np.ndarray, total: np.ndarray, year_days: int) -> np.ndarray | None:
    """Days under the same dates, if real months hold all of them and no steps of days would be stretched."""
    months = np.searchsorted(np.cumsum(lengths), ordinal, side="right")
    days = ordinal - np.concatenate([[0], np.cumsum(lengths)])[months]
    first = ((years - 1970) * 12 + months).astype("datetime64[M]")
    real = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(int)
    sparse = len(total) < 2 or np.median(np.diff(total)) >= 27
    return first.astype("datetime64[D]") + days if (days < real).all() and (sparse or year_days == 365) else None


def _spread(years: np.ndarray, ordinal: np.ndarray, year_days: int) -> np.ndarray:
    january = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    real = ((years - 1969).astype("datetime64[Y]").astype("datetime64[D]") - january).astype(int)
    return january + np.floor(ordinal * real / year_days).astype(int)


def _months_of(year_days: int) -> np.ndarray:
    if year_days == 360:
        return np.full(12, 30)
    return _MONTH_LENGTHS + (np.arange(12) == 1) * (year_days - 365)


def from_cftime(stamps: np.ndarray, start: Any = None) -> tuple[np.ndarray, str]:
    """datetime64[ns] of an object array of cftime dates (they come with xarray objects), and a sentence about it."""
    calendar = str(stamps[0].calendar)
    first = stamps[0]
    reference = (first.year, first.month, first.day, 0.0)
    unit = f"{first.year:04d}-{first.month:02d}-{first.day:02d}"
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    seconds = np.array([(stamp - midnight).total_seconds() for stamp in stamps])
    if calendar in _STANDARD or calendar == "julian":
        return decode_time(seconds, f"seconds since {unit}", calendar)[0], f"calendar {calendar} shown in gregorian dates"
    return _from_model_calendar(reference, seconds, _YEAR_DAYS[calendar], calendar, start)
