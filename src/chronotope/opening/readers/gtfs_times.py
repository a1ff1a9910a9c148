"""When each trip of a GTFS timetable leaves each stop: blank times between given ones, and trips that repeat by headway."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from chronotope.inspect.finding import Finding
from chronotope.opening.readers.gtfs_files import need, numbers, seconds, table_if_there


def departures(times: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows (trip_id, stop_id, number, seconds) of stop_times.txt in the order of each trip, and what was inferred.

    A stop without a time is served between its neighbours that have one, by `shape_dist_traveled` where it is given along that
    stretch, else at even distances, as the format's own rule says; one without a time before or after it is left out.
    """
    rows = times[["trip_id", "stop_id"]].assign(
        number=numbers(times, "stop_sequence", "stop_times.txt", path),
        leaves=seconds(times["departure_time"], path),
        along=numbers(times, "shape_dist_traveled", "stop_times.txt", path) if "shape_dist_traveled" in times else np.nan,
    )
    arrives = seconds(times["arrival_time"], path) if "arrival_time" in times else rows["leaves"]
    rows = rows.assign(arrives=arrives.where(arrives.notna(), rows["leaves"]), leaves=rows["leaves"].where(rows["leaves"].notna(), arrives))
    rows = rows.sort_values(["trip_id", "number"], kind="stable").reset_index(drop=True)
    blank = rows["leaves"].isna()
    if not blank.any():
        return rows.assign(seconds=rows["leaves"]), []
    filled = _between(rows)
    lost = int(filled.isna().sum())
    found = [Finding("inferred", f"{int(blank.sum()) - lost} stops of trips without a time are served between those that have one")]
    said = f"{lost} stops at the end of a trip have no time, so their departures are left out"
    return rows.assign(seconds=filled), [*found, *([Finding("warning", said)] if lost else [])]


def _between(rows: pd.DataFrame) -> pd.Series:
    """`leaves`, with blank cells laid between the times before and after them on the same trip; NaN where one of these is not there."""
    trip, row = rows.groupby("trip_id", sort=False), pd.Series(np.arange(len(rows), dtype=float), rows.index)
    given = rows["leaves"].notna()
    before = row.where(given).groupby(rows["trip_id"], sort=False).ffill()
    after = row.where(given).groupby(rows["trip_id"], sort=False).bfill()
    inside = ~given & before.notna() & after.notna()
    first, last = before[inside].astype(int).to_numpy(), after[inside].astype(int).to_numpy()
    here = np.flatnonzero(inside)
    along = rows["along"].to_numpy(float)
    rising = (trip["along"].diff().fillna(0) >= 0) & rows["along"].notna()
    broken = np.append(0, np.cumsum(~rising.to_numpy()))
    whole = (broken[last + 1] == broken[first]) & (along[last] > along[first])
    even = (here - first) / (last - first)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole, (along[here] - along[first]) / (along[last] - along[first]), even)
    start, end = rows["leaves"].to_numpy()[first], rows["arrives"].to_numpy()[last]
    out = rows["leaves"].copy()
    out.iloc[here] = np.round(start + share * (end - start))
    return out


def repeated(rows: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, pd.Series, list[Finding]]:
    """(`rows` with the trips of frequencies.txt once for each of their starts, starts of each of these trips, what was inferred).

    A trip starts at `start_time` and every `headway_secs` from then on, before `end_time`; its own times only say how far its stops are
    apart. Starts without exact times are laid so too, as the headway is all that is known of them.
    """
    table = table_if_there(path, "frequencies.txt")
    if table is None or not len(table):
        return rows, pd.Series(dtype=float), []
    need(table, "frequencies.txt", path, ("trip_id", "start_time", "end_time", "headway_secs"))
    listed = table["trip_id"].isin(set(rows["trip_id"])).to_numpy()
    first, last = (seconds(table[name], path, "frequencies.txt").to_numpy(float) for name in ("start_time", "end_time"))
    headway = numbers(table, "headway_secs", "frequencies.txt", path)
    good = np.isfinite(first) & np.isfinite(last) & (headway > 0) & listed
    count = np.where(good, np.ceil((last - first) / np.where(good, headway, 1)), 0).clip(0).astype(int)
    which = np.repeat(np.arange(len(table)), count)
    step = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    starts = pd.DataFrame({"trip_id": table["trip_id"].to_numpy()[which], "start": first[which] + step * headway[which]})
    often = rows["trip_id"].isin(set(table["trip_id"]))
    begins = rows[often].groupby("trip_id")["seconds"].transform("min")
    runs = rows[often].assign(seconds=rows.loc[often, "seconds"] - begins).merge(starts, on="trip_id")
    runs = runs.assign(seconds=runs["seconds"] + runs["start"]).drop(columns="start")
    found = [Finding("inferred", f"frequencies.txt: {len(starts)} starts of {starts['trip_id'].nunique()} trips that repeat by headway")]
    bad = int((~good).sum())
    said = f"frequencies.txt: {bad} rows without a start, end, headway or trip with times are left out"
    found += [Finding("warning", said)] if bad else []
    return pd.concat([rows[~often], runs], ignore_index=True), starts.groupby("trip_id").size(), found
