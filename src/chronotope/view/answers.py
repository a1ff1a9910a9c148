"""Answers: what each verb gives, as a `Slice` - quantiles, members, surprise, counts of events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import ArgumentError, KindError
from chronotope.view.cutting import as_flat, frame_of, labels_of, on_clock, positions_of, slice_forecast, variables_of
from chronotope.view.slices import Slice

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)  # of members
BACK = 200  # steps of past counts of events


@dataclass(frozen=True)
class Answered:
    """Quantiles of another kind of answer, as `slice_forecast` takes them."""

    dataset: xr.Dataset
    history: Any
    filled: Any = None

    def to_xarray(self) -> xr.Dataset:
        """The quantiles."""
        return self.dataset


def kind_of(made: Any) -> str:
    """What an answer is: values, members, surprise, events, paths, rows, vectors, or listed: things somewhere that no series tells.

    Raises:
        KindError: it is none of them.
    """
    dataset = made.to_xarray()
    if "embedding" in dataset:
        return "vectors"
    if {"rate", "count"} <= set(dataset.data_vars) and getattr(made.history, "kind", "") == "events":
        return "events"
    if "event" in dataset.dims or "chance" in dataset or "hidden" in dataset.dims or lists_fixes(made):
        return "listed"
    if any(str(name).endswith("_score") for name in dataset.data_vars):
        return "surprise"
    if (made.history.kind == "tracks" or ("member" in dataset.dims and moves(made))) and "object" in dataset.dims:
        return "paths"
    if "row" in dataset.dims:
        return "rows"
    if "member" in dataset.dims and "quantile" not in dataset.dims:
        return "members"
    if "quantile" in dataset.dims:
        return "values"
    raise KindError(f"A picture needs the answer of a verb; this has dims {', '.join(map(str, dataset.dims))}.")


def fills_tracks(made: Any) -> bool:
    """Whether an answer is of gaps in tracks."""
    return lists_fixes(made) and made.meta.get("task") == "impute"


def fills_points(made: Any) -> bool:
    """Whether an answer is of gaps in what moving sensors told, one after the other."""
    return getattr(made.history, "kind", "") == "points" and made.meta.get("task") == "impute" and "event" in made.to_xarray().dims


def moves(made: Any) -> bool:
    """Whether an answer tells where objects will be, of tracks or of moving sensors."""
    dataset = made.to_xarray()
    there = {"lat", "lon"} <= set(dataset.data_vars) or {"x", "y"} <= set(dataset.data_vars)
    return (
        getattr(made.history, "kind", "") == "points"
        and there
        and "object" in dataset.dims
        and bool({"quantile", "member"} & set(dataset.dims))
    )


def lists_fixes(made: Any) -> bool:
    """Whether an answer is of the fixes of tracks, filled or surprising, or of the surprising values of moving sensors."""
    kind, task = getattr(made.history, "kind", ""), made.meta.get("task")
    return kind == "tracks" and task in ("impute", "detect") or kind == "points" and task == "detect"


def slice_of(made: Any, variable: str | None = None, origin: int = -1, truth: Any = None) -> Slice:
    """One variable of any answer that lies at fixed places over time.

    Args:
        made: what forecast, impute, interpolate, downscale, simulate or detect gives, of events too.
        variable: the first one by default.
        origin: which of several origins, the last by default.
        truth: a Field or Dataset with later values; the answer's own history by default.

    Raises:
        ArgumentError: no such variable.
        KindError: the answer is of paths, rows or vectors.
    """
    kind = kind_of(made)
    if kind == "members":
        return _of_members(made, variable, origin, truth)
    if kind == "surprise":
        return _of_surprise(made, variable)
    if kind == "events":
        return _of_events(made, origin)
    if kind != "values":
        raise KindError(f"Fans need values at fixed places over time; this answer has {kind}. Take its plot() or map().")
    return slice_forecast(made, variable, origin, truth)


def names_of(made: Any) -> tuple[str, ...]:
    """Names of the variables that can be drawn, in order."""
    kind = kind_of(made)
    return tuple(made.variables) if kind == "surprise" else ("count",) if kind == "events" else variables_of(made)


def _of_members(made: Any, variable: str | None, origin: int, truth: Any) -> Slice:
    dataset = made.to_xarray()
    quantiles = dataset.quantile(list(LEVELS), "member", keep_attrs=True)
    for name in quantiles.data_vars:
        quantiles[name].attrs.update(dataset[name].attrs)
    part = slice_forecast(Answered(quantiles, made.history, getattr(made, "filled", None)), variable, origin, truth)
    name = part.name.split(" [")[0]
    each = [slice_forecast(Answered(dataset[[name]].isel(member=[k]).rename(member="quantile"), made.history), name, origin) for k in
            range(dataset.sizes["member"])]  # fmt: skip
    return replace(part, members=np.stack([one.values[0] for one in each]))


def _of_surprise(made: Any, variable: str | None) -> Slice:
    name = made.variables[0] if variable is None else variable
    if name not in made.variables:
        raise ArgumentError(f"variable must be one that was looked at ({', '.join(made.variables)}); found {variable!r}.")
    rate = float(made.meta.get("rate", 0.01))
    levels = xr.DataArray([rate / 2, 0.5, 1 - rate / 2], dims="quantile")
    parts = [made.dataset[f"{name}_{part}"] for part in ("low", "expected", "high")]
    quantiles = xr.concat(parts, "quantile", coords="minimal", compat="override").assign_coords(quantile=levels).rename(name)
    quantiles.attrs = dict(made.history.dataset[name].attrs)
    part = slice_forecast(Answered(quantiles.to_dataset(), made.history), name)
    space = made.history.space
    score, flag = (as_flat(made.dataset[f"{name}_{word}"], space) for word in ("score", "flag"))
    return replace(part, score=score, flag=flag.astype(bool))


def _of_events(made: Any, origin: int) -> Slice:
    dataset, field = made.to_xarray(), made.history
    if "init_time" in dataset.dims:
        times = (dataset["init_time"][origin] + dataset["lead_time"]).values
        dataset = dataset.isel(init_time=origin).rename(lead_time="time").assign_coords(time=times)
    times = dataset["time"].values.astype("datetime64[ns]")
    step = np.timedelta64(pd.Timedelta(made.meta["step"]).value, "ns")
    space, frame = ("y", "x"), frame_of(dataset)
    east, north, axes = positions_of(frame, space)
    past, back, came = _counted(field, dataset, times, step)
    clock, (times, back) = on_clock(field.to_xarray(), times, back)
    values = dataset["count"].transpose("quantile", "time", *space).values.reshape(dataset.sizes["quantile"], len(times), -1)
    rate = dataset["rate"].transpose("time", *space).values.reshape(len(times), -1)
    shape = (dataset.sizes["y"], dataset.sizes["x"])
    units = f"per cell and {made.meta['step']}"
    return Slice(
        "events", units, dataset["quantile"].values, times, values.astype(float), back, past, came,
        labels_of(frame, space), shape, east, north, axes, clock, expected=rate.astype(float),
    )  # fmt: skip


def _counted(field: Any, dataset: xr.Dataset, times: np.ndarray, step: np.timedelta64) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Counts (t, n) of the steps before the first, their ends, and counts (h, n) of the steps themselves, NaN where the data end before."""
    source = field.to_xarray()
    pair = ("lat", "lon") if {"lat", "lon"} <= set(source.variables) else ("y", "x")
    at = [np.asarray(source[name].values, float) for name in pair]
    centres = [np.asarray(dataset[name if name in dataset.coords else dim].values, float) for name, dim in zip(pair, ("y", "x"))]
    stamps = field.times
    first = times[0] - step
    back = int(np.clip((first - np.nanmin(stamps)) // step, 0, BACK))
    ends = first - step * np.arange(back - 1, -1, -1)
    counts = np.zeros((back + len(times), len(centres[0]), len(centres[1])))
    row = np.ceil((stamps - (first - step * back)) / step) - 1
    where = [np.rint((a - c[0]) / (c[1] - c[0] if len(c) > 1 else 1.0)) for a, c in zip(at, centres)]
    inside = (row >= 0) & (row < len(counts)) & np.isfinite(where[0]) & np.isfinite(where[1])
    for index, centre in zip(where, centres):
        inside &= (index >= 0) & (index < len(centre))
    np.add.at(counts, tuple(index[inside].astype(int) for index in (row, *where)), 1)
    flat = counts.reshape(len(counts), -1)
    came = np.where((times <= np.nanmax(stamps))[:, None], flat[back:], np.nan)
    return flat[:back], ends, came
