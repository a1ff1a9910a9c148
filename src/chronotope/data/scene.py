"""Scene: tracks as a panel of objects on a regular clock, their positions in metres of one plane; and back to degrees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.azimuthal import Azimuthal
from chronotope.data.fixes import Fixes, on_one_turn
from chronotope.data.panel import Panel
from chronotope.errors import DataError

JOINED = 2.0  # steps: fixes less far apart are joined by a straight line in time
MOST_ROWS = 400_000  # of a panel; earlier ones are not read
MOST_CELLS = 20_000_000
STEADY = 0.9  # share of fixes that must stand on one clock for its rows to be those of the data


@dataclass(frozen=True)
class Scene:
    """Objects that are followed, each in a column of its own, and those that are gone, laid behind each other in further columns.

    Attributes:
        panel: positions (t, n, 2), float64 metres or the data's own plane units; its last row is the origin.
        objects: int (k,), which objects the first k columns are.
        plane: the projection, or None where the data has x and y.
        east: whether longitudes of the data run from 0 to 360.
        resampled: share of the fixes that stand between two rows.
        beside: what the fixes carry (t, n, v), in the rows and columns of the panel; between two fixes what the earlier one carries,
            so that no row tells of a later measurement.
    """

    panel: Panel
    objects: np.ndarray
    plane: Azimuthal | None
    east: bool
    resampled: float
    beside: np.ndarray

    def degrees(self, plane: np.ndarray) -> np.ndarray:
        """Positions (..., 2) of the plane as lat and lon, or as they are."""
        if self.plane is None:
            return plane
        out = self.plane.to_degrees(plane)
        out[..., 1] = on_one_turn(out[..., 1], self.east)
        return out


def step_of(fixes: Fixes, word: str | None = None) -> int:
    """Nanoseconds of a step: that of `word`, or the median time between an object's fixes, in whole seconds where it is longer.

    Raises:
        DataError: no object has two fixes.
    """
    if word is not None:
        return int(pd.Timedelta(pd.tseries.frequencies.to_offset(word)).value)  # type: ignore[arg-type]
    gaps = np.diff(fixes.time)[np.diff(fixes.who) == 0]
    if not len(gaps):
        raise DataError("At least one object must have two fixes, so that a step can be told; found one fix each. Give step=.")
    step = float(np.median(gaps))
    for unit in (10**9, 10**8, 10**6):
        if step >= 10 * unit:
            return int(round(step / unit) * unit)
    return max(int(step), 1)


def origin_of(fixes: Fixes, step: int, moment: int) -> int:
    """The row that a moment stands for, nanoseconds: itself, or the row before it where the fixes, none of them later, keep one clock."""
    phase, count = np.unique(fixes.time % step, return_counts=True)
    if not len(count) or count.max() < STEADY * len(fixes.time):
        return moment
    offset = int(phase[count.argmax()])
    return offset + (moment - offset) // step * step


def scene_of(fixes: Fixes, step: int, origin: int, recent: int) -> Scene:
    """The scene up to an origin; nothing later is read.

    Args:
        fixes: of all objects.
        step: nanoseconds.
        origin: nanoseconds, the last row.
        recent: an object is followed if it was seen in one of the last so many rows.

    Raises:
        DataError: no fix lies at or before the origin.
    """
    past = fixes.until(origin)
    if not len(past.time):
        raise DataError(f"At least one fix must lie at or before the origin ({pd.Timestamp(origin)}); found none. Choose a later one.")
    plane = Azimuthal.around(past.at) if fixes.degrees else None
    flat = past.at if plane is None else plane.to_plane(past.at)
    first = max(int((origin - past.time.min()) // step), 1)
    late = past.time > origin - recent * step
    objects = np.unique(past.who[late])
    rows = min(first + 1, MOST_ROWS, max(MOST_CELLS // (len(objects) + 8), 2 * recent))
    carried = np.concatenate([flat, past.beside.reshape(len(flat), -1)], axis=1)
    row, who, at = _on_rows(past.who, (past.time - origin) / step + rows - 1, carried, rows - 1 - recent)
    column, width = _columns(row, who, objects, recent)
    values = np.full((rows, width, at.shape[1]), np.nan)
    values[row, column] = at
    times = (origin + step * np.arange(1 - rows, 1)).astype("datetime64[ns]")
    names = np.array([*past.names[objects].astype(str), *(f"earlier {k + 1}" for k in range(width - len(objects)))], object)
    between = (past.time - origin) % step != 0
    panel = Panel(values[..., :2], times, _word(step), past_names(fixes), xy=None, places=names)
    return Scene(panel, objects, plane, past.runs_east, float(between.mean()), values[..., 2:])


def past_names(fixes: Fixes) -> tuple[str, str]:
    """Names of the two variables of the panel."""
    return ("east", "north") if fixes.degrees else ("x", "y")


def _word(step: int) -> str:
    return f"{step // 10**9}s" if step % 10**9 == 0 else f"{step // 10**6}ms" if step % 10**6 == 0 else f"{step}ns"


def _on_rows(who: np.ndarray, place: np.ndarray, at: np.ndarray, late: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, object and position of every row between two near fixes of an object, and of the row after its last fix of all.

    Positions between are on a straight line; what else is carried stays as it was measured last.

    Args:
        who, place, at: object, time in rows (f,), position and what else is carried (f, 2 + v) of the fixes, sorted.
        late: objects whose last fix lies after this row are led on to the row after it, so that nothing known of them is lost.
    """
    joined = (np.diff(who) == 0) & (np.diff(place) < JOINED - 1e-6)
    low, high = np.ceil(place[:-1] - 1e-6), np.ceil(place[1:] - 1e-6) - 1
    count = np.where(joined, np.maximum(high - low + 1, 0), 0).astype(int)
    pair = np.repeat(np.arange(len(count)), count)
    row = low[pair].astype(int) + np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
    alone = np.flatnonzero(~np.append(joined, False))  # the last fix of every stretch
    here = np.rint(place[alone]).astype(int)
    exact = np.abs(place[alone] - here) < 1e-6
    final = np.append(np.diff(who) != 0, True)[alone]
    last = alone[~exact & final & (place[alone] > late)]
    share = (row - place[pair]) / (place[pair + 1] - place[pair])
    between = at[pair].copy()
    between[:, :2] += np.clip(share, 0, 1)[:, None] * (at[pair + 1, :2] - at[pair, :2])
    end = np.ceil(place[last]).astype(int)
    row = np.concatenate([row, here[exact], end])
    out = np.concatenate([between, at[alone[exact]], _led_on(last, joined, place, at, end)])
    whose = np.concatenate([who[pair], who[alone[exact]], who[last]])
    good = row >= 0
    return row[good], whose[good], out[good]


