"""Yardsticks: the sets of the four-axis card, small slices of every layout; none has ever been in a training corpus.

Simulated ones are always there; samples ship with the package; the others are read below the data root where it exists. Layouts that no
model forecasts directly are converted, and the conversion is said: events are counted in cells, tracks are positions of objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import NoFileError
from chronotope.evaluate.sets.sheet import Sheet, sheet_of
from chronotope.evaluate.sets.suites import data_root, sets_named

FIRST_SEED = 2**34  # training draws worlds below 2**32


@dataclass(frozen=True)
class Yardstick:
    """One set of the card.

    Attributes:
        name, layout, domain: for the table.
        origin: "world", "sample" or "data" (below the data root).
        horizon: steps of a question.
        make: the sheet, from the data root `root` (of no use to worlds and samples).
        how: the conversion, in words.
        quick: belongs to the quick suite.
    """

    name: str
    layout: str
    domain: str
    origin: str
    horizon: int
    make: Callable[..., Sheet]
    how: str = ""
    quick: bool = True

    def open(self, root: Path | None = None) -> Sheet:
        """The set at its native scale.

        Raises:
            NoFileError: its file is not below the data root.
        """
        sheet = self.make(root=(root or data_root()) if self.origin == "data" else Path())
        return replace(sheet, name=self.name)


def suite(name: str) -> tuple[Yardstick, ...]:
    """The sets of "quick" or "full"."""
    return tuple(one for one in YARDSTICKS if one.quick or name == "full")


def sheets(chosen: tuple[Yardstick, ...], root: Path | None = None) -> tuple[dict[str, Sheet], dict[str, str]]:
    """Opened sets by name, and the reason for every one that is absent."""
    found, absent = {}, {}
    for one in chosen:
        try:
            found[one.name] = one.open(root)
        except NoFileError as error:
            absent[one.name] = str(error)
    return found, absent


def foreign(chosen: Sequence[Yardstick], opened: dict[str, Sheet], most: int = 5) -> dict[str, list[Sheet]]:
    """Sheets by domain, of the simulated sets, that the domain axis may learn from; they are always there, so that splits stay the same."""
    out: dict[str, list[Sheet]] = {}
    for one in [one for one in chosen if one.origin == "world" and one.quick and one.name in opened][:most]:
        out.setdefault(one.domain, []).append(opened[one.name])
    return out


def _panel(values: np.ndarray, freq: str, xy: np.ndarray | None, names: tuple[str, ...] = ("value",), start: str = "2000-01-03") -> Panel:
    """A panel of values (t, n, v) with made-up stamps."""
    values = np.asarray(values, np.float32).reshape(len(values), -1, len(names))
    times = pd.date_range(start, periods=len(values), freq=freq).values.astype("datetime64[ns]")
    return Panel(values, times, freq, names, xy, None, None, np.arange(values.shape[1]).astype(object))


def _raster(frames: np.ndarray, freq: str, size: int = 1, start: str = "2000-01-03") -> Sheet:
    """Frames (t, y, x) as cells one unit apart, averaged over blocks of `size` x `size`."""
    t, rows, columns = frames.shape
    rows, columns = rows // size, columns // size
    blocks = frames[:, : rows * size, : columns * size].reshape(t, rows, size, columns, size)
    y, x = np.mgrid[:rows, :columns]
    xy = np.stack([x.ravel(), -y.ravel()], axis=1).astype(float) * size
    return sheet_of("", _panel(blocks.mean(axis=(2, 4)).reshape(t, -1, 1), freq, xy, start=start), (rows, columns))


def _world(family: str, seed: int, places: int = 36, steps: int = 384, *, root: Path) -> Sheet:
    from chronotope.worlds.draw import draw

    world = draw(FIRST_SEED + seed, family=family, places=places, steps=steps).panel
    return sheet_of("", replace(world, values=world.values[..., :1], variables=world.variables[:1]))


def _made_raster(kind: str, seed: int, freq: str, side: int = 16, steps: int = 320, *, root: Path) -> Sheet:
    """Fields on a raster: blobs that drift ("drift"), or waves that grow and turn ("waves"), with a little noise."""
    rng = np.random.default_rng([FIRST_SEED, seed])
    y, x = np.mgrid[:side, :side] / side
    t = np.arange(steps)[:, None, None]
    field = np.zeros((steps, side, side))
    for _ in range(12):
        speed, turn = rng.normal(0, 0.012, 2), rng.uniform(0.02, 0.15)
        if kind == "drift":
            centre = rng.random(2)
            bend = np.cumsum(rng.normal(0, 0.01, (2, steps)), axis=1)
            gap = [(g - c - s * t - b[:, None, None] + 0.5) % 1 - 0.5 for g, c, s, b in zip((y, x), centre, speed, bend)]
            field += rng.normal() * np.exp(-(gap[0] ** 2 + gap[1] ** 2) / 0.03)
        else:
            wave = 2 * np.pi * rng.normal(0, 1.2, 2)
            swell = np.cumsum(rng.normal(0, 0.12, steps))[:, None, None]
            field += np.sin(wave[0] * y + wave[1] * x + turn * t + swell) * rng.normal()
    return _raster(field + 0.05 * field.std() * rng.normal(size=field.shape), freq)


def _made_events(seed: int, steps: int = 320, side: int = 8, *, root: Path) -> Sheet:
    """Counts of events that excite others nearby, on a raster of cells."""
    from chronotope.worlds.hawkes import simulate, spread

    rng = np.random.default_rng([FIRST_SEED, seed])
    y, x = np.mgrid[:side, :side] / side
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    distance = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    beat = 1 + 0.6 * np.sin(2 * np.pi * np.arange(steps) / 24)[:, None]
    base = 1.5 * rng.lognormal(0, 0.5, side**2)[None] * beat
    _, events = simulate(rng, base * 0.3, spread(distance, 0.15, False) * 0.7, 6.0)
    return _raster(events.reshape(steps, side, side), "h")


def _made_tracks(seed: int, objects: int = 24, steps: int = 320, *, root: Path) -> Sheet:
    """Positions (east, north) of walkers that move in flocks."""
    from chronotope.worlds.movers import wander

    rng = np.random.default_rng([FIRST_SEED, seed])
    flocks = [wander(rng, steps, objects // 4, 60.0, {}) * 1000 for _ in range(4)]
    leader = [flock[:, :1] + 0.15 * (flock - flock[:, :1]) for flock in flocks]
    return sheet_of("", _panel(np.concatenate(leader, axis=1), "10s", None, ("east", "north")), moving=True)


def _held_out(name: str, places: int = 48, steps: int = 600, *, root: Path) -> Sheet:
    """The first target of a held-out set: its last steps, at most so many places by an even stride."""
    panel, _ = sets_named((name,))[0].open(root)
    return sheet_of("", thinned(panel, places, steps))


def thinned(panel: Panel, places: int, steps: int) -> Panel:
    """The first variable of the last `steps` with an observation, of the `places` nearest to the middle one (or the best observed)."""
    last = int(np.flatnonzero(panel.mask[..., 0].any(axis=1))[-1]) + 1
    part = panel.slice_time(max(0, last - steps), last)
    part = replace(part, values=np.ascontiguousarray(part.values[..., :1]), variables=part.variables[:1])
    known = part.mask[..., 0].mean(axis=0)
    good = np.flatnonzero(known > 0.5 * known.max())
    if len(good) > places:
        if part.xy is None:
            good = np.sort(good[np.argsort(-known[good], kind="stable")[:places]])
        else:
            middle = np.median(part.xy[good], axis=0)
            good = np.sort(good[np.argsort(((part.xy[good] - middle) ** 2).sum(axis=1), kind="stable")[:places]])
    return part.take_places(good)


def _sample(name: str, places: int = 48, steps: int = 600, *, root: Path) -> Sheet:
    from chronotope.opening.samples import sample

    return sheet_of("", thinned(sample(name).panel(), places, steps))


def _opened(root: Path, path: str, **options: Any) -> Field:
    from chronotope.opening.open import open_field

    return open_field(root / path, **options)


def _grid(path: str, side: tuple[slice, slice], freq: str, size: int = 1, steps: int = 1200, *, root: Path, **options: Any) -> Sheet:
    """A window of a raster file, its last `steps`."""
    field = _opened(root, path, **options)
    array = field.dataset[field.variables[0]].transpose("time", *field.space)
    frames = array.isel(dict(zip(field.space, side)))[-steps:].values.astype(float)
    return _raster(frames, freq, size, str(field.times[-len(frames)])[:19])


def _counts(path: str, step: str, cells: float, box: tuple[float, float, float, float] | None, *, root: Path, **options: Any) -> Sheet:
    """Events of a file counted by step in square cells of so many degrees, inside (south, north, west, east)."""
    return counted(_opened(root, path, kind="events", **options), step, cells, box)


def counted(field: Field, step: str, cells: float, box: tuple[float, float, float, float] | None) -> Sheet:
    """Events as counts on a raster."""
    from chronotope.harmonize.counts import events_to_counts

    if box is None:
        grid = events_to_counts(field, step, cells=cells, keep_partial=True)
    else:
        lat, lon = np.arange(box[0] + cells / 2, box[1], cells), np.arange(box[2] + cells / 2, box[3], cells)
        grid = events_to_counts(field, step, cells=(lat, lon), keep_partial=True)
    values = grid.dataset["count"].transpose("time", *grid.space).values.astype(float)
    return _raster(values[1:-1], step, start=str(grid.times[1])[:19])  # the first and the last step are not whole


def _tracks(path: str, freq: str, objects: int, steps: int, *, root: Path, **options: Any) -> Sheet:
    """The stretch of `steps` in which the most objects are seen throughout, their positions as two variables."""
    return positions(_opened(root, path, **options).to_pandas(), freq, objects, steps)


def positions(rows: pd.DataFrame, freq: str, objects: int, steps: int) -> Sheet:
    """Fixes (object, time, lat and lon or x and y) as a panel of objects; each object's track is laid from the first step on.

    Objects are seldom there at the same time, and a track is no less a track for being laid beside others: clocks count from each
    object's first fix. Only those with at least `steps` steps are taken, the longest first.
    """
    pair = ["lon", "lat"] if "lon" in rows else ["x", "y"]
    made = []
    for _, part in rows.dropna(subset=pair).groupby("object", sort=True):
        stamps = pd.DatetimeIndex(part["time"])
        at = np.round((stamps - stamps.min()) / pd.Timedelta(freq)).astype(int).to_numpy()
        if len(at) >= 0.8 * steps and at.max() + 1 >= steps:
            track = np.full((at.max() + 1, 2), np.nan)
            track[at] = part[pair].to_numpy(float)
            made.append(track[:steps])
    made = sorted(made, key=lambda track: -np.isfinite(track).sum())[:objects]
    if len(made) < 6:
        raise NoFileError(f"At least six tracks of {steps} steps are needed; found {len(made)}.")
    return sheet_of("", _panel(np.stack(made, axis=1), freq, None, ("east", "north")), moving=True)


COUNTED, LAID = "events counted by step and cell", "positions of objects, each track laid from its first fix"

YARDSTICKS: tuple[Yardstick, ...] = (
    Yardstick("made_drift", "grid", "ocean", "world", 8, partial(_made_raster, "drift", 1, "D")),
    Yardstick("pacific_sst", "grid", "ocean", "data", 6,
        partial(_grid, "pacific_sst_anomaly/sst_anomaly_1970_2003.nc", (slice(8, 20), slice(50, 62)), "MS")),
    Yardstick("made_field", "graph", "weather", "world", 12, partial(_world, "travelling", 12)),
    Yardstick("metr_la", "graph", "traffic", "data", 12, partial(_held_out, "metr_la_week", 40, 576)),
    Yardstick("made_events", "events", "events", "world", 8, partial(_made_events, 3), COUNTED),
    Yardstick("earthquakes", "events", "quakes", "data", 6,
        partial(_counts, "earthquakes/world_m55.csv.gz", "MS", 10.0, (-60.0, 60.0, 90.0, 180.0)), COUNTED),
    Yardstick("made_walkers", "tracks", "movement", "world", 8, partial(_made_tracks, 4), LAID),
    Yardstick("hurricanes", "tracks", "movement", "data", 4,
        partial(_tracks, "hurricanes_atlantic/atlantic_best_tracks.csv.gz", "6h", 40, 80), LAID),
    Yardstick("made_waves", "video", "film", "world", 8, partial(_made_raster, "waves", 2, "s")),
    Yardstick("big_buck_bunny", "video", "film", "data", 4,
        partial(_grid, "video_bigbuckbunny/bigbuckbunny_gray.npz", (slice(0, 108), slice(0, 192)), "40ms", 9)),
    Yardstick("made_traffic", "graph", "traffic", "world", 12, partial(_world, "traffic", 8), quick=False),
    Yardstick("us_income", "graph", "economy", "sample", 4, partial(_sample, "us_income"), quick=False),
    Yardstick("parking_bremen", "graph", "parking", "data", 24, partial(_held_out, "parking_bremen", 40, 1200), quick=False),
    Yardstick("beijing_metro", "graph", "transit", "data", 12, partial(_held_out, "beijing_metro", 48, 900), quick=False),
    Yardstick("influenza_japan", "graph", "disease", "data", 4, partial(_held_out, "influenza_japan", 47, 348), quick=False),
    Yardstick("vic_basin", "grid", "weather", "data", 12,
        partial(_grid, "vic_basin_temperature/vic_temperature_6h.nc", (slice(0, 10), slice(0, 10)), "6h"), quick=False),
    Yardstick("japan_quakes", "events", "quakes", "data", 6,
        partial(_counts, "earthquakes/japan.csv.gz", "MS", 2.0, (30.0, 46.0, 130.0, 146.0)), COUNTED, quick=False),
    Yardstick("students", "tracks", "movement", "data", 8,
        partial(_tracks, "eth_ucy/students003.txt", "10s", 40, 80), LAID, quick=False),
    Yardstick("radar_finland", "video", "radar", "data", 3,
        partial(_grid, "radar_finland/fmi_2016_09_28.nc", (slice(0, 760), slice(0, 760)), "5min", 47), quick=False),
)  # fmt: skip
"""None of these is, or overlaps, a set of a training corpus; seeds of worlds are beyond those that training draws."""
