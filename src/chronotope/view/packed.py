"""Packed: an answer as the page's script reads it - places, steps and values in few bytes, thinned where there is too much, and said so."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex

from chronotope.view.ground import box_of, cell_corners, degree_words
from chronotope.view.headline import headline_of
from chronotope.view.maps import layers_of
from chronotope.view.outlines import lines_in
from chronotope.view.series import HISTORY_LEAST, HISTORY_PER_STEP
from chronotope.view.slices import Slice
from chronotope.view.style import CHANGES, SEQUENTIAL, WIDTHS, unit_words

ROOM = 1_250_000  # numbers on a page, two bytes each: some 3.3 MB as text
MOST_STEPS, MOST_PLACES, MOST_EDGES = 4000, 20_000, 3000
BANDS = (0.9, 0.8, 0.5)  # intervals on the page, the nearest that there are
TOP, NONE = 65534, 65535
STOPS = 17


@dataclass(frozen=True)
class Packed:
    """What the script reads of a variable, and what of the answer is not on the page."""

    data: dict[str, Any]
    notes: list[str]


def packed(part: Slice, room: int = ROOM) -> Packed:
    """One variable of an answer.

    Args:
        part: the slice.
        room: how many numbers may be kept.
    """
    order, chosen = part.rank()
    told = headline_of(part)
    name = None if told is None else str(part.labels[told[1]])
    part, order, notes = _thinned(part, order, room)
    labels = [str(label) for label in part.labels]
    begin = labels.index(name) if name in labels else int(order[0])
    step = told[0] if told is not None and told[0] < len(part.times) and name in labels else 0
    bands = _bands(part)
    series = {"median": part.quantile(0.5), "past": part.past}
    for share, low, high in bands:
        series |= {f"low{share:.4g}": low, f"high{share:.4g}": high}
    extra = {"truth": part.truth, "expected": part.expected}
    series |= {name: values for name, values in extra.items() if values is not None and np.isfinite(values).any()}
    if part.members is not None:
        series |= {f"member{k}": part.members[k] for k in range(min(len(part.members), 8))}
    known = np.concatenate([values[np.isfinite(values)].ravel() for values in series.values()])
    first, last = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    span = (first, last if last > first else first + 1)
    data = {
        "name": part.words, "unit": unit_words(part.units), "clock": part.clock, "places": part.titles, "order": order.tolist(),
        "chosen": chosen, "first": begin, "step": step,
        "times": _milliseconds(part.times), "pastTimes": _milliseconds(part.past_times), "span": span,
        "series": {name: _written(values, *span) for name, values in series.items()}, "bands": [f"{share:.4g}" for share, _, _ in bands],
        "whole": part.is_whole, "layers": _layers(part), "map": _map(part), "marks": _marks(part), "kind": _kind(part),
        "backcast": part.is_backcast,
    }  # fmt: skip
    return Packed(data, notes)


def palettes() -> dict[str, list[str]]:
    """The colours of the scales, as the pictures have them."""
    return {name: [to_hex(matplotlib.colormaps[name](k / (STOPS - 1))) for k in range(STOPS)] for name in (SEQUENTIAL, WIDTHS, CHANGES)}


def _kind(part: Slice) -> str:
    return (
        "surprise" if part.score is not None else "gaps" if part.filled is not None else "events" if part.expected is not None else "values"
    )


def _thinned(part: Slice, order: np.ndarray, room: int) -> tuple[Slice, np.ndarray, list[str]]:
    """The part with as many steps and places as there is room for, the ranking of its places, and what was left out in words."""
    notes = []
    keep = max(HISTORY_LEAST, HISTORY_PER_STEP * len(part.times))
    near = part.beside(min(keep, 500))
    part = replace(part, past=part.past[near], past_times=part.past_times[near])
    part = replace(part, members=None if part.members is None else part.members[:8])
    if len(part.times) > MOST_STEPS:
        first = 0 if len(part.past_times) and not part.is_backcast else len(part.times) - MOST_STEPS
        side = "first" if first == 0 else "last"
        notes.append(f"The page holds the {side} {MOST_STEPS:,} of {len(part.times):,} steps; the file has all of them.")
        part = _steps(part, slice(first, first + MOST_STEPS))
    each = len(part.times) * (3 + 2 * len(_bands(part)) + (0 if part.members is None else len(part.members))) + len(part.past)
    most = int(np.clip(room // max(each, 1), 1, MOST_PLACES))
    if len(part.labels) <= most:
        return part, order, notes
    if len(part.shape) == 2:
        stride = int(np.ceil(np.sqrt(len(part.labels) / most)))
        rows, columns = (np.arange(0, size, stride) for size in part.shape)
        kept = (rows[:, None] * part.shape[1] + columns).ravel()
        shape: tuple[int, ...] = (len(rows), len(columns))
        notes.append(
            f"The page holds every {_nth(stride)} row and column of the {part.shape[0]} x {part.shape[1]} cells; the file has all of them."
        )
    else:
        half = order[: most // 2]
        even = np.linspace(0, len(part.labels) - 1, most - len(half)).round().astype(int)
        kept, shape = np.unique(np.concatenate([half, even])), (len(np.unique(np.concatenate([half, even]))),)
        notes.append(
            f"The page holds {len(kept):,} of {len(part.labels):,} places, those most worth seeing and an even selection; the file has all."
        )
    thin = _places(part, kept, shape)
    return thin, thin.rank()[0], notes


def _nth(number: int) -> str:
    return f"{number}{'nd' if number == 2 else 'rd' if number == 3 else 'th'}"


def _steps(part: Slice, rows: slice) -> Slice:
    cut: dict[str, Any] = {
        name: None if getattr(part, name) is None else getattr(part, name)[rows]
        for name in ("truth", "score", "flag", "filled", "expected")
    }
    members = None if part.members is None else part.members[:, rows]
    return replace(part, times=part.times[rows], values=part.values[:, rows], members=members, **cut)


def _places(part: Slice, kept: np.ndarray, shape: tuple[int, ...]) -> Slice:
    every = ("values", "past", "truth", "members", "score", "flag", "filled", "expected", "labels", "names", "east", "north")
    cut: dict[str, Any] = {name: None if getattr(part, name) is None else getattr(part, name)[..., kept] for name in every}
    edges = part.edges
    if edges is not None:
        new = np.full(len(part.labels), -1)
        new[kept] = np.arange(len(kept))
        edges = new[edges]
        edges = edges[(edges >= 0).all(axis=1)]
    return replace(part, shape=shape, edges=edges if edges is None or len(edges) else None, **cut)


def _bands(part: Slice) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Three intervals at most, from the widest to the narrowest."""
    every = part.bands()
    chosen = {min(range(len(every)), key=lambda i: abs(every[i][0] - share)) for share in BANDS} if every else set()
    return [every[i] for i in sorted(chosen)]


