"""Paths: the fixes of objects up to an origin are seen, where they go in the steps after it is asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines.paths import PathMix
from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of
from chronotope.data.scene import Scene, origin_of, scene_of, step_of
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.errors import ArgumentError, TimeError
from chronotope.pace import paced
from chronotope.questions import PathAnswer, Paths, Predictor, Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.result import Forecast
from chronotope.tasks.times import check_levels, moment_of, steps_of

RECENT = 6  # rows: who was not seen in the last of them is gone


@dataclass(frozen=True)
class Call:
    """A checked call: what of the fixes is read, and what is asked.

    Attributes:
        fixes: all of them.
        step: nanoseconds.
        horizon: steps.
        levels: of the quantiles.
        context: steps read before an origin, or None.
    """

    fixes: Fixes
    step: int
    horizon: Any
    levels: tuple[float, ...]
    context: int | None


def forecast_paths(
    predictor: Predictor, field: Field, horizon: Any, *, at: Any = None, quantiles: Any, context: Any = None, target: Any = None,
    known_future: Any = (),
) -> Forecast:  # fmt: skip
    """Quantiles of the positions of all objects in the steps after each origin; see `Model.forecast`."""
    if known_future or target is not None:
        raise ArgumentError("Of tracks the positions are asked, and nothing is known ahead; leave target= and known_future= out.")
    fixes = fixes_of(field)
    zone = zone_of(field.dataset)
    many = isinstance(at, (list, tuple, np.ndarray, pd.Index, pd.Series)) and np.ndim(at) > 0
    stamps = list(at) if many else [at]
    if not stamps:
        raise ArgumentError("at must name at least one time stamp; found an empty list.")
    moments = [_moment(fixes, on_the_clock(one, zone), zone) for one in stamps]
    step = step_of(fixes.until(min(moments)), field.step)
    origins = [origin_of(fixes.until(moment), step, moment) for moment in moments]
    if len(set(origins)) < len(origins):
        raise ArgumentError(f"at must name different steps; found {len(origins)} stamps at {len(set(origins))} steps.")
    call = Call(fixes, step, horizon, check_levels(quantiles), None if context is None else _steps(context, fixes, step, "context"))
    parts = [_of_origin(predictor, call, origin) for origin in paced(origins)]
    dataset = xr.concat([_led(part[0], origin) for part, origin in zip(parts, origins)], "init_time") if many else parts[0][0]
    words = [stamp_words(np.datetime64(origin, "ns"), zone) for origin in origins]
    meta = {
        "task": "forecast", "model": predictor.name, "version": version("chronotope"), "seed": None,
        "origin": words if many else words[0], "horizon": dataset.sizes["lead_time" if many else "time"],
        "step": f"{step / 1e9:g}s", "context": context, **parts[-1][1],
    }  # fmt: skip
    return Forecast(dataset, field, meta)


def question_of(scene: Scene, horizon: int, levels: tuple[float, ...], context: int | None = None) -> Question:
    """Where the followed objects of a scene go in the steps after its last row."""
    followed = np.zeros(scene.panel.values.shape[1:], bool)
    followed[: len(scene.objects)] = True
    return ahead(scene.panel, len(scene.panel.times) - 1, horizon, context=context, target=followed, want=Paths(levels))


def solver_of(predictor: Predictor) -> Predictor:
    """The predictor itself where it gives paths; for all others the mix of the rules of motion stands in."""
    return predictor if Paths in predictor.gives else PathMix()


def _of_origin(predictor: Predictor, call: Call, origin: int) -> tuple[xr.Dataset, dict[str, Any]]:
    scene = scene_of(call.fixes, call.step, origin, RECENT)
    horizon = steps_of(call.horizon, scene.panel, "horizon")
    question = question_of(scene, horizon, call.levels, call.context)
    solver = solver_of(predictor)
    answer = solver.answer(question)
    assert isinstance(answer, PathAnswer)
    values = np.full((len(call.levels), horizon, len(call.fixes.names), 2), np.nan)
    number = len(scene.objects)
    values[:, :, scene.objects] = on_the_globe(scene, answer.path[:, :number], answer.values[:, :, :number] - answer.path[:, :number])
    return _dataset(call.fixes, values, question.frame.times[-horizon:], call.levels), _said(call.fixes, scene, solver, predictor)


def on_the_globe(scene: Scene, path: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, k, 2) of lat and lon (or x, y) from a path (h, k, 2) and offsets (q, h, k, 2) in the plane.

    Where the axes of the plane do not run north and east, widths are turned; longitudes go on past 180 rather than jump.
    """
    if scene.plane is None:
        return path + offsets
    middle = scene.degrees(path)
    reach = 10.0  # metres over which the plane is straight
    change = np.stack([_turned(scene.degrees(path + reach * axis) - middle) for axis in np.eye(2)], axis=-1) / reach  # (h, k, 2, axis)
    side = np.sign(offsets.sum(axis=-1, keepdims=True))
    low, high = np.minimum(offsets, 0), np.maximum(offsets, 0)
    for_down, for_up = (np.sqrt(np.einsum("hkoa,qhka->qhko", change**2, part**2)) for part in (low, high))
    out = middle + np.where(side < 0, -for_down, for_up)
    out[..., 0] = np.clip(out[..., 0], -90, 90)
    return np.maximum.accumulate(out, axis=0)


