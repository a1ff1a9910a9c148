"""Stamps as they were given: inside they are UTC, outside they stand in the zone of the source, and say so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.inspect.finding import Finding

CLOCK, SOURCE = "time_zone", "source_zone"  # attributes of `time`: the clock of its stamps, and the zone that they carried when read


@dataclass(frozen=True)
class ZoneFinding(Finding):
    """The finding that stamps were turned to UTC, and the zone that they carried: "UTC", "+02:00" or "Europe/Madrid"."""

    zone: str = "UTC"


def zone_marked(dataset: xr.Dataset, findings: tuple[Finding, ...]) -> xr.Dataset:
    """`dataset` whose time says in its attributes that it is UTC, and which zone the source wrote, where a finding says so."""
    zone = next((note.zone for note in findings if isinstance(note, ZoneFinding)), None)
    if zone is None or "time" not in dataset.coords:
        return dataset
    time = dataset["time"]
    return dataset.assign_coords(time=(time.dims, time.values, {**time.attrs, CLOCK: "UTC", SOURCE: zone}))


def zone_of(dataset: xr.Dataset, name: str = "time") -> str | None:
    """The zone in which the stamps of a dataset, which are UTC, are given back; None where they stand on a clock of their own."""
    attrs = dataset[name].attrs if name in dataset.variables else {}
    return str(attrs.get(SOURCE, "UTC")) if attrs.get(CLOCK) == "UTC" else None


def in_zone(times: Any, zone: str | None) -> Any:
    """UTC stamps (datetime64, any shape that pandas takes) as pandas' own of the zone; as they are without one."""
    if zone is None:
        return times
    return pd.DatetimeIndex(np.asarray(times, "datetime64[ns]")).tz_localize("UTC").tz_convert(zone_word(zone))


def table_in_zone(table: pd.DataFrame, dataset: xr.Dataset, names: tuple[str, ...] = ("init_time", "time")) -> pd.DataFrame:
    """A table of a dataset with its columns of time in the zone of the source."""
    zone = zone_of(dataset)
    return table.assign(**{name: in_zone(table[name], zone) for name in names if name in table}) if zone else table


def wall_clock(times: np.ndarray, zone: str | None) -> np.ndarray:
    """UTC stamps of any shape as the clock of the zone shows them, without a zone; in autumn an hour comes twice."""
    if zone is None:
        return times
    return in_zone(times.ravel(), zone).tz_localize(None).to_numpy("datetime64[ns]").reshape(times.shape)


def off_wall_clock(times: np.ndarray, zone: str | None) -> np.ndarray:
    """The way back from `wall_clock`: of two equal hours the first, of those that are left out the first that is shown."""
    if zone is None:
        return times
    there = pd.DatetimeIndex(times.ravel()).tz_localize(zone_word(zone), ambiguous=np.ones(times.size, bool), nonexistent="shift_forward")
    return there.tz_convert("UTC").tz_localize(None).to_numpy("datetime64[ns]").reshape(times.shape)


def rows_at(times: np.ndarray, asked: str | slice, zone: str) -> Any:
    """The positions in UTC stamps that text, or a slice, names on the clock of the zone; "2023-03-26" is the whole day there."""
    index = in_zone(times, zone)
    if isinstance(asked, str):
        return index.get_loc(asked)
    ends = [end if end is None or isinstance(end, str) else pd.Timestamp(end) for end in (asked.start, asked.stop)]
    ends = [end.tz_localize("UTC") if isinstance(end, pd.Timestamp) and end.tzinfo is None else end for end in ends]
    return index.slice_indexer(*ends, asked.step)


def on_local_days(times: np.ndarray, known: np.ndarray, origin: np.datetime64, zone: str | None) -> np.ndarray:
    """Stamps (h,) counted in days, months or years from `origin`, so that the zone's clock goes on to show what it showed at `known` (t,).

    In UTC a midnight of a zone moves by an hour where its clocks are set; stamps that are known are left as they are.
    """
    if zone is None or not len(times):
        return times
    local = pd.DatetimeIndex(wall_clock(known, zone))
    clock, plain = local - local.normalize(), known - known.astype("datetime64[D]")
    if len(clock.unique()) > 1 or (not plain.any() and clock[0] != pd.Timedelta(0)):
        return times
    ahead = wall_clock(times, zone) - times
    moved = times + (wall_clock(np.array([origin]), zone)[0] - origin) - ahead
    return np.where(np.isin(times, known), times, moved)


def zone_word(zone: str) -> str:
    """A zone as pandas, arrow and zoneinfo all know it."""
    return "UTC" if re.fullmatch(r"Z|UTC|GMT|[+-]00:?00", zone) else zone


def stamp_words(time: Any, zone: str | None) -> str:
    """A stamp to the second in ISO 8601, with its offset where it has a zone: 2024-06-15T00:00:00+02:00."""
    if zone is None:
        return str(np.datetime_as_string(np.datetime64(time, "ns"), unit="s"))
    return in_zone([time], zone)[0].isoformat(timespec="seconds")


def iso_cells(column: pd.Series) -> pd.Series:
    """A column of stamps with a zone as text, each with its offset; NaT stays empty."""
    cells = [None if pd.isna(cell) else cell.isoformat() for cell in column]
    return pd.Series(cells, column.index, dtype=object)


def on_the_clock(stamps: Any, zone: str | None) -> Any:
    """What a caller says about time, in UTC where the source has a zone: one stamp or a list of them.

    A stamp with a zone of its own is that moment; text without one is read on the clock of the source (of a repeated hour the first, of a
    hour that is left out the next); datetime64 and pandas' stamps without a zone are UTC, as `Field.times` are.
    """
    if zone is None or stamps is None:
        return stamps
    if isinstance(stamps, (list, tuple, pd.Index, pd.Series)):
        return [on_the_clock(stamp, zone) for stamp in stamps]
    if not isinstance(stamps, (str, pd.Timestamp, datetime)):
        return stamps
    try:
        moment = pd.Timestamp(stamps)
        if moment.tzinfo is None and not isinstance(stamps, str):
            return stamps
        if moment.tzinfo is None:
            moment = pd.DatetimeIndex([moment]).tz_localize(zone_word(zone), ambiguous=np.array([True]), nonexistent="shift_forward")[0]
        return moment.tz_convert("UTC").tz_localize(None)
    except (ValueError, TypeError):
        return stamps  # refused where it is read
