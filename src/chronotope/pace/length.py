"""Lengths of time: from what people write to seconds, and back."""

from __future__ import annotations

import re
from typing import Any

from chronotope.errors import ArgumentError

UNITS = {"s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
RULE = "budget must be a length of time above zero, such as 60s, 5min or 2h (a number is seconds)"


def seconds_of(length: Any) -> float | None:
    """Seconds of "60s", "5min", "2h", a number of seconds or a timedelta; None for None.

    Raises:
        ArgumentError: it is none of these, or not above zero.
    """
    if length is None:
        return None
    seconds = _seconds(length)
    if seconds is None or not 0 < seconds < float("inf"):
        raise ArgumentError(f"{RULE}; found {length!r}.")
    return seconds


def _seconds(length: Any) -> float | None:
    if isinstance(length, bool):
        return None
    if isinstance(length, (int, float)):
        return float(length)
    if hasattr(length, "total_seconds"):
        return float(length.total_seconds())
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([a-z]*)\s*", str(length).lower())
    if found is None or (found[2] and found[2] not in UNITS):
        return None
    return float(found[1]) * UNITS.get(found[2], 1.0)


def in_words(seconds: float) -> str:
    """About how long: "8 s", "3 min", "2.5 h"."""
    if seconds < 1:
        return f"{seconds:.1g} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
