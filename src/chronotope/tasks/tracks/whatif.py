"""What-if of tracks: an object is taken out, and the paths of the others are moved by as much as hearing it was worth before.

paths as they are less paths without the object --share of it that came true at past origins--> difference, with its interval
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.fixes import on_one_turn
from chronotope.data.scene import Scene, scene_of
from chronotope.errors import ArgumentError, DataError
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, PathAnswer, Paths, Predictor, Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.responding.borne_out import FEWEST, BorneOut, borne_out
from chronotope.tasks.responding.supposing import SURE
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.results.whatif import WhatIf
from chronotope.tasks.times import check_levels, steps_of
from chronotope.tasks.tracks.forecast import RECENT, UNITS, Call, on_the_globe, question_of, solver_of, to_degrees

ORIGINS, LEAST_ROWS = 16, 12  # past origins at which both are asked, and rows read before the first of them


def whatif_tracks(
    predictor: Predictor, field: Field, horizon: Any, close: Any, *, at: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None
) -> WhatIf:  # fmt: skip
    """The paths of the others with and without some objects; see `Model.whatif`."""
    gone = (close,) if isinstance(close, str) else tuple(close or ())
    if not gone:
        raise ArgumentError('Something must be different: of tracks close=["A"] takes an object out; found nothing.')
    levels = check_levels(quantiles)
    call, solver = Call.of(field, horizon, at, context, (), ()), solver_of(predictor, Paths)
    if call.many:
        raise ArgumentError("whatif of tracks is about one answer; at= must be one time stamp, found a list.")
    scene = scene_of(call.fixes, call.step, call.origins[0], RECENT)
    steps = steps_of(horizon, scene.panel, "horizon")
    all_levels = tuple(sorted({*levels, 0.5}))
    asked = question_of(scene, steps, Paths(all_levels), call.context)
    out = _columns(scene, gone)
    told, other = (_told(solver, one) for one in (asked, _without(asked, out)))
    rest = asked.asked.any(axis=(0, 2)) & ~out
    if not rest.any():
        raise ArgumentError("close must leave somebody whose path is asked; found all objects named.")
    tried = [_at(solver, scene, row, steps, out, call.context) for row in paced(_origins(len(scene.panel.times), steps))]
    heard = borne_out([(float(one[0].sum()), float(one[1].sum())) for one in tried])
    each = [borne_out([(float(one[0][i]), float(one[1][i])) for one in tried]) for i in range(len(rest))]
    sure = rest & np.array([one.sureness >= SURE for one in each])  # nobody else is moved
    _refuse_unsure(heard, gone, sure)
    change = np.where(sure[:, None], np.nan_to_num(other.path - told.path), 0.0)  # (h, n, 2)
    meta = call.described(predictor, solver, "whatif", steps, context)
    meta |= {"set": {}, "closed": list(gone), "sureness": {f"the taking out of {name}": round(heard.sureness, 2) for name in gone}}
    meta |= {"came_true": round(heard.share, 4), "past_origins": heard.origins, "causes": [f"taking {name} out" for name in gone]}
    kept = [all_levels.index(level) for level in levels]
    share, error = (np.array([getattr(one, what) if ok else 0.0 for one, ok in zip(each, sure)]) for what in ("share", "error"))
    apart = _moved(heard, share[:, None] * change, error[:, None] * np.abs(change), all_levels)
    middle = told.values[all_levels.index(0.5)]
    away = np.sqrt((told.values - middle) ** 2 + (apart - share[:, None] * change) ** 2)
    then = middle + share[:, None] * change + np.sign(np.array(all_levels) - 0.5)[:, None, None, None] * away
    ways = [(told.path, told.values), (told.path + share[:, None] * change, then)]
    shown = [_on_map(path, values[kept], scene) for path, values in ways]
    shown.append(apart[kept][:, :, : len(scene.objects), :: -1 if scene.plane is not None else 1])  # north stands first, as lat does
    units = [UNITS, UNITS, dict.fromkeys(UNITS, "m")]
    made = [Forecast(_labelled(one, levels, rest, scene, call, asked, unit), field, meta) for one, unit in zip(shown, units)]
    return WhatIf(made[0], made[1], made[2], _summary(each, change, sure, scene, call), meta)


def _columns(scene: Scene, gone: tuple[Any, ...]) -> np.ndarray:
    """bool (n,): the columns of the objects that are taken out.

    Raises:
        ArgumentError: there is no such object among those seen lately.
    """
    names = [str(name) for name in scene.panel.places[: len(scene.objects)]]  # type: ignore[index]
    for name in gone:
        if str(name) not in names:
            found = f"such as {names[0]!r}; found {name!r}" if names else "of which there is none"
            raise ArgumentError(f"close must name objects that were seen in the last {RECENT} steps before the origin, {found}.")
    out = np.zeros(scene.panel.values.shape[1], bool)
    out[[names.index(str(name)) for name in gone]] = True
    return out


def _without(asked: Question, out: np.ndarray) -> Question:
    """The same question of a past in which some objects (n,) were never seen."""
    return replace(asked, seen=asked.seen & ~out[:, None])


def _told(solver: Predictor, asked: Question) -> PathAnswer:
    answer = solver.answer(asked)
    assert isinstance(answer, PathAnswer)
    return answer


def _origins(rows: int, steps: int) -> list[int]:
    """Rows of past origins, a horizon apart where there is room, the latest last."""
    last = rows - 1 - steps
    if last < LEAST_ROWS:
        return []
    return list(np.unique(np.linspace(max(LEAST_ROWS, last - (ORIGINS - 1) * max(steps, 2)), last, ORIGINS).round().astype(int)))


def _at(solver: Predictor, scene: Scene, row: int, steps: int, out: np.ndarray, context: int | None) -> np.ndarray:
    """Of one past origin, for each column (2, n): what hearing told with what came beside it, and with itself, over widths of answers."""
    followed = np.zeros(scene.panel.values.shape[1:], bool)
    followed[: len(scene.objects)] = True
    asked = ahead(scene.panel, row, steps, context=context, target=followed, want=Paths((0.1, 0.5, 0.9)))
    if not asked.seen[:, out].any():
        return np.zeros((2, len(out)))
    told, other = (_told(solver, one) for one in (asked, _without(asked, out)))
    came = scene.panel.values[row + 1 : row + 1 + steps]
    width = np.maximum(told.values[2] - told.values[0], 1e-12)
    hearing, beside = ((one - other.path) / width for one in (told.path, came))
    good = np.isfinite(hearing) & np.isfinite(beside) & ~out[:, None]
    hearing = np.nan_to_num(hearing)
    return np.stack([np.where(good, hearing * one, 0.0).sum(axis=(0, 2)) for one in (np.nan_to_num(beside), np.nan_to_num(hearing))])


def _refuse_unsure(heard: BorneOut, gone: tuple[Any, ...], sure: np.ndarray) -> None:
    """Refuse what the past bears out in nothing.

    Raises:
        DataError: as it says.
    """
    listed = ", ".join(map(str, gone))
    if heard.origins < FEWEST:
        raise DataError(
            f"The past must show what others did while {listed} was there, at {FEWEST} origins or more; found {heard.origins}. "
            "Give a longer past or a shorter horizon."
        )
    if heard.sureness < SURE or not sure.any():
        raise DataError(
            f"The past must show that others go by {listed}; paths that heard it came no nearer to what followed "
            f"({heard.sureness:.1f} standard errors, {SURE:g} are needed). Take another one out, or ask explain."
        )


def _moved(heard: BorneOut, middle: np.ndarray, error: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h, n, 2) of differences with a median and a standard error."""
    return np.asarray(middle + heard.score(np.array(levels))[:, None, None, None] * error)


