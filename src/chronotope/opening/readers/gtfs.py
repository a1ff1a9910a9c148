"""Timetables in GTFS (a folder or zip of text files): stops as places, links of trips as edges, departures per step as a field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.frame import advance
from chronotope.errors import DataError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers.gtfs_files import NEEDED, need, numbers, service_days, table, table_if_there
from chronotope.opening.readers.gtfs_times import departures, repeated
from chronotope.opening.sniff.text import zip_names

MOST_DAYS = 3660  # all days of service lie within so many


def matches(path: Path) -> bool:
    """True for a folder or zip that holds stops.txt and stop_times.txt."""
    if path.is_dir():
        return all((path / name).is_file() for name in NEEDED[:2])
    return path.suffix.lower() == ".zip" and set(NEEDED[:2]) <= {Path(name).name for name in zip_names(path)}


def read(path: Path, options: OpenOptions) -> Field:
    """Scheduled departures of every stop in every step (an hour unless `step` says otherwise), on the agency's clock.

    Raises:
        DataError: a file or column is missing, a time cannot be read, or no day has service.
    """
    stops, times, trips = (table(path, name) for name in NEEDED)
    need(stops, "stops.txt", path, ("stop_id", "stop_lat", "stop_lon"))
    need(times, "stop_times.txt", path, ("trip_id", "stop_id", "departure_time", "stop_sequence"))
    need(trips, "trips.txt", path, ("trip_id", "service_id"))
    timed, found = departures(times, path)
    rows, starts, more = _runs(timed, stops, trips, path)
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
        {"time": frame, "place": served["stop_id"].to_numpy(object)} | _positions(served, stops, path),
    )
    dataset, links = _with_links(dataset, timed, served, starts)
    zone, said = _zone(path)
    dataset.attrs.update({"timezone": zone} if zone else {})
    text = f"timetable: {len(rows)} departures at {len(served)} stops, {links} links as edges, counted per {step}"
    return Field(dataset, "graph", ("departures",), ("place",), (Finding("inferred", text), *found, *more, *said), step, path.name)


def _runs(timed: pd.DataFrame, stops: pd.DataFrame, trips: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, pd.Series, list[Finding]]:
    """(a row per departure on each day of service, starts of the trips that repeat, what was inferred).

    Raises:
        DataError: no day has service.
    """
    days, cut = service_days(path)
    known = timed["stop_id"].isin(set(stops["stop_id"])) & timed["trip_id"].isin(set(trips["trip_id"]))
    runs, starts, again = repeated(timed[known & timed["seconds"].notna()], path)
    rows = runs.merge(trips[["trip_id", "service_id"]].drop_duplicates("trip_id"), on="trip_id").merge(days, on="service_id")
    if not len(runs):
        raise DataError(
            f"A timetable must say when a listed trip leaves a listed stop; {path.name} has no such time in stop_times.txt"
            f"{' that frequencies.txt repeats' if len(starts) or again else ''}. Correct its files."
        )
    if not len(rows):
        raise DataError(f"A timetable must have a day with service; {path.name} has none in calendar.txt or calendar_dates.txt.")
    said = f"{int((~known).sum())} rows of stop_times.txt name a stop or trip that is not listed; they are left out"
    return rows, starts, [*again, *cut, *([] if known.all() else [Finding("warning", said)])]


def _positions(served: pd.DataFrame, stops: pd.DataFrame, path: Path) -> dict[str, Any]:
    """Coordinates over the places: lat and lon (of the station where a platform has none), name, and the station it belongs to."""
    parent = served["parent_station"].fillna("") if "parent_station" in served else pd.Series("", served.index)
    row = pd.Index(stops["stop_id"]).get_indexer_for(parent)[: len(parent)] if stops["stop_id"].is_unique else np.full(len(parent), -1)
    out: dict[str, Any] = {}
    for short in ("lat", "lon"):
        every, own = (numbers(part, f"stop_{short}", "stops.txt", path) for part in (stops, served))
        out[short] = ("place", np.where(np.isnan(own) & (row >= 0), every[row], own))
    if "stop_name" in served:
        out["name"] = ("place", served["stop_name"].fillna("").to_numpy(object))
    if (parent != "").any():
        out["parent_station"] = ("place", parent.to_numpy(object))
    return out


def _zone(path: Path) -> tuple[str | None, list[Finding]]:
    """The agency's time zone, whose clock the stamps are on, and what is said of it."""
    agency = table_if_there(path, "agency.txt")
    zones = [] if agency is None or "agency_timezone" not in agency else list(dict.fromkeys(agency["agency_timezone"].dropna().str.strip()))
    if not zones:
        return None, []
    said = [Finding("inferred", f"time stamps are on the clock of {zones[0]}; they are kept as they are")]
    more = f"agencies keep clocks of {len(zones)} time zones ({listed(zones, 4)}); the first is named"
    return zones[0], said + ([Finding("warning", more)] if len(zones) > 1 else [])


def _frame(stamps: np.ndarray, step: str) -> np.ndarray:
    """Whole steps from the first midnight past the last departure."""
    first = stamps.min().astype("datetime64[D]").astype("datetime64[ns]")
    one = advance(first, 1, step)[0] - first
    count = int((stamps.max().astype("datetime64[ns]") - first) // one) + 1
    return np.concatenate([[first], advance(first, count - 1, step)])[:count]


def _with_links(dataset: xr.Dataset, timed: pd.DataFrame, served: pd.DataFrame, starts: pd.Series) -> tuple[xr.Dataset, int]:
    """Edges from each stop to the next one of a trip; the weight is the number of trips (or of starts) that take it."""
    place, trip = pd.Index(served["stop_id"]).get_indexer(timed["stop_id"]), timed["trip_id"].to_numpy()
    runs = timed["trip_id"].map(starts).fillna(1).to_numpy(float)
    keep = (trip[1:] == trip[:-1]) & (place[1:] >= 0) & (place[:-1] >= 0) & (place[1:] != place[:-1])
    if not keep.any():
        return dataset, 0
    ends, which = np.unique(np.stack([place[:-1], place[1:]], axis=1)[keep], axis=0, return_inverse=True)
    weight = np.bincount(which.ravel(), runs[1:][keep])
    edges = {"edge_source": ("edge", ends[:, 0]), "edge_target": ("edge", ends[:, 1]), "edge_weight": ("edge", weight.astype(np.float32))}
    return dataset.assign(edges), len(ends)
