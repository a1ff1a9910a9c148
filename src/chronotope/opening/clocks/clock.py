"""Time stamps from whatever a file calls time: text, numbers, dates, or only a start and a step."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from chronotope.data.frame import advance, first_stamp, frame_of
from chronotope.data.stamps import ZoneFinding
from chronotope.errors import TimeError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import ORDERS, OpenOptions
from chronotope.opening.clocks.day_order import settled, with_year_first
from chronotope.opening.clocks.numeric_stamps import from_numbers
from chronotope.opening.clocks.source_zone import localized, turned, zone_of_minutes, zone_of_type
from chronotope.opening.clocks.spans import SEASONS, first_years, without_ends
from chronotope.opening.clocks.written_stamps import DAY, Parts, dates_of, parts_of

_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?"
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_SCRIPT = r"/?Date\((-?\d+)(?:[+-]\d{4})?\)/?"  # milliseconds since 1970 as some web services write them
_PLAIN = OpenOptions()


def made_times(count: int, start: Any, step: str | None) -> tuple[np.ndarray, list[Finding]]:
    """`count` stamps from `start` by `step`; without them steps of one second from 1970, and a warning.

    Raises:
        ArgumentError: `start` is no date.
        TimeError: the last stamp cannot be held.
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
    first = first_stamp(start)
    try:
        return np.concatenate([[first], advance(first, count - 1, step or "1s")])[:count], findings
    except (ValueError, OverflowError):  # pandas says that the last one lies beyond what it can hold
        text = f"Counted stamps must lie in 1678 to 2261; {count} steps of {step or '1s'} from {str(first)[:10]} leave it."
        raise TimeError(text) from None


def parse_times(
    values: Any, name: str, options: OpenOptions = _PLAIN, groups: np.ndarray | None = None
) -> tuple[np.ndarray, list[Finding]]:
    """A column of stamps as datetime64[ns]; zones are turned to UTC, NaT where the cell is empty.

    Text is read by its form, which the whole column settles; numbers are years, packed dates, epochs, days of a spreadsheet or else a
    count of steps. `options` may say the form (`time_format`), the clock of a count (`start`, `step`) and the zone of stamps that name none
    (`clock`); `groups` are the series of the rows (t,), where several lie in one column.

    Raises:
        TimeError: a cell is no time; the message names it.
    """
    times, findings = _read_column(pd.Series(values), name, options)
    if options.clock is None or not (times.astype("datetime64[D]") != times)[~np.isnat(times)].any():
        return times, findings
    zone = next((note.zone for note in findings if isinstance(note, ZoneFinding)), None)
    if zone == options.clock:
        return times, findings
    if zone is not None:
        return times, [*findings, Finding("inferred", f"clock={options.clock!r} was not needed, as {name!r} names its zone")]
    utc, said = localized(times, options.clock, name, groups)
    return utc, [note for note in findings if "names no time zone" not in note.text] + said


def _read_column(series: pd.Series, name: str, options: OpenOptions) -> tuple[np.ndarray, list[Finding]]:
    if isinstance(series.dtype, pd.PeriodDtype):
        series = series.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(series):
        return _of_type(series, name)
    if pd.api.types.is_timedelta64_dtype(series):
        return _since_start(series, name, options)
    if pd.api.types.is_numeric_dtype(series):
        return from_numbers(series, name, options.step, options.start, options.time_format)
    return _from_text(series, name, options)


def looks_like_time(values: Any) -> bool:
    """True if a sample of text cells reads as dates (plain numbers do not)."""
    text = pd.Series(values).dropna().astype("string").str.strip().head(200)
    if not len(text) or text.str.fullmatch(_NUMBER).any() or not text.str.contains(r"\d").all():
        return False
    try:
        parse_times(text, "sample")
    except TimeError:
        return False
    return True


def _from_text(series: pd.Series, name: str, options: OpenOptions) -> tuple[np.ndarray, list[Finding]]:
    codes, different = pd.factorize(series)
    cells = pd.Series(different).astype("string").str.strip()
    empty = cells.isna() | (cells == "")
    times = np.full(len(cells) + 1, np.datetime64("NaT", "ns"))  # the last is the cell that is missing
    known = np.flatnonzero(~empty.to_numpy(bool))
    if not len(known):
        return times[codes], []
    new = np.full(len(cells) + 1, -1)
    new[known] = np.arange(len(known))
    rows = new[codes]
    texts = cells.iloc[known].astype(str)
    try:
        times[known], findings = _read(texts.tolist(), texts, rows[rows >= 0], name, options)
    except _Unread as unread:
        raise TimeError(_complaint(series, codes, str(different[known[unread.args[0]]]), known[unread.args[0]], name)) from None
    return times[codes], findings