def _written(values: np.ndarray, low: float, high: float) -> str:
    """Numbers (t, n) as 16 bits each between two ends, in base 64."""
    scaled = np.where(np.isfinite(values), np.rint((values - low) / (high - low) * TOP), NONE)
    return base64.b64encode(np.clip(scaled, 0, NONE).astype("<u2").tobytes()).decode()


def _milliseconds(times: np.ndarray) -> list[int]:
    return [int(stamp) for stamp in times.astype("datetime64[ms]").astype(np.int64)]


def _layers(part: Slice) -> list[dict[str, Any]]:
    """What the map can show: the values themselves and what follows from them, each on one scale for all steps."""
    wanted = ["before", "surprise"] if part.score is not None else ["median", *(["width"] if part.bands() else [])]
    wanted += ["change"] if part.score is None and len(part.past) and part.expected is None else []
    out = []
    for word, layer in zip(wanted, layers_of(part, wanted)):
        about = {"word": word, "title": layer.title, "label": layer.label, "colours": layer.colours, "limits": layer.limits}
        if word == "surprise":
            about |= {"span": (0.0, layer.limits[1]), "values": _written(np.minimum(layer.values, layer.limits[1]), 0.0, layer.limits[1])}
        out.append(about)
    return out


def _map(part: Slice) -> dict[str, Any] | None:
    if part.east is None or part.north is None or len(part.labels) < 2:
        return None
    plane, box = part.plane, box_of(part)
    corners = cell_corners(part) if plane.kind != "polar" else None
    x, y = plane.to(part.east, part.north)
    size = max(box[1] - box[0], box[3] - box[2])
    lines = [[kind, *_numbers(line.ravel(), size)] for kind, line in lines_in(plane, box)]
    edges = [] if part.edges is None else part.edges[:: max(1, len(part.edges) // MOST_EDGES)].ravel().tolist()
    kinds = ("EW", "NS") if plane.kind == "degrees" else tuple(word.partition("(")[2].rstrip(")") for word in part.axes)
    ticks = [[_tick(value, kinds[axis]) for value in _even(*box[2 * axis : 2 * axis + 2])] for axis in (0, 1)]
    grid = None
    if corners is not None and np.allclose(corners[0], corners[0][:1]) and np.allclose(corners[1], corners[1][:, :1]):
        grid = [_numbers(corners[0][0], size), _numbers(corners[1][:, 0], size)]
    return {
        "x": _numbers(x, size), "y": _numbers(y, size), "box": box, "squeeze": plane.squeeze, "grid": grid, "lines": lines, "edges": edges,
        "ticks": ticks if plane.kind != "polar" else [[], []], "cells": len(part.shape) == 2,
    }  # fmt: skip


def _tick(value: float, kind: str) -> list[Any]:
    """A number along a side and its word: degrees for "EW" and "NS", else with that unit."""
    unit = kind if len(kind) <= 6 else ""  # "km from the west edge" is no word for a tick
    return [value, degree_words(value, kind) if kind in ("EW", "NS") else f"{value:,g} {unit}".rstrip()]


def _even(low: float, high: float) -> list[float]:
    """A few round numbers between two."""
    from matplotlib.ticker import MaxNLocator

    return [round(float(v), 6) for v in MaxNLocator(4).tick_values(low, high) if low <= v <= high]


def _numbers(values: np.ndarray, size: float) -> list[float | None]:
    """Numbers with as many digits as a map of this size can show."""
    digits = int(np.clip(4 - np.floor(np.log10(max(size, 1e-9))), 0, 9))
    return [None if not np.isfinite(v) else round(float(v), digits) for v in values]


def _marks(part: Slice) -> list[int]:
    """Cells (step x places + place) that are flagged, or that were filled."""
    cells = part.flag if part.flag is not None else part.filled
    return [] if cells is None else np.flatnonzero(cells.ravel())[:60_000].tolist()
