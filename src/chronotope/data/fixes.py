"""Fixes: where every object was when, out of either form of a field of tracks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.errors import DataError, KindError
from chronotope.inspect.called import called


def on_one_turn(lon: np.ndarray, runs_east: bool) -> np.ndarray:
    """Longitudes from -180 to 180, or from 0 to 360 where they `runs_east`; those that lie there stay as they are."""
    low = 0.0 if runs_east else -180.0
    return np.where((lon < low) | (lon > low + 360), np.mod(lon - low, 360) + low, lon)


@dataclass(frozen=True)
class Fixes:
    """Fixes sorted by object and time, at most one per object and moment.

    Attributes:
        who: int (f,), index into `names`.
        time: int64 (f,), nanoseconds.
        at: float64 (f, 2), degrees north and east, or x and y.
        names: labels of the objects, in the order of the field.
        degrees: whether `at` is degrees.
        merged: fixes that were left out, as the same object had another one at the same moment.
        beside: float64 (f, v), numbers that fixes carry; NaN where they carry none.
        variables: their names (v,).
        units: of these.
        called: by what words these say what they are; see `chronotope.inspect.called`.
        rows: int (f,), where each stands in the field: the event, or time x objects + object.
    """

    who: np.ndarray
    time: np.ndarray
    at: np.ndarray
    names: np.ndarray
    degrees: bool
    merged: int = 0
    beside: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    variables: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    called: tuple[str, ...] = ()

    @property
    def runs_east(self) -> bool:
        """Whether longitudes run from 0 to 360, and not from -180 to 180."""
        return self.degrees and bool((self.at[:, 1] > 180).any())

    def until(self, moment: int) -> Fixes:
        """Those at or before a moment in nanoseconds."""
        return self.part(self.time <= moment)

    def part(self, which: np.ndarray) -> Fixes:
        """Some of them, bool or int in order."""
        of_each = {name: getattr(self, name)[which] for name in ("who", "time", "at", "beside", "rows")}
        return replace(self, **of_each)

    def settled(self) -> Fixes:
        """The same with the objects by their first fix, so that what is told does not depend on the order in which they are named."""
        start = np.searchsorted(self.who, np.arange(len(self.names)))
        there = start < len(self.who)
        first, last = np.where(there, start, 0), np.searchsorted(self.who, np.arange(len(self.names)), side="right") - 1
        keys = (last - first, *self.at[last].T, *self.at[first].T[::-1], self.time[first], ~there)
        order = np.lexsort(keys)
        rank = np.argsort(order)
        made = replace(self, who=rank[self.who], names=self.names[order])
        return made.part(np.lexsort((made.time, made.who)))

    @property
    def pair(self) -> tuple[str, str]:
        """The names of the two position variables."""
        return ("lat", "lon") if self.degrees else ("x", "y")


def fixes_of(tracks: Field) -> Fixes:
    """The fixes of a field of tracks.

    Raises:
        KindError: the field is not of tracks.
        DataError: no fix has an object, a time and a place.
    """
    data = tracks.dataset
    if tracks.kind not in ("tracks", "points") or "object" not in data.variables:
        found = "of points without an object" if tracks.kind == "points" else tracks.kind
        raise KindError(f"Paths need tracks, objects that move; this field is {found}. Open it with kind='tracks' if it holds some.")
    degrees = "lat" in data.variables
    if set(data["lat" if degrees else "x"].dims) not in ({"event"}, {"time", "object"}):
        found = ", ".join(map(str, data["lat" if degrees else "x"].dims))
        raise KindError(f"Tracks must have a position for each fix, over (time, object) or (event); found positions over ({found}).")
    pair = [data[name] for name in (("lat", "lon") if degrees else ("x", "y"))]
    if "event" in pair[0].dims:
        labels = np.asarray(data["object"].values)
        who, names = pd.factorize(labels)
        time, at = data["time"].values, np.stack([part.values for part in pair], axis=1)
    else:
        one, two = (part.transpose("time", "object").values for part in pair)
        names = np.asarray(data["object"].values)
        who, time = np.tile(np.arange(one.shape[1]), len(one)), np.repeat(data["time"].values, one.shape[1])
        at = np.stack([one.ravel(), two.ravel()], axis=1)
    stamps, carried = time.astype("datetime64[ns]"), _carried(tracks, pair[0].dims)
    known = np.isfinite(at).all(axis=1) & ~np.isnat(stamps) & (who >= 0)
    if not known.any():
        raise DataError("At least one fix must have an object, a time and a position; found none.")
    beside = np.stack([np.ravel(values) for values in carried.values()], axis=1) if carried else np.zeros((len(at), 0))
    made = Fixes(
        np.asarray(who), stamps.astype(np.int64), at.astype(float), np.asarray(names, object), degrees, 0, beside, tuple(carried),
        tuple(tracks.units[name] for name in carried), np.arange(len(at)),
        tuple(called(tracks.dataset[name]) for name in carried),
    )  # fmt: skip
    return _sorted(made.part(known))


def _carried(tracks: Field, dims: tuple[Any, ...]) -> dict[str, np.ndarray]:
    """Numbers that fixes carry, by name: variables with the dims of the positions."""
    order = ("event",) if "event" in dims else ("time", "object")
    chosen = {name: tracks.dataset[name] for name in tracks.variables if set(tracks.dataset[name].dims) == set(order)}
    return {name: array.transpose(*order).values.astype(float) for name, array in chosen.items() if array.dtype.kind in "fiu"}


def _sorted(fixes: Fixes) -> Fixes:
    """Sorted by object and time; of several fixes at one moment the first by position, so that their order does not matter."""
    fixes = fixes.part(np.lexsort((*fixes.beside.T[::-1], fixes.at[:, 1], fixes.at[:, 0], fixes.time, fixes.who)))
    first = np.append(True, (np.diff(fixes.who) != 0) | (np.diff(fixes.time) != 0))
    return replace(fixes.part(first), merged=int((~first).sum()))
