"""Moving points: values ahead at the objects' own forecast positions or at given ones, and values that are missing where objects were.

positions ahead --kriging in space and time, tried on what followed earlier moments--> values
values, and numbers that the objects carry --by what each missed--> values
rows and gaps of objects that report themselves --their own reports, where these missed less--> values
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.fixes import fixes_of
from chronotope.data.stamps import on_the_clock, stamp_words, zone_of
from chronotope.errors import ArgumentError, KindError, TimeError
from chronotope.evidence.own import with_own
from chronotope.evidence.spacetime import Ahead, Fitted, Observations, tried_ahead
from chronotope.inspect.support import Support
from chronotope.questions import Predictor
from chronotope.tasks.forecast import answered
from chronotope.tasks.points.interpolate import (
    ESTIMATOR,
    HOUR,
    column_of_objects,
    fitted_on,
    kept,
    metres,
    objects_of,
    pair_of,
    support_in,
    table_of_rows,
)
from chronotope.tasks.points.profiles import at_depths, depths_asked, filled_along, gathered, has_levels
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels, moment_of
from chronotope.tasks.tracks.forecast import forecast_paths

LOW, HIGH = 0.1, 0.9
NORMAL_WIDTH = 2.563  # of a normal, from LOW to HIGH, in deviations


def forecast_points(
    predictor: Predictor, field: Field, horizon: Any, *, at: Any = None, quantiles: Any, context: Any = None, target: Any = None,
    known_future: Any = (), along: Any = None,
) -> Forecast:  # fmt: skip
    """Values after an origin where the objects are likely to be, or at the rows of `along`; see `Model.forecast`."""
    if context is not None or (known_future is not None and len(known_future)):
        raise ArgumentError("Moving points are read by their nearness in space and time; leave context= and known_future= out.")
    if at is not None and np.ndim(at) > 0:
        raise ArgumentError(f"at must be one origin for moving points; found {len(at)}. Ask one after the other.")
    names, levels = answered(field, target), check_levels(quantiles)
    past, origin = past_of(field, at)
    if has_levels(field, names):
        depths = depths_asked(past, names, along)
        flat = at_depths(field, names, depths)
        made = forecast_points(predictor, flat, horizon, at=at, quantiles=levels, target=list(flat.variables), along=along)
        return gathered(made, field, names, depths, along)
    if along is not None:
        return _along(predictor, field, past, origin, along, names, levels)
    if "object" not in field.dataset.variables:
        raise KindError("Points without an object have no positions ahead; give along=, a table of time and positions.")
    return _at_their_own(predictor, field, past, horizon, names, levels)


def impute_points(predictor: Predictor, field: Field, *, target: Any = None, quantiles: Any, context: Any = None) -> Forecast:
    """Missing values where the objects were, from what was seen around; see `Model.impute`."""
    if context is not None:
        raise ArgumentError("Moving points are read by their nearness in space and time; leave context= out.")
    names, levels, pair = answered(field, target), check_levels(quantiles), pair_of(field)
    data, marks, filled, left = dict[str, Any](), dict[str, Any](), 0, 0
    own: dict[str, float] = {}
    for name in names:
        array = field.dataset[name]
        if "level" in array.dims:
            values, able, unknown = filled_along(field, name, levels)
            data[name] = (("quantile", "event", "level"), values, dict(array.attrs))
            marks[name] = (("event", "level"), able)
            filled, left = filled + int(able.sum()), left + unknown
            continue
        support = support_in(field, name)
        fitted, origin = fitted_on(field, name, pair, support)
        time, one, two = (field.dataset[other].broadcast_like(array).transpose(*array.dims).values for other in ("time", *pair))
        missing = ~np.isfinite(array.values.astype(float))
        able = missing & np.isfinite(one) & np.isfinite(two) & ~np.isnat(time)
        values = np.repeat(array.values.astype(float)[None], len(levels), axis=0)
        if able.any():
            where = metres(np.stack([one[able], two[able]], axis=1).astype(float), pair)
            asked = Observations(where, _hours(time[able]) - origin, np.zeros(len(where)), objects_of(field, array, able.ravel()))
            values[:, able], own[name] = _heard(fitted, asked, support, levels, False)
        data[name] = (("quantile", *array.dims), values, dict(array.attrs))
        marks[name] = (array.dims, able)
        filled, left = filled + int(able.sum()), left + int((missing & ~able & np.isfinite(_anywhere(one, two))).sum())
    coords = dict(field.dataset.coords.items()) | {name: field.dataset[name] for name in ("time", *pair)}
    meta: dict[str, Any] = {
        "task": "impute", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": None,
        "estimator": ESTIMATOR, "own": _told(own), "filled": filled, "left": left, "warnings": [],
    }  # fmt: skip
    return Forecast(xr.Dataset(data, {"quantile": list(levels), **coords}), field, meta, xr.Dataset(marks, coords))


def _heard(fitted: Fitted, asked: Observations, support: Support, levels: tuple[float, ...], is_ahead: bool) -> tuple[np.ndarray, float]:
    """Quantiles (q, k) of what is asked of objects, by the kriging and by their own reports, and the share of these."""
    told = fitted.quantiles(asked.at, asked.time, levels)
    turns = bool(support.circle[0])  # between two directions lies no mean of their degrees
    told, share = (told, 0.0) if asked.who is None or turns else with_own(fitted, asked, told, levels, is_ahead)
    return kept(support, told), share


def _told(own: dict[str, float]) -> dict[str, float]:
    """Of which variables the objects' own reports were heard, and with which share."""
    return {name: round(share, 2) for name, share in own.items() if share > 0}


