"""Paths: where objects went and where they are expected, on a map and along each axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from chronotope.data.fixes import fixes_of
from chronotope.errors import ArgumentError, listed
from chronotope.view.animation import MOST_FRAMES, SUFFIXES, pixels_of, write_frames
from chronotope.view.cutting import on_clock
from chronotope.view.ground import draw_ground, frame_plane
from chronotope.view.outlines import Box
from chronotope.view.output import writing
from chronotope.view.plane import Plane
from chronotope.view.style import ACCENT, INK, TRUTH, date_axis, house_style, new_figure, span_words, time_words

MOST_OBJECTS = 60
PAST_PER_STEP = 2


@dataclass(frozen=True)
class Tracks:
    """Past and expected positions of the objects that are followed.

    Attributes:
        names: of the objects, (n,).
        times: datetime64 (h,).
        origin: the last moment read.
        ahead: float (q or m, h, n, 2), east and north; quantiles along the axes, or members.
        levels: quantile levels (q,); empty for members.
        past, came: of each object (times (k,), positions (k, 2)) before and after the origin.
        plane: how they are laid out.
        axes: words for east and north.
        clock: what the stamps are.
    """

    names: list[str]
    times: np.ndarray
    origin: np.datetime64
    ahead: np.ndarray
    levels: np.ndarray
    past: list[tuple[np.ndarray, np.ndarray]]
    came: list[tuple[np.ndarray, np.ndarray]]
    plane: Plane
    axes: tuple[str, str]
    clock: str

    @property
    def middle(self) -> np.ndarray:
        """The most likely positions (h, n, 2)."""
        return np.nanmedian(self.ahead, axis=0) if not len(self.levels) else self.ahead[int(np.argmin(np.abs(self.levels - 0.5)))]

    def half(self, share: float = 0.8) -> np.ndarray:
        """Half of the width of the interval along each axis (h, n, 2)."""
        if not len(self.levels):
            low, high = np.nanquantile(self.ahead, [(1 - share) / 2, (1 + share) / 2], axis=0)
        else:
            low, high = (self.ahead[int(np.argmin(np.abs(self.levels - level)))] for level in ((1 - share) / 2, (1 + share) / 2))
        return (high - low) / 2


def tracks_of(made: Any, origin: int = -1) -> Tracks:
    """What a picture needs of a forecast or simulation of tracks."""
    dataset, field = made.to_xarray(), made.history
    if "init_time" in dataset.dims:
        times = (dataset["init_time"][origin] + dataset["lead_time"]).values
        dataset = dataset.isel(init_time=origin).rename(lead_time="time").assign_coords(time=times)
    pair = ("lon", "lat") if "lon" in dataset.data_vars else ("x", "y")
    lead = "quantile" if "quantile" in dataset.dims else "member"
    ahead = np.stack([dataset[name].transpose(lead, "time", "object").values for name in pair], axis=-1).astype(float)
    times = dataset["time"].values.astype("datetime64[ns]")
    followed = np.flatnonzero(np.isfinite(ahead[0]).all(axis=(0, 2)))
    if pair[0] == "lon":
        ahead[..., 0] = _unbroken(ahead[..., 0])
    step = times[1] - times[0] if len(times) > 1 else np.timedelta64(1, "h")
    start = times[0] - step
    names = [str(name) for name in dataset["object"].values]
    seen = _fixes(field, pair[0] == "lon", names, ahead)
    before = start - PAST_PER_STEP * max(len(times), 6) * step
    past = [_between(*seen[i], before, start) for i in followed]
    came = [_between(*seen[i], start, times[-1]) for i in followed]
    clock, (times, began, *fixes) = on_clock(field.to_xarray(), times, np.array([start]), *[t for t, _ in [*past, *came]])
    past, came = ([(t, p) for t, (_, p) in zip(own, told)] for own, told in ((fixes[: len(past)], past), (fixes[len(past) :], came)))
    every = np.concatenate([ahead[:, :, followed].reshape(-1, 2), *[p for _, p in past]]) if len(followed) else np.zeros((0, 2))
    plane = Plane.of(every[:, 0], every[:, 1], pair[0] == "lon")
    levels = dataset["quantile"].values if lead == "quantile" else np.zeros(0)
    words = ("longitude", "latitude") if pair[0] == "lon" else pair
    return Tracks([names[i] for i in followed], times, began[0], ahead[:, :, followed], levels, past, came, plane, words, clock)


def plot_paths(made: Any, place: Any = None, ax: Axes | None = None) -> Axes:
    """One object on a map: its past, the expected path with 80 % intervals, and what came true.

    Args:
        made: a forecast or simulation of tracks.
        place: name of an object; the one that moves farthest by default.
        ax: where to draw; a figure of its own by default.

    Raises:
        ArgumentError: no such object, or none is followed.
    """
    tracks = tracks_of(made)
    where = _farthest(tracks)[0] if place is None else _named(tracks, place)
    with house_style():
        axes = new_figure(5.2, 4.2).add_subplot() if ax is None else ax
        _draw(axes, tracks, [where])
        axes.set_title(
            f"{tracks.names[where]}, {span_words(tracks.times[-1] - tracks.origin)} from {time_words(tracks.origin)} {tracks.clock}"
        )
        axes.legend(loc="best", fontsize=7.5)
    return axes


def map_paths(made: Any) -> Figure:
    """All objects (of many those that move farthest): past, expected paths and their 80 % intervals at the last step."""
    tracks = tracks_of(made)
    shown = _farthest(tracks)[:MOST_OBJECTS]
    with house_style():
        figure = new_figure(6.4, 4.8)
        axes = figure.add_subplot()
        _draw(axes, tracks, shown)
        rest = len(tracks.names) - len(shown)
        few = f", {len(shown)} of {len(tracks.names)} objects, those that move farthest" if rest else ""
        axes.set_title(f"{span_words(tracks.times[-1] - tracks.origin)} from {time_words(tracks.origin)} {tracks.clock}".rstrip() + few)
        axes.legend(loc="best", fontsize=7.5)
    return figure


def plot_axes(made: Any, place: Any = None) -> Figure:
    """Both coordinates of one object over time, with intervals."""
    tracks = tracks_of(made)
    where = _farthest(tracks)[0] if place is None else _named(tracks, place)
    with house_style():
        figure = new_figure(7.2, 2.9)
        for k, axes in enumerate(figure.subplots(1, 2)):
            middle, half = tracks.middle[:, where, k], tracks.half()[:, where, k]
            axes.fill_between(tracks.times, middle - half, middle + half, color=ACCENT, alpha=0.25, lw=0, label="80% interval")
            axes.plot(*_line(tracks.past[where], k), color=INK, lw=1.1, label="observed")
            axes.plot(tracks.times, middle, color=ACCENT, lw=1.6, label="median")
            axes.plot(*_line(tracks.came[where], k), color=TRUTH, lw=1.1, label="came true")
            axes.set_ylabel(f"{tracks.axes[k]} (°)" if tracks.plane.is_geographic else tracks.axes[k])
            axes.grid(axis="y")
            date_axis(axes, tracks.clock)
        axes.legend(fontsize=7.5)
        figure.suptitle(tracks.names[where], x=0.01, ha="left", fontsize=9.5)
    return figure


def animate_paths(made: Any, path: str | Path, fps: int = 4, overwrite: bool = False) -> Path:
    """Write the map of all objects, step by step, as .gif or .mp4; raises as `animate_forecast`."""
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"path must end in .gif or .mp4; found {path.name!r}.")
    tracks = tracks_of(made)
    if len(tracks.times) > MOST_FRAMES:
        raise ArgumentError(f"An animation holds at most {MOST_FRAMES} steps; this answer has {len(tracks.times)}. Ask for fewer.")
    with writing(path, overwrite) as draft, house_style():
        write_frames(draft, _frames(tracks), fps)
    return path


def _frames(tracks: Tracks) -> Iterator[np.ndarray]:
    shown = _farthest(tracks)[:MOST_OBJECTS]
    figure = new_figure(6.4, 4.8)
    figure.set_dpi(90)
    for k in range(len(tracks.times)):
        figure.clear()
        axes = figure.add_subplot()
        _draw(axes, tracks, shown, k + 1)
        axes.set_title(f"{time_words(tracks.times[k])} {tracks.clock}".rstrip())
        yield pixels_of(figure)


def _draw(axes: Axes, tracks: Tracks, shown: list[int], steps: int | None = None) -> None:
    """Lines of the past, of the median and of what came true, and the interval of the last step that is drawn as an ellipse."""
    middle, half = tracks.middle[:steps], tracks.half()[:steps]
    box, faint = _box(tracks, shown), 0.22 if len(shown) < 8 else 0.13
    draw_ground(axes, tracks.plane, box)
    for rank, i in enumerate(shown):
        said = (lambda text: text) if rank == 0 else (lambda text: "_" + text)
        past = tracks.past[i][1]
        start = np.concatenate([past[-1:], middle[:, i]])
        axes.plot(*tracks.plane.to(*past.T), color=INK, lw=1.0, label=said("observed"))
        spot = tracks.plane.to(*middle[-1, i][:, None])
        if tracks.plane.kind != "polar":
            axes.add_patch(
                Ellipse(
                    (spot[0][0], spot[1][0]),
                    *(2 * half[-1, i]),
                    color=ACCENT,
                    alpha=faint,
                    lw=0,
                    label=said("80% interval"),
                )
            )
        axes.plot(*tracks.plane.to(*start.T), color=ACCENT, lw=1.5, label=said("median"))
        if len(tracks.came[i][1]):
            true = np.concatenate([past[-1:], tracks.came[i][1]])
            true = true if steps is None else true[: steps + 1]
            axes.plot(*tracks.plane.to(*true.T), color=TRUTH, lw=1.1, ls=(0, (3, 1.5)), label=said("came true"))
        axes.plot(*tracks.plane.to(*past[-1:].T), "o", color=INK, ms=2.5)
        if len(shown) == 1 and not len(tracks.levels):
            for member in tracks.ahead[:30, :steps, i]:
                axes.plot(*tracks.plane.to(*member.T), color=ACCENT, lw=0.4, alpha=0.5)
    frame_plane(axes, tracks.plane, box, tracks.axes)
    axes.set_aspect(1 / tracks.plane.squeeze, adjustable="box")


def _box(tracks: Tracks, shown: list[int]) -> Box:
    """All that is drawn, with the ellipses, and not narrower than half as wide as high."""
    half = tracks.half()[-1, shown]
    every = [tracks.past[i][1] for i in shown] + [tracks.came[i][1] for i in shown] + list(tracks.middle[:, shown].transpose(1, 0, 2))
    every += [tracks.middle[-1, shown] + half, tracks.middle[-1, shown] - half] if tracks.plane.kind != "polar" else []
    x, y = tracks.plane.to(*np.concatenate(every).T)
    west, east, south, north = float(np.nanmin(x)), float(np.nanmax(x)), float(np.nanmin(y)), float(np.nanmax(y))
    squeeze = tracks.plane.squeeze
    across, up = (east - west) * squeeze, north - south
    wide, high = max(across, 0.7 * up) or 1.0, max(up, 0.6 * across) or 1.0
    middle = ((west + east) / 2, (south + north) / 2)
    room = 0.05 * max(wide, high)
    return (
        middle[0] - (wide / 2 + room) / squeeze,
        middle[0] + (wide / 2 + room) / squeeze,
        middle[1] - high / 2 - room,
        middle[1] + high / 2 + room,
    )


def _unbroken(lon: np.ndarray) -> np.ndarray:
    """Longitudes (q or m, h, n) that go on past the end of a turn rather than jump, each path, and all of an object beside the first."""
    along = np.unwrap(lon, period=360, axis=1)
    middle = along[len(along) // 2]
    return along + np.round((middle[:1] - along[:, :1]) / 360) * 360


def _farthest(tracks: Tracks) -> list[int]:
    """Objects, those that are expected to move farthest first."""
    if not tracks.names:
        raise ArgumentError("At least one object must be followed, seen in the last steps before the origin; none is. Give another at=.")
    start = np.array([p[-1] if len(p) else (np.nan, np.nan) for _, p in tracks.past])
    moved = np.hypot(*(tracks.middle[-1] - start).T)
    return [int(i) for i in np.argsort(-np.nan_to_num(moved), kind="stable")]


def _named(tracks: Tracks, name: Any) -> int:
    if str(name) not in tracks.names:
        few = listed(tracks.names, 5)
        raise ArgumentError(f"place must be one of the {len(tracks.names)} objects that are followed ({few}); found {name!r}.")
    return tracks.names.index(str(name))


def _line(track: tuple[np.ndarray, np.ndarray], axis: int) -> tuple[np.ndarray, np.ndarray]:
    return track[0], track[1][:, axis]


def _between(times: np.ndarray, at: np.ndarray, after: np.datetime64, until: np.datetime64) -> tuple[np.ndarray, np.ndarray]:
    kept = (times > after) & (times <= until)
    return times[kept], at[kept]


def _fixes(field: Any, degrees: bool, names: list[str], ahead: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Times and positions (east, north) of every object, longitudes on the same turn as the answer."""
    fixes = fixes_of(field)
    of = {str(name): k for k, name in enumerate(fixes.names)}
    found = []
    for i, name in enumerate(names):
        mine = fixes.who == of.get(name, -1)
        at = fixes.at[mine][:, ::-1].copy() if degrees else fixes.at[mine]
        first = ahead[0, 0, i, 0]
        if degrees and np.isfinite(first):
            at[:, 0] = (at[:, 0] - first + 180) % 360 - 180 + first
        found.append((fixes.time[mine].astype("datetime64[ns]"), at))
    return found
