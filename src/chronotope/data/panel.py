"""Panel: the numbers of a Field on one regular frame, for code that computes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from chronotope.data.blocks import Blocks
from chronotope.data.frame import advance, retreat
from chronotope.data.past_events import PastEvents
from chronotope.data.yearly_dates import yearly_after
from chronotope.errors import DimensionError, TimeError


@dataclass(frozen=True)
class Edges:
    """Directed edges between places: `source[e] -> target[e]` with `weight[e]` > 0, all of shape (e,)."""

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class EdgeHistory:
    """Edges that change: pairs `source[e] -> target[e]` with `weight[k, e]` from `times[k]` on; 0 is no edge."""

    source: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    times: np.ndarray

    def at(self, moment: np.datetime64) -> Edges | None:
        """The edges valid at `moment`, those of the last time at or before it; None where there are none yet."""
        row = int(np.searchsorted(self.times, moment, side="right")) - 1
        joined = np.flatnonzero(self.weight[row] > 0) if row >= 0 else np.zeros(0, int)
        return Edges(self.source[joined], self.target[joined], self.weight[row, joined]) if len(joined) else None


@dataclass(frozen=True)
class Panel:
    """Values on a frame of times x places x variables; NaN where nothing was observed.

    Attributes:
        values: float32 (t, n, v), NaN where not observed; float64 where it was asked for (`Field.panel(exact=True)`).
        times: datetime64[ns] (t,), strictly increasing, one per step of `freq`.
        freq: pandas offset string of one step ("5min", "6h", "1D", "MS", "YS"), used to extend the frame; calendar steps
            keep the day and clock of the last stamp (`chronotope.data.frame.advance`).
        variables: names, length v.
        xy: float64 (n, 2), east and north in metres (or the data's own plane units), NaN-free; None if unknown.
        latlon: float64 (n, 2) degrees north and east; None if unknown.
        edges: edges between places, or None; where they change, those valid at the last of `times`.
        places: names, object array (n,).
        regular: False if the time stamps are not on a regular frame and steps are only an order.
        units: of the variables, "" where unknown, length v; or none at all.
        totals: whether each variable is a running total, as the user said, length v (None: go by what is seen); or none at all.
        edge_history: all edges where they change in time; a part of the panel takes those valid at its end.
        blocks: where the places are the cells of a fine grid of which coarser values are known, which lie in which; else None.
        events: where values are counts of events in the step that ends at each stamp: the events themselves; a part of the panel takes
            those in its steps and places.
        cells: int (n, 2), the row and the column of each place where the places are cells of one grid; else None.
        about: float64 (n, f), NaN-free, what does not change and is known of every place, such as its elevation; or None.
        standard_names: of the variables in CF, "" where unknown, length v; or none at all.
        zone: the zone on whose clock the source stands, where `times` are UTC; else None.
    """

    values: np.ndarray
    times: np.ndarray
    freq: str
    variables: tuple[str, ...]
    xy: np.ndarray | None = None
    latlon: np.ndarray | None = None
    edges: Edges | None = None
    places: np.ndarray | None = None
    regular: bool = True
    units: tuple[str, ...] = ()
    totals: tuple[bool | None, ...] = ()
    edge_history: EdgeHistory | None = None
    blocks: Blocks | None = None
    events: PastEvents | None = None
    cells: np.ndarray | None = None
    about: np.ndarray | None = None
    standard_names: tuple[str, ...] = ()
    zone: str | None = None

    def __post_init__(self) -> None:
        t, n, v = self.values.shape
        if len(self.times) != t or len(self.variables) != v:
            raise DimensionError(
                f"Panel.values must be (time, place, variable) = ({len(self.times)}, n, {len(self.variables)}); found {self.values.shape}."
            )
        if self.blocks is not None and not len(self.blocks.row) == len(self.blocks.column) == n:
            raise DimensionError(f"Panel.blocks must have one cell per place ({n}); found {len(self.blocks.row)}.")
        if self.cells is not None and self.cells.shape != (n, 2):
            raise DimensionError(f"Panel.cells must have a row and a column per place ({n}); found {self.cells.shape}.")
        if self.xy is not None and len(self.xy) != n:
            raise DimensionError(f"Panel.xy must have one row per place ({n}); found {len(self.xy)}.")

    @property
    def step(self) -> np.timedelta64:
        """Length of one step (the median where steps are calendar months or years)."""
        if len(self.times) > 1:
            return np.timedelta64(int(np.median(np.diff(self.times).astype("timedelta64[ns]").astype(np.int64))), "ns")
        return (pd.Timestamp(self.times[0]) + pd.tseries.frequencies.to_offset(self.freq) - pd.Timestamp(self.times[0])).to_timedelta64()

    @property
    def called(self) -> tuple[str, ...]:
        """By what words each variable says what it is: its standard name, where that is known, and its own."""
        if len(self.standard_names) != len(self.variables):
            return self.variables
        return tuple(f"{standard} {name}".strip() for standard, name in zip(self.standard_names, self.variables))

    @property
    def mask(self) -> np.ndarray:
        """True where a value was observed, (t, n, v)."""
        return np.isfinite(self.values)

    def extend(self, steps: int) -> Panel:
        """The same panel with `steps` empty steps after its last time, on the dates that come back every year where it keeps such."""
        yearly = None if self.regular else yearly_after(self.times, self.times[-1], steps)
        future = advance(self.times[-1], steps, self.freq, int(pd.DatetimeIndex(self.times[-12:]).day.max())) if yearly is None else yearly
        if len(future) != steps or (steps and future[0] <= self.times[-1]):
            raise TimeError(f"Panel.freq must step forward in time; {self.freq!r} does not. Give step=, for example step='1h'.")
        blank = np.full((steps, *self.values.shape[1:]), np.nan, self.values.dtype)
        return replace(self, values=np.concatenate([self.values, blank]), times=np.concatenate([self.times, future]))

    def preceded(self, steps: int) -> Panel:
        """The same panel with `steps` empty steps before its first time."""
        before = retreat(self.times[0], steps, self.freq, int(pd.DatetimeIndex(self.times[:12]).day.max()))
        if len(before) != steps or (steps and before[-1] >= self.times[0]):
            raise TimeError(f"Panel.freq must step back in time; {self.freq!r} does not. Give step=, for example step='1h'.")
        blank = np.full((steps, *self.values.shape[1:]), np.nan, self.values.dtype)
        return replace(self, values=np.concatenate([blank, self.values]), times=np.concatenate([before, self.times]))

    def slice_time(self, start: int, stop: int) -> Panel:
        """Steps start:stop as a view, with the edges valid at the last of them."""
        values, times, edges = self.values[start:stop], self.times[start:stop], self.edges
        if self.edge_history is not None and len(times):
            edges = self.edge_history.at(times[-1])
        events = self.events
        if events is not None and len(times):
            events = events.between(self.times[start - 1] if start > 0 else None, times[-1])
        return replace(self, values=values, times=times, edges=edges, events=events)

    def after(self, row: int, steps: int) -> np.ndarray:
        """What was observed in the steps after a row, float64 (h, n, v); NaN beyond the end."""
        found = self.values[row + 1 : row + 1 + steps].astype(float)
        return np.concatenate([found, np.full((steps - len(found), *found.shape[1:]), np.nan)])

    def take_places(self, index: np.ndarray) -> Panel:
        """Places `index` (integers), with the edges among them."""
        new = np.full(self.values.shape[1], -1)
        new[index] = np.arange(len(index))
        edges, history = self.edges, self.edge_history
        if edges is not None:
            keep = (new[edges.source] >= 0) & (new[edges.target] >= 0)
            edges = Edges(new[edges.source[keep]], new[edges.target[keep]], edges.weight[keep])
        if history is not None:
            keep = (new[history.source] >= 0) & (new[history.target] >= 0)
            history = EdgeHistory(new[history.source[keep]], new[history.target[keep]], history.weight[:, keep], history.times)
        pick = lambda a: None if a is None else a[index]  # noqa: E731
        xy, latlon, places, cells = pick(self.xy), pick(self.latlon), pick(self.places), pick(self.cells)
        blocks = None if self.blocks is None else self.blocks.take_places(index)
        part = replace(self, values=self.values[:, index], xy=xy, latlon=latlon, places=places, blocks=blocks, cells=cells)
        part = replace(part, edges=edges, edge_history=history, about=pick(self.about))
        return part if self.events is None else replace(part, events=self.events.take_places(index))