def _anywhere(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.asarray(one, float) + np.asarray(two, float)


def _hours(time: np.ndarray) -> np.ndarray:
    return np.asarray(time.astype("datetime64[ns]").astype(np.int64) / HOUR)


def past_of(field: Field, at: Any) -> tuple[Field, pd.Timestamp]:
    """What was seen up to the origin, and it."""
    times = field.dataset["time"].values.astype("datetime64[ns]")
    last = pd.Timestamp(times[~np.isnat(times)].max())
    if at is None:
        return field, last
    zone = zone_of(field.dataset)
    moment = moment_of(on_the_clock(at, zone), utc=zone is not None)
    if not pd.Timestamp(times[~np.isnat(times)].min()) <= moment <= last:
        raise TimeError(f"at must lie within the data; found {moment}.")
    dim = "event" if "event" in field.dataset["time"].dims else "time"
    return field.isel(**{dim: np.flatnonzero(times <= moment.to_datetime64())}), moment


def _along(
    predictor: Predictor, field: Field, past: Field, origin: pd.Timestamp, along: Any, names: tuple[str, ...], levels: tuple[float, ...]
) -> Forecast:
    """Values (q, row) at the rows of a table, all of them after the origin."""
    pair = pair_of(field)
    table = table_of_rows(along, pair, zone_of(field.dataset), "along")
    early = int((table["time"] <= origin).sum())
    if early:
        raise TimeError(f"Every row of along must lie after the origin ({origin}); {early} do not. Ask interpolate for them.")
    where, hours = metres(table[list(pair)].to_numpy(float), pair), _hours(table["time"].to_numpy())
    who, warnings = _objects_along(past, table)
    data, own = {}, {}
    for name in names:
        support = support_in(past, name)
        fitted, start = fitted_on(past, name, pair, support)
        asked = Observations(where, hours - start, np.zeros(len(where)), who)
        told, own[name] = _heard(fitted, asked, support, levels, True)
        data[name] = (("quantile", "row"), told, dict(field.dataset[name].attrs))
    coords = {"quantile": list(levels), "row": np.arange(len(table)), **{str(c): ("row", table[c].to_numpy()) for c in table}}
    meta = {"task": "forecast", "horizon": None, "rows": len(table), "own": _told(own), "warnings": warnings}
    return Forecast(xr.Dataset(data, coords), field, meta | _meta(predictor, field, origin))


def _objects_along(past: Field, table: pd.DataFrame) -> tuple[np.ndarray | None, list[str]]:
    """The objects (row,) that rows name under the name of the field's own column of objects, and what to say of unknown ones."""
    column = column_of_objects(past)
    found = next((name for name in (column, "object") if name in table.columns), None) if column else None
    if found is None:
        return None, []
    who = table[found]
    if pd.api.types.is_float_dtype(who) and (who.dropna() % 1 == 0).all():
        who = who.astype("Int64")  # a missing number made the others 7.0
    names = who.astype(str).to_numpy(str)
    unknown = int((~np.isin(names, past.dataset["object"].values.astype(str)) & who.notna().to_numpy()).sum())
    said = f"{unknown} rows of along name an object in {found!r} that has no report before the origin; place and time alone tell of them"
    return names, [said] if unknown else []


def _at_their_own(
    predictor: Predictor, field: Field, past: Field, horizon: Any, names: tuple[str, ...], levels: tuple[float, ...]
) -> Forecast:
    """Positions and values (q, time, object); how far a position may be off widens the values."""
    pair = pair_of(field)
    carried = [name for name in names if name in fixes_of(past).variables]
    whole = tuple(sorted({*levels, LOW, 0.5, HIGH}))
    paths = forecast_paths(predictor, past, horizon, quantiles=whole, target=carried or pair[0])
    middle = [paths.quantile(0.5)[name] for name in pair]
    low, high = (np.stack([paths.quantile(level)[name].values for name in pair], -1) for level in (LOW, HIGH))
    there = np.isfinite(middle[0].values)
    hours = np.broadcast_to(_hours(middle[0]["time"].values)[:, None], there.shape)[there]
    at = np.stack([array.values[there] for array in middle], axis=1)
    origin = pd.Timestamp(past.dataset["time"].values.max())
    data: dict[str, Any] = {name: paths.dataset[name].sel(quantile=list(levels)) for name in pair}
    for name in names:
        support = support_in(past, name)
        fitted, start = fitted_on(past, name, pair, support)
        since = float(_hours(np.array([origin.to_datetime64()]))[0]) - start
        tried = tried_ahead(fitted, float(hours.max(initial=since + start)) - start - since)
        told = _spread_over(fitted, at, (low[there], high[there]), hours - start, whole, pair, (tried, since))
        if name in carried:
            own = paths.dataset[name].sel(quantile=list(whole)).values[:, there]
            turns = bool(support.circle[0])  # between two directions lies no mean of their degrees
            told = np.where(np.isfinite(own), own, told) if turns else _with_carried(told, own, whole)
        told = kept(support, told)
        values = np.full((len(levels), *there.shape), np.nan)
        values[:, there] = told[[whole.index(level) for level in levels]]
        data[name] = (("quantile", "time", "object"), values, dict(field.dataset[name].attrs))
    estimator = f"{paths.meta['estimator']} and {ESTIMATOR}"
    meta = {**paths.meta, "model": predictor.name, "estimator": estimator, "origin": _meta(predictor, field, origin)["origin"]}
    return Forecast(xr.Dataset(data).assign_coords(quantile=list(levels)), field, meta)


def _with_carried(told: np.ndarray, carried: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, k) of the kriging with those of what objects carry: the wider one is, the less it says; as wide as their mixture."""
    first, middle, last = levels.index(LOW), levels.index(0.5), levels.index(HIGH)
    able = np.isfinite(carried).all(axis=0)
    carried = np.where(able, carried, told)
    one, two = ((made[last] - made[first]) ** 2 for made in (told, carried))
    share = np.where(able, one / np.maximum(one + two, 1e-300), 0.0)
    mixed = (1 - share) * told + share * carried
    apart = NORMAL_WIDTH**2 * share * (1 - share) * (carried[middle] - told[middle]) ** 2
    width = mixed[last] - mixed[first]
    wider = np.where(width > 0, np.sqrt((1 - share) * one + share * two + apart) / np.where(width > 0, width, 1), 1.0)
    return np.asarray(mixed[middle] + (mixed - mixed[middle]) * wider)


def _spread_over(
    fitted: Fitted,
    at: np.ndarray,
    reach: tuple[np.ndarray, np.ndarray],
    hours: np.ndarray,
    levels: tuple[float, ...],
    pair: tuple[str, str],
    trials: tuple[Ahead | None, float],
) -> np.ndarray:
    """Quantiles (q, k): the mean of those at the likeliest position and at the four ends of its axes' intervals, rank by rank, and wider
    by how far these differ."""
    from scipy.special import ndtri

    spots = [at]
    for axis in (0, 1):
        for end in reach:
            spot = at.copy()
            spot[:, axis] = end[:, axis]
            spots.append(spot)
    tried, since = trials
    where = [metres(spot, pair) for spot in spots]
    told = np.stack(
        [fitted.quantiles(one, hours, levels) if tried is None else fitted.ahead(one, hours, levels, tried, since) for one in where]
    )
    within = told.mean(axis=0)
    half = len(levels) // 2
    between = told[:, half].std(axis=0)
    width, normal = within[-1] - within[0], float(ndtri(levels[-1]) - ndtri(levels[0]))
    wider = np.where(width > 0, np.sqrt(width**2 + (normal * between) ** 2) / np.where(width > 0, width, 1), 1.0)
    return np.asarray(within[half] + (within - within[half]) * wider)


def _meta(predictor: Predictor, field: Field, origin: pd.Timestamp) -> dict[str, Any]:
    words = stamp_words(origin.to_datetime64(), zone_of(field.dataset))
    return {
        "model": predictor.name,
        "version": version("chronotope"),
        "seed": None,
        "origin": words,
        "context": None,
        "estimator": ESTIMATOR,
    }
