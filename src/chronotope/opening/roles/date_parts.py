"""Stamps that stand in columns of numbers: year, month and day; year and week, quarter or day of the year; a row per year."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from chronotope.data.columns import PLACE_NAMES, VARIABLE_NAMES, by_name
from chronotope.errors import TimeError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.clocks.written_stamps import MONTH_OF, MONTHS, plainly

MINUTES = ("minute", "minutes", "min", "minuto", "mi", "mn", "mm")
_PARTS = {
    "year": tuple("year yr yyyy jahr meldejahr iso_year isoyear annee année an ano año anno jaar år yy #yy #year iyear".split()),
    "month": ("month", "mo", "mon", "mm", "monat", "mois", "mes", "mês", "mese", "maand", "månad", "imonth"),
    "day": ("day", "dy", "dd", "tag", "jour", "dia", "día", "giorno", "dag", "day_of_month", "mday", "iday"),
    "doy": ("doy", "day_of_year", "dayofyear", "yday", "julian_day", "jday", "jd"),
    "hour": ("hour", "hr", "hh", "stunde", "heure", "hora", "ora", "uur", "hhmm", "hrmn"),
    "minute": MINUTES,
    "second": ("second", "seconds", "sec", "ss", "segundo"),
}
_PARTS |= {
    "week": ("week", "iso_week", "isoweek", "epiweek", "kw", "woche", "meldewoche", "semaine", "semana", "settimana", "wk", "week_number"),
    "quarter": ("quarter", "qtr", "q", "quartal", "trimestre", "trimester", "kwartaal"),
}
_REACH: dict[str, tuple[float, float]] = {"month": (1, 12), "day": (1, 31), "doy": (1, 366), "week": (1, 53), "quarter": (1, 4)}
_REACH |= {"hour": (0, 2400), "minute": (0, 59), "second": (0, 59.999)}


def months_below_each_other(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """A row per year with a column for each month as a row per month."""
    months = {name: MONTH_OF.get(name.strip().lower().rstrip(".")) for name in table.columns}
    twelve = [name for name, month in months.items() if month is not None]
    if sorted(months[name] or 0 for name in twelve) != list(range(1, 13)):
        return table, []
    rest = [name for name in table.columns if name not in twelve]
    year = by_name(rest, _PARTS["year"])
    if year is None or not _can_be(table[year], "year"):
        return table, []
    kept = [name for name in rest if name == year or not pd.api.types.is_float_dtype(table[name])]
    if by_name(rest, _PARTS["month"]) is not None or {"month", "value"} & set(kept):
        return table, []  # rows are months already, and the twelve columns tell which
    long = table.melt(kept, twelve, "month", "value")
    stamps = pd.to_datetime(pd.DataFrame({"year": long[year], "month": long["month"].map(months), "day": 1}), errors="coerce")
    out = replaced(long, [year, "month"], stamps)
    out = out.assign(_row=np.arange(len(out))).sort_values(["time", "_row"]).drop(columns="_row").reset_index(drop=True)
    left = [name for name in rest if name not in kept]
    said = f"a row per year and a column per month: {len(table)} years of {year!r} become a series of months"
    return out, [Finding("inferred", said + (f"; left aside: {listed(left, 6)}" if left else ""))]


def days_below_each_other(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """A row per month with a column for each of its 31 days (FLOW1 to FLOW31) as a row per day; days that a month has not are left out."""
    numbered = [(match[1].lower(), int(match[2]), name) for name in table.columns if (match := _DAY.fullmatch(name.strip()))]
    free = [name for name in table.columns if name not in {name for _, _, name in numbered}]
    sets = {word: {day: name for w, day, name in numbered if w == word} for word in {word for word, _, _ in numbered}}
    full = [
        days for days in sets.values() if sorted(days) == list(range(1, 32)) and all(map(_is_number, (table[n] for n in days.values())))
    ]
    found = _part_columns(table[free])
    if len(full) != 1 or set(found) != {"year", "month"}:
        return table, []
    of = {name: day for day, name in full[0].items()}
    used = [found["year"], found["month"]]
    kept = [n for n in free if n in used or not _is_number(table[n]) or re.search("station|site|gauge", n, re.IGNORECASE)]
    kept += [n for n in free if n not in kept and by_name([n], (*PLACE_NAMES, *VARIABLE_NAMES)) is not None]
    long = table.melt(kept, list(of), "day", "value")
    parts = {part: _numbers(long[name], part) for part, name in found.items()}
    stamps = pd.to_datetime(pd.DataFrame(parts | {"day": long["day"].map(of)}), errors="coerce")
    there = stamps.notna() | long["value"].notna()
    out = replaced(long[there], [*used, "day"], stamps[there]).sort_values("time", kind="stable").reset_index(drop=True)
    left = [name for name in table.columns if name not in of and name not in kept]
    said = f"a row per month and a column per day: {len(table)} months, {next(iter(of))!r} to {list(of)[-1]!r}, become a series of days"
    return out, [Finding("inferred", said + (f"; left aside: {listed(left, 6)}" if left else ""))]


_DAY = re.compile(r"([a-z_]*?)_?0*(\d{1,2})", re.IGNORECASE)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column)


_TOLD = _PARTS | {"weekday": tuple("weekday day_of_week dayofweek dow wday wochentag jour_semaine dia_semana".split())}
PART_WORDS = tuple(word for words in _TOLD.values() for word in words)
"""What columns of parts of a date or of a time of day are called."""
_ZONES = range(-12, 15)  # hours by which the clock of the parts may differ from that of the stamps


def tells_part(column: pd.Series, times: pd.DatetimeIndex) -> bool:
    """Whether numbers are the part of the stamps that their name says, on this clock or on one some hours away that may change by one."""
    part = next((part for part, words in _TOLD.items() if by_name([str(column.name)], words) is not None), None)
    few = np.linspace(0, len(times) - 1, min(len(times), _LOOKED)).astype(int)
    numbers, stamps = column.to_numpy(float, na_value=np.nan)[few], times[few]
    if part is None or not np.isfinite(numbers).all() or stamps.hasnans:
        return False
    if np.array_equal(numbers, _part_of(stamps, part, numbers)):
        return True
    hit = [numbers == _part_of(stamps + pd.Timedelta(hours=hours), part, numbers) for hours in _ZONES]
    return any(bool((one | other).all()) for one, other in zip(hit, hit[1:]))


_LOOKED = 5000  # rows


def _part_of(stamps: pd.DatetimeIndex, part: str, numbers: np.ndarray) -> np.ndarray:
    if part == "week":
        return stamps.isocalendar().week.to_numpy(float)
    if part == "weekday":  # weeks begin on any day, counted from 0 or 1
        return np.asarray((stamps.day_of_week + numbers[0] - stamps.day_of_week[0] - numbers.min()) % 7 + numbers.min(), float)
    return np.asarray(getattr(stamps, "day_of_year" if part == "doy" else part), float)


def replaced(table: pd.DataFrame, used: list[str], stamps: pd.Series) -> pd.DataFrame:
    """The table with one column `time` in the place of those that were used."""
    attrs = table.attrs
    out = table.drop(columns=used).assign(time=stamps)
    out.attrs = attrs
    return out


def with_parts(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Year with month (and day), or with the day of the year, and hour, minute, second where they are there."""
    found = _part_columns(table)
    if "year" not in found:
        _check_year(table, found)
    if "year" not in found or not {"month", "doy", "week", "quarter"} & set(found):
        return table, []
    if "doy" in found and _once_a_year(table, found):
        said = f"{found['doy']!r} is what each year showed, once at a place, and no part of its stamp"
        return table, [Finding("inferred", said)]
    numbers = {part: _numbers(table[name], part) for part, name in found.items()}
    stamps = _stamps_of(numbers)
    bad = np.flatnonzero(stamps.isna() & numbers["year"].notna().to_numpy())
    if len(bad) == len(stamps) and len(bad):
        return table, []
    if len(bad):
        cells = ", ".join(f"{name} {table[name].iloc[bad[0]]}" for name in found.values())
        raise TimeError(f"Columns of a date must make dates of 1678 to 2261; line {bad[0] + 2} holds {cells}. Correct it.")
    said = f"stamps joined from columns {', '.join(map(repr, found.values()))}"
    usual = set(found.values()) <= {"year", "month", "day", "hour", "minute"}
    return replaced(table, list(found.values()), pd.Series(stamps, index=table.index)), [] if usual else [Finding("inferred", said)]


