"""Time stamps from whatever a file calls time: text, numbers, dates, or only a start and a step."""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import pandas as pd

from chronotope.data.field import Finding
from chronotope.data.frame import advance
from chronotope.errors import ArgumentError, TimeError

_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%Y%m%d%H",
    "%Y%m%d %H:%M",
    "%Y-%m",
    "%b %Y",
)


def made_times(count: int, start: Any, step: str | None) -> tuple[np.ndarray, list[Finding]]:
    """`count` stamps from `start` by `step`; without them steps of one second from 1970, and a warning.

    Raises:
        ArgumentError: `start` is no date.
    """
    findings = []
    if start is None or step is None:
        missing = " and ".join(name for name, value in (("start", start), ("step", step)) if value is None)
        findings.append(
            Finding(
                "warning",
                f"no time stamps were found and no {missing} given: steps are counted from "
                f"{start or '1970-01-01'} at {step or '1s'}; give start= and step=",
            )
        )
    try:
        first = pd.Timestamp(start if start is not None else "1970-01-01")
    except (ValueError, TypeError):
        raise ArgumentError(f"start must be a date such as '2012-03-01 00:00'; found {start!r}.") from None
    if first.tzinfo is not None:
        first = first.tz_convert("UTC").tz_localize(None)
    first64 = first.to_datetime64().astype("datetime64[ns]")
    return np.concatenate([[first64], advance(first64, count - 1, step or "1s")])[:count], findings


def parse_times(values: Any, name: str, step: str | None = None) -> tuple[np.ndarray, list[Finding]]:
    """A column of stamps as datetime64[ns]; zones are turned to UTC, NaT where the cell is empty.

    Numbers are read as years, yyyymmdd, epoch seconds or milliseconds, or else as a count of steps.

    Raises:
        TimeError: a cell is no time; the message names it.
    """
    series = pd.Series(values)
    if pd.api.types.is_datetime64_any_dtype(series):
        return _naive(series, name)
    if pd.api.types.is_numeric_dtype(series):
        return _from_numbers(series, name, step)
    often = _parse_often(series, name, step)
    if often is not None:
        return often
    text = series.astype("string").str.strip()
    found = _parse_text(text)
    if found is not None:
        times, findings = _naive(found[0], name)
        if not findings and (times[~np.isnat(times)].astype("datetime64[D]") != times[~np.isnat(times)]).any():
            findings = [Finding("inferred", f"{name!r} names no time zone; its clock is kept as it is")]
        return times, findings + ([Finding("inferred", f"{name!r} read as {found[1]}")] if found[1] else [])
    raise TimeError(_complaint(text, name))


def _parse_often(series: pd.Series, name: str, step: str | None) -> tuple[np.ndarray, list[Finding]] | None:
    """Long columns in which the same cells come again and again: each is read once; None if they do not, or cannot be read."""
    if len(series) < 10_000:
        return None
    codes, cells = pd.factorize(series)
    if len(cells) > 0.5 * len(series):
        return None
    try:
        times, findings = parse_times(pd.Series(cells), name, step)
    except TimeError:
        return None  # the whole column tells the line
    return np.append(times, np.datetime64("NaT", "ns"))[codes], findings


def looks_like_time(values: Any) -> bool:
    """True if a sample of text cells reads as dates (plain numbers do not)."""
    text = pd.Series(values).dropna().astype("string").str.strip().head(200)
    if not len(text) or text.str.fullmatch(r"[+-]?\d*\.?\d*").any() or not text.str.contains(r"\d").all():
        return False
    return _parse_text(text) is not None


def header_dates(names: list[str]) -> np.ndarray | None:
    """Column names as dates, or None if they are not dates in rising order."""
    text = pd.Series(names).astype("string").str.strip()
    if not text.str.contains(r"\d").all() or text.str.fullmatch(r"\d{1,3}|\d{5,7}").any():
        return None
    found = _parse_text(text, rising=True)
    if found is None or found[0].isna().any():
        return None
    times = _naive(found[0], "header")[0]
    return times if (np.diff(times) > np.timedelta64(0)).all() else None


def _parse_text(text: pd.Series, rising: bool = False) -> tuple[pd.Series, str] | None:
    """The stamps and, where the reading was a choice, its name; None if the text is no time."""
    known = text.notna() & (text != "")
    sample = text[known]
    if not len(sample):
        return None
    if sample.str.match(r"^\d{4}-\d{1,2}-\d{1,2}|^\d{4}-?\d{2}-?\d{2}T").all():
        try:
            return pd.to_datetime(text, format="ISO8601", utc=_has_zone(sample)), ""
        except (ValueError, TypeError):
            pass
    readings = []
    for form in _FORMATS:
        stamps = pd.to_datetime(text, format=form, errors="coerce")
        if stamps[known].notna().all() and (form != "%Y%m%d" or sample.str.len().eq(8).all()):
            readings.append((stamps, form))
    if readings:
        return min(readings, key=lambda reading: _disorder(reading[0]) if rising or len(readings) > 1 else 0)
    try:
        stamps = pd.to_datetime(text, format="mixed", utc=_has_zone(sample))
    except (ValueError, TypeError, OverflowError):
        return None
    return (stamps, "dates of mixed form") if stamps[known].notna().all() else None