class _Unread(Exception):
    """The position of a cell that no form fits."""


def _read(cells: list[str], texts: pd.Series, rows: np.ndarray, name: str, options: OpenOptions) -> tuple[np.ndarray, list[Finding]]:
    if options.time_format is not None and options.time_format not in (*ORDERS, "excel"):
        return _told(texts, name, options.time_format)
    if texts.str.fullmatch(_NUMBER).all() and not texts.str.fullmatch(r"[0-3]\d[0-3]\d(?:19|20)\d\d").all():
        numbers = pd.to_numeric(texts)
        return from_numbers(numbers, name, options.step, options.start, options.time_format)
    if texts.str.fullmatch(_SCRIPT).all():
        return from_numbers(pd.to_numeric(texts.str.extract(_SCRIPT)[0]), name)
    if texts.str.fullmatch(_ISO).all():
        stamps = pd.to_datetime(texts, format="ISO8601", errors="coerce")
        if stamps.dt.year.between(1678, 2261).all():
            times = stamps.to_numpy("datetime64[ns]")
            return times, _clockless(times, name)
    return _by_form(cells, rows, name, options)


def _told(texts: pd.Series, name: str, form: str) -> tuple[np.ndarray, list[Finding]]:
    """Stamps in the form that the user gave, as `strptime` writes it."""
    try:
        stamps = pd.to_datetime(texts, format=form, errors="coerce", utc="%z" in form.lower())
    except (ValueError, TypeError):
        raise TimeError(f"time_format must be a form such as '%d/%m/%Y %H:%M', or dmy, mdy, ymd, excel; found {form!r}.") from None
    bad = np.flatnonzero(stamps.isna().to_numpy())
    if len(bad):
        raise _Unread(int(bad[0]))
    times = _of_type(stamps, name) if stamps.dt.tz is not None else (stamps.to_numpy("datetime64[ns]"), [])
    return times[0], [*times[1], Finding("inferred", f"{name!r} read as {form}, as told")]


def _by_form(cells: list[str], rows: np.ndarray, name: str, options: OpenOptions) -> tuple[np.ndarray, list[Finding]]:
    notes: list[Finding] = []
    seasons = first_years(cells)
    if seasons is not None:
        notes.append(Finding("inferred", f"{SEASONS}: {cells[0]!r} of {name!r} at {seasons[0]}"))
        cells = seasons
    parts = parts_of(cells)
    starts = without_ends(cells, parts)
    if starts is not None:
        parts = parts_of(starts)
        notes.append(Finding("inferred", f"{name!r} holds spans of time, such as {cells[0]!r}: where they begin is the stamp"))
    unread = np.flatnonzero(parts.form == "")
    if len(unread):
        raise _Unread(int(unread[0]))
    parts = with_year_first(parts, rows)
    told = options.time_format if options.time_format in ORDERS else None
    found = settled(parts, rows, name, told)
    if found is None:
        raise TimeError(_no_order(parts, cells, name, told)) if (parts.numbers["a"] >= 0).any() else _Unread(_impossible(parts))
    times = found.times
    notes += [found.note] if found.note is not None else []
    said = notes + _forms_said(parts, times, rows, name) + _late_said(parts, cells, name)
    zoned = np.isfinite(parts.offset)
    if options.clock is None or zoned.all() or not zoned.any():
        return times, said + _zone_said(parts, times, name)
    local, _ = localized(times[~zoned], options.clock, name)
    times[~zoned] = local
    text = f"{len(local)} stamps of {name!r} name no zone and are read on {options.clock}; others name one"
    return times, [*said, Finding("inferred", text), turned(name, options.clock)]


def _late_said(parts: Parts, cells: list[str], name: str) -> list[Finding]:
    late = np.flatnonzero(parts.nanoseconds > DAY)
    if not len(late):
        return []
    return [Finding("inferred", f"{name!r} has days that go on beyond midnight: {cells[late[0]]!r} lies in the next day")]


def _impossible(parts: Parts) -> int:
    return int(np.flatnonzero(np.isnat(dates_of(parts, "dmy")))[0])