def _on_map(path: np.ndarray, values: np.ndarray, scene: Scene) -> np.ndarray:
    """Quantiles (q, h, k, 2) in the coordinates of the data, of those who are followed."""
    k = len(scene.objects)
    out = on_the_globe(to_degrees(scene), path[:, :k], values[:, :, :k] - path[:, :k])
    if scene.plane is not None:
        out[..., 1] = on_one_turn(out[..., 1], scene.east)
    return out


def _labelled(
    values: np.ndarray, levels: tuple[float, ...], rest: np.ndarray, scene: Scene, call: Call, asked: Question, units: dict[str, str]
) -> xr.Dataset:
    """Positions, or differences of them in metres north and east, of those who stay: VAR (quantile, time, object)."""
    shown = np.full((len(levels), len(asked.rows), len(call.fixes.names), 2), np.nan)
    shown[:, :, scene.objects] = np.where(rest[: len(scene.objects), None], values, np.nan)
    data = {
        name: (("quantile", "time", "object"), shown[..., i], {"units": units[name]} if call.fixes.degrees else {})
        for i, name in enumerate(call.fixes.pair)
    }
    times = asked.frame.times[asked.rows].astype("datetime64[ns]")
    return xr.Dataset(data, {"quantile": list(levels), "time": times, "object": call.fixes.names})


def _summary(each: list[BorneOut], change: np.ndarray, sure: np.ndarray, scene: Scene, call: Call) -> pd.DataFrame:
    """A row for every object that is moved, the most moved first: how far on average over the steps, and the 80 % interval."""
    size = np.where(sure, np.sqrt((change**2).sum(axis=2)).mean(axis=0), 0.0)
    rows = []
    for i in np.flatnonzero(sure):
        name, one = str(call.fixes.names[scene.objects[i]]), each[i]
        low, high = (max(one.share + score * one.error, 0.0) * size[i] for score in one.score(np.array([0.1, 0.9])))
        rows.append({"origin": np.datetime64(call.origins[0], "ns"), "variable": name, "before": 0.0, "difference": one.share * size[i],
                     "low": low, "high": high, "unit": "m" if scene.plane is not None else ""})  # fmt: skip
    return pd.DataFrame(rows).sort_values("difference", ascending=False, kind="stable", ignore_index=True)
