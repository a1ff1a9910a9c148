"""Tables of events (time, place, marks) and of tracks (object, time, position) in canonical form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import OBJECT_NAMES, by_name
from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.table_stamps import stamps_in
from chronotope.opening.places.sites import with_sites_of
from chronotope.opening.roles.columns import Columns
from chronotope.opening.tables.long_tables import RepeatError, further_column

MANY = 20  # positions of an object that moves, however often it comes back to them


def position(roles: Columns) -> tuple[str, str] | None:
    """The columns of latitude and longitude, or of y and x; None where there are none."""
    if roles.lat and roles.lon:
        return roles.lat, roles.lon
    return (roles.y, roles.x) if roles.x and roles.y else None


def object_column(table: pd.DataFrame, roles: Columns) -> str | None:
    """The column that names objects, or else places; None where there is none."""
    names = [name for name in table.columns if name not in (roles.time, roles.lat, roles.lon, roles.x, roles.y) and _may_name(table[name])]
    again = [name for name in names if table[name].nunique() < len(table)]  # what numbers the rows names no object
    return by_name(again, OBJECT_NAMES) or by_name(names, OBJECT_NAMES) or roles.place


def _may_name(column: pd.Series) -> bool:
    """False for numbers that are not whole: the `track` of an aircraft is where it heads."""
    return not pd.api.types.is_float_dtype(column) or bool((column.dropna() % 1 == 0).all())


def looks_like_tracks(table: pd.DataFrame, roles: Columns) -> bool:
    """True if most objects lie at many positions and move from one to the next in steps that are short beside their spread.

    Categories of events ("street", "hotel") also have many positions, but jump between them.
    """
    where, name = position(roles), object_column(table, roles)
    if where is None or name is None or roles.time is None:
        return False
    table = _with_scene(table, name)
    mixed = [column for column in (name, roles.time) if table[column].dtype == object]
    table = table.assign(**{column: table[column].astype(str) for column in mixed})
    rows = table[[name, roles.time, *where]].dropna().sort_values([name, roles.time], kind="stable")
    groups = rows.groupby(name, sort=False)[list(where)].agg(["nunique", "size"])
    several = groups[(where[0], "size")] >= 3
    moved = np.maximum(groups[(where[0], "nunique")], groups[(where[1], "nunique")]) > np.clip(0.3 * groups[(where[0], "size")], 1, MANY)
    if not several.any() or (moved & several).sum() <= 0.5 * several.sum():
        return False
    steps = rows.groupby(name, sort=False)[list(where)].diff().dropna()
    own, whole = rows.groupby(name, sort=False)[list(where)].transform("std").loc[steps.index], rows[list(where)].std()
    length, spread = (np.hypot(part[where[0]], part[where[1]]) for part in (steps, own))
    return bool(np.mean((length < 0.5 * spread) | (length < 0.1 * np.hypot(*whole))) > 0.5)


def looks_like_events(table: pd.DataFrame, roles: Columns) -> bool:
    """True if positions hardly repeat and stamps follow no common clock; a table without position is no events table."""
    where = position(roles)
    if where is None:
        return False
    if len(table) < 3 or looks_like_tracks(table, roles):
        return False
    positions = table[list(where)].drop_duplicates()
    stamps = table[roles.time].nunique()
    if roles.place is not None and table[roles.place].nunique() * 3 < len(table):
        spots = table.groupby(roles.place)[list(where)].nunique().max(axis=1)
        if (spots <= 1).mean() > 0.9:
            return False
    if stamps > 1 and len(table) > 0.5 * len(positions) * stamps:
        return False  # nearly every position at nearly every stamp: a grid or sites written as a table
    return len(positions) > 0.2 * len(table) or (len(positions) * stamps > 20 * len(table) and len(positions) > 50)


def events_field(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    """One row per event: dims (event,), `time(event)`, positions and marks.

    Raises:
        DataError: there is no position.
    """
    where = position(roles)
    said: list[Finding] = []
    if where is None and isinstance(options.sites, pd.DataFrame):
        shared = next((name for name in table.columns if name in options.sites and name != roles.time), None)
        named = options.place or shared or roles.place
        table, said = (table, said) if named is None else with_sites_of(table, str(named), options.sites)
        own = {short: short if short in table else None for short in ("lat", "lon", "x", "y")}
        roles = replace(roles, lat=own["lat"], lon=own["lon"], x=own["x"], y=own["y"])
        where = position(roles)
    if where is None:
        raise DataError(
            f"Events must have positions; found columns {', '.join(table.columns)}. Name them with lat= and lon=, or give sites= that "
            "places them by name (place= names its column); where places have names alone, count them first, as "
            "pandas.crosstab(table[time].dt.floor('D'), table[place]) does."
        )
    times, found = stamps_in(table, roles.time, options)
    found += said
    order = in_order(times, found)
    short = ("lat", "lon") if roles.lat and roles.lon else ("y", "x")
    coords = {"time": ("event", times[order])} | {
        new: ("event", table[old].to_numpy(float)[order]) for new, old in zip(short, where, strict=True)
    }
    marks = [name for name in table.columns if name not in (roles.time, *where)]
    data = {name: ("event", plain_mark(table[name])[order]) for name in marks}
    numeric = tuple(name for name in marks if data[name][1].dtype.kind in "fiu")
    found.append(Finding("inferred", f"events: {len(order)} rows with time {roles.time!r} and position {where[0]!r}, {where[1]!r}"))
    return Field(xr.Dataset(data, coords), "events", options.targets or numeric, ("event",), tuple(found), options.step, source)


def tracks_field(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    """One row per fix, all objects in one list: dims (event,) become (time, object) where clocks agree, else a ragged list.

    The canonical form is `lat(time, object), lon(time, object)`. Where that would be mostly empty, the fixes stay a list with
    dims (obs,), `time(obs)`, `object(obs)` and positions over it.
    """
    where, name = position(roles), options.place or object_column(table, roles)
    if where is None or name is None:
        raise DataError(
            f"Tracks must have an object column and positions; found columns {', '.join(table.columns)}. "
            "Name them with place=, lat= and lon=."
        )
    table = _with_scene(table, str(name))
    times, found = stamps_in(table, roles.time, options)
    keep = ~np.isnat(times)
    if not keep.all():
        found.append(Finding("warning", f"{int((~keep).sum())} rows without a time stamp were left out"))
    table, times = table[keep], times[keep]
    short = ("lat", "lon") if roles.lat and roles.lon else ("y", "x")
    codes, labels = pd.factorize(table[name].astype(str).to_numpy(object))
    if (codes < 0).any():
        raise DataError(f"Every fix of a track must name its object; {source} holds {int((codes < 0).sum())} without one in {name!r}.")
    stamps, row = np.unique(times, return_inverse=True)
    found.append(Finding("inferred", f"tracks: {len(labels)} objects by {name!r}, {len(times)} fixes"))
    marks = [column for column in table.columns if column not in (roles.time, name, *where)]
    numeric = tuple(column for column in marks if plain_mark(table[column]).dtype.kind in "fiu")
    if len(stamps) * len(labels) > 20 * len(table):
        return _ragged(table, name, times, codes, labels, where, short, marks, options, found, source)
    pair = row.astype(np.int64) * len(labels) + codes
    repeats = len(pair) - len(np.unique(pair))
    if repeats:
        _refuse_levels(table, str(roles.time), str(name), where)
        found.append(Finding("warning", f"{repeats} fixes repeat an object and time; the last of each is kept"))
    coords = {"time": stamps, "object": ("object", np.asarray(labels, object), {"long_name": str(name)})}
    dims = ("time", "object")
    fixed = {new: (dims, _spread(table[old], row, codes, len(stamps), len(labels))) for new, old in zip(short, where, strict=True)}
    data = {column: (dims, _spread(table[column], row, codes, len(stamps), len(labels))) for column in numeric}
    return Field(
        xr.Dataset(data, coords | fixed),
        options.kind or "tracks",
        options.targets or numeric,
        ("object",),
        tuple(found),
        options.step,
        source,
    )


def _refuse_levels(table: pd.DataFrame, time: str, name: str, where: tuple[str, str]) -> None:
    """Refuse fixes of which a level or a member tells several at one place and time apart: keeping one would lose the others.

    Raises:
        RepeatError: there are such.
    """
    further = further_column(table)
    keys = [time, name, *where]
    if further is None or further in keys or not table.duplicated(keys).any() or table.duplicated([*keys, further]).any():
        return
    first = table.loc[table.duplicated(keys).idxmax()]
    raise RepeatError(
        f"Each object must have one fix per time; {str(first[name])!r} has several at {first[time]}, which differ in {further!r}: "
        f"pick one, for example table[table[{further!r}] == ...], or make columns of them, "
        f"table.pivot(index={keys}, columns={further!r}, values=...)."
    )


def _ragged(table, name, times, codes, labels, where, short, marks, options, found, source) -> Field:  # noqa: ANN001, PLR0913
    order = np.lexsort((times, codes))
    own = ("event", np.asarray(labels, object)[codes[order]], {"long_name": str(name)})
    coords = {"time": ("event", times[order]), "object": own}
    coords |= {new: ("event", table[old].to_numpy(float)[order]) for new, old in zip(short, where, strict=True)}
    data = {name: ("event", plain_mark(table[name])[order]) for name in marks}
    numeric = tuple(name for name in marks if data[name][1].dtype.kind in "fiu")
    found.append(Finding("inferred", "objects keep clocks of their own: fixes are a list, sorted by object and time"))
    return Field(
        xr.Dataset(data, coords), options.kind or "tracks", options.targets or numeric, ("event",), tuple(found), options.step, source
    )


def _with_scene(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Ids that start again in each scene are told apart by it."""
    if "scene" not in table.columns or table["scene"].nunique() < 2:
        return table
    return table.assign(**{name: table["scene"].astype(str) + "/" + table[name].astype(str)})


def _spread(column: pd.Series, row: np.ndarray, codes: np.ndarray, steps: int, objects: int) -> np.ndarray:
    out = np.full((steps, objects), np.nan)
    out[row, codes] = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
    return out


def in_order(times: np.ndarray, found: list[Finding]) -> np.ndarray:
    """Rows in the order of their stamps, int (k,), without those that have none; `found` takes how many these are."""
    order = np.argsort(times, kind="stable")
    order = order[~np.isnat(times[order])]
    if len(order) < len(times):
        found.append(Finding("warning", f"{len(times) - len(order)} rows without a time stamp were left out"))
    return order


def plain_mark(column: pd.Series) -> np.ndarray:
    """A column as numbers, or as text that is empty where nothing is said."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(dtype=float if column.isna().any() else None)
    return column.astype(object).where(column.notna(), "").astype(str).to_numpy(object)
