"""Detect in moving sensors: every value is told from those around in space and time and from its sensor's own, as far as each is right;
of profiles also from those above and below."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree
from scipy.special import stdtr

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.evidence.profiles import told_along
from chronotope.evidence.spacetime import NEAREST, Fitted, _conditional
from chronotope.questions import Predictor
from chronotope.tasks.detect import checked_rate
from chronotope.tasks.detecting.surprise import ENDLESS
from chronotope.tasks.detecting.tails import tail_of
from chronotope.tasks.forecast import answered
from chronotope.tasks.points.interpolate import ESTIMATOR, fitted_on, metres, pair_of
from chronotope.tasks.points.profiles import along_of, depth_name, profiles_of
from chronotope.tasks.results.detection import PARTS, Detection

GROSS = 8.0  # deviations beyond which a value tells nothing of others
FEWEST = 30  # values
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the sensor's own values in what is told; the one that missed least
HEAVY = 4  # degrees of freedom of how far whole profiles lie off
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
        cells, parts = (_judged_along if "level" in array.dims else _judged_around)(field, name, pair, rate)
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


def _enough(name: str, count: int) -> None:
    if count < FEWEST:
        raise DataError(f"detect needs at least {FEWEST} values of {name} with a place and a time; found {count}.")


def _judged_around(field: Field, name: str, pair: tuple[str, str], rate: float) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Cells (k,) of a variable with a value and a place, and what is told of them."""
    cells = _cells(field, name, pair)
    _enough(name, len(cells))
    fitted, _ = fitted_on(field, name, pair)
    expected, low, high, score, flag = _judged(fitted, _beside(field, name, cells) - fitted.level, rate)
    return cells, (*(part + fitted.level for part in (expected, low, high)), score, flag)


def _judged_along(field: Field, name: str, pair: tuple[str, str], rate: float) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The same of profiles: a value is surprising beside those above and below it, or beside other profiles; so is a whole profile."""
    profiles = profiles_of(field, name)
    _enough(name, int(profiles.seen.sum()))
    along, cells, trusted = along_of(profiles, name), np.flatnonzero(profiles.seen), profiles.seen
    for _ in range(2):
        told = told_along(profiles.only(trusted), along)
        sides = [(told.mean, told.size), (told.others, told.deviation)]
        off = [(profiles.values - mean) / size for mean, size in sides]
        moved, chance = _moved(np.where(profiles.seen, off[1], np.nan))
        trusted = profiles.seen & ~moved[:, None]
        for one in off:
            trusted &= np.abs(one) <= GROSS * _spread(one[profiles.seen])
    every = [_tails(mean.ravel()[cells], lies.ravel()[cells], size.ravel()[cells], rate / 2) for (mean, size), lies in zip(sides, off)]
    near = every[0][3] >= every[1][3]
    score = np.maximum(every[0][3], every[1][3]) - np.log10(2.0)  # of two looks, one is surprising twice as often
    mean, low, high = (np.where(near, one, other) for one, other in zip(every[0][:3], every[1][:3]))
    flag, whole = every[0][4] | every[1][4], np.flatnonzero(moved & (chance < rate))
    row = np.unravel_index(cells, profiles.seen.shape)[0]
    mine = np.isin(row, whole)
    mean[mine], low[mine], high[mine] = (one[mine] for one in every[1][:3])
    score[mine] = np.maximum(score[mine], -np.log10(chance[row[mine]]))
    return cells, (mean, low, high, np.maximum(score, 0.0), flag | mine)


def _moved(off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which profiles (e,) lie far off as a whole, by the middle of how far their values (e, l) do, and how rarely one lies so far off."""
    middle = np.full(len(off), np.nan)
    several = np.isfinite(off).sum(axis=1) >= SHORT
    middle[several] = np.nanmedian(off[several], axis=1)
    middle -= np.nanmedian(middle) if several.any() else 0.0
    away = np.abs(np.nan_to_num(middle)) / _spread(middle[several])
    return away > GROSS, 2 * stdtr(HEAVY, -away)


def _spread(off: np.ndarray) -> float:
    """The usual size of what lies off."""
    return max(float(np.nanmedian(np.abs(off))) / 0.6745, 1e-12) if np.isfinite(off).any() else 1.0


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
        trusted = np.abs(off) <= GROSS * _spread(off)
    return _tails(mean, off, size, rate)


def _tails(mean: np.ndarray, off: np.ndarray, size: np.ndarray, rate: float) -> tuple[np.ndarray, ...]:
    """Expected, low, high, score and flag (k,) of values that lie so many sizes off."""
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
    deep = field.dataset[depth_name(field)].broadcast_like(array).transpose(*array.dims).values.ravel() if "level" in array.dims else None
    order = known[np.lexsort((stamps[known], who[known]) if deep is None else (deep[known], stamps[known], who[known]))]
    event = array.dims.index("event") if deep is not None else 0
    apart = np.zeros(len(order), int) if deep is None else np.unravel_index(order, array.shape)[event]
    edge = (np.diff(who[order]) != 0) | (np.diff(apart) != 0) | (np.diff(whole["flag"][order].astype(int)) != 0)
    for run in np.split(order, np.flatnonzero(edge) + 1):
        if not whole["flag"][run[0]]:
            continue
        top = run[np.argmax(whole["score"][run])]
        place = "" if sensor is None else str(sensor[top])
        value = array.values.astype(float).ravel()[top]
        at = "" if deep is None else f" at {depth_name(field)} {deep[top]:.4g}"
        if deep is not None and len(run) > SHORT and len(run) == (apart == np.unravel_index(top, array.shape)[event]).sum():
            by = float(np.median(array.values.astype(float).ravel()[run] - whole["expected"][run]))
            at = f", all {len(run)} levels, {abs(by):.4g} {'above' if by > 0 else 'below'} what other profiles tell; {at.strip()}"
        told = f"{value:.4g} where {whole['low'][top]:.4g} to {whole['high'][top]:.4g} was expected"
        yield {
            "start": stamps[run].min(), "end": stamps[run].max(), "places": [place] if place else [], "variable": name,
            "kind": "point" if len(run) <= SHORT else "level", "peak_score": float(whole["score"][top]),
            "evidence": f"{name}{f' of {place}' if place else ''}{at}: {told}",
        }  # fmt: skip
