"""Moving points: what was observed somewhere and sometime is seen, any place and time is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import by_name
from chronotope.data.field import Field
from chronotope.data.geometry import without_geometry
from chronotope.data.stamps import on_the_clock, zone_of
from chronotope.errors import ArgumentError, DataError
from chronotope.evidence.spacetime import Fitted, Observations, fit
from chronotope.inspect.called import called
from chronotope.inspect.sphere import EARTH_RADIUS, unit_vectors
from chronotope.inspect.support import TURN, Support, support_of
from chronotope.opening.tables.level_columns import LEVELS
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
    depth = depth_named(field, names, list(table.columns), target)
    names = tuple(name for name in names if name != depth)
    deep = None if depth is None else depths_of_rows(table, depth)
    where, hours = metres(table[list(pair)].to_numpy(float), pair), table["time"].to_numpy("datetime64[ns]").astype(np.int64) / HOUR
    data: dict[str, Any] = {}
    warnings: list[str] = []
    ranges: dict[str, dict[str, float]] = {}
    for name in names:
        values, ranges[name], beside = _told_in_rows(field, name, pair, _Rows(where, hours, depth, deep), levels)
        data[name] = (("quantile", "row"), values, dict(field.dataset[name].attrs))
        warnings += beside
    clash = [str(column) for column in table if str(column) in names]
    if clash:
        back = ", ".join(f"row_{name}" for name in clash)
        warnings.append(f"{', '.join(clash)} of the rows asked is not read but answered; it is given back as {back}")
    unread = next((one for one in _depths(field) if depth is None and one not in table and _varies(field, one)), None)
    if unread is not None and set(names) - {unread}:
        warnings.append(f"values were measured at {unread} of their own, which the rows asked do not name; a column {unread!r} asks at one")
    table = table.rename(columns={name: f"row_{name}" for name in clash})
    coords = {"quantile": list(levels), "row": np.arange(len(table)), **{str(c): ("row", table[c].to_numpy()) for c in table}}
    meta = {
        "task": "interpolate", "model": predictor.name, "version": version("chronotope"), "seed": None, "context": None,
        "estimator": ESTIMATOR, "rows": len(table), "ranges": ranges, "warnings": warnings,
    }  # fmt: skip
    return Forecast(xr.Dataset(data, coords), field, meta)


@dataclass(frozen=True)
class _Rows:
    """What is asked of moving sensors: metres (k, d), hours (k,) and, with the name of a depth, depths (k,)."""

    where: np.ndarray
    hours: np.ndarray
    depth: str | None
    deep: np.ndarray | None


def _told_in_rows(
    field: Field, name: str, pair: tuple[str, str], rows: _Rows, levels: tuple[float, ...]
) -> tuple[np.ndarray, dict[str, float], list[str]]:
    """(quantiles (q, k) of a variable, the ranges found, what is to be said); of profiles at one depth after the other."""
    if rows.deep is not None and rows.depth is not None and "level" in field.dataset[name].dims:
        values = np.full((len(levels), len(rows.hours)), np.nan)
        ranges: dict[str, float] = {}
        told: list[str] = []
        for one in np.unique(rows.deep):
            part = rows.deep == one
            crossed = _profiles_at(field, name, rows.depth, float(one))
            if crossed.dataset[name].notnull().any():
                asked = _Rows(rows.where[part], rows.hours[part], None, None)
                values[:, part], ranges, said = _told_in_rows(crossed, name, pair, asked, levels)
                told += [f"at {rows.depth} {one:g} {text}" for text in said]
            else:
                told.append(f"no profile of {name} crosses {rows.depth} {one:g}; {int(part.sum())} rows stay empty")
        return values, ranges, told
    support, told = support_in(field, name), []
    fitted, origin = fitted_on(field, name, pair, support, rows.depth)
    inside = (rows.hours >= fitted.seen.time.min() + origin) & (rows.hours <= fitted.seen.time.max() + origin)
    if not inside.all():
        told.append(f"{int((~inside).sum())} rows lie before the first or after the last value of {name} and stay empty")
    ranges = {"metres": float(fitted.field.space), "hours": float(fitted.field.time), "nugget": float(fitted.field.nugget)}
    if rows.deep is not None and fitted.seen.depth is not None:
        low, high = float(fitted.seen.depth.min()), float(fitted.seen.depth.max())
        beyond = (rows.deep < low) | (rows.deep > high)
        if beyond.any():
            told.append(f"{int(beyond.sum())} rows lie beyond the {rows.depth} of {name}, {low:g} to {high:g}, and stay empty")
        inside &= ~beyond
        ranges[str(rows.depth)] = float(fitted.field.depth)
    values = np.full((len(levels), len(rows.hours)), np.nan)
    if inside.any():
        deep = None if rows.deep is None else rows.deep[inside]
        values[:, inside] = kept(support, fitted.quantiles(rows.where[inside], rows.hours[inside] - origin, levels, deep))
    return values, ranges, told


def _profiles_at(field: Field, name: str, depth: str, wanted: float) -> Field:
    """Profiles read at one depth, on the straight line between the two values around it; NaN where they do not reach it."""
    values, deep = (one.transpose("event", "level").values.astype(float) for one in xr.broadcast(field.dataset[name], field.dataset[depth]))
    read = np.full(len(values), np.nan)
    for i, known in enumerate(np.isfinite(values) & np.isfinite(deep)):
        order = np.argsort(deep[i, known], kind="stable")
        if len(order):
            read[i] = np.interp(wanted, deep[i, known][order], values[i, known][order], left=np.nan, right=np.nan)
    dataset = field.dataset[[name]].isel(level=0, drop=True).drop_vars(depth, errors="ignore")
    return replace(field, dataset=dataset.assign({name: ("event", read, field.dataset[name].attrs)}), variables=(name,))


def depth_named(field: Field, names: tuple[str, ...], columns: list[str], target: Any) -> str | None:
    """The depth, height or pressure that was measured beside the values and that a table names too; None where it names none.

    A variable that `target` names is answered, not read.
    """
    asked = set(names) if target is not None else set()
    return next((name for name in _depths(field) if name in columns and name not in asked and set(names) - {name}), None)


def depths_of_rows(table: pd.DataFrame, depth: str) -> np.ndarray:
    """The depths (k,) that a table asks for.

    Raises:
        DataError: one is no number.
    """
    deep = pd.to_numeric(table[depth], errors="coerce").to_numpy(float)
    if not np.isfinite(deep).all():
        bad = table[depth].iloc[int(np.flatnonzero(~np.isfinite(deep))[0])]
        raise DataError(f"Every row of at must have a number for {depth}; found {bad!r}. Leave such rows, or the column, out.")
    return deep


def _depths(field: Field) -> list[str]:
    """Numbers that say how deep or high a value was measured: by their name, a pressure only where it is an axis (a storm has one too)."""
    found = {str(name): array for name, array in field.dataset.variables.items() if array.dtype.kind in "fiu"}
    named = [name for name in found if by_name([name], LEVELS) is not None]
    return [name for name in named if by_name([name], _PRESSURES) is None or _is_axis(found[name])]


def _is_axis(array: xr.Variable) -> bool:
    return str(array.attrs.get("axis", "")).upper() == "Z" or "positive" in array.attrs or "level" in array.dims


def _varies(field: Field, name: str) -> bool:
    values = field.dataset[name].values.astype(float)
    return bool(np.isfinite(values).any() and np.nanmax(values) > np.nanmin(values))


_PRESSURES = ("plev", "pres", "pressure", "pressure_level", "isobaricinhpa")


def pair_of(field: Field) -> tuple[str, str]:
    """The names of the two coordinates."""
    return ("lat", "lon") if "lat" in field.dataset.variables else ("x", "y")


def table_of_rows(at: Any, pair: tuple[str, str], zone: str | None, word: str = "at") -> pd.DataFrame:
    """A row per question with columns time and the two of `pair`, and what else the caller had, in order.

    Raises:
        DataError: a column is missing, or a time or position cannot be read.
    """
    table = without_geometry(at, pair[0] == "lat") if isinstance(at, pd.DataFrame) else pd.DataFrame(at)
    table = table.reset_index(drop=True)
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


def fitted_on(
    field: Field, name: str, pair: tuple[str, str], support: Support | None = None, depth: str | None = None
) -> tuple[Fitted, float]:
    """The fitted kriging of a variable, and the hours that its times start from.

    With a support that says that it is a direction, its values are cut open opposite to their mean one. With the name of a depth, height or
    pressure that was measured beside it, nearness is one in this too.

    Raises:
        DataError: the variable has levels and no depth is named, or no value has a place, a time and a depth.
    """
    beside = ("time", *pair, *(() if depth is None else (depth,)))
    array = xr.broadcast(field.dataset[name], *(field.dataset[other] for other in beside))[0]
    if set(array.dims) - {"event", "time", "object"} and depth is None:
        way = next((f"Name a column {one!r} of the rows asked, or pick" for one in _depths(field)), "Pick")
        raise DataError(f"Interpolation takes variables without levels; {name} has dims {array.dims}. {way} one with field.isel first.")
    others = [field.dataset[other].broadcast_like(array).transpose(*array.dims).values.ravel() for other in beside]
    value = array.values.astype(float).ravel()
    good = np.isfinite(value) & np.all([np.isfinite(other.astype(float)) for other in others[1:]], axis=0)
    if not good.any():
        raise DataError(
            f"At least one value of {name} must be observed at a place{'' if depth is None else ', a depth'} and a time; found none."
        )
    value = value[good]
    if support is not None and support.circle[0]:
        mean = float(np.angle(np.exp(1j * np.deg2rad(value)).mean(), deg=True))
        value = value - TURN * np.rint((value - mean) / TURN)
    hours = others[0][good].astype("datetime64[ns]").astype(np.int64) / HOUR
    origin = float(hours.min())
    where = metres(np.stack([others[1][good], others[2][good]], axis=1), pair)
    level = float(np.rint(np.median(value)))  # so that squares of numbers far from zero keep their digits
    deep = None if depth is None else others[3][good].astype(float)
    return replace(fit(Observations(where, hours - origin, value - level, objects_of(field, array, good), deep)), level=level), origin


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
