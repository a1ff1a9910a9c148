"""The text files of a GTFS timetable: tables with the columns they must have, clocks past midnight, days of service."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import DataError, reason
from chronotope.inspect.finding import Finding
from chronotope.opening.sniff.text import DAMAGE

NEEDED = ("stops.txt", "stop_times.txt", "trips.txt")
DAYS = 366  # a service is laid out for at most so many days
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def table(path: Path, name: str) -> pd.DataFrame:
    found = table_if_there(path, name)
    if found is None:
        raise DataError(f"A timetable must hold {', '.join(NEEDED)}; {path.name} has no {name}.")
    return found


def table_if_there(path: Path, name: str) -> pd.DataFrame | None:
    try:
        if path.is_dir():
            return pd.read_csv(path / name, dtype=str, skipinitialspace=True, encoding="utf-8-sig")
        with zipfile.ZipFile(path) as archive:
            full = next((entry for entry in archive.namelist() if Path(entry).name == name), name)
            return pd.read_csv(io.BytesIO(archive.read(full)), dtype=str, skipinitialspace=True, encoding="utf-8-sig")
    except (FileNotFoundError, KeyError):
        return None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError, *DAMAGE) as error:
        raise DataError(f"A timetable must be whole; {name} in {path.name} cannot be read ({reason(error)}).") from error


def need(table: pd.DataFrame, name: str, path: Path, columns: tuple[str, ...]) -> None:
    lost = [column for column in columns if column not in table.columns]
    if lost:
        raise DataError(f"{name} must have columns {', '.join(columns)}; {path.name} has no {lost[0]!r} there.")


def seconds(column: pd.Series, path: Path, name: str = "stop_times.txt") -> pd.Series:
    """Seconds after midnight, NaN where the cell is empty; 25:10:00 is ten past one on the next day."""
    text = column.str.strip()
    parts = text.str.extract(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$").astype(float)
    bad = np.flatnonzero((parts[0].isna() & text.notna() & (text != "")).to_numpy())
    if len(bad):
        raise DataError(f"Departures must read HH:MM:SS; {name} in {path.name} line {bad[0] + 2} holds {column.iloc[bad[0]]!r}.")
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def service_days(path: Path) -> tuple[pd.DataFrame, list[Finding]]:
    """service_id and day: the weekdays of calendar.txt, with what calendar_dates.txt adds (1) and takes away (2); and what was cut."""
    rows: list[tuple[str, np.datetime64]] = []
    cut = 0
    for row in _dated_table(path, "calendar.txt", ("service_id", *_WEEK, "start_date", "end_date"), ("start_date", "end_date")):
        first, last = row["start_date"], row["end_date"]
        days = pd.date_range(first, min(last, first + pd.Timedelta(days=DAYS - 1)))
        cut += last > first + pd.Timedelta(days=DAYS - 1)
        rows += [(row["service_id"], day) for day in days if row[_WEEK[day.weekday()]] == "1"]
    exceptions = _dated_table(path, "calendar_dates.txt", ("service_id", "date", "exception_type"), ("date",))
    dated = [(row["service_id"], row["date"], row["exception_type"]) for row in exceptions]
    taken = {(service, day) for service, day, kind in dated if kind == "2"}
    kept = [row for row in rows if row not in taken] + [(service, day) for service, day, kind in dated if kind == "1"]
    said = Finding("warning", f"{cut} services of calendar.txt run longer than {DAYS} days; their later days are left out")
    found = [said] if cut else []
    return pd.DataFrame(list(dict.fromkeys(kept)), columns=["service_id", "day"]), found


def _dated_table(path: Path, name: str, columns: tuple[str, ...], days: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a file that may be absent, with its days as stamps."""
    table = table_if_there(path, name)
    if table is None:
        return []
    need(table, name, path, columns)
    for column in days:
        stamps = pd.to_datetime(table[column].str.strip(), format="%Y%m%d", errors="coerce")
        bad = np.flatnonzero((stamps.isna() | ~stamps.dt.year.between(1900, 2200)).to_numpy())
        if len(bad):
            raise DataError(
                f"Days of service must read YYYYMMDD; {name} in {path.name} line {bad[0] + 2} holds {table[column].iloc[bad[0]]!r}."
            )
        table[column] = stamps
    return table.to_dict("records")


def numbers(table: pd.DataFrame, column: str, name: str, path: Path) -> np.ndarray:
    """A column of numbers, NaN where empty."""
    numbers = pd.to_numeric(table[column], errors="coerce")
    bad = np.flatnonzero((numbers.isna() & table[column].notna()).to_numpy())
    if len(bad):
        raise DataError(f"{column} must hold numbers; {name} in {path.name} line {bad[0] + 2} holds {table[column].iloc[bad[0]]!r}.")
    return numbers.to_numpy(float)
