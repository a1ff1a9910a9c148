"""Paths: the fixes of objects up to an origin are seen, where they go in the steps after it is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.baselines.paths import PathMix, PathRule
from chronotope.data.field import Field
from chronotope.data.fixes import Fixes, fixes_of, on_one_turn
from chronotope.data.scene import Scene, origin_of, scene_of, step_of
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.errors import ArgumentError, TimeError, listed
from chronotope.evidence.motion.record import Stretches
from chronotope.pace import paced
from chronotope.questions import PathAnswer, Paths, Predictor, Question, Samples
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.simulation import Simulation
from chronotope.tasks.times import check_levels, moment_of, several, steps_of
from chronotope.tasks.tracks.carried import chosen, members_of, quantiles_of

RECENT = 6  # rows: who was not seen in the last of them is gone
UNITS = {"lat": "degrees_north", "lon": "degrees_east"}


@dataclass(frozen=True)
class Call:
    """A checked call: what of the fixes is read, and from which origins.

    Attributes:
        fixes: all of them, with the numbers that are asked beside the positions.
        step: nanoseconds.
        origins: nanoseconds.
        many: whether a list of origins was asked for.
        horizon: steps.
        context: steps read before an origin, or None.
        zone: of the stamps.
    """

    fixes: Fixes
    step: int
    origins: list[int]
    many: bool
    horizon: Any
    context: int | None
    zone: str | None

    @classmethod
    def of(cls, field: Field, horizon: Any, at: Any, context: Any, target: Any, known_future: Any) -> Call:
        """Checked.

        Raises:
            ArgumentError: something is known ahead, an origin is named twice, or none.
            TimeError: an origin lies outside the data.
        """
        if known_future is not None and len(known_future):
            raise ArgumentError("Of tracks nothing is known ahead; leave known_future= out.")
        fixes, zone = chosen(fixes_of(field), field, target), zone_of(field.dataset)
        stamps, many = several(at)
        moments = [_moment(fixes, on_the_clock(one, zone), zone) for one in stamps]
        step = step_of(fixes.until(min(moments)), field.step)
        origins = [origin_of(fixes.until(moment), step, moment) for moment in moments]
        if len(set(origins)) < len(origins):
            raise ArgumentError(f"at must name different steps; found {len(origins)} stamps at {len(set(origins))} steps.")
        return cls(fixes, step, origins, many, horizon, None if context is None else _steps(context, fixes, step, "context"), zone)

    def answered(self, one: Callable[[Scene, int], tuple[dict[str, np.ndarray], Question]], along: str, labels: Any) -> xr.Dataset:
        """Variables (along, time, object), or with init_time, lead_time, of what `one` says of every scene and horizon."""
        parts = [self._of_origin(one, origin, along, labels) for origin in paced(self.origins)]
        return xr.concat([_led(part, origin) for part, origin in zip(parts, self.origins)], "init_time") if self.many else parts[0]

    def _of_origin(self, one: Any, origin: int, along: str, labels: Any) -> xr.Dataset:
        scene = scene_of(self.fixes, self.step, origin, RECENT)
        horizon = steps_of(self.horizon, scene.panel, "horizon")
        made, _ = one(scene, horizon)
        times = scene.panel.times[-1] + np.timedelta64(self.step, "ns") * np.arange(1, horizon + 1)
        data, dims = {}, (along, "time", "object")
        units = dict(zip(self.fixes.variables, self.fixes.units)) | (UNITS if self.fixes.degrees else {})
        for name, answer in made.items():
            answer = on_one_turn(answer, scene.east) if name == "lon" and scene.plane is not None else answer
            values = np.full((len(labels), horizon, len(self.fixes.names)), np.nan)
            if len(scene.objects):
                values[:, :, scene.objects] = answer
            data[name] = (dims, values, {"units": units[name]} if units.get(name) else {})
        return xr.Dataset(data, {along: labels, "time": times.astype("datetime64[ns]"), "object": self.fixes.names})

    def described(self, predictor: Predictor, solver: Predictor, task: str, horizon: int, context: Any) -> dict[str, Any]:
        """Where the numbers come from, as plain words and numbers."""
        words = [stamp_words(np.datetime64(origin, "ns"), self.zone) for origin in self.origins]
        return {
            "task": task, "model": predictor.name, "version": version("chronotope"), "seed": None,
            "origin": words if self.many else words[0], "horizon": horizon,
            "step": f"{self.step / 1e9:g}s", "context": context, "estimator": solver.name, **_said(self),
        }  # fmt: skip


def forecast_paths(
    predictor: Predictor, field: Field, horizon: Any, *, at: Any = None, quantiles: Any, context: Any = None, target: Any = None,
    known_future: Any = (),
) -> Forecast:  # fmt: skip
    """Quantiles of the positions of all objects, and of the numbers they carry, in the steps after each origin; see `Model.forecast`."""
    call, levels = Call.of(field, horizon, at, context, target, known_future), check_levels(quantiles)
    solver = solver_of(predictor, Paths)

    def one(scene: Scene, steps: int) -> tuple[dict[str, np.ndarray], Question]:
        question = question_of(scene, steps, Paths(levels), call.context)
        answer = solver.answer(question)
        assert isinstance(answer, PathAnswer)
        k = len(scene.objects)
        values = on_the_globe(to_degrees(scene), answer.path[:, :k], answer.values[:, :, :k] - answer.path[:, :k])
        made = {name: values[..., i] for i, name in enumerate(call.fixes.pair)}
        return made | quantiles_of(scene, call.fixes, steps, levels, call.context), question

    dataset = call.answered(one, "quantile", list(levels))
    steps = dataset.sizes["lead_time" if call.many else "time"]
    return Forecast(dataset, field, call.described(predictor, solver, "forecast", steps, context))


def simulate_paths(
    predictor: Predictor, field: Field, horizon: Any, want: Samples, *, at: Any = None, context: Any = None, target: Any = None,
    known_future: Any = (),
) -> Simulation:  # fmt: skip
    """Whole paths of all objects, drawn together, and the numbers they carry; see `Model.simulate`."""
    call = Call.of(field, horizon, at, context, target, known_future)
    solver = solver_of(predictor, Samples)

    def one(scene: Scene, steps: int) -> tuple[dict[str, np.ndarray], Question]:
        question = question_of(scene, steps, want, call.context)
        values = scene.degrees(solver.answer(question).values[:, :, : len(scene.objects)])
        made = {name: values[..., i] for i, name in enumerate(call.fixes.pair)}
        return made | members_of(scene, call.fixes, steps, want, call.context), question

    dataset = call.answered(one, "member", np.arange(want.number))
    steps = dataset.sizes["lead_time" if call.many else "time"]
    meta = call.described(predictor, solver, "simulate", steps, context)
    return Simulation(dataset, field, meta | {"seed": want.seed, "members": want.number, "dependence": "of past errors"})


def question_of(scene: Scene, horizon: int, want: Paths | Samples, context: int | None = None) -> Question:
    """Where the followed objects of a scene go in the steps after its last row."""
    followed = np.zeros(scene.panel.values.shape[1:], bool)
    followed[: len(scene.objects)] = True
    return ahead(scene.panel, len(scene.panel.times) - 1, horizon, context=context, target=followed, want=want)


def solver_of(predictor: Predictor, want: type[Paths] | type[Samples] = Paths) -> Predictor:
    """The predictor itself where it gives paths, or draws them; for all others the rules of motion, moved by its network if it has one."""
    if Paths not in predictor.gives:
        return PathMix(getattr(predictor, "refine_paths", None))
    return predictor if want in predictor.gives else PathRule(predictor.name)


def to_degrees(plane: Scene | Stretches) -> Callable[[np.ndarray], np.ndarray] | None:
    """From positions in a plane to degrees; None where the data has a plane of its own."""
    return None if plane.plane is None else plane.degrees


def on_the_globe(degrees: Callable[[np.ndarray], np.ndarray] | None, path: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, k, 2) of lat and lon (or x, y) from a path (h, k, 2) and offsets (q, h, k, 2) in the plane.

    Where the axes of the plane do not run north and east, widths are turned; longitudes go on past 180 rather than jump, so that
    quantiles rise; see `on_one_turn`.
    """
    if degrees is None:
        return path + offsets
    middle = degrees(path)
    reach = 10.0  # metres over which the plane is straight
    change = np.stack([_turned(degrees(path + reach * axis) - middle) for axis in np.eye(2)], axis=-1) / reach  # (h, k, 2, axis)
    side = np.sign(offsets.sum(axis=-1, keepdims=True))
    low, high = np.minimum(offsets, 0), np.maximum(offsets, 0)
    for_down, for_up = (np.sqrt(np.einsum("hkoa,qhka->qhko", change**2, part**2)) for part in (low, high))
    out = middle + np.where(side < 0, -for_down, for_up)
    out[..., 0] = np.clip(out[..., 0], -90, 90)
    return np.maximum.accumulate(out, axis=0)