def _led_on(last: np.ndarray, joined: np.ndarray, place: np.ndarray, at: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Positions (k, 2) in rows (k,) less than a step after the last fixes, on along the line through the last two."""
    back = np.maximum(last - 1, 0)
    line = (last > 0) & joined[np.minimum(back, len(joined) - 1)] if len(joined) else np.zeros(len(last), bool)
    gap = np.where(line, place[last] - place[back], 1.0)
    out = at[last].copy()
    out[:, :2] += np.where(line, (row - place[last]) / gap, 0.0)[:, None] * (at[last, :2] - at[back, :2])
    return out


def _columns(row: np.ndarray, who: np.ndarray, objects: np.ndarray, recent: int) -> tuple[np.ndarray, int]:
    """The column of every cell, and how many there are: objects that are followed have their own, the others share as few as hold them."""
    whose, start = np.unique(who, return_inverse=True)
    first, last = np.full(len(whose), np.iinfo(int).max), np.full(len(whose), -1)
    np.minimum.at(first, start, row)
    np.maximum.at(last, start, row)
    column, free = np.searchsorted(objects, whose), list[int]()
    gone = np.flatnonzero(~np.isin(whose, objects))
    for k in gone[np.lexsort((last[gone], first[gone]))]:
        lane = next((i for i, end in enumerate(free) if end + recent + 8 < first[k]), len(free))
        if lane == len(free):
            free.append(0)
        free[lane] = int(last[k])
        column[k] = len(objects) + lane
    return column[start], len(objects) + len(free)
