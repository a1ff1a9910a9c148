"""Detect in moving sensors: every value is told from those around in space and time and from its sensor's own, as far as each is right."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.evidence.spacetime import NEAREST, Fitted, _conditional
from chronotope.questions import Predictor
from chronotope.tasks.detect import checked_rate
from chronotope.tasks.detecting.surprise import ENDLESS
from chronotope.tasks.detecting.tails import tail_of
from chronotope.tasks.forecast import answered
from chronotope.tasks.points.interpolate import ESTIMATOR, fitted_on, metres, pair_of
from chronotope.tasks.results.detection import PARTS, Detection

GROSS = 8.0  # deviations beyond which a value tells nothing of others
FEWEST = 30  # values
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the sensor's own values in what is told; the one that missed least
SHORT = 3  # values in a row up to which they are a point


def detect_points(predictor: Predictor, field: Field, *, rate: Any = 0.01, target: Any = None) -> Detection:
    """The surprise of every value; see `Model.detect`.

    Raises:
        ArgumentError: `rate` is no share, or `target` names no variable.
        DataError: too few values, or none with a place and a time.
    """
    rate, names, pair = checked_rate(rate), answered(field, target), pair_of(field)
    data: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    flagged, observed = 0, 0
    for name in names:
        array = field.dataset[name]
        fitted, _ = fitted_on(field, name, pair)
        cells = _cells(field, name, pair)
        if len(cells) < FEWEST:
            raise DataError(f"detect needs at least {FEWEST} values of {name} with a place and a time; found {len(cells)}.")
        expected, low, high, score, flag = _judged(fitted, _beside(field, name, cells) - fitted.level, rate)
        parts = (*(part + fitted.level for part in (expected, low, high)), score, flag)
        whole = {part: np.full(array.size, False if part == "flag" else np.nan) for part in PARTS}
        for part, values in zip(PARTS, parts):
            whole[part][cells] = values
        data |= {f"{name}_{part}": (array.dims, values.reshape(array.shape), _attrs(part, array)) for part, values in whole.items()}
        events += list(_events(field, name, whole))
        flagged, observed = flagged + int(whole["flag"].sum()), observed + len(cells)
    coords = dict(field.dataset.coords.items()) | {name: field.dataset[name] for name in ("time", *pair)}
    events.sort(key=lambda event: -round(event["peak_score"], 6))
    meta = {
        "task": "detect", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": None, "rate": rate,
        "estimator": ESTIMATOR, "flagged": flagged, "observed": observed, "events": len(events), "warnings": [],
    }  # fmt: skip
    return Detection(xr.Dataset(data, coords), field, names, events, meta)


def _cells(field: Field, name: str, pair: tuple[str, str]) -> np.ndarray:
    """Cells (k,) with a value and a place, in the order in which the kriging keeps them."""
    array = field.dataset[name]
    time, one, two = (field.dataset[other].broadcast_like(array).transpose(*array.dims).values.ravel() for other in ("time", *pair))
    value = array.values.astype(float).ravel()
    cells = np.flatnonzero(np.isfinite(value) & np.isfinite(one) & np.isfinite(two))
    where = metres(np.stack([one[cells], two[cells]], axis=1).astype(float), pair)
    return cells[np.lexsort((value[cells], *where.T, time[cells]))]


def _beside(field: Field, name: str, cells: np.ndarray) -> np.ndarray:
    """The middle (k,) of the two values before and the two after of the same sensor; NaN where there are none, or no sensors."""
    out = np.full(len(cells), np.nan)
    if "object" not in field.dataset.variables:
        return out
    array = field.dataset[name]
    time, sensor = (field.dataset[other].broadcast_like(array).transpose(*array.dims).values.ravel()[cells] for other in ("time", "object"))
    who, value = np.unique(sensor.astype(str), return_inverse=True)[1], array.values.astype(float).ravel()[cells]
    order = np.lexsort((time, who))
    rows = np.arange(len(cells))[:, None] + np.array([-2, -1, 1, 2])
    inside = np.clip(rows, 0, len(cells) - 1)
    mine = (rows == inside) & (who[order][inside] == who[order][:, None])
    known = mine.any(axis=1)
    out[order[known]] = np.nanmedian(np.where(mine, value[order][inside], np.nan)[known], axis=1)
    return out


def _judged(fitted: Fitted, beside: np.ndarray, rate: float) -> tuple[np.ndarray, ...]:
    """Expected, low, high, score and flag (k,) of every value, told from those around that are not grossly off, and from those beside."""
    seen, field = fitted.seen, fitted.field
    where, trusted = seen.scaled(field), np.ones(len(seen.value), bool)
    for _ in range(2):
        kept = np.flatnonzero(trusted)
        number = min(NEAREST + 1, len(kept))
        near = kept[cKDTree(where[kept]).query(where, number)[1].reshape(-1, number)]
        others = np.argsort(near == np.arange(len(where))[:, None], axis=1, kind="stable")[:, : number - 1]
        near = np.take_along_axis(near, others, axis=1)
        mean, variance = _conditional(field, where[near], where, seen.value[near])
        own = np.where(np.isfinite(beside), beside - mean, 0.0)
        mean = mean + own * min(SHARES, key=lambda share: float(np.abs(seen.value - mean - share * own).mean()))
        size = np.sqrt(variance * field.sill) + 1e-12
        off = (seen.value - mean) / size
        trusted = np.abs(off) <= GROSS * max(float(np.median(np.abs(off))) / 0.6745, 1e-12)
    sides = tail_of(-off, 0.1, shapes=ENDLESS), tail_of(off, 0.1, shapes=ENDLESS)
    chance = np.minimum(1.0, 2 * np.minimum(sides[0].chance(-off), sides[1].chance(off)))
    low, high = mean - sides[0].value(rate / 2) * size, mean + sides[1].value(rate / 2) * size
    return mean, low, high, -np.log10(np.clip(chance, 1e-300, 1.0)), chance < rate


def _attrs(part: str, array: xr.DataArray) -> dict[str, Any]:
    words = {"score": "minus log10 of the two-sided tail probability", "flag": "surprising"}
    return {"long_name": words[part]} if part in words else dict(array.attrs)


def _events(field: Field, name: str, whole: dict[str, np.ndarray]) -> Iterator[dict[str, Any]]:
    """Flagged values of one sensor that follow each other, as people read them."""
    array = field.dataset[name]
    stamps = field.dataset["time"].broadcast_like(array).transpose(*array.dims).values.ravel()
    named = "object" in field.dataset.variables
    sensor = field.dataset["object"].broadcast_like(array).transpose(*array.dims).values.ravel() if named else None
    who = np.zeros(len(stamps), int) if sensor is None else np.unique(sensor.astype(str), return_inverse=True)[1]
    known = np.flatnonzero(np.isfinite(whole["score"]))
    order = known[np.lexsort((stamps[known], who[known]))]
    edge = (np.diff(who[order]) != 0) | (np.diff(whole["flag"][order].astype(int)) != 0)
    for run in np.split(order, np.flatnonzero(edge) + 1):
        if not whole["flag"][run[0]]:
            continue
        top = run[np.argmax(whole["score"][run])]
        place = "" if sensor is None else str(sensor[top])
        value = array.values.astype(float).ravel()[top]
        told = f"{value:.4g} where {whole['low'][top]:.4g} to {whole['high'][top]:.4g} was expected"
        yield {
            "start": stamps[run].min(), "end": stamps[run].max(), "places": [place] if place else [], "variable": name,
            "kind": "point" if len(run) <= SHORT else "level", "peak_score": float(whole["score"][top]),
            "evidence": f"{name}{f' of {place}' if place else ''}: {told}",
        }  # fmt: skip
