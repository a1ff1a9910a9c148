"""Timetables in GTFS (a folder or zip of text files): stops as places, links of trips as edges, departures per step as a field."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field, Finding
from chronotope.data.frame import advance
from chronotope.data.options import OpenOptions
from chronotope.data.readers.text import DAMAGE, reason, zip_names
from chronotope.errors import DataError

_NEEDED = ("stops.txt", "stop_times.txt", "trips.txt")
DAYS, MOST_DAYS = 366, 3660  # a service is laid out for at most so many days, and all of them together
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def matches(path: Path) -> bool:
    """True for a folder or zip that holds stops.txt and stop_times.txt."""
    if path.is_dir():
        return all((path / name).is_file() for name in _NEEDED[:2])
    return path.suffix.lower() == ".zip" and set(_NEEDED[:2]) <= {Path(name).name for name in zip_names(path)}


def read(path: Path, options: OpenOptions) -> Field:
    """Scheduled departures of every stop in every step (an hour unless `step` says otherwise), on the agency's clock.

    Raises:
        DataError: a file or column is missing, a time cannot be read, or no day has service.
    """
    stops, times, trips = (_table(path, name) for name in _NEEDED)
    _need(stops, "stops.txt", path, ("stop_id", "stop_lat", "stop_lon"))
    _need(times, "stop_times.txt", path, ("trip_id", "stop_id", "departure_time", "stop_sequence"))
    _need(trips, "trips.txt", path, ("trip_id", "service_id"))
    seconds = _seconds(times["departure_time"], path)
    days = _service_days(path)
    rows = times[["trip_id", "stop_id"]].assign(seconds=seconds).merge(trips[["trip_id", "service_id"]], on="trip_id")
    rows = rows[rows["seconds"].notna() & rows["stop_id"].isin(set(stops["stop_id"]))].merge(days, on="service_id")
    if not len(rows):
        raise DataError(f"A timetable must have a day with service; {path.name} has none in calendar.txt or calendar_dates.txt.")
    span = rows["day"].max() - rows["day"].min()
    if span > pd.Timedelta(days=MOST_DAYS):
        raise DataError(
            f"The days of a timetable must lie within ten years; those of {path.name} span {span.days} days. Correct its dates."
        )
    stamps = rows["day"].to_numpy("datetime64[s]") + rows["seconds"].to_numpy(float).astype("timedelta64[s]")
    step = options.step or "1h"
    frame = _frame(stamps, step)
    served = stops[stops["stop_id"].isin(set(rows["stop_id"]))].drop_duplicates("stop_id").reset_index(drop=True)
    place = pd.Index(served["stop_id"]).get_indexer(rows["stop_id"])
    cell = np.searchsorted(frame, stamps.astype("datetime64[ns]"), side="right") - 1
    count = np.bincount(cell * len(served) + place, minlength=len(frame) * len(served)).reshape(len(frame), len(served))
    dataset = xr.Dataset(
        {"departures": (("time", "place"), count.astype(np.float32), {"units": "1", "long_name": f"scheduled departures per {step}"})},
        {"time": frame, "place": served["stop_id"].to_numpy(object)}
        | {short: ("place", _numbers(served, f"stop_{short}", "stops.txt", path)) for short in ("lat", "lon")},
    )
    if "stop_name" in served:
        dataset = dataset.assign_coords(name=("place", served["stop_name"].fillna("").to_numpy(object)))
    dataset, links = _with_links(dataset, times.assign(number=_numbers(times, "stop_sequence", "stop_times.txt", path)), served)
    found = [Finding("inferred", f"timetable: {len(rows)} departures at {len(served)} stops, {links} links as edges, counted per {step}")]
    return Field(dataset, "graph", ("departures",), ("place",), tuple(found), step, path.name)


def _table(path: Path, name: str) -> pd.DataFrame:
    table = _table_if_there(path, name)
    if table is None:
        raise DataError(f"A timetable must hold {', '.join(_NEEDED)}; {path.name} has no {name}.")
    return table


def _table_if_there(path: Path, name: str) -> pd.DataFrame | None:
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


def _need(table: pd.DataFrame, name: str, path: Path, columns: tuple[str, ...]) -> None:
    lost = [column for column in columns if column not in table.columns]
    if lost:
        raise DataError(f"{name} must have columns {', '.join(columns)}; {path.name} has no {lost[0]!r} there.")


def _seconds(column: pd.Series, path: Path) -> pd.Series:
    """Seconds after midnight; 25:10:00 is ten past one on the next day."""
    text = column.str.strip()
    parts = text.str.extract(r"^(\d{1,3}):([0-5]\d):([0-5]\d)$").astype(float)
    bad = np.flatnonzero((parts[0].isna() & text.notna() & (text != "")).to_numpy())
    if len(bad):
        raise DataError(f"Departures must read HH:MM:SS; stop_times.txt in {path.name} line {bad[0] + 2} holds {column.iloc[bad[0]]!r}.")
    return parts[0] * 3600 + parts[1] * 60 + parts[2]


def _service_days(path: Path) -> pd.DataFrame:
    """service_id and day: the weekdays of calendar.txt, with what calendar_dates.txt adds (1) and takes away (2)."""
    rows: list[tuple[str, np.datetime64]] = []
    for row in _dated_table(path, "calendar.txt", ("service_id", *_WEEK, "start_date", "end_date"), ("start_date", "end_date")):
        first, last = row["start_date"], row["end_date"]
        days = pd.date_range(first, min(last, first + pd.Timedelta(days=DAYS - 1)))
        rows += [(row["service_id"], day) for day in days if row[_WEEK[day.weekday()]] == "1"]
    exceptions = _dated_table(path, "calendar_dates.txt", ("service_id", "date", "exception_type"), ("date",))
    dated = [(row["service_id"], row["date"], row["exception_type"]) for row in exceptions]
    taken = {(service, day) for service, day, kind in dated if kind == "2"}
    kept = [row for row in rows if row not in taken] + [(service, day) for service, day, kind in dated if kind == "1"]
    return pd.DataFrame(list(dict.fromkeys(kept)), columns=["service_id", "day"])


def _dated_table(path: Path, name: str, columns: tuple[str, ...], days: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a file that may be absent, with its days as stamps."""
    table = _table_if_there(path, name)
    if table is None:
        return []
    _need(table, name, path, columns)
    for column in days:
        stamps = pd.to_datetime(table[column].str.strip(), format="%Y%m%d", errors="coerce")
        bad = np.flatnonzero((stamps.isna() | ~stamps.dt.year.between(1900, 2200)).to_numpy())
        if len(bad):
            raise DataError(
                f"Days of service must read YYYYMMDD; {name} in {path.name} line {bad[0] + 2} holds {table[column].iloc[bad[0]]!r}."
            )
        table[column] = stamps
    return table.to_dict("records")


