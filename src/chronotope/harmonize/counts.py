"""Events and fixes of tracks counted into steps of time and cells or places, to the last one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.arguments import names_of
from chronotope.data.field import Field
from chronotope.data.stamps import zone_of
from chronotope.errors import ArgumentError
from chronotope.harmonize.bins import bins_of
from chronotope.harmonize.cells import Goal, sort_into
from chronotope.harmonize.partial import left_out, whole_steps
from chronotope.harmonize.record import changed, need_kind

MOST_VALUES = 200_000_000


def events_to_counts(
    field: Field,
    step: str,
    *,
    cells: Any = None,
    places: Any = None,
    radius: float | None = None,
    sums: tuple[str, ...] = (),
    keep_partial: bool = False,
) -> Field:
    """Events counted by step and place; every event with a time and a place is counted once.

    Args:
        field: events.
        step: pandas offset, "1h", "1D", "MS"; see `resample` for where steps begin.
        cells: size of square cells in degrees (or the plane's units) that hold all events, or (rows, columns) of centres.
        places: table with lat, lon (or x, y), each event goes to the nearest; a geopandas frame of areas, each goes into that in which
            it lies; or the name of a mark that names the place (district).
        radius: metres (or the plane's units) beyond which an event belongs to none of `places`.
        sums: marks to add up beside the count; events without the mark add nothing.
        keep_partial: keep a first or last step in which the record begins or ends; left out by default, as its count says too little.

    Returns:
        A grid for `cells`, a graph for `places`, with `count` (int32) and the `sums` (float64). Nothing happened is 0, not NaN. How many
        events lie outside, have no position, or lie in a step that is left out, is a finding, so that counts and findings add up to the
        events.

    Raises:
        KindError: the field is no events.
        ArgumentError: neither or both of `cells` and `places`, or one that cannot be read.
        DataError: there are no positions, or no such mark.
    """
    need_kind(field, ("events",), "events_to_counts", "For tracks use tracks_to_counts.")
    rows = field.to_pandas()
    sums = names_of(sums, "sums")
    absent = [name for name in sums if name not in rows.columns or rows[name].dtype.kind not in "fiub"]
    if absent:
        raise ArgumentError(f"sums= must name number marks of the events; found {absent[0]!r}.")
    goal = sort_into(rows, cells, places, radius)
    return _counted(field, rows, goal, step, sums, "events", keep_partial)


def tracks_to_counts(
    field: Field,
    step: str,
    *,
    cells: Any = None,
    places: Any = None,
    radius: float | None = None,
    distinct: bool = False,
    keep_partial: bool = False,
) -> Field:
    """Fixes of tracks (or moving points) counted by step and place.

    Args:
        field: tracks or points.
        step, cells, places, radius, keep_partial: see `events_to_counts`.
        distinct: count each object once per step and place, instead of each of its fixes.

    Returns:
        As `events_to_counts`, with `count` the fixes (they add up to all fixes inside), or the objects present.

    Raises:
        KindError: the field is neither tracks nor points.
        ArgumentError, DataError: see `events_to_counts`.
    """
    need_kind(field, ("tracks", "points"), "tracks_to_counts", "For events use events_to_counts.")
    rows = fixes_of(field)
    goal = sort_into(rows, cells, places, radius)
    if distinct:
        bins = bins_of(rows["time"].to_numpy("datetime64[ns]"), step, zone=zone_of(field.dataset))
        again = pd.DataFrame({"o": rows["object"], "t": bins.index, "g": goal.index}).duplicated().to_numpy() & (goal.index >= 0)
        rows, goal = rows[~again].reset_index(drop=True), Goal(goal.space, goal.shape, goal.coords, goal.index[~again])
    return _counted(field, rows, goal, step, (), "objects" if distinct else "fixes", keep_partial)


def fixes_of(field: Field) -> pd.DataFrame:
    """Fixes of tracks or points as rows, sorted by object and time: object, time, and lat, lon or y, x; unknown positions left out."""
    dataset = field.dataset
    names = [name for name in ("lat", "lon", "y", "x") if name in dataset.coords]
    if "event" in dataset.dims:
        table = pd.DataFrame({name: dataset[name].values for name in ("object", "time", *names)})
    else:
        dims = ("time", "object")
        t, o = (dataset.sizes[dim] for dim in dims)
        label = dataset["object"].values if "object" in dataset.coords else np.arange(o)
        table = pd.DataFrame({"object": np.tile(label, t), "time": np.repeat(dataset["time"].values, o)})
        for name in names:
            table[name] = dataset[name].broadcast_like(xr.DataArray(np.empty((t, o)), dims=dims)).transpose(*dims).values.ravel()
    return table.dropna(subset=names).sort_values(["object", "time"], kind="stable").reset_index(drop=True)


def _counted(field: Field, rows: pd.DataFrame, goal: Goal, step: str, sums: tuple[str, ...], what: str, keep_partial: bool) -> Field:
    times = rows["time"].to_numpy("datetime64[ns]")
    bins = bins_of(times, step, zone=zone_of(field.dataset))
    inside = (goal.index >= 0) & (bins.index >= 0)
    shape = (len(bins.labels), *goal.shape)
    if np.prod(shape, dtype=float) > MOST_VALUES:
        raise ArgumentError(f"Counts by {bins.freq} would hold {' x '.join(map(str, shape))} values; give a longer step or larger cells.")
    flat = bins.index[inside] * int(np.prod(goal.shape)) + goal.index[inside]
    size = int(np.prod(shape))
    dims = ("time", *goal.space)
    data: dict[str, Any] = {
        "count": (dims, np.bincount(flat, minlength=size).astype(np.int32).reshape(shape), {"units": "1", "long_name": f"number of {what}"})
    }
    for name in sums:
        weight = rows[name].to_numpy(float)[inside]
        total = np.bincount(flat, np.where(np.isfinite(weight), weight, 0.0), minlength=size).reshape(shape)
        data[name] = (dims, total, field.dataset[name].attrs | {"cell_methods": "time: sum area: sum"})
    kept = slice(0, len(bins.labels)) if keep_partial else whole_steps(bins, times)
    dataset = xr.Dataset(data, {**goal.coords, "time": ("time", bins.labels, field.dataset["time"].attrs)}, dict(field.dataset.attrs)).isel(
        time=kept
    )
    out = int((~inside).sum())
    where = f"{' x '.join(map(str, goal.shape))} {'cells' if goal.kind == 'grid' else 'places'}"
    texts = [f"counts: {int(inside.sum())} {what} by {bins.freq} into {where}"]
    texts += [f"counts: {out} {what} lie outside of them, or have no position, and are not counted"] if out else []
    texts += left_out(bins, kept, what)
    return changed(field, dataset, *texts, kind=goal.kind, variables=("count", *sums), space=goal.space, step=bins.freq)
