"""Interpolate: what is observed is seen, other places are asked - also places that were never observed."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import check_free, is_plane
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.evidence.between.answer import FEWEST
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles
from chronotope.questions.kinds.places import elsewhere
from chronotope.tasks.beside import extrapolated, known_beside
from chronotope.tasks.between_levels import between, level_dim
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.levels import predict
from chronotope.tasks.places import Places, lonely, places_of, positions
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels, context_of
from chronotope.tasks.windows import windows

SAME_PLACE = 1e-7  # of the extent of the known places: nearer than this is the same place
GROUPS = {"network": 1024}  # new places that are asked together with the observed ones, by the kind of predictor
GROUP = 64  # of all others: many would crowd the observed ones out of their neighbourhoods


def interpolate(
    predictor: Predictor, field: Field, at: Any, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None
) -> Forecast:
    """Quantiles at other places, for every step of the field; see `Model.interpolate`."""
    levels, names = check_levels(quantiles), answered(field, target)
    check_free(field.dataset, names, "quantile")
    panel, wanted = field.panel(exact=True), channels_of(field, names)
    if panel.xy is None:
        raise DataError("Interpolation needs positions of the places; the field has none. Give lat= and lon=, or sites= when opening it.")
    if not panel.mask[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    steps = context_of(context, panel)
    places = places_of(at, field)
    dim = level_dim(field, names, list(places.table.columns))
    old, xy = positions(places, panel, field)
    beside = known_beside(places, panel, field)
    known = replace(panel, xy=old, about=beside.known).take_places(np.flatnonzero(panel.mask.any(axis=(0, 2))))
    group = GROUPS.get(predictor.kind, GROUP)
    parts = [
        _answer(predictor, known, xy[i : i + group], beside.part(i, group), wanted, levels, steps) for i in paced(range(0, len(xy), group))
    ]
    values = _as_observed(np.concatenate(parts, axis=2), known, xy)
    result, further = _dataset(field, names, _at_level(field, values[..., wanted], panel.values[..., wanted], places, dim, levels),
                               panel.times, places, levels, dim)  # fmt: skip
    meta = {"task": "interpolate", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": steps}
    in_metres = panel.latlon is not None and (places.pair == ("lat", "lon") or is_plane(field.dataset))
    said = beside.said + (lonely(known.xy, xy, in_metres) if known.xy is not None else [])
    count = int(panel.mask.any(axis=(0, 2)).sum())
    read = beside.names if count >= FEWEST else []
    said = [*said, *(extrapolated(beside) if read else [])]
    if len(read) < len(beside.names):
        said = [*said, f"{', '.join(beside.names)} not read: {FEWEST} known places or more tell how values go with it; {count} are known"]
    return Forecast(result, field, {**meta, "places": len(xy), "place_columns": further, "about": read, "warnings": said})


def _answer(
    predictor: Predictor,
    panel: Panel,
    xy: np.ndarray,
    about: np.ndarray | None,
    wanted: np.ndarray,
    levels: tuple[float, ...],
    context: int | None,
) -> np.ndarray:
    """Quantiles (q, t, k, v) at k new places; NaN where the context shows nothing of a variable."""
    t, n, v = panel.values.shape
    parts = []
    for inner, outer in paced(list(windows(np.ones(t, bool), context))):
        rows = slice(inner.start - outer.start, inner.stop - outer.start)
        question = elsewhere(panel.slice_time(outer.start, outer.stop), xy, rows, wanted, Quantiles(levels), about)
        if question.asked.any():
            parts.append(predict(predictor, question, one_level=True)[:, :, n:])
        else:
            parts.append(np.full((len(levels), rows.stop - rows.start, len(xy), v), np.nan, np.float32))
    return np.concatenate(parts, axis=1)


def _as_observed(values: np.ndarray, known: Panel, xy: np.ndarray) -> np.ndarray:
    """Answers (q, t, k, v) in which a place that stands where one was observed shows what was observed there, at every level."""
    from scipy.spatial import cKDTree

    assert known.xy is not None
    near = cKDTree(known.xy).query_ball_point(xy, SAME_PLACE * max(1.0, float(np.ptp(known.xy, axis=0).max(initial=0.0))))
    for k, places in enumerate(near):
        if not places:
            continue
        here = known.values[:, places]
        seen = np.isfinite(here)
        mean = np.where(seen, here, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        observed = here[:, 0] if len(places) == 1 else mean
        values = values.astype(np.result_type(values, known.values), copy=False)
        values[:, :, k] = np.where(seen.any(axis=1), observed, values[:, :, k])
    return values


def _at_level(field: Field, values: np.ndarray, seen: np.ndarray, places: Places, dim: str | None, levels: tuple[float, ...]) -> np.ndarray:
    """Answers (q, t, k, v) of all levels, or (q, t, k, names) at the level that is asked at each place."""
    if dim is None:
        return values
    axis, wanted = field.dataset[dim], pd.to_numeric(places.table[dim], errors="coerce").to_numpy(float)
    width = len(axis)
    parts = [slice(i, i + width) for i in range(0, values.shape[3], width)]
    return np.stack([between(values[..., part], seen[..., part], axis, wanted, levels) for part in parts], axis=-1)


def _dataset(
    field: Field,
    names: tuple[str, ...],
    values: np.ndarray,
    times: np.ndarray,
    places: Places,
    levels: tuple[float, ...],
    at_level: str | None,
) -> tuple[xr.Dataset, list[str]]:
    """Values (q, t, k, v) under names, units and positions, and the names of the further columns of the places.

    Levels and members keep their place among the dims; `at_level` is a dim of which each place has one value only.
    """
    coords: dict[str, Any] = {"quantile": list(levels), "time": ("time", times, field.dataset["time"].attrs)}
    further: dict[str, Any] = {}
    if places.grid is not None:
        where: tuple[str, ...] = ("lat", "lon")
        coords |= {"lat": places.grid[0], "lon": places.grid[1]}
        values = values.reshape(*values.shape[:2], *map(len, places.grid), -1)
    else:
        where = ("place",)
        taken = {"quantile", "time", "place", "lat", "lon", "x", "y", "variable", "filled", *names, *(f"q{level:g}" for level in levels)}
        further = {f"place_{name}" if name in taken else name: ("place", places.table[name].to_numpy()) for name in places.further}
        coords |= {"place": places.names, **{name: ("place", places.points[:, i]) for i, name in enumerate(places.pair)}, **further}
    data, column = {}, 0
    for name in names:
        array = field.dataset[name]
        extra = [str(dim) for dim in array.dims if dim not in ("time", *field.space, at_level)]
        sizes = [array.sizes[dim] for dim in extra]
        block = values[..., column : column + int(np.prod(sizes))].reshape(*values.shape[:-1], *sizes)
        column += int(np.prod(sizes))
        order = [
            new for dim in array.dims for new in (where if dim == field.space[0] else () if dim in (*field.space, at_level) else (dim,))
        ]
        data[name] = xr.DataArray(block, dims=("quantile", "time", *where, *extra), attrs=dict(array.attrs)).transpose("quantile", *order)
        coords |= {dim: field.dataset[dim] for dim in extra if dim in field.dataset.coords}
    return xr.Dataset(data, coords), list(further)