def _no_order(parts: Parts, cells: list[str], name: str, told: str | None) -> str:
    """Why no order of day and month makes dates of all cells."""
    day, month = ([*np.flatnonzero(np.isnat(dates_of(parts, order)))] for order in ("mdy", "dmy"))
    both = sorted(set(day) & set(month))
    if told is None and not both and day and month:
        return (
            f"Column {name!r} must hold dates of one order; {cells[day[0]]!r} has the day first and {cells[month[0]]!r} the month. "
            "Correct those that were changed, for example by a spreadsheet."
        )
    bad = int(np.flatnonzero(np.isnat(dates_of(parts, told)))[0]) if told else (both or day or month)[0]
    return f"Column {name!r} must hold times; {cells[bad]!r} is no date{f' in the order {told}' if told else ''}. Correct it."


def _forms_said(parts: Parts, times: np.ndarray, rows: np.ndarray, name: str) -> list[Finding]:
    """What is said of the form; ISO dates and plain numbers need no word."""
    forms = list(dict.fromkeys(parts.form))
    quiet = {"year-month-day", "numbers", "packed numbers", "clock, numbers", "clock, year-month-day"}
    if len(forms) > 1:
        dayless = {form for form in forms if parts.numbers["H"][parts.form == form].max() < 0}
        level: Literal["inferred", "warning"] = "inferred" if not dayless or len(dayless) == len(forms) else "warning"
        return [Finding(level, f"{name!r} holds dates of mixed form ({'; '.join(forms[:4])})")]
    if forms[0] in quiet:
        return []
    said = f"{name!r} read as {forms[0]}"
    if forms[0] not in ("month and year", "short year and month") or not parts.short.all():
        return [Finding("inferred", said)]
    return [_months_of_short_years(times, rows, name, said)]


def _months_of_short_years(times: np.ndarray, rows: np.ndarray, name: str, said: str) -> Finding:
    """ "Jan-19" is January 2019 where the months follow one another so; days without a year do not.

    Raises:
        TimeError: they are days.
    """
    different = np.unique(times)
    frame = frame_of(different)
    steps = np.diff(times[rows].astype(np.int64))
    in_order = bool((steps >= 0).all() or (steps <= 0).all())
    months = different.astype("datetime64[M]").astype(int)
    days = len(different) > 1 and len(np.unique(months % 12)) == 1 and ((months // 12 + 70) % 100 <= 31).all()  # 01-Jan, 02-Jan
    if in_order and not days and frame.regular and len(frame.times) <= 2 * len(different):
        return Finding("inferred", f"{said} ({str(times[0])[:7]} first)")
    if not days and len(different) == len(times) and frame.regular and len(frame.times) <= 2 * len(different):
        return Finding("warning", f"{said} ({str(times[0])[:7]} first), but they do not follow one another; are they days?")
    raise TimeError(
        f"Dates must hold a year; column {name!r} reads as months of years or as days without a year. "
        "Write the years, or give time_format='%b-%y' if they are months."
    )


def _zone_said(parts: Parts, times: np.ndarray, name: str) -> list[Finding]:
    zoned = np.isfinite(parts.offset)
    if not zoned.any():
        return _clockless(times, name)
    notes: list[Finding] = [turned(name, zone_of_minutes(parts.offset[zoned], times[zoned]))]
    if not zoned.all():
        text = f"{int((~zoned).sum())} stamps of {name!r} name no zone and are taken for UTC; others name one"
        notes.append(Finding("warning", f"{text}; if they are local, give clock="))
    return notes


def _clockless(times: np.ndarray, name: str) -> list[Finding]:
    clock = (times.astype("datetime64[D]") != times).any()
    return [Finding("inferred", f"{name!r} names no time zone; its clock is kept as it is")] if clock else []


def _of_type(series: pd.Series, name: str) -> tuple[np.ndarray, list[Finding]]:
    zone = getattr(series.dt, "tz", None)
    if zone is None:
        return series.values.astype("datetime64[ns]"), []
    utc = series.dt.tz_convert("UTC").dt.tz_localize(None)
    return utc.values.astype("datetime64[ns]"), [turned(name, zone_of_type(zone))]


def _since_start(series: pd.Series, name: str, options: OpenOptions) -> tuple[np.ndarray, list[Finding]]:
    """Lengths of time, counted from `start` or 1970."""
    times = first_stamp(options.start) + series.to_numpy("timedelta64[ns]")
    if options.start is not None:
        return times, [Finding("inferred", f"{name!r} counts from {options.start}")]
    return times, [Finding("warning", f"{name!r} counts from a start of its own: read as since 1970; give start=")]


def _complaint(series: pd.Series, codes: np.ndarray, cell: str, code: int, name: str) -> str:
    line = int(np.flatnonzero(codes == code)[0]) + 2
    return f"Column {name!r} must hold times; line {line} holds {cell!r}. Correct it, name another column with time=, or give time_format=."
