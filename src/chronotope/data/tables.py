"""A table to a Field: long (time, place, values), wide (a column per place or per date), events, tracks, bare matrices."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import xarray as xr

from chronotope.data.cells import checked_numbers, joined_clock, numbers_as_numbers
from chronotope.data.columns import OBJECT_NAMES, Columns, by_name, find_columns
from chronotope.data.field import Field, Finding
from chronotope.data.find_time import check_reach
from chronotope.data.long_tables import RepeatError, long_field
from chronotope.data.moving import events_field, looks_like_events, looks_like_tracks, tracks_field
from chronotope.data.options import OpenOptions
from chronotope.data.trips import paired, trip_ends, trips_field
from chronotope.data.wide_tables import date_columns, matrix_field, wide_by_date, wide_by_place
from chronotope.errors import DataError, TimeError

LOOKED = 500_000  # rows beyond which only some places are looked at to tell the layout


def table_field(table: pd.DataFrame, options: OpenOptions, source: str) -> Field:
    """The Field of a table.

    Raises:
        TimeError: no time, or a (time, place) pair that repeats with different values.
        DataError: text in a column of numbers; the message names line and column.
    """
    table = _with_index(table)
    table.columns = [str(name) for name in table.columns]
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"Columns must have names of their own; {source} has {twice[0]!r} twice. Rename one of them.")
    if not len(table):
        raise DataError(f"A table must have rows; {source} has none.")
    dates = date_columns(table)
    if dates is not None and options.time is None and options.kind is None:
        return wide_by_date(table, dates, options, source)
    if (options.kind == "tracks" and list(table.columns) == ["0", "1", "2", "3"]) or (options.kind is None and _pedestrians(table)):
        table.columns = ["frame", "id", "x", "y"]
    table, units = _without_units(table)
    try:
        table = joined_clock(table, options)
    except (ValueError, OverflowError) as error:
        raise TimeError(f"Columns year, month, day and hour must make dates of 1678 to 2261; those of {source} do not ({error}).") from None
    field = _of_plain(table, options, source)
    return field if not units else replace(field, dataset=_with_units(field, units))


def _without_units(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table without its column `units` beside `variable` and `value`, and the units by variable."""
    if not {"variable", "value", "units"} <= set(table.columns):
        return table, {}
    pairs = table[["variable", "units"]].drop_duplicates("variable").dropna()
    return table.drop(columns="units"), dict(zip(pairs["variable"].astype(str), pairs["units"].astype(str)))


def _with_units(field: Field, units: dict[str, str]) -> xr.Dataset:
    dataset = field.dataset.copy()
    for name in field.variables:
        dataset[name].attrs.update({"units": units[name]} if name in units else {})
    return dataset


def _of_plain(table: pd.DataFrame, options: OpenOptions, source: str) -> Field:
    """The Field of a table whose clock is one column and whose units are known."""
    table = checked_numbers(numbers_as_numbers(table), source)
    roles = find_columns(table, options)
    table, roles = _without_clashes(table, roles)
    if roles.time is not None:
        check_reach(table[roles.time], roles.time, int(table.attrs.get("lines_before", 0)))
    if roles.time is None:
        return matrix_field(table, roles, options, source)
    part = _part(table, roles)
    if options.kind == "events" or (options.kind is None and looks_like_events(part, roles)):
        return events_field(table, roles, options, source)
    if options.kind in ("tracks", "points") or (options.kind is None and looks_like_tracks(part, roles)):
        return tracks_field(table, roles, options, source)
    if roles.place is None and not table[roles.time].duplicated().any():
        return wide_by_place(table, roles, options, source)
    ends = trip_ends(table, roles) if options.place is None and options.kind is None else None
    if ends is not None:
        pairs = paired(table, roles, ends)
        return trips_field(table, roles, ends, options, source) if pairs is None else long_field(*pairs, options, source)
    try:
        return long_field(table, roles, options, source)
    except RepeatError as error:
        if options.kind is not None or not _scattered(table, roles):
            raise
        note = f"reports are scattered in time and contradict each other, so each is an event of its own ({str(error).split('. ')[0]})"
        return events_field(table, roles, options, source).with_findings(Finding("warning", note))


def _part(table: pd.DataFrame, roles: Columns) -> pd.DataFrame:
    """The rows of a hundred places or objects of a long table: enough to tell sites, tracks and events apart."""
    name = roles.place or by_name([*roles.values, *roles.others], OBJECT_NAMES)
    if len(table) <= LOOKED or name is None or (roles.lat is None and roles.x is None):
        return table
    codes, labels = pd.factorize(table[name])
    return table[codes % max(1, len(labels) // 100) == 0] if len(labels) > 100 else table


def _scattered(table: pd.DataFrame, roles: Columns) -> bool:
    """True if places with positions report at moments of their own: fewer than a fifth of (time, place) ever occur."""
    if roles.place is None or (roles.lat is None and roles.x is None):
        return False
    return len(table) < 0.2 * table[roles.time].nunique() * table[roles.place].nunique()


def _pedestrians(table: pd.DataFrame) -> bool:
    """The layout of pedestrian archives, which have no header: whole frames and persons, each pair once, then x and y."""
    if list(table.columns) != ["0", "1", "2", "3"] or not all(dtype.kind in "fi" for dtype in table.dtypes):
        return False
    whole = [bool((table[name] % 1 == 0).all()) for name in table.columns]
    return whole == [True, True, False, False] and table["0"].duplicated().any() and not table.duplicated(["0", "1"]).any()


def _without_clashes(table: pd.DataFrame, roles: Columns) -> tuple[pd.DataFrame, Columns]:
    """Values that are called like a coordinate are called "time_value" and so on."""
    taken = {"time", "place", "object", "event"} | ({"lat", "lon"} if roles.lat else set()) | ({"x", "y"} if roles.x else set())
    if by_name([*roles.values, *roles.others], OBJECT_NAMES) == "object":
        taken.discard("object")  # it names the objects
    new = {name: f"{name}_value" for name in (*roles.values, *roles.others) if name in taken}
    if roles.place == "time":
        new["time"] = "time_value"
    if not new:
        return table, roles
    values, others = (tuple(new.get(name, name) for name in names) for names in (roles.values, roles.others))
    return table.rename(columns=new), replace(roles, values=values, others=others, place=new.get(str(roles.place), roles.place))


def _with_index(table: pd.DataFrame) -> pd.DataFrame:
    plain = isinstance(table.index, pd.RangeIndex)
    table = table.copy(deep=False)
    if isinstance(table.columns, pd.MultiIndex):
        table.columns = ["_".join(map(str, name)) for name in table.columns]
    if plain:
        return table
    if isinstance(table.index, pd.DatetimeIndex):
        table.index.name = table.index.name or "time"
    elif table.index.name is None and table.index.nlevels == 1:
        return table.reset_index(drop=pd.api.types.is_integer_dtype(table.index))
    return table.reset_index()
