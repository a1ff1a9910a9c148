"""The hour that a local clock leaves out in spring: a gap of the clock, not of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import calendar_months
from chronotope.data.zones import CHANGING, zone_named
from chronotope.inspect.finding import Finding

DAY = np.timedelta64(1, "D")  # steps as long as this leave no hour out
_MOST = 5000  # missing stamps among which it is looked for


def with_spring(field: Field) -> Field:
    """`field` with a finding where stamps that name no zone leave out just the hour that clocks do when they are set forward."""
    if field.kind not in ("grid", "graph", "video") or "source_zone" in field.dataset["time"].attrs or field.dataset.sizes["time"] < 48:
        return field
    frame = field.frame
    if not frame.regular or calendar_months(frame.freq) or not 0 < len(frame.times) - len(frame.rows) <= _MOST:
        return field
    if frame.times[1] - frame.times[0] >= DAY:
        return field
    lost = np.ones(len(frame.times), bool)
    lost[frame.rows] = False
    place = next((place for place in CHANGING if _is_spring(frame.times, lost, place)), None)
    if place is None:
        return field
    first = str(frame.times[lost][_absent(frame.times[lost], place)][0])[:16].replace("T", " ")
    text = (
        f"{first} is missing as on the clock of {place}, which is set forward then: the stamps seem to be local; "
        f"clock={place!r} turns them to UTC, where no hour is missing"
    )
    return field.with_findings(Finding("inferred", text))


def _is_spring(times: np.ndarray, lost: np.ndarray, place: str) -> bool:
    """True if the missing stamps hold all that the clock of `place` leaves out, and those beside them are there."""
    gone = np.flatnonzero(lost)
    absent = gone[_absent(times[gone], place)]
    if not len(absent):
        return False
    beside = np.concatenate([absent - 1, absent + 1])
    beside = beside[~np.isin(beside, absent)]
    if lost[beside].any():
        return False  # a longer outage
    inside = times[(times >= times[absent[0]]) & (times <= times[absent[-1]])]
    return int(_absent(inside, place).sum()) == len(absent)


def _absent(times: np.ndarray, place: str) -> np.ndarray:
    index = pd.DatetimeIndex(times)
    return np.asarray(index.tz_localize(zone_named(place), ambiguous=np.ones(len(index), bool), nonexistent="NaT").isna())