def _turned(change: np.ndarray) -> np.ndarray:
    change[..., 1] = np.mod(change[..., 1] + 180, 360) - 180
    return change


def _said(call: Call) -> dict[str, Any]:
    """What to know of the last of the scenes, and what looks odd."""
    scene = scene_of(call.fixes, call.step, call.origins[-1], RECENT)
    warnings = []
    if call.fixes.merged:
        warnings.append(f"{call.fixes.merged} fixes stand at a moment at which the same object has another one, and were left out")
    if not len(scene.objects):
        warnings.append(f"no object was seen in the last {RECENT} steps before the origin, so none is followed; choose another at=")
    elif gone := [str(name) for i, name in enumerate(call.fixes.names) if i not in set(scene.objects)]:
        first = listed(gone, 5, repr)
        unseen = f"were not seen in the last {RECENT} steps before the origin and are not followed"
        warnings.append(f"{len(gone)} of {len(call.fixes.names)} objects ({first}) {unseen}")
    seen = np.isfinite(scene.panel.values[:, : len(scene.objects), 0]).sum(axis=0)
    if (seen < 2).any():
        warnings.append(f"{int((seen < 2).sum())} objects have one fix only; they go where others went from there, or stay")
    read = np.ascontiguousarray(scene.panel.values)
    return {
        "objects": len(scene.objects), "gone": len(call.fixes.names) - len(scene.objects), "resampled": round(scene.resampled, 4),
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
    first = next(str(dim) for dim in part.dims if dim in ("quantile", "member"))
    moved = part.rename_dims(time="lead_time").drop_vars("time").assign_coords(lead_time=("lead_time", leads))
    moved = moved.expand_dims(init_time=np.array([start], "datetime64[ns]"))
    return moved.transpose(first, "init_time", "lead_time", "object")
