"""Zones by their names, and the hours that their clocks show twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError

CHANGING = (  # one place for each rule by which clocks are set in these years, the most people first
    *("Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Denver"),
    *("Europe/Athens", "Australia/Sydney", "Pacific/Auckland", "America/Halifax", "America/Santiago", "Australia/Adelaide"),
    *("America/St_Johns", "America/Anchorage", "Asia/Jerusalem", "Asia/Beirut", "Africa/Cairo", "America/Asuncion", "America/Havana"),
    *("America/Sao_Paulo", "Asia/Tehran", "America/Mexico_City", "Europe/Moscow", "Europe/Istanbul", "Atlantic/Azores"),
)


def comes_twice(times: np.ndarray, zone: str) -> np.ndarray:
    """True where the local clock shows the stamp twice, (t,)."""
    index, count = pd.DatetimeIndex(times), len(times)
    both = [index.tz_localize(zone_named(zone), ambiguous=np.full(count, flag), nonexistent="NaT") for flag in (True, False)]
    return np.asarray((both[0] != both[1]) & both[0].notna())


def zone_named(zone: str) -> ZoneInfo:
    """The zone.

    Raises:
        ArgumentError: there is none of that name.
    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise ArgumentError(f"zone must be an IANA name such as 'Europe/Berlin'; found {zone!r}.") from None
