"""Moving points: what was observed somewhere and sometime is seen, any place and time is asked."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.stamps import on_the_clock, zone_of
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.spacetime import Fitted, Observations, fit
from chronotope.inspect.called import called
from chronotope.inspect.sphere import EARTH_RADIUS, unit_vectors
from chronotope.inspect.support import TURN, Support, support_of
from chronotope.questions import Predictor
from chronotope.tasks.forecast import answered
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels

PAIRS = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon"}
HOUR = 3.6e12  # nanoseconds
ESTIMATOR = "space-time kriging"


def interpolate_rows(predictor: Predictor, field: Field, at: Any, *, target: Any = None, quantiles: Any, context: Any = None) -> Forecast:
    """Quantiles (q, row) of every variable at the places and times of a table; see `Model.interpolate`."""
    if context is not None:
        raise ArgumentError("Moving points are read by their nearness in space and time; leave context= out.")
    levels, names = check_levels(quantiles), answered(field, target)
    pair = pair_of(field)
    table = table_of_rows(at, pair, zone_of(field.dataset))
    where, hours = metres(table[list(pair)].to_numpy(float), pair), table["time"].to_numpy("datetime64[ns]").astype(np.int64) / HOUR
    data: dict[str, Any] = {}
    warnings: list[str] = []
    ranges: dict[str, dict[str, float]] = {}
    for name in names:
        support = support_in(field, name)
        fitted, origin = fitted_on(field, name, pair, support)
        inside = (hours >= fitted.seen.time.min() + origin) & (hours <= fitted.seen.time.max() + origin)
        values = np.full((len(levels), len(table)), np.nan)
        if inside.any():
            values[:, inside] = kept(support, fitted.quantiles(where[inside], hours[inside] - origin, levels))
        data[name] = (("quantile", "row"), values, dict(field.dataset[name].attrs))
        ranges[name] = {"metres": float(fitted.field.space), "hours": float(fitted.field.time), "nugget": float(fitted.field.nugget)}
        if not inside.all():
            warnings.append(f"{int((~inside).sum())} rows lie before the first or after the last value of {name} and stay empty")
    clash = [str(column) for column in table if str(column) in names]
    if clash:
        back = ", ".join(f"row_{name}" for name in clash)
        warnings.append(f"{', '.join(clash)} of the rows asked is not read but answered; it is given back as {back}")
    table = table.rename(columns={name: f"row_{name}" for name in clash})
    coords = {"quantile": list(levels), "row": np.arange(len(table)), **{str(c): ("row", table[c].to_numpy()) for c in table}}
    meta = {
        "task": "interpolate", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": None,
        "estimator": ESTIMATOR, "rows": len(table), "ranges": ranges, "warnings": warnings,
    }  # fmt: skip
    return Forecast(xr.Dataset(data, coords), field, meta)


def pair_of(field: Field) -> tuple[str, str]:
    """The names of the two coordinates."""
    return ("lat", "lon") if "lat" in field.dataset.variables else ("x", "y")


def table_of_rows(at: Any, pair: tuple[str, str], zone: str | None, word: str = "at") -> pd.DataFrame:
    """A row per question with columns time and the two of `pair`, and what else the caller had, in order.

    Raises:
        DataError: a column is missing, or a time or position cannot be read.
    """
    table = at.reset_index(drop=True) if isinstance(at, pd.DataFrame) else pd.DataFrame(at)
    table = table.rename(columns=lambda name: PAIRS.get(str(name).lower(), str(name).lower() if str(name).lower() == "time" else name))
    missing = [name for name in ("time", *pair) if name not in table]
    if missing:
        raise DataError(
            f"{word} must be a table with columns time, {pair[0]} and {pair[1]} for points that move; {missing[0]!r} is missing."
        )
    if not len(table):
        raise DataError(f"{word} must hold at least one row; found none.")
    clash = {"quantile", "row"} & set(table.columns)
    if clash:
        raise DataError(f"{word} must not name a column {clash.pop()!r}, which the answer needs; rename it.")
    try:
        plain = pd.api.types.is_datetime64_any_dtype(table["time"])
        told = table["time"] if plain else pd.Series(on_the_clock(list(table["time"]), zone), table.index)
        stamps = pd.to_datetime(told, utc=zone is not None)
        numbers = {name: pd.to_numeric(table[name]).astype(float) for name in pair}
    except (ValueError, TypeError) as error:
        raise DataError(f"{word} must hold time stamps and numbers for {pair[0]} and {pair[1]}; {error}.") from None
    if stamps.isna().any() or any(not np.isfinite(column).all() for column in numbers.values()):
        raise DataError(f"Every row of {word} must have a time and a position; at least one has not. Leave it out.")
    stamps = stamps.dt.tz_localize(None) if stamps.dt.tz is not None else stamps
    return table.assign(time=stamps, **numbers)


def support_in(field: Field, name: str) -> Support:
    """Where the values of a variable can lie, by its name, its unit and all that was seen."""
    array = field.dataset[name]
    return support_of(array.values.astype(float).reshape(-1, 1, 1), (called(array),), (str(array.attrs.get("units", "")),))


def kept(support: Support, quantiles: np.ndarray) -> np.ndarray:
    """Quantiles (q, k) moved to where values can lie."""
    return support.kept(quantiles[:, :, None, None])[..., 0, 0]


def fitted_on(field: Field, name: str, pair: tuple[str, str], support: Support | None = None) -> tuple[Fitted, float]:
    """The fitted kriging of a variable, and the hours that its times start from.

    With a support that says that it is a direction, its values are cut open opposite to their mean one.

    Raises:
        DataError: the variable has levels, or no value with a place and a time.
    """
    array, others = xr.broadcast(field.dataset[name], field.dataset["time"], *(field.dataset[p] for p in pair))[0], []
    if set(array.dims) - {"event", "time", "object"}:
        raise DataError(f"Interpolation takes variables without levels; {name} has dims {array.dims}. Pick one with field.isel first.")
    others = [field.dataset[other].broadcast_like(array).transpose(*array.dims).values.ravel() for other in ("time", *pair)]
    value = array.values.astype(float).ravel()
    good = np.isfinite(value) & np.isfinite(others[1]) & np.isfinite(others[2])
    if not good.any():
        raise DataError(f"At least one value of {name} must be observed at a place and a time; found none.")
    value = value[good]
    if support is not None and support.circle[0]:
        mean = float(np.angle(np.exp(1j * np.deg2rad(value)).mean(), deg=True))
        value = value - TURN * np.rint((value - mean) / TURN)
    hours = others[0][good].astype("datetime64[ns]").astype(np.int64) / HOUR
    origin = float(hours.min())
    where = metres(np.stack([others[1][good], others[2][good]], axis=1), pair)
    level = float(np.rint(np.median(value)))  # so that squares of numbers far from zero keep their digits
    return replace(fit(Observations(where, hours - origin, value - level, objects_of(field, array, good))), level=level), origin


def objects_of(field: Field, array: xr.DataArray, cells: np.ndarray) -> np.ndarray | None:
    """The names of the objects of some cells of an array, or None where there are none."""
    if "object" not in field.dataset.variables:
        return None
    return np.asarray(field.dataset["object"].broadcast_like(array).transpose(*array.dims).values.ravel()[cells].astype(str))


def column_of_objects(field: Field) -> str | None:
    """How the source calls its objects; None where there are none."""
    return str(field.dataset["object"].attrs.get("long_name", "object")) if "object" in field.dataset.variables else None


def metres(points: np.ndarray, pair: tuple[str, str]) -> np.ndarray:
    """Positions on the sphere (k, 3) in metres from degrees, or as they are (k, 2)."""
    if pair == ("x", "y"):
        return points
    return EARTH_RADIUS * unit_vectors(points)