def _turned(change: np.ndarray) -> np.ndarray:
    change[..., 1] = np.mod(change[..., 1] + 180, 360) - 180
    return change


def _dataset(fixes: Fixes, values: np.ndarray, times: np.ndarray, levels: tuple[float, ...]) -> xr.Dataset:
    units = {"lat": "degrees_north", "lon": "degrees_east"}
    data = {
        name: (("quantile", "time", "object"), values[..., i], {"units": units[name]} if name in units else {})
        for i, name in enumerate(fixes.pair)
    }
    return xr.Dataset(data, {"quantile": list(levels), "time": times, "object": fixes.names})


def _said(fixes: Fixes, scene: Scene, solver: Predictor, predictor: Predictor) -> dict[str, Any]:
    """What to know of an answer, as plain words and numbers."""
    warnings = []
    gone = len(fixes.names) - len(scene.objects)
    if fixes.merged:
        warnings.append(f"{fixes.merged} fixes stand at a moment at which the same object has another one, and were left out")
    seen = np.isfinite(scene.panel.values[:, : len(scene.objects), 0]).sum(axis=0)
    if (seen < 2).any():
        warnings.append(f"{int((seen < 2).sum())} objects have one fix only; they go where others went from there, or stay")
    read = np.ascontiguousarray(scene.panel.values)
    return {
        "estimator": solver.name, "objects": len(scene.objects), "gone": gone, "resampled": round(scene.resampled, 4),
        "data_hash": hashlib.blake2b(read.tobytes(), digest_size=8).hexdigest(), "warnings": warnings,
    }  # fmt: skip


def _moment(fixes: Fixes, at: Any, zone: str | None) -> int:
    """Nanoseconds of an origin that was asked for; the last fix for None.

    Raises:
        TimeError: it lies outside the data.
    """
    if at is None:
        return int(fixes.time.max())
    moment = moment_of(at, utc=zone is not None)
    first, last = pd.Timestamp(int(fixes.time.min())), pd.Timestamp(int(fixes.time.max()))
    if not first <= moment <= last:
        raise TimeError(f"at must lie within the data, {first} to {last}; found {moment}.")
    return int(moment.value)


def _steps(length: Any, fixes: Fixes, step: int, name: str) -> int:
    return steps_of(length, scene_of(fixes, step, int(fixes.time.max()), 1).panel, name)


def _led(part: xr.Dataset, origin: int) -> xr.Dataset:
    start = np.datetime64(origin, "ns")
    leads = part["time"].values - start
    moved = part.rename_dims(time="lead_time").drop_vars("time").assign_coords(lead_time=("lead_time", leads))
    moved = moved.expand_dims(init_time=np.array([start], "datetime64[ns]"))
    return moved.transpose("quantile", "init_time", "lead_time", "object")
