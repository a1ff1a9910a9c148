"""Gaps of tracks: the fixes on both sides are seen, where the object was in between is asked; observed fixes stay as they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of, on_one_turn
from chronotope.data.frame import frame_of
from chronotope.data.scene import step_of
from chronotope.errors import ArgumentError
from chronotope.evidence.motion.gaps import Bridged, bridged
from chronotope.evidence.motion.record import Record
from chronotope.questions import Predictor
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels
from chronotope.tasks.tracks.carried import chosen
from chronotope.tasks.tracks.forecast import UNITS, on_the_globe, to_degrees

ESTIMATOR, STRAIGHT = "bridges of motion", "straight lines"
DENSE = 1.5  # steps: fixes farther apart leave a gap
LONGEST = 500  # steps: a longer gap tells nothing of what was in it
MOST = 50_000_000  # numbers of an answer
STRAIGHT_FLOOR = "linear"


@dataclass(frozen=True)
class Asked:
    """Moments inside gaps.

    Attributes:
        before: int (a,), the fix before each. time: int64 (a,), nanoseconds.
        where: int (a,), the cell of the answer. left: how many lie in gaps that are too long.
    """

    before: np.ndarray
    time: np.ndarray
    where: np.ndarray
    left: int


def impute_tracks(predictor: Predictor, field: Field, *, target: Any = None, quantiles: Any, context: Any = None) -> Forecast:
    """Quantiles of the positions in the gaps of tracks, and of the numbers that fixes carry; see `Model.impute`."""
    if context is not None:
        raise ArgumentError("Gaps of tracks are filled from the fixes around them; leave context= out.")
    levels, fixes = check_levels(quantiles), chosen(fixes_of(field), field, target)
    step = step_of(fixes, field.step)
    layout = _layout(field, fixes, step)
    names = ("chord",) if predictor.name == STRAIGHT_FLOOR else ()
    size = layout.cells * len(levels) * (2 + len(fixes.variables))
    if size > MOST:
        raise ArgumentError(f"An answer must hold at most {MOST} numbers; these gaps make {size}. Ask fewer quantiles or objects.")
    found = filled(fixes, step, layout.asked, levels, names)
    data = {name: (found[..., i], field.dataset[name].attrs or {"units": UNITS.get(name, "")}) for i, name in enumerate(fixes.pair)}
    for i, name in enumerate(fixes.variables):
        data[name] = _carried(fixes, i, step, layout.asked, levels, names), field.dataset[name].attrs
    marks = np.zeros(layout.cells, bool)
    marks[layout.asked.where[np.isfinite(found[0, :, 0])]] = True
    dataset = layout.dataset({name: layout.values(name, fixes, one) for name, (one, _) in data.items()}, list(levels))
    for name, (_, attrs) in data.items():
        dataset[name].attrs.update({key: value for key, value in attrs.items() if value != ""})
    meta = {
        "task": "impute", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": None,
        "estimator": STRAIGHT if names else ESTIMATOR, "step": f"{step / 1e9:g}s", "filled": int(marks.sum()),
        "left": layout.asked.left, "warnings": _warnings(fixes, layout.asked.left),
    }  # fmt: skip
    return Forecast(dataset, field, meta, layout.marked(marks, list(data)))


def filled(fixes: Fixes, step: int, asked: Asked, levels: tuple[float, ...], names: tuple[str, ...] = ()) -> np.ndarray:
    """Quantiles (q, a, 2) of positions at asked moments, in degrees or the data's plane."""
    start = fixes.time.min()
    record = Record(fixes.who, (fixes.time - start) / step, fixes.at, fixes.degrees)
    gap, which = np.unique(asked.before, return_inverse=True)
    out = np.full((len(levels), len(asked.before), 2), np.nan)
    if not len(gap):
        return out
    for part in bridged(record, gap, gap + 1, levels, names):
        own = np.full(len(gap), -1)
        own[part.gaps] = np.arange(len(part.gaps))
        mine = np.flatnonzero(own[which] >= 0)
        out[:, mine] = _at(part, own[which[mine]], (asked.time[mine] - start) / step)
    return like_the_data(out, fixes)