def _check_year(table: pd.DataFrame, found: dict[str, str]) -> None:
    """Refuses months and days without a year, which would be read as places and a count.

    Raises:
        TimeError: all rows have dates that rise, and no other column holds words or moments.
    """
    if not {"month", "day"} <= set(found) or any(not _is_number(table[name]) and name != found["month"] for name in table.columns):
        return
    parts = {part: _numbers(table[found[part]], part) for part in ("month", "day")}
    dates = pd.to_datetime(pd.DataFrame({"year": 2000, **parts}), errors="coerce")
    if dates.notna().all() and not dates.duplicated().any() and dates.is_monotonic_increasing and parts["month"].nunique() > 1:
        raise TimeError(
            f"Dates must name their year; columns {found['month']!r} and {found['day']!r} hold months and days alone. "
            "Add a column of it, for example table.assign(year=2020)."
        )


def _once_a_year(table: pd.DataFrame, found: dict[str, str]) -> bool:
    """Whether three years or more have a single row of each kind, as dates of first leaves and of highest floods do."""
    rest = [name for name in table.columns if name not in found.values()]
    place = by_name(rest, PLACE_NAMES)
    kinds = [n for n in rest if not pd.api.types.is_numeric_dtype(table[n]) and 2 * table[n].nunique() <= len(table) or n == place]
    year = found["year"]
    return table[year].nunique() > 2 and not table.duplicated([year, *kinds]).any()


