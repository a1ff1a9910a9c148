"""Stamps that stand in several columns - a date and a time of day or an hour, or year, month and day - as one column `time`."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.columns import by_name
from chronotope.errors import TimeError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import looks_like_time, parse_times
from chronotope.opening.clocks.source_zone import localized
from chronotope.opening.roles.date_parts import MINUTES, days_below_each_other, months_below_each_other, replaced, with_parts
from chronotope.opening.roles.day_rows import are_moments, columns_of_the_day, hours_below_each_other

_WHOLE = ("time", "datetime", "timestamp", "ts", "date_time", "date", "time_hour", "valid_time")
_DATES = """date datum fecha data dato day dia giorno jour local_date date_local settlement_date settlementdate trading_date delivery_date
    deliverydate delivery_day obs_date yyyymmdd dt 日期 日付 날짜""".split()
_HOURS = """hour hr hh heure hora ora stunde std uur timme hour_of_day hourofday hour_ending hourending hour_end he hour_beginning
    hour_local delivery_hour deliveryhour time hhmm uhrzeit zeit tijd tid local_time time_local hrmn hora_local periodo period
    settlement_period settlementperiod trading_period sp 时间 小时 時 時刻""".split()
_PERIODS = ("periodo", "period", "settlement_period", "settlementperiod", "trading_period", "sp")
_DOUBTFUL = (*_PERIODS, "time", "zeit", "tijd", "tid")  # names that a measured value may have too
_CLOCK = (
    r"\d{1,2} ?[AaPp]\.?[Mm]\.?|\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?"
    r"(?: ?[AaPp]\.? ?[Mm]\.?)?(?:\s*[-–]\s*\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?)?"
)


def joined_clock(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """The table with one column `time` in the place of those that hold parts of it, and what was joined.

    Raises:
        TimeError: the parts make no dates, or a day has 25 hours and nobody says on which clock.
    """
    if options.time is not None:
        return table, []
    rows = _with_hours_below(table, options)
    if rows is not None:
        return rows
    names = list(table.columns)
    date, clock = _date_and_clock(table, names)
    if date is not None and clock is not None:
        return _with_clock(table, date, clock, options)
    if by_name(names, _WHOLE) is not None:
        return table, []
    for below in (months_below_each_other, days_below_each_other):
        table, said = below(table)
        if said:
            return table, said
    return with_parts(table)


def _with_hours_below(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]] | None:
    """A row per day with a column for each hour of it as a row per hour; None for any other table."""
    found = columns_of_the_day(list(table.columns))
    if found is None or not all(pd.api.types.is_numeric_dtype(table[name]) for name in found[0]):
        return None
    dated = [name for name in table.columns if name not in found[0] and _is_day(table[name])]
    date = by_name(dated, tuple(_DATES)) or (dated[0] if dated else None)
    if date is None or {found[1], "value"} & set(table.columns):
        return None
    of, clock = found
    bare = next(iter(of)).strip().isdigit()
    if bare and not (_day_after_day(table[date], options) and are_moments(table[list(of)].to_numpy(float))):
        return None
    long = hours_below_each_other(table, date, clock, of)
    left = [name for name in table.columns if name not in of and name not in long]
    made, said = _with_clock(long, date, clock, options)
    text = f"a row per day and a column per moment of it: {len(of)} columns, from {next(iter(of))!r} on, become a series"
    text += f"; if they are numbers of places, give time={date!r}" if bare else ""
    text += f"; left aside: {listed(left, 6)}" if left else ""
    return made, [Finding("inferred", text), *said]


def _day_after_day(column: pd.Series, options: OpenOptions) -> bool:
    """Whether dates are mostly a day apart, each written once."""
    days, _ = parse_times(column, str(column.name), OpenOptions(time_format=options.time_format))
    apart = np.diff(np.sort(days)) / np.timedelta64(1, "D")
    return len(apart) > 0 and bool((apart > 0).all()) and float(np.median(apart)) == 1


def _date_and_clock(table: pd.DataFrame, names: list[str]) -> tuple[str | None, str | None]:
    """The column of days without a time of day, and the one that holds it as text or as a number."""
    clocks = [name for name in names if _is_clock(table[name])]
    hour = clocks[0] if clocks else by_name([name for name in names if _is_hour(table, name)], tuple(_HOURS))
    if hour is None:
        return None, None
    dated = [name for name in names if name != hour and _is_day(table[name])]
    date = by_name(dated, tuple(_DATES)) or (dated[0] if dated else None)
    if date is None or not clocks and by_name([hour], _DOUBTFUL) is not None and not _tells_rows_apart(table, date, hour):
        return None, None
    return date, hour


def _tells_rows_apart(table: pd.DataFrame, date: str, hour: str) -> bool:
    """True if most days come with all of the numbers, as they do with hours, and not with a measured period."""
    pairs = table[[date, hour]].drop_duplicates()
    different = pairs[hour].nunique()
    return different > 1 and float(pairs.groupby(date).size().median()) >= 0.8 * different


def _is_clock(column: pd.Series) -> bool:
    """True for times of day as text, "05:30"; spans of them count by where they begin."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    few = column.head(50).dropna().astype(str).str.strip()
    if not few.str.fullmatch(_CLOCK).all():
        return False
    cells = pd.Series(column.dropna().unique()).astype(str).str.strip()
    return bool(len(cells)) and bool(cells.str.fullmatch(_CLOCK).all()) and not cells.str.fullmatch(r"\d{1,2}\.\d{2}").all()


