"""Profiles of moving points: gaps along depth, values ahead at some depths, and what is surprising at any.

field (event, level) --depths--> values along depth --told by others and by themselves (`evidence.profiles`)--> quantiles, surprise
field (event, level) --read at some depths--> a variable for each (event,) --as of all moving points--> (..., depth)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.evidence.profiles import Along, Profiles, fitted_along, read_depths, told_along
from chronotope.tasks.points.interpolate import HOUR, depths_of_rows, kept, metres, pair_of, support_in
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.simulation import Simulation

MOST = 12  # depths at which what comes is told
DIGITS = 2  # of these depths


def has_levels(field: Field, names: tuple[str, ...]) -> bool:
    """Whether variables are seen along profiles."""
    return any("level" in field.dataset[name].dims for name in names)


def depth_name(field: Field) -> str:
    """What says how deep or high a level lies: a coordinate, or else its number."""
    return next((str(name) for name, one in field.dataset.coords.items() if "level" in one.dims and one.dtype.kind in "fiu"), "level")


def profiles_of(field: Field, name: str) -> Profiles:
    """A variable along its profiles."""
    dataset, pair = field.dataset, pair_of(field)
    array = dataset[name].transpose("event", "level")
    values, depth = array.values.astype(float), dataset[depth_name(field)].broadcast_like(array).transpose("event", "level").values
    times = dataset["time"].values.astype("datetime64[ns]")
    hours = np.where(np.isnat(times), np.nan, times.astype(np.int64) / HOUR)
    where = metres(np.stack([dataset[one].values for one in pair], axis=1).astype(float), pair)
    who = dataset["object"].values.astype(str) if "object" in dataset.variables else None
    return Profiles(values, depth.astype(float), where, hours - np.nanmin(hours), who)


def along_of(profiles: Profiles, name: str) -> Along:
    """How a variable is told along its profiles.

    Raises:
        DataError: too few profiles show anything.
    """
    along = fitted_along(profiles)
    if along is None:
        count = int(profiles.seen.any(axis=1).sum())
        raise DataError(f"At least 8 profiles must show {name}, with a time, a position and depths; found {count}.")
    return along


def filled_along(field: Field, name: str, levels: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, int]:
    """Quantiles (q, event, level) of a variable, what was seen in all of them; which cells were filled; how many gaps were not."""
    profiles = profiles_of(field, name)
    missing = ~np.isfinite(profiles.values) & np.isfinite(profiles.depth)
    out, able = np.repeat(profiles.values[None], len(levels), axis=0), missing.copy()
    if missing.any():
        told = told_along(profiles, along_of(profiles, name))
        able &= np.isfinite(told.mean)
        out[:, able] = kept(support_in(field, name), told.quantiles(able, levels))
    return out, able, int((missing & ~able).sum())


def depths_asked(field: Field, names: tuple[str, ...], rows: Any) -> np.ndarray:
    """The depths at which what comes is told: those of a table of rows where it names few, else some that were seen."""
    name = depth_name(field)
    deep = [one for one in names if "level" in field.dataset[one].dims]
    every = np.unique(np.concatenate([read_depths(profiles_of(field, one), 10**9) for one in deep]))
    if not len(every):
        raise DataError(f"Profiles must show something before the origin; of {', '.join(deep)} nothing is seen.")
    wanted = np.unique(depths_of_rows(rows, name)) if isinstance(rows, pd.DataFrame) and name in rows else np.empty(0)
    wanted = wanted[(wanted >= every[0]) & (wanted <= every[-1])]
    if 0 < len(wanted) <= MOST:
        return wanted
    if len(every) <= MOST:
        return every
    profiles = profiles_of(field, deep[0])
    some, shown = read_depths(profiles, MOST), np.where(profiles.seen, profiles.depth, np.nan)[profiles.seen.any(axis=1)]
    size = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(some), 1e-9))) - DIGITS + 1)
    ends = (np.median(one(shown, axis=1)) for one in (np.nanmin, np.nanmax))  # which half of the profiles reach
    return np.unique(np.clip(np.round(some / size) * size, *ends))


def at_depths(field: Field, names: tuple[str, ...], depths: np.ndarray) -> Field:
    """Points with a variable for each of the variables at each depth, read on straight lines; NaN where a profile does not reach it."""
    data, dataset = dict[str, Any](), field.dataset
    for name in names:
        if "level" not in dataset[name].dims:
            data[name] = dataset[name]
            continue
        profiles = profiles_of(field, name)
        table = np.full((len(profiles.values), len(depths)), np.nan)
        for row, seen in enumerate(profiles.seen):
            if seen.any():
                order = np.argsort(profiles.depth[row, seen], kind="stable")
                known = profiles.depth[row, seen][order], profiles.values[row, seen][order]
                table[row] = np.interp(depths, *known, left=np.nan, right=np.nan)
        data |= {_label(name, depth): ("event", table[:, k], dict(dataset[name].attrs)) for k, depth in enumerate(depths)}
    coords = {name: one for name, one in dataset.coords.items() if "level" not in one.dims}
    return replace(field, dataset=xr.Dataset(data, coords, dataset.attrs), variables=tuple(data))


Answer = TypeVar("Answer", Forecast, Simulation)


def gathered(made: Answer, field: Field, names: tuple[str, ...], depths: np.ndarray, rows: Any) -> Answer:
    """An answer about `at_depths` with the depths as an axis; of rows that name a depth each at its own, between those read."""
    axis, dataset = depth_name(field), made.dataset
    attrs = dict(field.dataset[axis].attrs) if axis in field.dataset.variables else {}
    own = depths_of_rows(rows, axis) if isinstance(rows, pd.DataFrame) and axis in rows else None
    data: dict[str, Any] = {str(name): one for name, one in dataset.data_vars.items() if str(name) not in _labels(names, depths)}
    warnings = list(made.meta.get("warnings", ()))
    for name in names:
        if "level" not in field.dataset[name].dims:
            continue
        parts = [dataset[_label(name, depth)] for depth in depths]
        like: xr.DataArray = parts[0]
        values = np.stack([part.values for part in parts], axis=-1)
        if own is None:
            data[name] = ((*like.dims, axis), values, like.attrs)
            continue
        inside = (own >= depths[0]) & (own <= depths[-1])  # of those asked alone, all but what lies beyond what was seen
        place = np.interp(own, depths, np.arange(len(depths)))
        low = np.minimum(place.astype(int), max(len(depths) - 2, 0))
        high, cells = np.minimum(low + 1, len(depths) - 1), np.arange(len(own))
        up = place - low
        read = np.where(up > 0, (1 - up) * values[:, cells, low] + up * values[:, cells, high], values[:, cells, low])
        data[name] = (like.dims, np.where(inside, read, np.nan), like.attrs)
        if not inside.all():
            told = f"{int((~inside).sum())} rows lie beyond the {axis} of {name}, {depths[0]:g} to {depths[-1]:g}, and stay empty"
            warnings.append(told)
    coords = {name: one for name, one in dataset.coords.items() if name != axis or own is not None}
    coords |= {axis: (axis, depths, attrs)} if own is None else {}
    return replace(made, dataset=xr.Dataset(data, coords, dataset.attrs), history=field, meta=made.meta | {"warnings": warnings})


def _labels(names: tuple[str, ...], depths: np.ndarray) -> set[str]:
    return {_label(name, depth) for name in names for depth in depths}


def _label(name: str, depth: float) -> str:
    return f"{name} at {depth:g}"
