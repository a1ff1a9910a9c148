"""Ground: what lies under and around the values of a map - cells or dots, outlines, edges, degrees along the sides."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chronotope.errors import KindError
from chronotope.view.outlines import COAST, STATE, Box, lines_in
from chronotope.view.plane import Plane
from chronotope.view.slices import Slice
from chronotope.view.style import FAINT, INK, NO_VALUE, SOFT, sensible_limits

MOST_EDGES = 4000
FEW = 12  # places whose names are written
NO_PLACE = "A map needs places with coordinates; this data has none. Name lat= and lon=, or sites=, when opening."


def draw_map(axes: Axes, part: Slice, values: np.ndarray, colours: str, limits: tuple[float, float] | None = None) -> ScalarMappable:
    """Values (n,) of the places of `part` on a map: cells of a grid as cells, sites as dots; grey where there is no value.

    Raises:
        KindError: the places have no coordinates.
    """
    if part.east is None or part.north is None:
        raise KindError(NO_PLACE)
    low, high = sensible_limits(values) if limits is None else limits
    x, y = part.plane.to(part.east, part.north)
    style: dict[str, Any] = {"cmap": colours, "vmin": low, "vmax": high, "rasterized": True}
    corners = cell_corners(part)
    if corners is not None:
        drawn: ScalarMappable = axes.pcolormesh(*corners, values.reshape(part.shape), shading="flat", **style)
        axes.set_facecolor(NO_VALUE)
    else:
        known = np.isfinite(values)
        shape: Any = {"s": _size(part), "marker": "s" if len(part.shape) == 2 else "o"}
        edge: Any = {"lw": 0} if len(part.shape) == 2 else {"lw": 0.4, "edgecolors": "white"}
        axes.scatter(x[~known], y[~known], color=NO_VALUE, **shape, lw=0, zorder=2)
        drawn = axes.scatter(x, y, c=values, **style, **shape, **edge, zorder=3)
        if len(values) <= FEW:
            _write_names(axes, part, x, y)
    box = box_of(part)
    draw_edges(axes, part, x, y)
    draw_ground(axes, part.plane, box, over=corners is not None)
    frame(axes, part, box)
    return drawn


def cell_corners(part: Slice) -> tuple[np.ndarray, np.ndarray] | None:
    """Corners (y + 1, x + 1) of the cells on the map; None for places, and for folded grids whose rows or columns turn back."""
    if len(part.shape) != 2 or min(part.shape) < 2 or part.east is None or part.north is None:
        return None
    east = part.east if part.plane.kind == "polar" else part.plane.to(part.east, part.north)[0]
    pair = [a.reshape(part.shape) for a in (east, part.north)]
    steps = np.diff(pair[0], axis=1), np.diff(pair[1], axis=0)
    if not all((step > 0).all() or (step < 0).all() for step in steps):
        return None
    east, north = (_corners(a) for a in pair)
    north = np.clip(north, -90, 90) if part.is_geographic else north
    return part.plane.to(east, north) if part.plane.kind == "polar" else (east, north)


def box_of(part: Slice) -> Box:
    """West, east, south and north of the map, in its own coordinates, with some room around dots."""
    assert part.east is not None and part.north is not None
    corners = cell_corners(part)
    x, y = part.plane.to(part.east, part.north) if corners is None else corners
    west, east, south, north = (float(f(a[np.isfinite(a)])) for a in (x, y) for f in (np.min, np.max))
    if corners is not None and part.plane.kind != "polar":
        return west, east, south, north
    room = 0.06 * max((east - west) * part.plane.squeeze, north - south) or 0.5
    return west - room / part.plane.squeeze, east + room / part.plane.squeeze, south - room, north + room


def draw_ground(axes: Axes, plane: Plane, box: Box, over: bool = False) -> None:
    """Coastlines and borders; light ones `over` cells, darker ones under dots."""
    found = lines_in(plane, box)
    for kind, lines in ((kind, [line for k, line in found if k == kind]) for kind in {k for k, _ in found}):
        colour = ("#ffffff" if kind == STATE else INK) if over else SOFT
        width = 0.7 if kind == COAST else 0.45
        alpha = 0.75 if kind == COAST else 0.5
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, alpha=alpha, zorder=2.5 if over else 1), autolim=False)
    if plane.kind == "polar":
        _graticule(axes, plane, box)


def draw_edges(axes: Axes, part: Slice, x: np.ndarray, y: np.ndarray) -> None:
    """Lines between places that an edge joins; of many an even selection."""
    if part.edges is not None:
        few = part.edges[:: max(1, len(part.edges) // MOST_EDGES)]
        ends = np.stack([np.stack([x[few[:, i]], y[few[:, i]]], axis=1) for i in (0, 1)], axis=1)
        axes.add_collection(LineCollection(list(ends), colors=SOFT, linewidths=0.6, alpha=0.45, zorder=1.5), autolim=False)


def frame(axes: Axes, part: Slice, box: Box) -> None:
    """Limits, the same scale both ways, and degrees (or the data's units) along the sides."""
    frame_plane(axes, part.plane, box, part.axes)


def frame_plane(axes: Axes, plane: Plane, box: Box, words: tuple[str, str] = ("", "")) -> None:
    """As `frame`, for a plane and a box."""
    axes.set(xlim=box[:2], ylim=box[2:])
    axes.set_aspect(1 / plane.squeeze)
    if plane.kind == "polar":
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.set_facecolor("none")
        return
    for axis, kind, word in ((axes.xaxis, "EW", words[0]), (axes.yaxis, "NS", words[1])):
        axis.set_major_locator(MaxNLocator(4))
        if plane.kind == "degrees":
            axis.set_major_formatter(FuncFormatter(lambda value, _, kind=kind: degree_words(value, kind)))
        else:
            axis.set_label_text(word)
    axes.tick_params(length=2.5)


def degree_words(value: float, kind: str) -> str:
    """A longitude ("EW") or latitude ("NS") as people write it: 74°W."""
    value = (value + 180) % 360 - 180 if kind == "EW" and abs(value) != 180 else value
    side = "" if abs(value) < 1e-9 or abs(value) == 180 else kind[0] if value > 0 else kind[1]
    return f"{abs(round(value, 4)):g}°{side}"


def _write_names(axes: Axes, part: Slice, x: np.ndarray, y: np.ndarray) -> None:
    """Names beside dots, on the side where there is room."""
    middle = (np.nanmin(x) + np.nanmax(x)) / 2
    for name, east, north in zip(part.titles, x, y):
        side = 1 if east <= middle else -1
        style: Any = {"textcoords": "offset points", "fontsize": 7, "color": INK, "va": "center", "ha": "left" if side > 0 else "right"}
        axes.annotate(name, (east, north), (6 * side, 0), zorder=4, **style)


def _graticule(axes: Axes, plane: Plane, box: Box) -> None:
    reach = max(abs(edge) for edge in box)
    for lat in (80, 70, 60, 50, 40):
        radius = float(np.hypot(*plane.to(np.zeros(1), np.array([-lat if plane.south else lat])))[0])
        if radius < reach:
            angle = np.linspace(0, 2 * np.pi, 181)
            axes.plot(radius * np.sin(angle), radius * np.cos(angle), color=FAINT, lw=0.5, zorder=2.4)
            axes.text(radius * 0.707, radius * 0.707, f"{lat}°{'S' if plane.south else 'N'}", fontsize=6, color=SOFT, zorder=5)


def _size(part: Slice) -> float:
    """Area of a dot in points: such that all of them fill a third of the map at most."""
    return float(np.clip((9000 if len(part.shape) == 2 else 3000) / max(len(part.labels), 1), 1.5, 70))


def _corners(centres: np.ndarray) -> np.ndarray:
    """Corners (y + 1, x + 1) around centres (y, x)."""
    wide = np.pad(centres, 1, mode="edge").astype(float)
    wide[0], wide[-1] = 2 * wide[1] - wide[2], 2 * wide[-2] - wide[-3]
    wide[:, 0], wide[:, -1] = 2 * wide[:, 1] - wide[:, 2], 2 * wide[:, -2] - wide[:, -3]
    return (wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:]) / 4