def _at(part: Bridged, gap: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Quantiles (q, a, 2) at times (a,) in steps inside gaps (a,) of a group."""
    lines = part.stretches.part(gap)
    share = (time - lines.when[:, 3]) / lines.length
    k = np.clip(np.searchsorted(part.share, share, side="right") - 1, 0, len(part.share) - 2)
    rest = (share - part.share[k]) / (part.share[k + 1] - part.share[k])
    offset = part.offset[gap, k] * (1 - rest) + part.offset[gap, k + 1] * rest
    way = lines.where[:, 3] + lines.chord * share + offset
    path = np.stack([way.real, way.imag], axis=-1)[:, None]
    widths = part.widths[:, gap, k] * (1 - rest)[:, None] + part.widths[:, gap, k + 1] * rest[:, None]
    return on_the_globe(to_degrees(lines), path, widths[:, :, None])[:, :, 0]


def like_the_data(out: np.ndarray, fixes: Fixes) -> np.ndarray:
    """Longitudes (q, a, 2) of the data's own kind, -180 to 180 or 0 to 360."""
    if fixes.degrees:
        out[..., 1] = on_one_turn(out[..., 1], fixes.runs_east)
    return out


def _carried(fixes: Fixes, i: int, step: int, asked: Asked, levels: tuple[float, ...], names: tuple[str, ...]) -> np.ndarray:
    """Quantiles (q, a) of a carried number at asked moments: a track on a line has gaps like any other."""
    known = np.flatnonzero(np.isfinite(fixes.beside[:, i]))
    at = np.stack([fixes.beside[known, i], np.zeros(len(known))], axis=1)
    line = replace(fixes.part(known), at=at, degrees=False)
    place = np.searchsorted(known, asked.before, side="right") - 1
    inside = (place >= 0) & (place + 1 < len(known))
    inside[inside] = (line.who[place[inside]] == fixes.who[asked.before[inside]]) & (line.who[place[inside] + 1] == line.who[place[inside]])
    out = np.full((len(levels), len(asked.before)), np.nan)
    part = Asked(place[inside], asked.time[inside], asked.where[inside], 0)
    out[:, inside] = filled(line, step, part, levels, names)[..., 0]
    low, high = (fun(fixes.beside[known, i], initial=np.nan if not len(known) else fixes.beside[known[0], i]) for fun in (np.min, np.max))
    return np.clip(out, low, high) if len(known) else out


@dataclass(frozen=True)
class _Layout:
    """How an answer lies: cells (c,) in dims beside the quantiles, which of them hold a fix, and what is asked."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coords: dict[str, Any]
    held: np.ndarray
    asked: Asked

    @property
    def cells(self) -> int:
        return int(np.prod(self.shape))

    def values(self, name: str, fixes: Fixes, found: np.ndarray) -> np.ndarray:
        """Numbers (q, c) with fixes as they are and answers (q, a) where asked."""
        column = fixes.pair.index(name) if name in fixes.pair else fixes.variables.index(name)
        seen = fixes.at[:, column] if name in fixes.pair else fixes.beside[:, column]
        out = np.full((len(found), self.cells), np.nan)
        out[:, self.held] = seen
        out[:, self.asked.where] = found
        return out

    def dataset(self, values: dict[str, np.ndarray], levels: list[float]) -> xr.Dataset:
        """Under names and dims."""
        data = {name: (("quantile", *self.dims), one.reshape(-1, *self.shape)) for name, one in values.items()}
        return xr.Dataset(data, {"quantile": levels, **self.coords})

    def marked(self, marks: np.ndarray, names: list[str]) -> xr.Dataset:
        """Which cells were filled."""
        return xr.Dataset({name: (self.dims, marks.reshape(self.shape)) for name in names}, self.coords)


def _layout(field: Field, fixes: Fixes, step: int) -> _Layout:
    """Rows per fix, or the field's own clock, where that shows gaps: stamps of storms of other years lie in none."""
    if "event" not in field.dataset.dims and not _own_clocks(field, fixes):
        clock = _cells_of_clock(field, fixes)
        if len(clock.asked.time) or frame_of(field.dataset["time"].values, field.step).regular:
            return clock
    return _rows_of_events(field, fixes, step)


def _rows_of_events(field: Field, fixes: Fixes, step: int) -> _Layout:
    """A row per fix and per filled moment, by object and time: every step of a gap, and moments that the field names without a position."""
    gap = np.diff(fixes.time)
    number = np.where((np.diff(fixes.who) == 0) & (gap > DENSE * step), np.ceil(gap / step - 0.5) - 1, 0).astype(int)
    long = number >= LONGEST
    left = int(number[long].sum())
    number[long] = 0
    before = np.repeat(np.arange(len(number)), number)
    count = np.arange(len(before)) - np.repeat(np.cumsum(number) - number, number) + 1
    time = fixes.time[before] + count * step
    named, moment = _named(field, fixes, number)
    named, moment = named[~long[named]], moment[~long[named]]
    before, time = np.unique(np.stack([np.concatenate([before, named]), np.concatenate([time, moment])]), axis=1)
    every = np.concatenate([fixes.time, time])
    who = np.concatenate([fixes.who, fixes.who[before]])
    order = np.lexsort((every, who))
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    coords = {
        "time": ("event", every[order].astype("datetime64[ns]"), field.dataset["time"].attrs),
        "object": ("event", np.asarray(fixes.names)[who[order]]),
    }
    return _Layout(("event",), (len(order),), coords, place[: len(fixes.time)], Asked(before, time, place[len(fixes.time) :], left))


def _named(field: Field, fixes: Fixes, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The fix before, and the nanoseconds, of moments (m,) that the field names for an object without its position, between two fixes.

    A stamp of a common clock at which no object has a fix is named for all that have a gap there, of a `number` of steps above zero.
    """
    data, moments = field.dataset, field.dataset["time"].values.astype("datetime64[ns]")
    ragged = "event" in data.dims
    if ragged:
        who = pd.Index(fixes.names).get_indexer(pd.Index(np.asarray(data["object"].values, object)))
        known = ~np.isnat(moments) & (who >= 0)
        who, time = who[known], moments[known].astype(np.int64)
    else:
        free = np.setdiff1d(moments[~np.isnat(moments)].astype(np.int64), fixes.time)
        who, time = np.repeat(np.arange(len(fixes.names)), len(free)), np.tile(free, len(fixes.names))
    stamps = np.unique(np.concatenate([fixes.time, time]))
    key, asked = (one * len(stamps) + np.searchsorted(stamps, at) for one, at in ((fixes.who, fixes.time), (who, time)))
    fix = np.searchsorted(key, asked, side="right") - 1
    between = (fix >= 0) & (fix + 1 < len(key))
    fix, who, time = fix[between], who[between], time[between]
    inside = (fixes.who[fix] == who) & (fixes.who[fix + 1] == who) & (fixes.time[fix] < time) & (ragged | (number[fix] > 0))
    return fix[inside], time[inside]


def _own_clocks(field: Field, fixes: Fixes) -> bool:
    """Whether most irregular stamps at which several objects are on their way hold a fix of one of them only."""
    stamps, row = np.unique(fixes.time, return_inverse=True)
    if frame_of(stamps.astype("datetime64[ns]"), field.step).regular:
        return False
    first, last = (pd.Series(fixes.time).groupby(fixes.who).agg(word).to_numpy() for word in ("min", "max"))
    alive = np.searchsorted(np.sort(first), stamps, side="right") - np.searchsorted(np.sort(last), stamps, side="left")
    several = alive > 1
    return bool(several.any() and (np.bincount(row)[several] == 1).mean() > 0.5)


def _cells_of_clock(field: Field, fixes: Fixes) -> _Layout:
    """The field's own times and objects, with the stamps that a regular clock misses."""
    frame = frame_of(field.dataset["time"].values, field.step)
    stamps = np.unique(field.dataset["time"].values).astype("datetime64[ns]")
    times = frame.times.astype("datetime64[ns]") if frame.regular and np.isin(stamps, frame.times).all() else stamps
    row = np.searchsorted(times.astype(np.int64), fixes.time)
    held = row * len(fixes.names) + fixes.who
    first, stop = (np.searchsorted(fixes.who, np.arange(len(fixes.names)), side=side) for side in ("left", "right"))
    before, time, where = [], [], []
    step = float(np.median(np.diff(fixes.time)[np.diff(fixes.who) == 0])) if len(fixes.time) > 1 else 1.0
    for k in range(len(fixes.names)):
        rows = row[first[k] : stop[k]]
        if len(rows) < 2:
            continue
        empty = np.setdiff1d(np.arange(rows[0], rows[-1]), rows, assume_unique=True)
        before.append(first[k] + np.searchsorted(rows, empty) - 1)
        time.append(times[empty].astype(np.int64))
        where.append(empty * len(fixes.names) + k)
    fix, moment, cell = (np.concatenate(one) if one else np.zeros(0, np.int64) for one in (before, time, where))
    short = fixes.time[fix + 1] - fixes.time[fix] < LONGEST * step if len(fix) else np.zeros(0, bool)
    coords = {"time": ("time", times, field.dataset["time"].attrs), "object": fixes.names}
    asked = Asked(fix[short], moment[short], cell[short], int((~short).sum()))
    return _Layout(("time", "object"), (len(times), len(fixes.names)), coords, held, asked)


def _warnings(fixes: Fixes, left: int) -> list[str]:
    made = []
    if left:
        made.append(f"{left} moments lie in gaps of more than {LONGEST} steps and stay empty")
    if fixes.merged:
        made.append(f"{fixes.merged} fixes stand at a moment at which the same object has another one, and were left out")
    return made
