"""The time zone that a source's stamps carried: kept beside the stamps, which are UTC from then on."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.stamps import ZoneFinding
from chronotope.data.zones import CHANGING, comes_twice, zone_named
from chronotope.errors import TimeError
from chronotope.inspect.finding import Finding


def turned(name: str, zone: str) -> ZoneFinding:
    """What is said of the stamps of column `name`, which carried `zone`."""
    return ZoneFinding("inferred", f"{name!r} turned to UTC" + (f" from {zone}" if zone != "UTC" else ""), zone)


def zone_of_type(zone: tzinfo) -> str:
    """The name of a zone object: "Europe/Madrid", "UTC", or "+02:00" where it is a fixed offset."""
    name = str(getattr(zone, "key", None) or getattr(zone, "zone", None) or zone)
    if "/" in name:
        return name
    ahead = zone.utcoffset(None)
    return name if ahead is None else _written(int(ahead.total_seconds() // 60))


def zone_of_minutes(ahead: np.ndarray, utc: np.ndarray) -> str:
    """One zone for stamps that were written with offsets: "UTC", "+02:00", or a place where summer and winter differ.

    Args:
        ahead: minutes ahead of UTC (t,).
        utc: datetime64[ns] (t,).

    Returns:
        The first place whose clock gives each stamp its offset; "UTC" where there is none.
    """
    offsets = np.unique(ahead)
    if len(offsets) == 1:
        return _written(int(offsets[0]))
    local = utc + (ahead * 60 * 10**9).astype("timedelta64[ns]")
    return next((place for place in CHANGING if (_shown(utc, place) == local).all()), "UTC")


def _shown(utc: np.ndarray, place: str) -> np.ndarray:
    return pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(ZoneInfo(place)).tz_localize(None).values.astype("datetime64[ns]")


def _written(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"


def localized(times: np.ndarray, zone: str, name: str, groups: np.ndarray | None = None) -> tuple[np.ndarray, list[Finding]]:
    """Stamps of the local clock of `zone` as UTC; in the hour that comes twice in autumn, the order of the rows tells which is meant.

    Args:
        times: naive local stamps datetime64[ns] (t,), NaT where unknown.
        zone: IANA name.
        name: of the column, for messages.
        groups: the series of each row (t,), where rows of several series lie in one column.

    Raises:
        ArgumentError: no such zone.
        TimeError: a stamp does not exist on that clock, or the order of rows does not tell the hours apart.
    """
    index = pd.DatetimeIndex(times)
    twice = comes_twice(times, zone)
    early = np.ones(len(times), bool)
    if twice.any():
        steps = np.diff(times[~np.isnat(times)].astype(np.int64))
        backwards = bool((steps < 0).sum() > (steps > 0).sum())  # the newest first
        early[twice] = _first_pass(times[twice], np.zeros(int(twice.sum()), int) if groups is None else groups[twice], zone, backwards)
    aware = index.tz_localize(zone_named(zone), ambiguous=early, nonexistent="NaT")
    lost = np.flatnonzero(aware.isna() & ~index.isna())
    if len(lost):
        raise TimeError(
            f"Stamps of clock={zone!r} must exist on it; {index[lost[0]]} of {name!r} does not, as the clock is set forward then. "
            "If the clock never changes, name a fixed one such as 'Etc/GMT-1'."
        )
    utc = aware.tz_convert("UTC").tz_localize(None).values.astype("datetime64[ns]")
    said: list[Finding] = [turned(name, zone)]
    if twice.any():
        text = f"{int(twice.sum())} stamps lie in an hour that comes twice; the order of the rows tells which is meant"
        said.append(Finding("inferred", text))
    return utc, said


def beside(times: np.ndarray, found: list[Finding], field: Field, name: str) -> tuple[np.ndarray, list[Finding]]:
    """Stamps of a side table on the clock of the data: local ones become UTC where the data was written on the clock of a place.

    Args:
        times: datetime64[ns] (t,) of the side table, and `found`, what was said of them.
        field: the data.
        name: what people call the side table.

    Returns:
        The stamps, and what is said of them.
    """
    zone = field.dataset["time"].attrs.get("source_zone") if "time" in field.dataset.coords else None
    if zone in (None, "UTC") or any(isinstance(note, ZoneFinding) for note in found):
        return times, []
    if "/" not in zone:
        text = f"the stamps of {name} name no zone and are taken for UTC; those of the data were written with {zone}"
        return times, [Finding("warning", text)]
    utc, _ = localized(times, zone, name)
    return utc, [Finding("inferred", f"the stamps of {name} are taken for the clock of {zone}, as those of the data")]


def _first_pass(times: np.ndarray, groups: np.ndarray, zone: str, backwards: bool) -> np.ndarray:
    """True where a stamp of a doubled hour is the first of the two: before the stamps of a series on one night run back."""
    if backwards:
        return _first_pass(times[::-1], groups[::-1], zone, False)[::-1]
    night = times.astype("datetime64[D]").astype(np.int64)
    key = pd.factorize(pd.MultiIndex.from_arrays([groups, night]))[0]
    order = np.argsort(key, kind="stable")
    out = np.ones(len(times), bool)
    for rows in np.split(order, np.flatnonzero(np.diff(key[order])) + 1):
        out[rows] = _before_the_fall(times[rows], zone)
    return out


def _before_the_fall(times: np.ndarray, zone: str) -> np.ndarray:
    falls = np.flatnonzero(np.diff(times.astype(np.int64)) <= 0)
    if len(falls) > 1:
        raise TimeError(
            f"Rows of the hour that comes twice on the clock of {zone} must stand in order; those of {str(times[0])[:10]} do not. "
            "Sort the table, or write stamps with their zone."
        )
    return np.arange(len(times)) <= (falls[0] if len(falls) else len(times))


def autumn_hour(stamps: np.ndarray) -> str | None:
    """The zone, by its first place, whose clock shows each of these local stamps twice; None if there is none."""
    unique = np.unique(stamps)
    return next((place for place in CHANGING if comes_twice(unique, place).all()), None) if len(unique) else None


def check_autumn(times: np.ndarray, name: str) -> None:
    """Refuse stamps that repeat as those of a local clock do when it is set back.

    Args:
        times: local stamps (k,) that come more than once.
        name: of the column.

    Raises:
        TimeError: all of them lie in such hours.
    """
    place = autumn_hour(times)
    if place is not None:
        raise TimeError(
            f"Time stamps must not repeat; {str(times.min())[:16].replace('T', ' ')} of {name!r} comes twice, as clocks do in autumn when "
            f"they are set back. Name the clock, such as clock={place!r} (--clock {place}): the first of the rows is then the earlier."
        )