def _numbers(table: pd.DataFrame, column: str, name: str, path: Path) -> np.ndarray:
    """A column of numbers, NaN where empty."""
    numbers = pd.to_numeric(table[column], errors="coerce")
    bad = np.flatnonzero((numbers.isna() & table[column].notna()).to_numpy())
    if len(bad):
        raise DataError(f"{column} must hold numbers; {name} in {path.name} line {bad[0] + 2} holds {table[column].iloc[bad[0]]!r}.")
    return numbers.to_numpy(float)


def _frame(stamps: np.ndarray, step: str) -> np.ndarray:
    """Whole steps from the first midnight past the last departure."""
    first = stamps.min().astype("datetime64[D]").astype("datetime64[ns]")
    one = advance(first, 1, step)[0] - first
    count = int((stamps.max().astype("datetime64[ns]") - first) // one) + 1
    return np.concatenate([[first], advance(first, count - 1, step)])[:count]


def _with_links(dataset: xr.Dataset, times: pd.DataFrame, served: pd.DataFrame) -> tuple[xr.Dataset, int]:
    """Edges from each stop to the next one of a trip; the weight is the number of trips that take it."""
    order = times.assign(place=pd.Index(served["stop_id"]).get_indexer(times["stop_id"]))
    order = order.sort_values(["trip_id", "number"], kind="stable")
    same = (order["trip_id"].to_numpy()[1:] == order["trip_id"].to_numpy()[:-1]) & (order["place"].to_numpy()[1:] >= 0)
    pair = np.stack([order["place"].to_numpy()[:-1], order["place"].to_numpy()[1:]], axis=1)[same]
    pair = pair[(pair[:, 0] >= 0) & (pair[:, 0] != pair[:, 1])]
    if not len(pair):
        return dataset, 0
    ends, weight = np.unique(pair, axis=0, return_counts=True)
    edges = {"edge_source": ("edge", ends[:, 0]), "edge_target": ("edge", ends[:, 1]), "edge_weight": ("edge", weight.astype(np.float32))}
    return dataset.assign(edges), len(ends)