def _disorder(stamps: pd.Series) -> float:
    """Steps that run backwards, then unevenness: day and month exchanged make both large."""
    gaps = np.diff(stamps.dropna().values.astype("datetime64[ns]").astype(np.int64).astype(float))
    return float((gaps < 0).mean() * 1e6 + (np.std(gaps) / (abs(np.mean(gaps)) + 1))) if len(gaps) else 0.0


def _has_zone(sample: pd.Series) -> bool:
    return bool(sample.str.contains(r"(?:Z|UTC|[+-]\d{2}:?\d{2})$").any() and sample.str.contains(":|T").any())


def _naive(series: pd.Series, name: str) -> tuple[np.ndarray, list[Finding]]:
    zone = getattr(series.dt, "tz", None)
    if zone is None:
        return series.values.astype("datetime64[ns]"), []
    return series.dt.tz_convert("UTC").dt.tz_localize(None).values.astype("datetime64[ns]"), [
        Finding("inferred", f"{name!r} turned to UTC")
    ]


def _from_numbers(series: pd.Series, name: str, step: str | None) -> tuple[np.ndarray, list[Finding]]:
    known = series.dropna().to_numpy(float)
    low, high = (known.min(), known.max()) if len(known) else (0.0, 0.0)
    elapsed = elapsed_unit(name)
    if elapsed is not None and abs(high) < 1e8:
        size, word = elapsed
        text = f"{name!r} counts {word} from a start of its own: read as since 1970"
        return _epoch(pd.Series(series.to_numpy(float, na_value=np.nan)), size), [Finding("warning", text)]
    whole = bool((known == np.floor(known)).all())
    if whole and 1500 <= low and high <= 2261:
        return _years(series), [Finding("inferred", f"{name!r} read as years")]
    if whole and 15000101 <= low and high <= 22611231 and ((known % 100 >= 1) & (known % 100 <= 31)).all():
        return pd.to_datetime(series.astype("Int64").astype("string"), format="%Y%m%d").values.astype("datetime64[ns]"), [
            Finding("inferred", f"{name!r} read as yyyymmdd")
        ]
    for size, label, lowest, highest in (
        (10**9, "seconds", 1e8, 1e10),
        (10**6, "milliseconds", 1e11, 1e13),
        (1, "nanoseconds", 1e17, 9e18),
    ):
        if lowest <= low and high < highest:
            return _epoch(series, size), [Finding("inferred", f"{name!r} read as {label} since 1970")]
    unit = (
        int(pd.Timedelta(step or "1s").value)
        if step is None or pd.tseries.frequencies.to_offset(step).rule_code not in ("MS", "ME")
        else 10**9
    )
    level: Literal["inferred", "warning"] = "inferred" if step else "warning"
    return _epoch(series, unit), [Finding(level, f"{name!r} holds plain numbers: read as steps of {step or '1s'} since 1970; give step=")]


def elapsed_unit(name: str) -> tuple[int, str] | None:
    """(nanoseconds, word) of a column that counts time from a start: "t_days", "elapsed_s", "time_hours"; else None."""
    found = re.fullmatch(r"(?:t|time|elapsed|elapsed_time)_(d|days?|h|hours?|hrs?|min|minutes?|s|sec|seconds?|ms)", name.strip().lower())
    if found is None:
        return None
    units = (("ms", 10**6, "milliseconds"), ("d", 86400 * 10**9, "days"), ("h", 3600 * 10**9, "hours"), ("m", 60 * 10**9, "minutes"))
    return next(((size, word) for start, size, word in units if found[1].startswith(start)), (10**9, "seconds"))


def _years(series: pd.Series) -> np.ndarray:
    years = series.to_numpy(float, na_value=np.nan)
    known = np.isfinite(years)
    stamps = (np.where(known, years, 1970).astype(int) - 1970).astype("datetime64[Y]").astype("datetime64[ns]")
    return np.where(known, stamps, np.datetime64("NaT", "ns"))


def _epoch(series: pd.Series, size: int) -> np.ndarray:
    numbers = series.to_numpy(float, na_value=np.nan)
    good = np.isfinite(numbers)
    if pd.api.types.is_integer_dtype(series) and good.all():
        return (series.to_numpy(np.int64) * size).astype("datetime64[ns]")
    whole = np.floor(np.where(good, numbers, 0))
    ticks = whole.astype(np.int64) * size + np.round((np.where(good, numbers, 0) - whole) * size).astype(np.int64)
    return np.where(good, ticks.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))


def _complaint(text: pd.Series, name: str) -> str:
    stamps = pd.to_datetime(text, format="mixed", errors="coerce", utc=True)
    bad = np.flatnonzero((stamps.isna() & text.notna()).to_numpy())
    where = f"line {bad[0] + 2} holds {text.iloc[bad[0]]!r}" if len(bad) else "the dates are of several forms"
    return f"Column {name!r} must hold times; {where}. Correct it, or name another column with time=."
