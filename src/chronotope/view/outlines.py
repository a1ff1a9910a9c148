"""Outlines: coastlines, borders of countries and of the states of the U.S., for maps that need no download.

`outlines.npz` is packed by `scripts/build_outlines.py` from Natural Earth 1:50m and the U.S. Census Bureau, both in the public domain.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np

from chronotope.view.plane import Plane

COAST, BORDER, STATE = 0, 1, 2
CLOSEST = 0.8  # degrees: on a smaller map lines that are true to three hundredths of a degree would mislead
Box = tuple[float, float, float, float]


@cache
def outlines() -> list[tuple[int, np.ndarray]]:
    """(kind, (k, 2) longitudes and latitudes in degrees) of every line."""
    with files("chronotope.view").joinpath("outlines.npz").open("rb") as file, np.load(file) as packed:
        steps, lengths, kinds = packed["steps"].T, packed["lengths"], packed["kinds"]
    parts = np.split(steps, np.cumsum(lengths)[:-1])
    return [(int(kind), np.cumsum(part, axis=0) / 100.0) for kind, part in zip(kinds, parts)]


def lines_in(plane: Plane, box: Box) -> list[tuple[int, np.ndarray]]:
    """(kind, (k, 2)) of the pieces of lines inside a box (west, east, south, north) of a plane's own coordinates.

    Args:
        plane: how degrees are laid out; nothing is drawn where it does not know degrees.
        box: what the map shows.
    """
    west, east, south, north = box
    if not plane.is_geographic or (plane.kind == "degrees" and max(east - west, north - south) < CLOSEST):
        return []
    found = []
    for kind, line in outlines():
        drawn = np.stack(plane.to(line[:, 0], line[:, 1]), axis=1)
        inside = (drawn[:, 0] >= west) & (drawn[:, 0] <= east) & (drawn[:, 1] >= south) & (drawn[:, 1] <= north)
        if inside.any():
            near = inside | np.roll(inside, 1) | np.roll(inside, -1)  # one point beyond, so that lines reach the edge of the map
            found += [(kind, piece) for piece in _pieces(drawn, line, near, plane)]
    return found


def _pieces(drawn: np.ndarray, line: np.ndarray, keep: np.ndarray, plane: Plane) -> list[np.ndarray]:
    """Runs of points that are kept, cut where the map is cut open and where a line runs along the edge of the world."""
    edge = (np.abs(line[:, 0]) > 179.99) | (line[:, 1] < -89.5)
    jump = np.abs(np.diff(drawn[:, 0])) > 90 if plane.kind == "degrees" else np.zeros(len(drawn) - 1, bool)
    joined = keep[:-1] & keep[1:] & ~jump & ~(edge[:-1] & edge[1:])
    ends = np.flatnonzero(np.diff(np.concatenate([[0], joined.astype(np.int8), [0]])))
    return [drawn[first : last + 1] for first, last in zip(ends[::2], ends[1::2])]
