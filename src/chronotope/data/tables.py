"""A table to a Field: long (time, place, values), wide (a column per place or per date), events, tracks, bare matrices."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from chronotope.data.cells import checked_numbers, joined_clock, numbers_as_numbers
from chronotope.data.columns import Columns, find_columns
from chronotope.data.field import Field
from chronotope.data.long_tables import long_field
from chronotope.data.moving import events_field, looks_like_events, looks_like_tracks, tracks_field
from chronotope.data.options import OpenOptions
from chronotope.data.wide_tables import date_columns, matrix_field, wide_by_date, wide_by_place
from chronotope.errors import DataError


def table_field(table: pd.DataFrame, options: OpenOptions, source: str) -> Field:
    """The Field of a table.

    Raises:
        TimeError: no time, or a (time, place) pair that repeats with different values.
        DataError: text in a column of numbers; the message names line and column.
    """
    table = _with_index(table)
    table.columns = [str(name) for name in table.columns]
    if not len(table):
        raise DataError(f"A table must have rows; {source} has none.")
    dates = date_columns(table)
    if dates is not None and options.time is None and options.kind is None:
        return wide_by_date(table, dates, options, source)
    if options.kind == "tracks" and list(table.columns) == ["0", "1", "2", "3"]:
        table.columns = ["frame", "id", "x", "y"]  # the layout of pedestrian archives, which have no header
    table = joined_clock(table, options)
    table = checked_numbers(numbers_as_numbers(table), source)
    roles = find_columns(table, options)
    table, roles = _without_clashes(table, roles)
    if roles.time is None:
        return matrix_field(table, roles, options, source)
    if options.kind == "events" or (options.kind is None and looks_like_events(table, roles)):
        return events_field(table, roles, options, source)
    if options.kind in ("tracks", "points") or (options.kind is None and looks_like_tracks(table, roles)):
        return tracks_field(table, roles, options, source)
    if roles.place is None and not table[roles.time].duplicated().any():
        return wide_by_place(table, roles, options, source)
    return long_field(table, roles, options, source)


def _without_clashes(table: pd.DataFrame, roles: Columns) -> tuple[pd.DataFrame, Columns]:
    """Values that are called like a coordinate are called "time_value" and so on."""
    taken = {"time", "place", "object", "event"} | ({"lat", "lon"} if roles.lat else set()) | ({"x", "y"} if roles.x else set())
    new = {name: f"{name}_value" for name in (*roles.values, *roles.others) if name in taken}
    if roles.place == "time":
        new["time"] = "time_value"
    if not new:
        return table, roles
    values, others = (tuple(new.get(name, name) for name in names) for names in (roles.values, roles.others))
    return table.rename(columns=new), replace(roles, values=values, others=others, place=new.get(str(roles.place), roles.place))


def _with_index(table: pd.DataFrame) -> pd.DataFrame:
    plain = isinstance(table.index, pd.RangeIndex)
    table = table.copy()
    if isinstance(table.columns, pd.MultiIndex):
        table.columns = ["_".join(map(str, name)) for name in table.columns]
    if plain:
        return table
    if isinstance(table.index, pd.DatetimeIndex):
        table.index.name = table.index.name or "time"
    elif table.index.name is None and table.index.nlevels == 1:
        return table.reset_index(drop=pd.api.types.is_integer_dtype(table.index))
    return table.reset_index()
