"""Detect in tracks: every fix is asked from the rest, and what lies far from the answer is told."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.scene import step_of
from chronotope.errors import DataError
from chronotope.evidence.motion.left_out import fixes_left_out
from chronotope.evidence.motion.record import Record
from chronotope.questions import Predictor
from chronotope.tasks.detect import checked_rate
from chronotope.tasks.results.detection import PARTS, Detection
from chronotope.tasks.tracking.events import events_of
from chronotope.tasks.tracking.surprise import Surprise, surprise
from chronotope.tasks.tracks.forecast import UNITS, on_the_globe, to_degrees
from chronotope.tasks.tracks.gaps import like_the_data

ESTIMATOR = "fixes and moves left out"
FEWEST = 20  # fixes that lie between two others


def detect_tracks(predictor: Predictor, field: Field, *, rate: Any = 0.01) -> Detection:
    """The surprise of every fix; see `Model.detect`.

    Raises:
        ArgumentError: `rate` is no share.
        DataError: too few fixes lie between two others of their object.
    """
    rate, fixes = checked_rate(rate), fixes_of(field).settled()
    _, first, count = np.unique(fixes.who, return_index=True, return_counts=True)
    between = int(np.maximum(count - 2, 0).sum())
    if between < FEWEST:
        raise DataError(
            f"detect needs at least {FEWEST} fixes that lie between two others of their object, to tell what is usual; found {between}."
        )
    step = step_of(fixes, field.step)
    record = Record(fixes.who, (fixes.time - fixes.time.min()) / step, fixes.at, fixes.degrees)
    found = surprise(record, rate)
    flags = np.nan_to_num(found.score) > -np.log10(rate)
    events = events_of(fixes, found, flags)
    dataset = _labelled(field, fixes, [*_expected(fixes, record, found, flags), found.score, flags])
    observed = int(np.isfinite(found.score).sum())
    meta = {
        "task": "detect", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": None, "rate": rate,
        "estimator": ESTIMATOR, "step": f"{step / 1e9:g}s", "flagged": int(flags.sum()), "observed": observed, "events": len(events),
        "warnings": _warnings(fixes, observed),
    }  # fmt: skip
    return Detection(dataset, field, fixes.pair, events, meta)


def _expected(fixes: Fixes, record: Record, found: Surprise, flags: np.ndarray) -> list[np.ndarray]:
    """Where each fix was to be expected (f, 2), and both ends of the interval along the axes; NaN for the ends of tracks.

    Of a flagged stretch this is told by the fixes around it.
    """
    out = np.full((3, len(fixes.who), 2), np.nan)
    aside = np.zeros(len(flags), bool)
    for one in found.stretches:
        aside[one.fixes] |= len(one.fixes) > 1 and bool(flags[one.fixes].all())
    told = [(found.which, found.misses, np.ones(len(found.which), bool))]
    if aside.any():
        which, misses = fixes_left_out(record, ~aside, quick=True)
        told.append((which, misses, aside[which]))
    for which, misses, mine in told:
        rows, lines, path = which[mine], misses.stretches.part(mine), misses.said[mine]
        reach = np.repeat((found.reach * misses.size[mine])[:, None, None], 2, axis=2)
        offsets = np.stack([-reach, np.zeros_like(reach), reach])
        middle = np.stack([path.real, path.imag], axis=-1)[:, None]
        out[:, rows] = on_the_globe(to_degrees(lines), middle, offsets)[:, :, 0]
    low, middle, high = like_the_data(out, fixes)
    return [middle, low, high]


def _labelled(field: Field, fixes: Fixes, parts: list[np.ndarray]) -> xr.Dataset:
    """Parts (f,) or (f, 2) under the names, dims and coordinates of the field."""
    source = field.dataset
    dims = ("event",) if "event" in source.dims else ("time", "object")
    shape, data = tuple(source.sizes[dim] for dim in dims), {}
    for i, name in enumerate(fixes.pair):
        for part, values in zip(PARTS, parts):
            values = values if values.ndim == 1 else values[:, i]
            whole = np.full(int(np.prod(shape)), False if part == "flag" else np.nan)
            whole[fixes.rows] = values
            words = {"score": "minus log10 of the two-sided tail probability of the fix", "flag": "surprising"}
            attrs = {"long_name": words[part]} if part in words else dict(source[name].attrs) or {"units": UNITS.get(name, "")}
            whole = whole.astype(np.float32) if part == "score" else whole
            data[f"{name}_{part}"] = (dims, whole.reshape(shape), attrs)
    coords = {name: array for name, array in source.coords.items() if set(array.dims) <= set(dims)}
    return xr.Dataset(data, coords | {name: source[name] for name in ("time", "object", *fixes.pair)})


def _warnings(fixes: Fixes, observed: int) -> list[str]:
    made = []
    if observed < len(fixes.who):
        made.append(f"{len(fixes.who) - observed} fixes have none around them that tell anything; they have no score")
    if fixes.merged:
        made.append(f"{fixes.merged} fixes stand at a moment at which the same object has another one, and were left out")
    return made
