"""Events as a panel of counts: cells and steps that end at an origin, and the events behind them; nothing later is read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.frame import check_step, fixed_freq
from chronotope.data.panel import Panel
from chronotope.data.past_events import PastEvents
from chronotope.data.projection import to_metres
from chronotope.errors import ArgumentError, DataError
from chronotope.harmonize.cells import counted_in

LEAST_EVENTS, LEAST_STEPS = 5, 2
MOST_ROWS, MOST_CELLS = 6000, 4_000_000
STEPS = tuple(pd.Timedelta(word) for word in ("1s", "10s", "1min", "10min", "1h", "6h", "1D", "7D", "28D"))
AXES = (("y", "x"), ("lat", "lon"))  # both where degrees were computed beside a plane of the data


@dataclass(frozen=True)
class Catalogue:
    """Events in order of time (and of place where times are the same).

    Attributes:
        times: datetime64[ns] (e,).
        at: float64 (e, 2), lat and lon, or y and x.
        axes: ("lat", "lon") or ("y", "x").
        passed_over: events without a time or a place; beyond 90 degrees north or south there is none.
        marks: numbers (e,) by name.
        rows: int (e,), where each stands in the field.
    """

    times: np.ndarray
    at: np.ndarray
    axes: tuple[str, str]
    passed_over: int
    marks: dict[str, np.ndarray]
    rows: np.ndarray

    def until(self, origin: np.datetime64) -> Catalogue:
        """The events not later than an origin."""
        return self.part(slice(0, int(np.searchsorted(self.times, origin, side="right"))))

    def part(self, which: slice | np.ndarray) -> Catalogue:
        """Some of them, in order."""
        marks = {name: values[which] for name, values in self.marks.items()}
        return replace(self, times=self.times[which], at=self.at[which], marks=marks, rows=self.rows[which])


@dataclass(frozen=True)
class Cells:
    """Square cells that hold all past events.

    Attributes:
        size: in the coordinates of the field.
        first: int (2,), the cell of the lower corner, counted from zero of the coordinates.
        shape: rows and columns.
    """

    size: float
    first: np.ndarray
    shape: tuple[int, int]

    def counted(self, at: np.ndarray) -> np.ndarray:
        """Positions (..., 2) in cells from the lower corner; whole parts are those of the cell."""
        return counted_in(at, self.size) - self.first

    def centres(self, axis: int) -> np.ndarray:
        """Centres along rows (0) or columns (1)."""
        return np.asarray((self.first[axis] + np.arange(self.shape[axis]) + 0.5) * self.size)


def catalogue_of(field: Field) -> Catalogue:
    """The events of a field that have a time and a place.

    Raises:
        DataError: events have no positions, or fewer than five have a time and a place.
    """
    data = field.dataset
    axes = next((pair for pair in AXES if pair[0] in data and pair[1] in data), None)
    if axes is None:
        raise DataError("A forecast of events needs their places; found no lat and lon, or x and y. Name the columns when you open.")
    times = data["time"].values.astype("datetime64[ns]")
    at = np.stack([np.asarray(data[name].values, float) for name in axes], axis=1)
    known = ~np.isnat(times) & np.isfinite(at).all(axis=1)
    if axes == ("lat", "lon"):
        known &= np.abs(at[:, 0]) <= 90.0
    if known.sum() < LEAST_EVENTS:
        raise DataError(f"A forecast of events needs at least {LEAST_EVENTS} with a time and a place; found {int(known.sum())}.")
    numbers = [name for name in map(str, data.data_vars) if data[name].dtype.kind in "fiu" and data[name].dims == data["time"].dims]
    marks = {name: np.asarray(data[name].values, float) for name in numbers}
    values = [marks[name] for name in sorted(marks)]
    order = np.lexsort([*values, at[:, 1], at[:, 0], times.astype(np.int64)])
    order = order[known[order]]
    return Catalogue(times[order], at[order], axes, int((~known).sum()), {name: one[order] for name, one in marks.items()}, order)


def step_of(step: Any, past: Catalogue, origin: np.datetime64) -> pd.Timedelta:
    """The step that is asked for, or of `STEPS` the longest of which sixty fit between the first event and the origin.

    Raises:
        ArgumentError: it is no length of time, or a calendar one, whose steps differ in length.
        DataError: all events lie at one moment.
    """
    span = pd.Timedelta(origin - past.times[0])
    if span <= pd.Timedelta(0):
        raise DataError("Events must lie at different times for steps to be chosen; all lie at one moment.")
    if step is None:
        return next((one for one in reversed(STEPS) if span >= 60 * one), STEPS[0])
    try:
        length = pd.Timedelta(pd.tseries.frequencies.to_offset(check_step(str(step) if not isinstance(step, pd.Timedelta) else step)))
    except ValueError:
        raise ArgumentError(
            f"step must be a length of time of its own for events, such as '1D' or '7D'; found {step!r}. "
            "For calendar months count them first: ct.events_to_counts(field, 'MS')."
        ) from None
    if span < LEAST_STEPS * length:
        raise ArgumentError(
            f"step must fit {LEAST_STEPS} times between the first event and the origin ({span}); found {step!r}. Give a shorter one."
        )
    return length


def cells_of(cell: Any, past: Catalogue) -> Cells:
    """Cells of the asked size, or of a round one: some four events in each on average where they are few, at most some 32 along a side.

    Raises:
        ArgumentError: `cell` is no size, or makes more cells than can be held.
        DataError: no size is given, and all events lie at one spot.
    """
    size = _default_size(past.at) if cell is None else _checked_size(cell)
    index = np.floor(counted_in(past.at, size))
    first, last = index.min(axis=0), index.max(axis=0)
    shape = (int(last[0] - first[0]) + 1, int(last[1] - first[1]) + 1)
    if shape[0] * shape[1] > MOST_CELLS:
        made = f"{cell!r} makes {shape[0]} x {shape[1]}"
        raise ArgumentError(f"cell must be larger, so that at most {MOST_CELLS} cells hold all events; {made}.")
    return Cells(size, first, shape)


def panel_of(past: Catalogue, origin: np.datetime64, step: pd.Timedelta, cells: Cells) -> Panel:
    """Counts of the cells where something happened and of those beside them, in whole steps up to the origin."""
    length = np.timedelta64(step.value, "ns")
    rows = int(min((origin - past.times[0]) // length, MOST_ROWS))
    ends = origin - np.arange(rows - 1, -1, -1) * length
    yx = cells.counted(past.at)
    where = np.minimum(np.floor(yx).astype(int), np.array(cells.shape) - 1)
    lattice, place = _with_neighbours(where, cells.shape)
    row = np.searchsorted(ends, past.times, side="left")
    counted = past.times > ends[0] - length
    flat = row[counted] * len(lattice) + place[counted]
    counts = np.bincount(flat, minlength=rows * len(lattice)).reshape(rows, len(lattice), 1)
    centres = np.stack([cells.centres(axis)[lattice[:, axis]] for axis in (0, 1)], axis=1)
    degrees = past.axes == ("lat", "lon")
    latlon = np.stack([np.clip(centres[:, 0], -90, 90), centres[:, 1]], axis=1) if degrees else None
    aspect = max(float(np.cos(np.deg2rad(np.median(past.at[:, 0])))), 0.1) if degrees else 1.0
    empty = cells.shape[0] * cells.shape[1] - len(lattice)
    events = PastEvents(past.times, yx, place, lattice, cells.shape, empty, aspect, past.marks)
    xy = to_metres(latlon) if latlon is not None else centres[:, ::-1].copy()
    freq = fixed_freq(step.value)
    return Panel(counts.astype(np.float32), ends, freq, ("count",), xy=xy, latlon=latlon, units=("1",), totals=(False,), events=events)


def _with_neighbours(where: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Row and column (n, 2) of the cells that hold one of `where` (e, 2) or touch one that does, and the cell (e,) of each."""
    moves = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    taken = np.unique(where, axis=0)
    around = np.concatenate([taken + move for move in moves])
    around = around[((around >= 0) & (around < np.array(shape))).all(axis=1)]
    codes = np.unique(around[:, 0] * shape[1] + around[:, 1])
    place = np.searchsorted(codes, where[:, 0] * shape[1] + where[:, 1])
    return np.stack([codes // shape[1], codes % shape[1]], axis=1), place


def _default_size(at: np.ndarray) -> float:
    span = np.ptp(at, axis=0).max()
    middle = np.diff(np.quantile(at, [0.02, 0.98], axis=0), axis=0)[0]
    if span <= 0:
        raise DataError("Events must lie apart for a size of cells to be chosen; all lie at one spot. Give cell=.")
    middle = np.maximum(middle, 0.02 * span)
    along = np.clip(np.sqrt(len(at) / 4), 4, 20)
    rough = float(np.sqrt(np.prod(middle)) / along)
    power = 10.0 ** np.floor(np.log10(rough))
    return float(min((1, 2, 5, 10), key=lambda factor: abs(np.log(factor * power / rough))) * power)


def _checked_size(cell: Any) -> float:
    try:
        size = float(cell)
    except (TypeError, ValueError):
        size = float("nan")
    if isinstance(cell, bool) or not (np.isfinite(size) and size > 0):
        raise ArgumentError(f"cell must be the side of a cell in the field's own coordinates, above 0; found {cell!r}.")
    return size