def _part_columns(table: pd.DataFrame) -> dict[str, str]:
    """The column of each part of a date, as far as its numbers can be that part; finer parts only where the coarser are there."""
    free = list(table.columns)
    found: dict[str, str] = {}
    for part in ("year", "month", "doy", "week", "quarter", "day", "hour", "minute", "second"):
        if part in ("doy", "week", "quarter") and {"month", "doy", "week"} & set(found) or part == "day" and "month" not in found:
            continue
        if part == "hour" and not {"day", "doy"} & set(found) or part == "minute" and "hour" not in found:
            continue
        if part == "second" and "minute" not in found:
            continue
        name = by_name([n for n in free if by_name([n], _PARTS[part]) is not None and _can_be(table[n], part)], _PARTS[part])
        if name is not None:
            found[part] = name
            free.remove(name)
    return found


def _can_be(column: pd.Series, part: str) -> bool:
    numbers = _numbers(column, part).dropna()
    if not len(numbers) or len(numbers) < 0.5 * len(column):
        return False
    if part == "year":
        usual = numbers.median()
        return bool((numbers % 1 == 0).all() and (1678 <= usual <= 2261 or numbers.between(0, 99).all()))
    low, high = _REACH[part]
    whole = part == "second" or bool((numbers % 1 == 0).all())
    return whole and (bool(numbers.between(low, high).all()) or part in ("month", "day"))  # a wrong month is told, not passed over


def _numbers(column: pd.Series, part: str) -> pd.Series:
    if part == "month" and not pd.api.types.is_numeric_dtype(column):
        names = {month: number for number, month in enumerate(MONTHS, 1)}
        words = column.astype("string").map(lambda cell: names.get(plainly(cell).strip(), cell), na_action="ignore")
        return pd.to_numeric(words, errors="coerce").astype(float)
    return pd.to_numeric(column, errors="coerce").astype(float) if column.dtype.kind not in "M" else pd.Series(np.nan, index=column.index)


def _stamps_of(numbers: dict[str, pd.Series]) -> pd.DatetimeIndex:
    year = numbers["year"]
    year = year.where(year >= 100, year + np.where(year >= 69, 1900, 2000))
    month, day = numbers.get("month", year * 0 + 1), numbers.get("day", year * 0 + 1)
    month = numbers["quarter"] * 3 - 2 if "quarter" in numbers else month
    stamps = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce")
    stamps = stamps + pd.to_timedelta(numbers["doy"] - 1, unit="D") if "doy" in numbers else stamps
    if "week" in numbers:
        fourth = stamps + pd.Timedelta("3D")  # 4 January lies in the first week
        stamps = fourth - pd.to_timedelta(fourth.dt.day_of_week, unit="D") + pd.to_timedelta(numbers["week"] * 7 - 7, unit="D")
    hour = numbers.get("hour", year * 0)
    if hour.max() > 24:
        hour = hour // 100 + hour % 100 / 60  # hours and minutes in one number
    elif hour.min() >= 1 and hour.max() == 24:
        hour = hour - 1
    seconds = hour * 3600 + numbers.get("minute", year * 0) * 60 + numbers.get("second", year * 0)
    return pd.DatetimeIndex(stamps + pd.to_timedelta((seconds * 1000).round(), unit="ms"))
