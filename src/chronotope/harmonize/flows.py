"""Origin and destination: the moves of tracks between cells or places, as edges with weights and as flows in and out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.stamps import zone_of
from chronotope.errors import ArgumentError, DataError
from chronotope.harmonize.bins import bins_of
from chronotope.harmonize.cells import Goal, sort_into
from chronotope.harmonize.counts import fixes_of
from chronotope.harmonize.partial import left_out, whole_steps
from chronotope.harmonize.record import changed, need_kind


def tracks_to_flows(
    field: Field,
    step: str,
    *,
    cells: Any = None,
    places: Any = None,
    radius: float | None = None,
    of: Literal["moves", "trips"] = "moves",
    keep_partial: bool = False,
) -> Field:
    """Flows between cells or places, from tracks.

    Args:
        field: tracks or points.
        step, cells, places, radius, keep_partial: see `events_to_counts`.
        of: "moves" from a fix to the next of the same object where the two lie in different places; "trips" from the first fix of
            each object to its last (also where they lie in the same place).

    Returns:
        A graph of the places that hold a fix: `outflow` at the step of departure and `inflow` at that of arrival (int32), and an edge from
        origin to destination with the number of moves as weight. Sums of outflow, inflow and (for moves) edge weights are all the
        number of moves. Trips that end where they began count in the flows and make no edge.

    Raises:
        KindError: the field is neither tracks nor points.
        ArgumentError: `of` is no such word, or `cells` and `places` cannot be read.
        DataError: nothing moves.
    """
    need_kind(field, ("tracks", "points"), "tracks_to_flows", "Only objects that move have flows.")
    if of not in ("moves", "trips"):
        raise ArgumentError(f"of must be 'moves' or 'trips'; found {of!r}.")
    rows = fixes_of(field)
    goal = sort_into(rows, cells, places, radius)
    start, end = _legs(rows["object"].to_numpy(), goal.index, of)
    if not len(start):
        raise DataError("Flows need objects that pass from one place to another; none does. Give smaller cells.")
    times = rows["time"].to_numpy("datetime64[ns]")
    bins = bins_of(times, step, zone=zone_of(field.dataset))
    kept = slice(0, len(bins.labels)) if keep_partial else whole_steps(bins, times)
    used, flat = np.unique(goal.index[goal.index >= 0], return_inverse=True)
    place = np.full(len(rows), -1)
    place[goal.index >= 0] = flat
    shape = (len(bins.labels), len(used))
    data = {
        name: (("time", "place"), _table(bins.index[ends], place[ends], shape), {"units": "1", "long_name": f"{of} that {verb}"})
        for name, ends, verb in (("outflow", start, "start here"), ("inflow", end, "end here"))
    }
    dataset = xr.Dataset(
        data | _edges(place[start], place[end]),
        {**_coords(goal, used), "time": ("time", bins.labels, field.dataset["time"].attrs)},
        field.dataset.attrs,
    ).isel(time=kept)
    outside = int((goal.index < 0).sum())
    texts = [f"flows: {len(start)} {of} between {len(used)} places by {bins.freq}"]
    texts += [f"flows: {outside} fixes lie outside of all places and are passed over"] if outside else []
    texts += left_out(bins, kept, "fixes")
    return changed(field, dataset, *texts, kind="graph", variables=("outflow", "inflow"), space=("place",), step=bins.freq)


def _legs(objects: np.ndarray, index: np.ndarray, of: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of departure and of arrival, of fixes sorted by object and time; fixes outside of all places are passed over."""
    rows = np.flatnonzero(index >= 0)
    same = objects[rows[1:]] == objects[rows[:-1]]
    if of == "moves":
        moved = same & (index[rows[1:]] != index[rows[:-1]])
        return rows[:-1][moved], rows[1:][moved]
    first, last = np.append(True, ~same) if len(rows) else np.zeros(0, bool), np.append(~same, True) if len(rows) else np.zeros(0, bool)
    return rows[first & ~last], rows[last & ~first]


def _table(step: np.ndarray, place: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.bincount(step * shape[1] + place, minlength=shape[0] * shape[1]).astype(np.int32).reshape(shape)


def _edges(source: np.ndarray, target: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    pairs = pd.DataFrame({"source": source, "target": target})[source != target].value_counts(sort=False).reset_index(name="weight")
    return {f"edge_{name}": ("edge", pairs[name].to_numpy(np.float32 if name == "weight" else np.int64)) for name in pairs.columns}


def _coords(goal: Goal, used: np.ndarray) -> dict[str, Any]:
    """Coordinates of the used places over one place dim; cells are named by their row and column."""
    if goal.kind == "graph":
        return {name: ("place", np.asarray(part[1])[used]) for name, part in goal.coords.items()}
    row, column = np.unravel_index(used, goal.shape)
    names = np.array([f"{i},{j}" for i, j in zip(row, column)], object)
    first, second = goal.space
    return {"place": ("place", names), first: ("place", goal.coords[first][1][row]), second: ("place", goal.coords[second][1][column])}
