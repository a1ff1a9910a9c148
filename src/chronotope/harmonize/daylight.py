"""Does a record run on a clock with daylight saving? The hour left out in spring and repeated in autumn tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import names_of
from chronotope.data.field import Field
from chronotope.data.zones import zone_named
from chronotope.errors import ArgumentError

ZONES = (  # one clock for each rule in use; others that change on the same local hours cannot be told apart from stamps
    "Europe/Berlin",
    "Europe/London",
    "Europe/Athens",
    "America/New_York",
    "America/Santiago",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Asia/Jerusalem",
)
_HOUR = np.timedelta64(1, "h").astype("timedelta64[ns]")


def daylight_saving(source: Field | Any, zones: tuple[str, ...] = ZONES) -> pd.DataFrame:
    """How well each zone's clock explains the hours that a record skips and repeats.

    Args:
        source: a Field (rows without any value count as absent), or naive stamps in the order of the record.
        zones: IANA names to try.

    Returns:
        One row per zone, best first: `springs` changes inside the record, `skipped` those whose hour holds no stamp though the hours on
        both sides do, `autumns`, `repeated` those whose hour holds stamps twice (None seen in a Field, whose stamps are unique), and
        `likely`: two springs or more (or one spring and one repeated autumn), all of them skipped, in a record that seldom skips else.
    """
    times, repeats = _stamps(source)
    named = names_of(zones, "zones")
    if not named:
        raise ArgumentError("zones must name at least one zone such as 'Europe/Berlin'; found none.")
    rows = [_evidence(times, repeats, zone) for zone in named]
    table = pd.DataFrame(rows).sort_values(["likely", "skipped", "repeated"], ascending=False, kind="stable")
    return table.reset_index(drop=True)


def changes(zone: str, first: np.datetime64, last: np.datetime64) -> tuple[np.ndarray, np.ndarray]:
    """(starts of hours left out, starts of hours repeated) on the local clock of `zone`, datetime64[ns]."""
    utc = pd.date_range(pd.Timestamp(first).floor("h") - pd.Timedelta("1D"), pd.Timestamp(last) + pd.Timedelta("1D"), freq="h", tz="UTC")
    local = utc.tz_convert(zone_named(zone)).tz_localize(None).values.astype("datetime64[ns]")
    moved = np.diff(local)
    forward, back = np.flatnonzero(moved > _HOUR), np.flatnonzero(moved < _HOUR)
    return local[forward] + _HOUR, local[back + 1]


def _stamps(source: Field | Any) -> tuple[np.ndarray, np.ndarray]:
    """(unique stamps that hold something, stamps that come twice)."""
    if not isinstance(source, Field):
        times, counts = np.unique(np.asarray(source, "datetime64[ns]"), return_counts=True)
        return times, times[counts > 1]
    times = source.times
    if "time" in source.dataset.dims and source.variables:
        dims = {name: [dim for dim in source.dataset[name].dims if dim != "time"] for name in source.variables}
        seen = [source.dataset[name].notnull().any(dims[name]).values for name in source.variables]
        times = times[np.logical_or.reduce(seen)]
    return np.unique(times), np.array([], "datetime64[ns]")


def _evidence(times: np.ndarray, repeats: np.ndarray, zone: str) -> dict[str, Any]:
    if not len(times):
        return {"zone": zone, "springs": 0, "skipped": 0, "autumns": 0, "repeated": 0, "likely": False}
    springs, autumns = changes(zone, times[0], times[-1])
    judged = np.array([_holds(times, s - _HOUR) and _holds(times, s + _HOUR) for s in springs], bool)
    skipped = np.array([not _holds(times, s) for s in springs], bool) & judged
    again = np.array([_holds(repeats, s) for s in autumns], bool)
    found, total = int(skipped.sum()), int(judged.sum())
    enough = found >= 2 or (found == 1 and again.any())
    return {
        "zone": zone,
        "springs": total,
        "skipped": found,
        "autumns": len(autumns),
        "repeated": int(again.sum()),
        "likely": bool(enough and found == total and _seldom_skips(times, found)),
    }


def _holds(times: np.ndarray, start: np.datetime64) -> bool:
    """True if a stamp lies in the hour from `start`."""
    low, high = np.searchsorted(times, [start, start + _HOUR])
    return bool(high > low)


def _seldom_skips(times: np.ndarray, explained: int) -> bool:
    """True if single hours are absent less than ten times as often as the changes of the clock explain."""
    hours = np.unique(times.astype("datetime64[h]"))
    single = int((np.diff(hours) == np.timedelta64(2, "h")).sum())
    return single <= 10 * max(explained, 1)
