"""Explain: parts of what is seen are hidden in turn and the same is asked again; what the answer then is shows what they did to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.arguments import whole_number
from chronotope.data.field import Field
from chronotope.data.stamps import wall_clock
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.candidates import CANDIDATES
from chronotope.inspect.circle import beside, unrolled
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.tasks.explaining.hidden import Part, among, neighbourhood, places, times, variables
from chronotope.tasks.explaining.occlusion import Occlusion, compared
from chronotope.tasks.explaining.told import chosen_kinds, shares_of, table_of
from chronotope.tasks.forecast import Prepared, prepared, question
from chronotope.tasks.levels import predict
from chronotope.tasks.responding.rhythm import day_of
from chronotope.tasks.results.explanation import Explanation
from chronotope.wrappers.averaged import directions

MIDDLE = QUANTILE_LEVELS.index(0.5)
CYCLE = 8  # steps, where a day has none
KINDS = ("place", "time", "variable")


def explain(
    predictor: Predictor,
    field: Field,
    horizon: Any,
    *,
    place: Any = None,
    at: Any = None,
    target: Any = None,
    context: Any = None,
    known_future: Any = (),
    kinds: Any = None,
    most: Any = 24,
) -> Explanation:
    """What moved an answer; see `Model.explain`."""
    chosen, most = chosen_kinds(kinds, KINDS), whole_number(most, "most")
    ready = prepared(field, horizon, at=at, target=target, context=context, known_future=known_future, levels=QUANTILE_LEVELS)
    if ready.many:
        raise ArgumentError("explain is about one answer; at= must be one time stamp, found a list.")
    asked = _asked(ready, place)
    told = predict(predictor, asked)
    parts = [part for kind in KINDS if kind in chosen for part in _parts(kind, asked, ready, most)]
    index = neighbourhood(asked, parts)
    near, parts = among(asked, parts, index)
    base = told if index is None else predict(predictor, near)
    occlusion = Occlusion(lambda one: predict(predictor, one), near, base)
    found = [one for kind in paced(KINDS, alike=False) for one in _found(occlusion, [part for part in parts if part.kind == kind])]
    rows = [row for part, other in found for row in _rows(part, base, other, near)]
    meta = ready.described(predictor) | {"task": "explain", "place": None if place is None else str(place), "warnings": []}
    meta |= {"among": len(base[0, 0]), "apart": _widths_apart(told, base, asked, index)}
    shares, dataset = _shares(predictor, asked), _effects(found, told, base, index, asked, ready)
    return Explanation(dataset, field, table_of(rows), shares, meta)


def _found(occlusion: Occlusion, parts: list[Part]) -> list[tuple[Part, np.ndarray]]:
    """What is answered without each of the parts of one kind; of many places those that do nothing stand together."""
    return occlusion.halved(parts) if parts and parts[0].kind == "place" else occlusion.singly(parts)


def _asked(ready: Prepared, place: Any) -> Question:
    """The question, about one place where one is named.

    Raises:
        ArgumentError: there is no such place.
        DataError: nothing of it was observed.
    """
    asked = question(ready.panel, ready.ask, ready.ask.origins[0])
    labels = [str(i) for i in range(asked.asked.shape[1])] if asked.frame.places is None else [str(one) for one in asked.frame.places]
    if place is not None:
        if str(place) not in labels:
            raise ArgumentError(f"place must be one of the field's {len(labels)} places, such as {labels[0]!r}; found {place!r}.")
        only = np.zeros(asked.asked.shape, bool)
        only[:, labels.index(str(place))] = True
        asked = replace(asked, asked=asked.asked & only)
    if not asked.asked.any():
        raise DataError("At least one value of what is explained must be observed at or before the origin; found none.")
    return asked


def _parts(kind: str, asked: Question, ready: Prepared, most: int) -> list[Part]:
    if kind == "place":
        return places(asked, most)
    if kind == "variable":
        return variables(asked)
    return times(asked, day_of(ready.panel) or CYCLE, wall_clock(asked.frame.times, ready.zone), ready.zone)


def _rows(part: Part, told: np.ndarray, other: np.ndarray, asked: Question) -> list[dict[str, Any]]:
    """A row for every asked variable that a part can concern."""
    out, circle = [], directions(asked)
    for k in np.flatnonzero(part.concerns.any(axis=0)):
        cells = asked.asked[asked.rows][..., k] & part.concerns[:, k]
        now, then = compared(told[:, cells][..., k], other[:, cells][..., k], bool(circle[k]))
        width, moved = max(float((now[-1] - now[0]).mean()), 1e-12), float(np.abs(now - then).mean())
        row = {"variable": asked.frame.variables[k], "kind": part.kind, "hidden": part.name, "moved": moved, "in_widths": moved / width}
        narrows = float((then[-1] - then[0]).mean()) / width - 1
        out.append(row | {"lifts": float((now - then)[MIDDLE].mean()), "narrows": narrows})
    return out


def _widths_apart(told: np.ndarray, base: np.ndarray, asked: Question, index: np.ndarray | None) -> float:
    """By how many widths of its interval the answer among near places is apart from that among all."""
    if index is None:
        return 0.0
    cells = asked.asked[asked.rows][:, index]
    all_of_them, circle = told[:, :, index].astype(float), directions(asked)
    rising = unrolled(all_of_them, circle)
    width = max(float((rising[-1] - rising[0])[cells].mean()), 1e-12)
    return round(float(np.abs(beside(all_of_them - base, 0.0, circle)[:, cells]).mean()) / width, 4)


def _effects(
    found: list[tuple[Part, np.ndarray]],
    told: np.ndarray,
    base: np.ndarray,
    index: np.ndarray | None,
    asked: Question,
    ready: Prepared,
) -> xr.Dataset:
    """For each variable the answer, and what each part adds to it: VAR (DIMS), VAR_effect (hidden, DIMS)."""
    places = slice(None) if index is None else index
    effects, circle = np.full((len(found), *told.shape[1:]), np.nan), directions(asked)
    for effect, (part, other) in zip(effects, found):
        effect[:, places] = np.where(part.concerns, beside(base[MIDDLE] - other[MIDDLE], 0.0, circle), np.nan)
    stamps = asked.frame.times[-ready.ask.horizon :]
    plain = replace(ready, steps=ready.ask.horizon, opening=None)
    answer = plain.labelled([(told[MIDDLE][None], stamps)], "quantile", [0.5]).isel(quantile=0, drop=True)
    made = plain.labelled([(effects, stamps)], "hidden", [part.name for part, _ in found])
    kinds = [part.kind for part, _ in found]
    made = made.rename({name: f"{name}_effect" for name in ready.names}).assign_coords(kind=("hidden", kinds))
    return made.assign({name: answer[name] for name in ready.names})


def _shares(predictor: Predictor, asked: Question) -> pd.DataFrame:
    """See `shares_of`."""
    tell = getattr(predictor, "shares", None)
    lowered = replace(asked, frame=replace(asked.frame, values=asked.frame.values.astype(np.float32)))
    found = None if tell is None else tell(lowered)
    return shares_of(found, asked.asked[asked.rows], asked.frame.variables, CANDIDATES, "what variables known ahead add")
