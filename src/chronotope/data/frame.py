"""The regular frame behind a list of times: its step, the stamps it should have, and how it goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError, TimeError

MAX_GROWTH = 6.0  # a frame may hold at most this many rows per real time stamp; beyond it the stamps are only an order
_UNITS = (("D", 86400 * 10**9), ("h", 3600 * 10**9), ("min", 60 * 10**9), ("s", 10**9), ("ms", 10**6), ("us", 10**3), ("ns", 1))


@dataclass(frozen=True)
class Frame:
    """Times one step apart, and the row of each real stamp in them.

    Attributes:
        times: datetime64[ns] (t,), the frame.
        rows: int (k,), position in `times` of each of the k real stamps.
        freq: pandas offset string of one step; calendar steps are counted from the stamp's own day (see `advance`).
        regular: False if the stamps follow no step and `times` are just the stamps.
        note: a sentence for the findings, or None.
    """

    times: np.ndarray
    rows: np.ndarray
    freq: str
    regular: bool
    note: str | None = None


def frame_of(times: np.ndarray, step: str | None = None) -> Frame:
    """The frame of strictly increasing datetime64[ns] times (k,), with `step` as the user's word for the step.

    Raises:
        TimeError: `times` is empty.
        ArgumentError: `step` cannot be read.
    """
    if not len(times):
        raise TimeError("A field must have at least one time stamp; found none.")
    if len(times) == 1:
        return Frame(times, np.arange(1), check_step(step or "1D"), True)
    if step is not None:
        return _given_frame(times, check_step(step))
    calendar = _calendar_frame(times)
    return calendar or _fixed_frame(times)


def check_step(step: str) -> str:
    """`step` as a pandas offset string that steps forward.

    Raises:
        ArgumentError: it does not.
    """
    try:
        offset = pd.tseries.frequencies.to_offset(days_as_pandas_writes(step))
        if offset is not None and pd.Timestamp("2000-01-01") + offset > pd.Timestamp("2000-01-01"):
            return offset.freqstr
    except (ValueError, TypeError):
        pass
    raise ArgumentError(f"step must be a length of time such as '5min', '1h', '1D' or 'MS'; found {step!r}.")


def days_as_pandas_writes(length: Any) -> Any:
    """A length of time with "2d" as "2D", which pandas no longer takes for days; anything else as it is."""
    return re.sub(r"(?<=\d)\s*d$", "D", length.strip()) if isinstance(length, str) else length


def first_stamp(start: Any) -> np.datetime64:
    """`start` as datetime64[ns] in UTC where it names a zone; 1970 for None.

    Raises:
        ArgumentError: it is no date.
    """
    try:
        first = pd.Timestamp(start if start is not None else "1970-01-01")
    except (ValueError, TypeError):
        first = pd.NaT
    if pd.isna(first):
        raise ArgumentError(f"start must be a date such as '2012-03-01 00:00'; found {start!r}.")
    first = first.tz_convert("UTC").tz_localize(None) if first.tzinfo is not None else first
    return first.to_datetime64().astype("datetime64[ns]")


def fixed_freq(nanoseconds: int) -> str:
    """300 s -> "5min": the shortest exact name of a fixed step."""
    for name, size in _UNITS:
        if nanoseconds % size == 0:
            return f"{nanoseconds // size}{name}"
    raise AssertionError("one nanosecond divides every step")


def advance(last: np.datetime64, steps: int, freq: str, day: int | None = None) -> np.ndarray:
    """The `steps` stamps after `last`, datetime64[ns]; `day` is the day of the month where that of `last` was cut short (30 in February).

    Steps of calendar months and years keep the day and the clock of `last` ("MS", "YS", "QS"), or stay at the end of
    the month ("ME", "YE", "QE"), so that a frame of mid-month stamps goes on at mid-month.
    """
    if not calendar_months(freq):
        return pd.date_range(last, periods=steps + 1, freq=freq)[1:].values.astype("datetime64[ns]")
    return _on_calendar(last, range(1, steps + 1), freq, day)


def retreat(first: np.datetime64, steps: int, freq: str, day: int | None = None) -> np.ndarray:
    """The `steps` stamps before `first`, ascending, as `advance` would lead from them to it."""
    if not calendar_months(freq):
        return pd.date_range(end=first, periods=steps + 1, freq=freq)[:-1].values.astype("datetime64[ns]")
    return _on_calendar(first, range(-steps, 0), freq, day)


def _on_calendar(start: np.datetime64, counts: range, freq: str, day: int | None) -> np.ndarray:
    months = calendar_months(freq)
    stamps = [pd.Timestamp(start) + pd.DateOffset(months=months * count) for count in counts]
    if day is not None and pd.Timestamp(start).day < day and pd.Timestamp(start).is_month_end:
        stamps = [stamp + pd.Timedelta(days=min(day, stamp.days_in_month) - stamp.day) for stamp in stamps]
    if "E" in freq.split("-")[0]:
        stamps = [stamp + pd.offsets.MonthEnd(0) for stamp in stamps]
    return np.array([stamp.to_datetime64() for stamp in stamps], "datetime64[ns]")


def calendar_months(freq: str) -> int:
    """Calendar months in one step of `freq`; 0 for a fixed length."""
    offset = pd.tseries.frequencies.to_offset(freq)
    name = offset.rule_code.split("-")[0]
    return {"MS": 1, "ME": 1, "QS": 3, "QE": 3, "YS": 12, "YE": 12}.get(name, 0) * offset.n


def _given_frame(times: np.ndarray, freq: str) -> Frame:
    months = calendar_months(freq)
    if months:
        return _calendar_frame(times, months) or Frame(times, np.arange(len(times)), freq, False, f"stamps do not follow step={freq!r}")
    try:
        size = int(pd.Timedelta(pd.tseries.frequencies.to_offset(freq)).value)
    except ValueError:
        full = pd.date_range(times[0], times[-1], freq=freq).values.astype("datetime64[ns]")
        rows = np.searchsorted(full, times)
        good = len(full) and rows.max() < len(full) and (full[rows] == times).all()
        return (
            Frame(full, rows, freq, True)
            if good
            else Frame(times, np.arange(len(times)), freq, False, f"stamps do not follow step={freq!r}")
        )
    return _try_step(times, size) or Frame(times, np.arange(len(times)), fixed_freq(size), False, f"stamps do not follow step={freq!r}")


def _fixed_frame(times: np.ndarray) -> Frame:
    gaps = np.diff(times).astype("timedelta64[ns]").astype(np.int64)
    lengths, counts = np.unique(gaps, return_counts=True)
    modal = int(lengths[np.argmax(counts)])
    common = int(np.gcd.reduce(gaps))
    for size in dict.fromkeys((modal, common)):
        found = _try_step(times, size)
        if found is not None:
            return found
    middle = int(np.median(gaps))
    return Frame(
        times, np.arange(len(times)), fixed_freq(_round_step(middle)), False, "no regular step; the stamps are used in their order"
    )


def _round_step(nanoseconds: int) -> int:
    """An irregular step rounded to whole days, hours, minutes or seconds, whichever it holds first."""
    size = next((size for _, size in _UNITS if nanoseconds >= size), 1)
    return round(nanoseconds / size) * size


def _try_step(times: np.ndarray, size: int) -> Frame | None:
    """A frame of fixed step `size` (ns) from the first stamp, or None if stamps fall beside it or it grows too far."""
    offset = (times - times[0]).astype("timedelta64[ns]").astype(np.int64)
    rows = (offset + size // 2) // size
    beside = np.abs(offset - rows * size).max()
    if beside > 0.05 * size or len(np.unique(rows)) < len(rows) or rows[-1] + 1 > MAX_GROWTH * len(times):
        return None
    frame = times[0] + (np.arange(rows[-1] + 1) * size).astype("timedelta64[ns]")
    frame[rows] = times
    note = None if beside == 0 else f"stamps lie up to {pd.Timedelta(int(beside))} beside a step of {fixed_freq(size)}"
    return Frame(frame, rows, fixed_freq(size), True, note)


def _calendar_frame(times: np.ndarray, months: int | None = None) -> Frame | None:
    """A frame in calendar months, if stamps are months apart and at most one falls into each."""
    gaps = np.diff(times).astype("timedelta64[h]").astype(int) / 24
    if months is None and gaps.min() < 27:
        return None
    index = times.astype("datetime64[M]").astype(int)
    steps = np.diff(index)
    size = months or int(np.gcd.reduce(steps))
    if size == 0 or (steps % size).any() or (steps == 0).any() or not _same_phase(times):
        return None
    rows = (index - index[0]) // size
    if rows[-1] + 1 > MAX_GROWTH * len(times):
        return None
    freq = _calendar_name(times, size)
    frame = np.concatenate([times[:1], advance(times[0], int(rows[-1]), freq)])
    frame[rows] = times
    return Frame(frame, rows, freq, True)


def _same_phase(times: np.ndarray) -> bool:
    """True if all stamps lie at about the same place in their month (mid-month stamps wander by a day)."""
    month = times.astype("datetime64[M]")
    day = (times - month.astype("datetime64[ns]")).astype("timedelta64[h]").astype(int) / 24
    left = ((month + 1).astype("datetime64[ns]") - times).astype("timedelta64[h]").astype(int) / 24
    return bool(np.ptp(day) <= 3 or np.ptp(left) <= 3)


def _calendar_name(times: np.ndarray, months: int) -> str:
    ends = (
        all(stamp.is_month_end for stamp in pd.DatetimeIndex(times))
        and len(np.unique(pd.DatetimeIndex(times).day)) > 1
        or all(stamp.is_month_end for stamp in pd.DatetimeIndex(times))
        and pd.Timestamp(times[0]).day == 31
    )
    letter = "E" if ends else "S"
    if months % 12 == 0:
        month = pd.Timestamp(times[0]).strftime("%b").upper()
        count = months // 12
        anchor = f"Y{letter}" if (month == "JAN" and letter == "S") else f"Y{letter}-{month}"
        return anchor if count == 1 else f"{count}{anchor}"
    return f"M{letter}" if months == 1 else f"{months}M{letter}"