def _is_hour(table: pd.DataFrame, name: str) -> bool:
    """True for whole numbers of a column that is called an hour: 0 to 25, periods to 100, or hours and minutes such as 1430."""
    if by_name([name], tuple(_HOURS)) is None:
        return False
    if _hours(table[name].head(50)).isna().all():
        return False
    numbers = _hours(table[name])
    if numbers.isna().any() or not len(numbers) or (numbers % 1 != 0).any() or numbers.min() < 0:
        return False
    most = 100 if by_name([name], _PERIODS) else 25
    return bool(numbers.max() <= most or (numbers.max() <= 2400 and (numbers % 100 < 60).all()))


def _hours(column: pd.Series) -> pd.Series:
    """Hours as numbers, also where they are written H01 or 13h; NaN where they are none."""
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.Series(np.nan, index=column.index)
    codes, cells = pd.factorize(column)
    bare = pd.Series(cells).astype("string").str.strip().str.replace(r"^[Hh](?=\d)|(?<=\d)\s?[Hh]$", "", regex=True)
    numbers = pd.to_numeric(bare, errors="coerce").astype(float).to_numpy()
    return pd.Series(np.append(numbers, np.nan)[codes], index=column.index)


def _is_day(column: pd.Series) -> bool:
    """True for dates without a time of day."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return bool((column.dropna() == column.dropna().dt.normalize()).all()) and column.notna().any()
    cells = pd.Series(column.head(5000).dropna().unique()[:500])
    if pd.api.types.is_numeric_dtype(column):
        return len(cells) > 0 and bool((cells % 1 == 0).all()) and bool(cells.between(16780101, 22611231).all())
    return bool(looks_like_time(cells)) and not cells.astype(str).str.contains(r"\d[:h]\d|\d\s?[AaPp][Mm]\b|T\d|\d{10}").any()


def _with_clock(table: pd.DataFrame, date: str, clock: str, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    days, minute, used = _as_text(table[date]), None, [date, clock]
    said = f"stamps joined from columns {date!r} and {clock!r}"
    notes = []
    if _is_clock(table[clock]):
        clocks = table[clock].map(lambda cell: re.split(r"\s*[-–]\s*", str(cell).strip())[0], na_action="ignore")
        others = [name for name in table.columns if name != clock and _is_clock(table[name])]
        said += f"; {others[0]!r} also holds times of day and is left aside" if others else ""
        table = table.drop(columns=others)
    else:
        numbers = _hours(table[clock])
        minute = next((n for n in table.columns if by_name([n], MINUTES) and n not in used and _inside(table[n], 0, 59)), None)
        if minute is not None and numbers.max() <= 23:
            used.append(minute)
            said = f"{said} and {minute!r}"
        size, first = _period(numbers, clock)
        if _uneven(numbers, size, first):
            return _elapsed(table, date, clock, (numbers - first) * size, options)
        said += f"; {first} is the hour (or period) from 00:00 on" if first else ""
        extra = pd.to_numeric(table[minute]) if minute in used else 0
        clocks = _clock_text(numbers, size, first, extra)
    stamps = _pairs(days, clocks)
    notes.append(Finding("inferred", said))
    return replaced(table, used, stamps), notes


def _inside(column: pd.Series, low: float, high: float) -> bool:
    numbers = pd.to_numeric(column, errors="coerce")
    return bool(numbers.notna().all() and numbers.between(low, high).all() and (numbers % 1 == 0).all())


def _period(numbers: pd.Series, name: str) -> tuple[float, int]:
    """(minutes of one, the number of the first of a day); 0 minutes where the number is hours and minutes, 1430."""
    low, high = numbers.min(), numbers.max()
    if by_name([name], _PERIODS) and low >= 1 and high > 25:
        return (30, 1) if high <= 50 else (15, 1)
    if high > 25 or by_name([name], ("hhmm", "hrmn")):
        return 0, 0
    ends = by_name([name], ("hour_ending", "hourending", "hour_end", "he", *_PERIODS)) is not None
    return 60, int(low >= 1 and (high >= 24 or ends))


def _uneven(numbers: pd.Series, size: float, first: int) -> bool:
    """True if a day has more periods than 24 hours hold, as the day has on which clocks are set back."""
    return bool(first and size and numbers.max() > 1440 / size)


def _elapsed(table: pd.DataFrame, date: str, clock: str, minutes: pd.Series, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """Periods that are counted through days of 23 and 25 hours, as UTC.

    Raises:
        TimeError: the clock is not named.
    """
    if options.clock is None:
        row = int(np.argmax(minutes.to_numpy()))
        raise TimeError(
            f"A day must have 24 hours where its clock is not named; {table[date].iloc[row]} of {date!r} has more in column {clock!r}, "
            "as clocks do in autumn when they are set back. Name the clock, such as clock='Europe/Madrid'."
        )
    days, _ = parse_times(table[date], date, OpenOptions(time_format=options.time_format))
    codes, different = pd.factorize(days)
    midnight, said = localized(np.asarray(different, "datetime64[ns]"), options.clock, date)
    stamps = pd.Series(midnight[codes] + (minutes.to_numpy() * 60 * 10**9).astype("timedelta64[ns]"), index=table.index)
    aware = stamps.dt.tz_localize("UTC").dt.tz_convert(options.clock)
    text = f"stamps joined from columns {date!r} and {clock!r}, counted from midnight of {options.clock}"
    return replaced(table, [date, clock], aware), [*said, Finding("inferred", text)]


def _clock_text(numbers: pd.Series, size: float, first: int, extra: Any) -> pd.Series:
    minutes = (numbers // 100 * 60 + numbers % 100 if not size else (numbers - first) * size) + extra
    return minutes.map(lambda m: f"{int(m) // 60:02d}:{int(m) % 60:02d}")


def _as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d")
    return column.astype("Int64").astype("string") if pd.api.types.is_numeric_dtype(column) else column.astype("string").str.strip()


def _pairs(days: pd.Series, clocks: pd.Series) -> pd.Series:
    """ "day clock" of each row, each different pair made once; missing where either is."""
    (a, days_of), (b, clocks_of) = pd.factorize(days), pd.factorize(clocks)
    key = np.where((a < 0) | (b < 0), -1, a.astype(np.int64) * max(len(clocks_of), 1) + b)
    codes, pairs = pd.factorize(key)
    texts = np.array([None if k < 0 else f"{days_of[k // len(clocks_of)]} {clocks_of[k % len(clocks_of)]}" for k in pairs], object)
    return pd.Series(texts[codes], index=days.index)
