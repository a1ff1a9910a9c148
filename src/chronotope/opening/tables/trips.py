"""Tables with an origin and a destination: single trips as events where they start, counts per step as a graph of pairs."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.table_stamps import stamps_in
from chronotope.opening.roles.columns import Columns
from chronotope.opening.tables.moving import in_order, plain_mark


def paired(table: pd.DataFrame, roles: Columns, ends: tuple[str, str]) -> tuple[pd.DataFrame, Columns] | None:
    """The table with one place per pair of ends, if it counts something per pair and step; None if its rows are single trips."""
    values = tuple(name for name in roles.values if name not in ends)
    if not values or table.duplicated([roles.time, *ends]).any() or len(table) < 3 * table[roles.time].nunique():
        return None
    pair = table[ends[0]].astype(str) + "->" + table[ends[1]].astype(str)
    return table.assign(pair=pair), replace(roles, place="pair", values=values)


def trips_field(table: pd.DataFrame, roles: Columns, ends: tuple[str, str], options: OpenOptions, source: str) -> Field:
    """One event per trip: `time(event)`, where it starts and ends as marks, and the position of its start where columns hold it.

    Missing names are empty text.
    """
    times, found = stamps_in(table, roles.time, options)
    order = in_order(times, found)
    where = [name for name in (_start(table, "lat(itude)?"), _start(table, "lo?ng?(itude)?")) if name is not None]
    where = where if len(where) == 2 else []
    marks = {name: ("event", _mark(table[name], name in ends)[order]) for name in table.columns if name not in (roles.time, *where)}
    coords = {short: ("event", table[name].to_numpy(float)[order]) for short, name in zip(("lat", "lon"), where)}
    told = "without a position; count them per step and pair to forecast them"
    told = f"at {where[0]!r}, {where[1]!r}, where they start; count them per step and pair to forecast flows" if where else told
    text = f"trips from {ends[0]!r} to {ends[1]!r}: {len(order)} events {told}"
    dataset = xr.Dataset(marks, {"time": ("event", times[order]), **coords})
    return Field(dataset, "events", options.targets or (), ("event",), (*found, Finding("inferred", text)), options.step, source)


def _start(table: pd.DataFrame, axis: str) -> str | None:
    """The column of numbers that holds where trips start."""
    called = re.compile(rf"(start|from|origin|pickup|departure)[ _.-](station[ _.-])?{axis}", re.IGNORECASE)
    return next((str(name) for name in table if called.fullmatch(str(name)) and pd.api.types.is_numeric_dtype(table[name])), None)


def _mark(column: pd.Series, name: bool) -> np.ndarray:
    if name and pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return plain_mark(column.astype(object) if name else column)
