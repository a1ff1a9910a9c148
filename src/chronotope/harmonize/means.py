"""Values of moving sensors averaged into steps of time and cells or places, so that they stand on a common frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.stamps import zone_of
from chronotope.errors import ArgumentError, DataError
from chronotope.harmonize.bins import bins_of
from chronotope.harmonize.cells import sort_into
from chronotope.harmonize.counts import MOST_VALUES
from chronotope.harmonize.partial import left_out, whole_steps
from chronotope.harmonize.record import changed, need_kind
from chronotope.harmonize.turning import averaged, told, turns


def points_to_means(
    field: Field,
    step: str,
    *,
    cells: Any = None,
    places: Any = None,
    radius: float | None = None,
    target: Any = None,
    keep_partial: bool = False,
) -> Field:
    """Values of moving points, tracks or events averaged by step and place.

    Args:
        field: points, tracks or events that carry values.
        step, cells, places, radius, keep_partial: see `events_to_counts`.
        target: variables that are averaged, all numbers by default.

    Returns:
        A grid for `cells`, a graph for `places`, with the mean of each variable; NaN where nothing was observed.

    Raises:
        KindError: the field is of fixed places already.
        DataError: there are no values, or no positions.
        ArgumentError: see `events_to_counts`.
    """
    need_kind(field, ("points", "tracks", "events"), "points_to_means", "Fixed places need no cells; coarser ones are made by upscale.")
    rows = values_of(field)
    names = [name for name in field.chosen(target) if name in rows and rows[name].dtype.kind in "fiub"]
    if not names:
        raise DataError("points_to_means needs number values beside the positions; found none. Count them with tracks_to_counts, or count.")
    goal = sort_into(rows, cells, places, radius)
    bins = bins_of(rows["time"].to_numpy("datetime64[ns]"), step, zone=zone_of(field.dataset))
    shape = (len(bins.labels), *goal.shape)
    if np.prod(shape, dtype=float) > MOST_VALUES:
        raise ArgumentError(f"Means by {bins.freq} would hold {' x '.join(map(str, shape))} values; give a longer step or larger cells.")
    inside, size = (goal.index >= 0) & (bins.index >= 0), int(np.prod(shape))
    flat, data = bins.index * int(np.prod(goal.shape)) + goal.index, {}
    for name in names:
        values = rows[name].to_numpy(float)
        known = inside & np.isfinite(values)
        count = np.bincount(flat[known], minlength=size)

        def mean_of(part: np.ndarray, known: np.ndarray = known, count: np.ndarray = count) -> np.ndarray:
            return np.where(count > 0, np.bincount(flat[known], part[known], minlength=size) / np.maximum(count, 1), np.nan)

        mean = averaged(values, turns(field.dataset[name]), mean_of).reshape(shape)
        data[name] = (("time", *goal.space), mean, field.dataset[name].attrs | {"cell_methods": "time: mean area: mean"})
    times = rows["time"].to_numpy("datetime64[ns]")
    kept = slice(0, len(bins.labels)) if keep_partial else whole_steps(bins, times)
    dataset = xr.Dataset(data, {**goal.coords, "time": ("time", bins.labels, field.dataset["time"].attrs)}, dict(field.dataset.attrs)).isel(
        time=kept
    )
    where = f"{' x '.join(map(str, goal.shape))} {'cells' if goal.kind == 'grid' else 'places'}"
    texts = [
        f"means: {int(inside.sum())} of {len(rows)} values by {bins.freq} in {where}",
        *told("means", field),
        *left_out(bins, kept, "values"),
    ]
    return changed(field, dataset, *texts, kind=goal.kind, variables=tuple(names), space=goal.space, step=bins.freq)


def values_of(field: Field) -> pd.DataFrame:
    """Rows of moving places: time, lat, lon (or y, x) and a column for each variable; unknown positions left out."""
    dataset = field.dataset
    names = [name for name in ("lat", "lon", "y", "x") if name in dataset.coords or name in dataset.data_vars]
    wanted = [*names, *(name for name in field.variables if name not in names)]
    if "event" in dataset.dims:
        table = pd.DataFrame({name: dataset[name].values for name in ("time", *wanted)})
    else:
        dims = ("time", "object")
        blank = xr.DataArray(np.empty([dataset.sizes[dim] for dim in dims]), dims=dims)
        table = pd.DataFrame({"time": np.repeat(dataset["time"].values, dataset.sizes["object"])})
        for name in wanted:
            table[name] = dataset[name].broadcast_like(blank).transpose(*dims).values.ravel()
    return table.dropna(subset=names).reset_index(drop=True)
