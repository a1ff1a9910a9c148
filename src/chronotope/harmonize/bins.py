"""Steps of time that hold stamps: where each begins, and which stamp falls into which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from chronotope.data.frame import advance, calendar_months, check_step, fixed_freq
from chronotope.data.stamps import off_wall_clock, wall_clock
from chronotope.errors import ArgumentError, TimeError

MOST_BINS = 20_000_000
_DAY = 86400 * 10**9
Stamps = Literal["start", "end"]


@dataclass(frozen=True)
class Bins:
    """Steps of one length, one after the other.

    Attributes:
        edges: datetime64[ns] (b + 1,), beginnings of the steps and the end of the last.
        labels: datetime64[ns] (b,), the stamp of each step: its beginning, or its end where stamps mark ends.
        index: int64 (k,), the step of each of the k stamps; -1 for NaT.
        freq: pandas offset string of the step.
    """

    edges: np.ndarray
    labels: np.ndarray
    index: np.ndarray
    freq: str


AROUND = 8  # steps on either side that tell what is usual


def bins_of(times: np.ndarray, step: str, stamps: Stamps = "start", first: np.datetime64 | None = None, zone: str | None = None) -> Bins:
    """The steps that cover `times`, without holes.

    Fixed steps are counted from midnight of the first day (steps of days and longer from the first day itself, of weeks from Monday);
    calendar steps ("MS", "QS", "YS") begin where the month, quarter or year does. A stamp on an edge belongs to the step that begins there,
    or, where stamps mark the ends of what they measure, to the one that ends there.

    Args:
        times: datetime64 (k,) in any order.
        step: pandas offset of one step, "1h", "1D", "MS".
        stamps: "start" or "end", what the stamps mark.
        first: beginning of a step that all others are counted from, for fixed steps; by the rule above if None.
        zone: whose days, weeks and months are meant where `times` are UTC: a day of 23 or 25 hours is one. Shorter steps are of one length,
            counted from the first midnight there.

    Raises:
        ArgumentError: `step` or `stamps` is not of that form, or would make more than 20 million steps.
        TimeError: there is no stamp.
    """
    freq = _plain_freq(check_step(step))
    if stamps not in ("start", "end"):
        raise ArgumentError(f"stamps must be 'start' or 'end'; found {stamps!r}.")
    known = times[~np.isnat(times)].astype("datetime64[ns]")
    if not len(known):
        raise TimeError("Steps of time need at least one stamp; found none.")
    edges = _edges(known, freq, first, zone)
    side: Literal["left", "right"] = "right" if stamps == "start" else "left"
    index = np.searchsorted(edges, times.astype("datetime64[ns]"), side=side) - 1
    used = index[~np.isnat(times)]
    edges = edges[used.min() : used.max() + 2]
    index = np.where(np.isnat(times), -1, index - used.min()).astype(np.int64)
    return Bins(edges, edges[:-1] if stamps == "start" else edges[1:], index, freq)


def stamps_per_bin(bins: Bins, source_freq: str | None) -> np.ndarray:
    """How many stamps of a regular clock `source_freq` each step has room for, int (b,); what is there where the clock is not regular."""
    if source_freq is None:
        return np.bincount(bins.index[bins.index >= 0], minlength=len(bins.labels))
    months = calendar_months(source_freq)
    if months:
        whole = bins.edges.astype("datetime64[M]").astype(np.int64)
        return np.maximum(np.round(np.diff(whole) / months).astype(int), 1)
    size = pd.Timedelta(pd.tseries.frequencies.to_offset(source_freq)).value
    return np.maximum(np.round(np.diff(bins.edges).astype(np.int64) / size).astype(int), 1)


def usual_stamps(bins: Bins, room: np.ndarray) -> np.ndarray:
    """How many stamps each step usually has at its time, int (b,): no more than there is room for, and fewer where most steps around have.

    So samples taken twice a week, and the hours before a clock went over to quarters of them, are whole.
    """
    count = np.bincount(bins.index[bins.index >= 0], minlength=len(room)).astype(float)
    filled = np.flatnonzero(count)
    if len(filled) < AROUND:
        return room
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(count[filled], AROUND, mode="reflect"), 2 * AROUND + 1)
    usual = np.full(len(room), np.inf)
    usual[filled] = np.median(windows, axis=1)
    return np.minimum(room, usual).astype(int)


def fixed_length(freq: str) -> int | None:
    """Nanoseconds of a fixed step, None for steps of the calendar."""
    try:
        return int(pd.Timedelta(pd.tseries.frequencies.to_offset(freq)).value)
    except ValueError:
        return None


def _edges(known: np.ndarray, freq: str, first: np.datetime64 | None, zone: str | None) -> np.ndarray:
    """Beginnings of steps, from one step before the first stamp (it may end a step) to behind the last."""
    size = fixed_length(freq)
    on_days = bool(calendar_months(freq)) or (size is not None and size % _DAY == 0)
    clock = wall_clock(known, zone)
    if not on_days and first is None:
        start = off_wall_clock(clock[[known.argmin()]].astype("datetime64[D]").astype("datetime64[ns]"), zone)[0]
    else:
        start = first if first is None or not on_days else wall_clock(np.array([first], "datetime64[ns]"), zone)[0]
    low, high = (clock.min(), clock.max()) if on_days else (known.min(), known.max())
    edges = _calendar_edges(low, high, freq) if calendar_months(freq) else _fixed_edges(low, high, freq, start)
    edges = np.concatenate([[_before(edges[0], freq)], edges])
    return off_wall_clock(edges, zone) if on_days else edges


def _stamp(first: Any) -> np.datetime64:
    try:
        if isinstance(first, (str, np.datetime64, date)) and not pd.isna(pd.Timestamp(first)):
            return pd.Timestamp(first).to_datetime64().astype("datetime64[ns]")
    except ValueError:
        pass
    raise ArgumentError(f"first must be a time stamp such as '2024-03-01 06:00'; found {first!r}.")


def _fixed_edges(low: np.datetime64, high: np.datetime64, freq: str, first: np.datetime64 | None) -> np.ndarray:
    size = fixed_length(freq)
    if size is None:
        raise ArgumentError(f"step must be a fixed length or months, quarters or years ('MS', 'QS', 'YS'); found {freq!r}.")
    start = low.astype("datetime64[D]").astype("datetime64[ns]") if first is None else _stamp(first)
    if first is None and size % (7 * _DAY) == 0:
        start = start - np.timedelta64(pd.Timestamp(low).weekday(), "D")
    begin = int((low - start).astype(np.int64) // size)
    count = int((high - start).astype(np.int64) // size) - begin + 2
    if count > MOST_BINS:
        raise ArgumentError(f"A step of {freq} from {str(low)[:10]} to {str(high)[:10]} makes {count} steps; give a longer step.")
    return start + ((begin + np.arange(count)) * size).astype("timedelta64[ns]")


def _calendar_edges(low: np.datetime64, high: np.datetime64, freq: str) -> np.ndarray:
    months = calendar_months(freq)
    offset = pd.tseries.frequencies.to_offset(freq)
    anchor = getattr(offset, "month", None) or getattr(offset, "startingMonth", None) or 1
    month = int(low.astype("datetime64[M]").astype(np.int64))
    month -= (month - (anchor - 1)) % months
    start = np.datetime64(int(month), "M").astype("datetime64[ns]")
    reach = (int(high.astype("datetime64[M]").astype(np.int64)) - month) // months + 1
    return np.concatenate([[start], advance(start, reach, f"{months}MS")])


def _plain_freq(freq: str) -> str:
    """Weeks as seven days from Monday, ends of months, quarters and years as their beginnings: a step is named by where it begins."""
    offset = pd.tseries.frequencies.to_offset(freq)
    if offset.rule_code.startswith("W"):
        return f"{7 * offset.n}D"
    ends = {"ME": "MS", "QE": "QS", "YE": "YS"}
    name = offset.rule_code.split("-")[0]
    if name not in ends:
        size = fixed_length(freq)
        return freq if size is None else fixed_freq(size)
    if name == "ME":
        return f"{offset.n}MS"
    last = int(getattr(offset, "month", None) or getattr(offset, "startingMonth", None) or 12)
    first = pd.Timestamp(2000, last % 12 + 1, 1).strftime("%b").upper()
    return f"{offset.n}{ends[name]}-{first}"


def _before(edge: np.datetime64, freq: str) -> np.datetime64:
    months = calendar_months(freq)
    if months:
        return (edge.astype("datetime64[M]") - months).astype("datetime64[ns]")
    return edge - np.timedelta64(fixed_length(freq) or 0, "ns")
