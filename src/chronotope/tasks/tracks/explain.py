"""Explain of tracks: other objects, and what an object did itself, are hidden in turn, and the paths are asked again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.arguments import whole_number
from chronotope.data.field import Field
from chronotope.data.fixes import on_one_turn
from chronotope.data.scene import Scene, scene_of
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.motion.heard import DESCRIBED
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, PathAnswer, Paths, Predictor, Question
from chronotope.tasks.explaining.hidden import Part
from chronotope.tasks.explaining.occlusion import Occlusion
from chronotope.tasks.explaining.told import chosen_kinds, shares_of, table_of
from chronotope.tasks.results.explanation import Explanation
from chronotope.tasks.times import steps_of
from chronotope.tasks.tracks.forecast import RECENT, UNITS, Call, on_the_globe, question_of, solver_of, to_degrees

KINDS = ("object", "time")
MIDDLE = QUANTILE_LEVELS.index(0.5)
LEFT = (2, 4, 8, 16, 32, 64, 128, 256)  # rows of an object's own past that are left
POSITION = "position"


def explain_tracks(
    predictor: Predictor, field: Field, horizon: Any, *, place: Any = None, at: Any = None, context: Any = None, kinds: Any = None,
    most: Any = 24,
) -> Explanation:  # fmt: skip
    """What moved the paths of objects, or of one; see `Model.explain`."""
    chosen, most = chosen_kinds(kinds, KINDS), whole_number(most, "most")
    call, solver = Call.of(field, horizon, at, context, (), ()), solver_of(predictor, Paths)
    if call.many:
        raise ArgumentError("explain is about one answer; at= must be one time stamp, found a list.")
    scene = scene_of(call.fixes, call.step, call.origins[0], RECENT)
    steps = steps_of(horizon, scene.panel, "horizon")
    asked = question_of(scene, steps, Paths(QUANTILE_LEVELS), call.context)
    wanted = about(asked, scene, place)
    told = solver.answer(asked)
    assert isinstance(told, PathAnswer)
    occlusion = Occlusion(lambda one: solver.answer(one).values, asked, told.values)
    parts = {"object": others(asked, scene, wanted, most), "time": _own_past(asked, wanted)}
    found = [one for kind in paced(chosen, alike=False) for one in occlusion.halved(parts[kind])]
    start = last_seen(asked)
    rows = [_row(part, told.values, other, asked, start) for part, other in found]
    meta = call.described(predictor, solver, "explain", steps, context) | {"place": None if place is None else str(place)}
    tell = getattr(solver, "shares", None)
    mine = asked.asked[asked.rows] & wanted[:, None]
    mixed = None if tell is None else replace(tell(asked), driven=told.values[MIDDLE] - told.path)
    shares = shares_of(mixed, mine, scene.panel.variables, DESCRIBED, "what past misses move the median by")
    return Explanation(_effects(found, told, asked, wanted, scene, call), field, table_of(rows), shares, meta)


def about(asked: Question, scene: Scene, place: Any) -> np.ndarray:
    """bool (n,): the columns of the objects that are asked, or of the one that is named.

    Raises:
        ArgumentError: there is no such object, or it was not seen lately.
        DataError: nobody was.
    """
    wanted = np.asarray(asked.asked.any(axis=(0, 2)))
    if not wanted.any():
        raise DataError(f"At least one object must be seen in the last {RECENT} steps before the origin; found none. Choose another one.")
    if place is None:
        return wanted
    names = [str(name) for name in asked.frame.places[: len(scene.objects)]]  # type: ignore[index]
    if str(place) not in names:
        raise ArgumentError(
            f"place must be one of the {len(names)} objects that were seen in the last {RECENT} steps before the origin, such as "
            f"{names[0]!r}; found {place!r}."
        )
    return np.asarray(np.arange(len(wanted)) == names.index(str(place)))


def last_seen(asked: Question) -> np.ndarray:
    """Where each object (n, 2) was seen last; NaN for none."""
    past = asked.visible()[: asked.first]
    there = np.isfinite(past).all(axis=2)
    last = len(there) - 1 - there[::-1].argmax(axis=0)
    return np.asarray(np.where(there.any(axis=0)[:, None], past[last, np.arange(past.shape[1])], np.nan))


def others(asked: Question, scene: Scene, wanted: np.ndarray, most: int) -> list[Part]:
    """The objects that are nearest to who is asked, the nearest first, and all that are gone together."""
    start, followed = last_seen(asked), len(scene.objects)
    apart = np.sqrt(((start[:, None] - start[wanted][None]) ** 2).sum(axis=2))
    apart[wanted, np.arange(wanted.sum())] = np.inf
    near = apart.min(axis=1)[:followed]
    index = [k for k in np.argsort(near, kind="stable") if np.isfinite(near[k])][:most]
    out = [_object(asked, wanted, np.array([k]), str(asked.frame.places[k])) for k in index]  # type: ignore[index]
    gone = np.arange(followed, asked.asked.shape[1])
    return out + ([_object(asked, wanted, gone, "all that are gone")] if asked.seen[:, gone].any() else [])


def _object(asked: Question, wanted: np.ndarray, columns: np.ndarray, name: str) -> Part:
    cells, concerns = np.zeros(asked.seen.shape, bool), np.repeat(wanted[:, None], 2, axis=1)
    cells[:, columns], concerns[columns] = True, False
    return Part("object", name, cells, concerns)


def _own_past(asked: Question, wanted: np.ndarray) -> list[Part]:
    """What who is asked did before its last rows; each part holds the ones before it."""
    cut, out = asked.first, []
    for left in LEFT:
        cells = np.zeros(asked.seen.shape, bool)
        cells[: max(cut - left, 0), wanted] = True
        if not (cells & asked.seen).any():
            break
        name = f"its own before {str(asked.frame.times[cut - left])[:19].replace('T', ' ')}"
        out.append(Part("time", name, cells, np.repeat(wanted[:, None], 2, axis=1)))
    return out


def _row(part: Part, told: np.ndarray, other: np.ndarray, asked: Question, start: np.ndarray) -> dict[str, Any]:
    """What a part does to all paths that it can concern, in the unit of the plane: metres, or that of x and y."""
    where = (asked.asked[asked.rows] & part.concerns).all(axis=2)
    now, then, begin = told[:, where], other[:, where], np.broadcast_to(start, (*where.shape, 2))[where]
    width = max(float(np.hypot(*(now[-1] - now[0]).T).mean()), 1e-12)
    way = now[MIDDLE] - begin
    heading = way / np.maximum(np.hypot(*way.T), 1e-12)[:, None]
    moved = float(np.sqrt(((now - then) ** 2).sum(axis=-1)).mean())
    row = {"variable": POSITION, "kind": part.kind, "hidden": part.name, "moved": moved, "in_widths": moved / width}
    row |= {"lifts": float(((now - then)[MIDDLE] * heading).sum(axis=-1).mean())}
    return row | {"narrows": float(np.hypot(*(then[-1] - then[0]).T).mean()) / width - 1}


def _effects(
    found: list[tuple[Part, np.ndarray]], told: PathAnswer, asked: Question, wanted: np.ndarray, scene: Scene, call: Call
) -> xr.Dataset:
    """The median of both positions, as a forecast has it, and what each part adds: VAR (time, object), VAR_effect (hidden, ...)."""
    k, turn = len(scene.objects), to_degrees(scene)
    size = (len(found), len(asked.rows), len(call.fixes.names), 2)
    answer, effects = np.full(size[1:], np.nan), np.full(size, np.nan)
    answer[:, scene.objects] = on_the_globe(turn, told.path[:, :k], told.values[:, :, :k] - told.path[:, :k])[MIDDLE]
    answer[:, scene.objects[~wanted[:k]]] = np.nan
    answer[..., 1] = on_one_turn(answer[..., 1], scene.east) if scene.plane is not None else answer[..., 1]
    plain = scene.degrees(told.values[MIDDLE, :, :k])
    for effect, (part, other) in zip(effects, found):
        change = plain - scene.degrees(other[MIDDLE, :, :k])
        if scene.plane is not None:
            change[..., 1] = np.mod(change[..., 1] + 180, 360) - 180
        effect[:, scene.objects] = np.where(part.concerns[:k], change, np.nan)
    data: dict[str, Any] = {}
    for i, name in enumerate(call.fixes.pair):
        attrs = {"units": UNITS[name]} if call.fixes.degrees else {}
        data[name] = (("time", "object"), answer[..., i], attrs)
        data[f"{name}_effect"] = (("hidden", "time", "object"), effects[..., i], attrs)
    coords = {"time": asked.frame.times[asked.rows].astype("datetime64[ns]"), "object": call.fixes.names}
    hidden = {"hidden": [part.name for part, _ in found], "kind": ("hidden", [part.kind for part, _ in found])}
    return xr.Dataset(data, coords | hidden)
