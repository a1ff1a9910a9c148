"""Downscale: the means of cells are seen, what lies inside them is asked."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import coordinates
from chronotope.data.panel import Panel
from chronotope.errors import DataError, KindError
from chronotope.evidence.fine.blocks import Factor, inside, kept_means, outside, room
from chronotope.model.fine import bounds_of
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles
from chronotope.questions.kinds.fine import within
from chronotope.tasks.finer_grid import factor_of, finer
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.levels import levels_of
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.seen_fine import seen_fine
from chronotope.tasks.times import check_levels

CELLS = 3_000_000  # fine values asked at once; longer fields are answered in stretches of steps


def downscale(
    predictor: Predictor,
    field: Field,
    factor: Any = None,
    *,
    to: Any = None,
    like: Field | None = None,
    target: Any = None,
    quantiles: Any = QUANTILE_LEVELS,
) -> Forecast:
    """Quantiles on finer cells whose means are the field; see `Model.downscale`."""
    if field.kind not in ("grid", "video") or len(field.space) != 2:
        raise KindError(f"Downscaling takes a grid or a video; this field is {field.kind}. For places between others use interpolate.")
    levels, names = check_levels(quantiles), answered(field, target)
    sides = factor_of(field, factor, to, like)
    panel, wanted = field.panel(names, exact=True), channels_of(replace(field, variables=names), names)
    if not panel.mask.any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    template = finer(field, sides, to)
    known = None if like is None else seen_fine(like, field, names, sides)
    asked_levels = tuple(sorted({*levels, 0.5}))
    values = _answer(predictor, panel, template, field, sides, known, asked_levels)
    kept = [asked_levels.index(level) for level in levels]
    rows = np.isin(panel.times, field.times)
    dataset = replace(field, dataset=template).unpanel(values[kept][:, rows][..., wanted], panel.times[rows], labels=levels, target=names)
    meta = {"task": "downscale", "model": predictor.name, "version": version("chronotope"), "seed": None, "factor": list(sides)}
    return Forecast(dataset, field, meta | {"steps seen fine": 0 if known is None else len(known[0]), "warnings": []})


def _answer(
    predictor: Predictor,
    panel: Panel,
    template: xr.Dataset,
    field: Field,
    sides: Factor,
    known: tuple[np.ndarray, np.ndarray] | None,
    levels: tuple[float, ...],
) -> np.ndarray:
    """Quantiles (q, t, n, v) float64 of all fine cells, with the block means of the panel."""
    shape = (field.dataset.sizes[field.space[0]], field.dataset.sizes[field.space[1]])
    cells = panel.values[0].size * sides[0] * sides[1]
    size = max(1, CELLS // cells)
    xy = coordinates(template, field.space)[1]
    parts = []
    for start in range(0, len(panel.times), size):
        part = panel.slice_time(start, start + size)
        parts.append(_part(predictor, part, shape, sides, known, levels, xy))
    return np.concatenate(parts, axis=1)


def _part(
    predictor: Predictor,
    panel: Panel,
    shape: tuple[int, int],
    sides: Factor,
    known: tuple[np.ndarray, np.ndarray] | None,
    levels: tuple[float, ...],
    xy: np.ndarray | None,
) -> np.ndarray:
    """The answer for a stretch of steps."""
    level = levels_of(panel.values, panel.mask, True, panel.called, panel.units)
    lowered = replace(panel, values=(panel.values - level).astype(np.float32))
    frame, seen, here = lowered, None, np.arange(len(panel.times))
    if known is not None:
        frame, seen, here = _with_known(lowered, known, level[0], shape, sides)
    question = within(frame, shape, sides, seen=seen, xy=xy, want=Quantiles(levels))
    v = panel.values.shape[2]
    out = np.full((len(levels), len(panel.times), panel.values.shape[1] * sides[0] * sides[1], v), np.nan)
    if question.asked.any():
        rows = np.searchsorted(here, question.rows)
        out[:, rows] = predictor.answer(question).values[..., :v]
    for k in range(v):
        out[..., k] = _exact(out[..., k], panel, k, level[0, k], shape, sides, levels)
    return out


def _with_known(
    panel: Panel, known: tuple[np.ndarray, np.ndarray], level: np.ndarray, shape: tuple[int, int], sides: Factor
) -> tuple[Panel, np.ndarray, np.ndarray]:
    """The panel among the steps that are seen fine, fine values of all of its steps, and where its own steps stand."""
    times, fine = known
    both = np.concatenate([times, panel.times])
    order = np.argsort(both, kind="stable")
    grid = (fine - level).reshape(len(times), shape[0] * sides[0], shape[1] * sides[1], -1)
    means = inside(np.moveaxis(grid, -1, 1), sides).mean(axis=-1)
    means = np.moveaxis(means, 1, -1).reshape(len(times), -1, fine.shape[2])
    values = np.concatenate([means, panel.values])[order].astype(np.float32)
    blank = np.full((len(panel.times), *fine.shape[1:]), np.nan)
    seen = np.concatenate([fine - level, blank])[order]
    frame = replace(panel, values=values, times=both[order], regular=False, edge_history=None)
    return frame, seen, np.flatnonzero(order >= len(times))


def _exact(
    found: np.ndarray, panel: Panel, k: int, level: float, shape: tuple[int, int], sides: Factor, levels: tuple[float, ...]
) -> np.ndarray:
    """Quantiles (q, t, n) as float64 whose median has exactly the block means, within what the variable can be."""
    coarse = panel.values[..., k].astype(float).reshape(-1, *shape)
    bounds = bounds_of(coarse, panel.called[k], panel.units[k] if panel.units else "")
    grid = found.reshape(*found.shape[:2], shape[0] * sides[0], shape[1] * sides[1])
    cells = inside(grid, sides) + level
    middle = levels.index(0.5)
    lower, upper = (np.broadcast_to(side, coarse.shape) for side in (bounds.lower, bounds.upper))
    fixed = kept_means(cells[middle], coarse, lower, upper)
    low, high = (side[..., None] for side in room(coarse, lower, upper, sides[0] * sides[1]))
    change = fixed - cells[middle]
    for q, one in enumerate(cells):
        one += change
        np.clip(one, low, high, out=one)
        if q == middle:
            one[:] = fixed
        else:
            (np.minimum if q < middle else np.maximum)(one, fixed, out=one)
        if q:
            np.maximum(one, cells[q - 1], out=one)
    return outside(cells, sides).reshape(found.shape)
