"""Explain: parts of what is seen are hidden in turn and the same is asked again; what the answer then is shows what they did to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.candidates import CANDIDATES
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.tasks.explaining.hidden import Part, places, times, variables
from chronotope.tasks.explanation import Explanation
from chronotope.tasks.forecast import Prepared, prepared, question
from chronotope.tasks.levels import predict
from chronotope.tasks.responding.rhythm import day_of

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
    kinds: Any = KINDS,
    most: int = 24,
) -> Explanation:
    """What moved an answer; see `Model.explain`."""
    chosen = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if not chosen or set(chosen) - set(KINDS):
        raise ArgumentError(f"kinds must be out of {', '.join(KINDS)}; found {kinds!r}.")
    if isinstance(most, bool) or not isinstance(most, (int, np.integer)) or most < 1:
        raise ArgumentError(f"most must be a whole number of places, at least 1; found {most!r}.")
    ready = prepared(field, horizon, at=at, target=target, context=context, known_future=known_future, levels=QUANTILE_LEVELS)
    if ready.many:
        raise ArgumentError("explain is about one answer; at= must be one time stamp, found a list.")
    asked = _asked(ready, place)
    told = predict(predictor, asked)
    parts = [part for kind in KINDS if kind in chosen for part in _parts(kind, asked, ready, int(most))]
    without = [predict(predictor, part.without(asked)) for part in paced(parts)]
    rows = [row for part, other in zip(parts, without) for row in _rows(part, told, other, asked)]
    columns = ["variable", "kind", "hidden", "moved", "in_widths", "lifts", "narrows"]
    table = pd.DataFrame(rows, columns=columns).sort_values("in_widths", ascending=False, kind="stable", ignore_index=True)
    meta = ready.described(predictor) | {"task": "explain", "place": None if place is None else str(place), "warnings": []}
    shares, dataset = _shares(predictor, asked, ready, told), _effects(parts, told, without, asked, ready)
    return Explanation(dataset, field, table, shares, meta)


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
    return times(asked, day_of(ready.panel) or CYCLE) if kind == "time" else variables(asked)


def _rows(part: Part, told: np.ndarray, other: np.ndarray, asked: Question) -> list[dict[str, Any]]:
    """A row for every asked variable that a part can concern."""
    out = []
    for k in np.flatnonzero(part.concerns.any(axis=0)):
        cells = asked.asked[asked.rows][..., k] & part.concerns[:, k]
        now, then = told[:, cells][..., k].astype(float), other[:, cells][..., k].astype(float)
        width, moved = max(float((now[-1] - now[0]).mean()), 1e-12), float(np.abs(now - then).mean())
        row = {"variable": asked.frame.variables[k], "kind": part.kind, "hidden": part.name, "moved": moved, "in_widths": moved / width}
        narrows = float((then[-1] - then[0]).mean()) / width - 1
        out.append(row | {"lifts": float((now - then)[MIDDLE].mean()), "narrows": narrows})
    return out


def _effects(parts: list[Part], told: np.ndarray, without: list[np.ndarray], asked: Question, ready: Prepared) -> xr.Dataset:
    """For each variable the answer, and what each part adds to it: VAR (DIMS), VAR_effect (hidden, DIMS)."""
    stamps = asked.frame.times[-ready.ask.horizon :]
    effects = [np.where(part.concerns, told[MIDDLE] - other[MIDDLE], np.nan) for part, other in zip(parts, without)]
    plain = replace(ready, steps=ready.ask.horizon, opening=None)
    answer = plain.labelled([(told[MIDDLE][None], stamps)], "quantile", [0.5]).isel(quantile=0, drop=True)
    names = [part.name for part in parts]
    made = plain.labelled([(np.stack(effects) if effects else np.zeros((0, *told.shape[1:])), stamps)], "hidden", names)
    made = made.rename({name: f"{name}_effect" for name in ready.names}).assign_coords(kind=("hidden", [part.kind for part in parts]))
    return made.assign({name: answer[name] for name in ready.names})


def _shares(predictor: Predictor, asked: Question, ready: Prepared, told: np.ndarray) -> pd.DataFrame:
    """A row for every variable and candidate with a share, the greatest first; no rows where the predictor mixes none."""
    columns = ["variable", "candidate", "share", "says", "what"]
    tell = getattr(predictor, "shares", None)
    lowered = replace(asked, frame=replace(asked.frame, values=asked.frame.values.astype(np.float32)))
    found = None if tell is None else tell(lowered)
    if found is None:
        return pd.DataFrame(columns=columns)
    rows = []
    for k in np.flatnonzero(ready.ask.target):
        cells = asked.asked[asked.rows][..., k]
        if not cells.any():
            continue
        name = asked.frame.variables[k]
        for i, candidate in enumerate(found.names):
            share, says = found.share[i][..., k][cells], found.says[i][..., k][cells]
            if share.mean() > 0:
                what = _first_line(CANDIDATES[candidate])
                rows.append((name, candidate, float(share.mean()), float((share * says).sum() / share.sum()), what))
        rows.append((name, "", np.nan, float(found.moved[..., k][cells].mean()), "what the network moves the mix by"))
        rows.append((name, "", np.nan, float(found.driven[..., k][cells].mean()), "what variables known ahead add"))
    return pd.DataFrame(rows, columns=columns).sort_values(["variable", "share"], ascending=[True, False], kind="stable", ignore_index=True)


def _first_line(rule: Any) -> str:
    doc = getattr(rule, "func", rule).__doc__ or ""
    return doc.strip().split("\n")[0]
