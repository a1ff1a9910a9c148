"""Long tables: one row per time and place, with values in columns, or rows of (variable, value)."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import FIXED_NAMES, OBJECT_NAMES, PLACE_NAMES, by_name, unit_of
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, TimeError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.cells.attributes import attributes
from chronotope.opening.cells.cells import no_numbers, numbers_of
from chronotope.opening.clocks.clock import looks_like_time
from chronotope.opening.clocks.table_stamps import stamps_in
from chronotope.opening.clocks.tidy_time import tidy_time
from chronotope.opening.places.place_names import named_places
from chronotope.opening.roles.columns import Columns
from chronotope.opening.tables.finish import finish_graph
from chronotope.opening.tables.level_columns import dim_name, level_column, levels_of
from chronotope.opening.tables.side_columns import with_side

WHOLE = "whole_numbers"
"""Attribute of `place`: its names were whole numbers in an object of pandas, and are so again in a table of an answer."""


class RepeatError(TimeError):
    """A place says different things at one time."""


def long_field(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    times, found = stamps_in(table, roles.time, options)
    table, roles = _spread_variables(table, roles, options)
    level = level_column(table, roles, options.targets)
    names = [name for name in roles.values if name not in (roles.place, level)]
    if not names:
        known = " and ".join(repr(name) for name in (roles.time, roles.place) if name is not None)
        hint = "" if roles.lat is None and roles.x is None else " If each row is something that happened, give kind='events'."
        found_words = no_numbers(table, str(roles.time), str(roles.place))
        raise DataError(f"A long table must hold a column of numbers beside {known}; found {found_words}.{hint}")
    taken = {"time", "place"} | {name for name in ("lat", "lon", "x", "y") if getattr(roles, name) is not None}
    if axes := [name for name in names if name in taken]:
        raise DataError(f"A variable must not have the name of an axis; {source} holds a variable {axes[0]!r}. Rename it.")
    empty = np.isnat(times)
    if empty.any():
        found.append(Finding("warning", f"{int(empty.sum())} rows without a time stamp were left out"))
        table, times = table[~empty], times[~empty]
    codes, labels = _places(table, roles, times, found)
    row, stamps = _in_order(times)
    rung, rungs = (np.zeros(len(codes), int), None) if level is None else levels_of(table[level])
    heights = 1 if rungs is None else len(rungs)
    key = (row * heights + rung) * len(labels) + codes
    fixed = _fixed_numbers(table, names, options, codes)
    names = [name for name in names if name not in fixed]
    further, each = _further(table, roles, key), np.tile(labels, heights)
    values, key = _without_repeats(numbers_of(table[names], source), key, stamps, each, found, further)
    rows = np.full((len(stamps) * heights * len(labels), len(names)), np.nan)
    rows[key] = values
    shape = (len(stamps), heights, len(labels)) if level else (len(stamps), len(labels))
    dims = ("time", dim_name(level), "place") if level else ("time", "place")
    data = {name: (dims, rows[:, i].reshape(shape), unit_of(name)) for i, name in enumerate(names)}
    whole = roles.place is not None and source.startswith("pandas") and pd.api.types.is_integer_dtype(table[roles.place])
    dataset = xr.Dataset(data, {"time": stamps, "place": ("place", labels, {WHOLE: 1} if whole else {})})
    if level is not None:
        dataset = dataset.assign_coords({dims[1]: (dims[1], rungs, unit_of(level))})
        found.append(Finding("inferred", f"column {level!r} is an axis of {heights}: each place has a value at each"))
    dataset = _with_fixed_coordinates(dataset, table, roles, codes, row, found)
    if fixed:
        first = table[fixed].groupby(codes).first().reindex(range(len(labels)))
        dataset = dataset.assign_coords(attributes(first, "place"))
    left = tuple(name for name in roles.others if name in ("lat", "lon", "x", "y"))  # words where a position should be
    if len(left) < len(roles.others):
        words = tuple(name for name in roles.others if name not in (*left, level))
        dataset, more = with_side(dataset, table, words, row, codes)
        left += more
    if left:
        found.append(Finding("inferred", f"columns left aside: {listed(left, 8)}"))
    found.append(Finding("inferred", f"long table: time {roles.time!r}, place {roles.place or 'position'!r}"))
    grid = _lattice(dataset) if roles.place is not None else None
    if grid is None:
        return finish_graph(dataset, tuple(names), found, options, source)
    found.append(
        Finding(
            "inferred",
            f"places named row,column are the cells of a grid of {' x '.join(str(grid.sizes[d]) for d in grid.dims if d != 'time')}",
        )
    )
    grid = tidy_time(grid, found)
    return Field(grid, "grid", tuple(names), ("lat", "lon") if "lat" in grid.dims else ("y", "x"), tuple(found), options.step, source)


def _fixed_numbers(table: pd.DataFrame, names: list[str], options: OpenOptions, codes: np.ndarray) -> list[str]:
    """Columns of numbers that are called like ids or heights and never change at a place: attributes of the places, not values."""
    known = (*PLACE_NAMES, *OBJECT_NAMES, *FIXED_NAMES)
    likely = [name for name in names if by_name([name], known) is not None or re.search(r"[ _](id|code|nr|number)$", name, re.IGNORECASE)]
    if not likely or options.targets is not None or len(codes) < 2 * (codes.max(initial=0) + 1):
        return []
    groups = table[likely].groupby(codes)
    fixed = [name for name in likely if (groups[name].nunique() <= 1).all() and table[name].notna().any()]
    return fixed if len(fixed) < len(names) else []


def _lattice(dataset: xr.Dataset) -> xr.Dataset | None:
    """Places called "row,column" that fill a whole grid, as that grid; None where they are called otherwise."""
    labels = dataset["place"].values
    if len(labels) < 2 or not all(re.fullmatch(r"\d{1,6},\d{1,6}", str(label)) for label in labels):
        return None
    cells = np.array([str(label).split(",") for label in labels], int)
    rows, columns = cells.max(axis=0) + 1
    if rows * columns != len(labels):
        return None
    order = np.argsort(cells[:, 0] * columns + cells[:, 1])

    def folded(array: xr.DataArray) -> np.ndarray:
        return array.values[..., order].reshape(*array.shape[:-1], rows, columns)

    kept = {name: coord for name, coord in dataset.coords.items() if "place" not in coord.dims}
    data = {name: ((*array.dims[:-1], "y", "x"), folded(array), array.attrs) for name, array in dataset.data_vars.items()}
    first, second = (name for name in (("lat", "lon") if "lat" in dataset.coords else ("y", "x")))
    if first not in dataset.coords or second not in dataset.coords:
        return xr.Dataset(data, kept)
    across, along = folded(dataset[first]), folded(dataset[second])
    if (across == across[:, :1]).all() and (along == along[:1]).all():
        renamed = {name: ((*part[0][:-2], first, second), *part[1:]) for name, part in data.items()}
        return xr.Dataset(renamed, {**kept, first: across[:, 0], second: along[0]})
    if first == "y":
        return None
    return xr.Dataset(data, {**kept, first: (("y", "x"), across), second: (("y", "x"), along)})


def _spread_variables(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> tuple[pd.DataFrame, Columns]:
    """Rows of (variable, value) become one column per variable."""
    lower = {name.lower(): name for name in table.columns}
    if "variable" not in lower or "value" not in lower or not pd.api.types.is_numeric_dtype(table[lower["value"]]):
        return table, roles
    key, value = lower["variable"], lower["value"]
    names = [str(name) for name in table[key].unique()]
    lost = [name for name in options.targets or () if name not in names]
    if lost:
        raise ArgumentError(f"target= must name a variable of column {key!r} ({listed(names, 12)}); found {lost[0]!r}.")
    names = list(options.targets or names)
    table = table.copy()
    for name in names:
        table[name] = table[value].where(table[key].astype(str) == name)
    place = None if roles.place == key else roles.place
    return table, replace(roles, place=place, values=tuple(names), others=tuple(n for n in roles.others if n != key))


def _in_order(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(position of each stamp among the different ones, those in rising order)."""
    codes, stamps = pd.factorize(times)
    order = np.argsort(stamps)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[codes], np.asarray(stamps[order], "datetime64[ns]")


def _places(table: pd.DataFrame, roles: Columns, times: np.ndarray, found: list[Finding]) -> tuple[np.ndarray, np.ndarray]:
    """(place of each row as a number, names of the places in the order they come)."""
    if roles.place is not None:
        return named_places(table[roles.place], times, found)
    first, second = (roles.lat, roles.lon) if roles.lat and roles.lon else (roles.y, roles.x)
    if first is None or second is None:
        further = _further(table, roles, np.asarray(times, np.int64))
        words = ", ".join(_words(table, roles)[:8])
        way = f"no column{' alone' if words else ''} names the place. Name it with place={', one of ' if words else ''}{words}."
        if further is not None:
            way = f"rows differ in {further!r}. "
            if further.lower() in _FURTHER:
                way += f"{_picked(further)}."
            elif table[further].dtype.kind == "M" or looks_like_time(table[further]):
                way += f"If that is when a row was told, make a column of each delay, with table.pivot, or sum over {further!r}."
            else:
                way += f"If it names the place, give place={further!r}."
        raise TimeError(f"Time stamps must not repeat at one place; {roles.time!r} does, and {way}")
    pairs = [pd.factorize(table[name], use_na_sentinel=False) for name in (first, second)]
    codes, cells = pd.factorize(pairs[0][0].astype(np.int64) * len(pairs[1][1]) + pairs[1][0])
    texts = [np.array([str(cell) for cell in part], object) for _, part in pairs]  # an empty cell reads "nan"
    names = texts[0][cells // len(texts[1])] + "," + texts[1][cells % len(texts[1])]
    return codes, names


def _further(table: pd.DataFrame, roles: Columns, key: np.ndarray) -> str | None:
    """A column that tells rows of one `key` apart: members, runs or levels of which there are several, else words that leave no repeats."""
    known = further_column(table)
    if known is not None:
        return known
    words = _words(table, roles)
    rows = table[[*words, *roles.values]].assign(key=key).drop_duplicates()
    return next((str(name) for name in words if not rows.duplicated(["key", name]).any()), None)


def further_column(table: pd.DataFrame) -> str | None:
    """The column of members, runs or levels, where there are several of them."""
    return next((str(name) for name in table.columns if by_name([str(name)], _FURTHER) is not None and table[name].nunique() > 1), None)


def _words(table: pd.DataFrame, roles: Columns) -> list[str]:
    return [name for name in roles.others if name in table and not pd.api.types.is_numeric_dtype(table[name])]


def _picked(further: str) -> str:
    return f"Pick one, for example table[table[{further!r}] == ...]"


_FURTHER = (
    *("member", "number", "draw", "realization", "realisation", "ensemble", "run", "scenario", "model", "init_time"),
    *("level", "depth", "pres", "pressure", "plev"),
)


def _without_repeats(
    values: np.ndarray, key: np.ndarray, stamps: np.ndarray, labels: np.ndarray, found: list[Finding], further: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (key = stamp * places + place) merged where they say the same or fill each other's gaps; a contradiction is refused.

    `further` is a column that may tell the rows of one place and time apart.
    """
    taken = np.zeros(len(stamps) * len(labels), bool)
    taken[key] = True
    if np.count_nonzero(taken) == len(key):
        return values, key
    order = np.argsort(key, kind="stable")
    unique, first = np.unique(key[order], return_index=True)
    sorted_values = values[order]
    low = np.fmin.reduceat(sorted_values, first, axis=0)
    high = np.fmax.reduceat(sorted_values, first, axis=0)
    clash = np.flatnonzero((low < high).any(axis=1))
    if len(clash):
        at, place = stamps[unique[clash[0]] // len(labels)], labels[unique[clash[0]] % len(labels)]
        way = "Average or pick them first, for example table.groupby(['time', 'place']).mean(), or give kind='events'."
        if further is not None:
            pick = f"They differ in {further!r}: pick one, for example table[table[{further!r}] == ...], or "
            made = f"make columns of them, table.pivot(index=[time, place], columns={further!r}, values=...)."
            way = pick + ("give a dataset of it (.nc)." if further.lower() in _FURTHER else made)
        raise RepeatError(
            f"Each place must have one value per time; {place!r} has several at {str(at)[:19]} ({len(clash)} such pairs). {way}"
        )
    if np.isfinite(sorted_values).sum() > np.isfinite(low).sum():
        found.append(Finding("warning", f"{len(order) - len(unique)} rows repeat a time and place with equal values; one of each is kept"))
    return low, unique


def _with_fixed_coordinates(
    dataset: xr.Dataset, table: pd.DataFrame, roles: Columns, codes: np.ndarray, row: np.ndarray, found: list[Finding]
) -> xr.Dataset:
    """The position that the last row of each place gives; places that were measured anew, or moved, are said."""
    pairs = [(short, getattr(roles, short)) for short in ("lat", "lon", "x", "y") if getattr(roles, short) is not None]
    if not pairs:
        return dataset
    order = np.argsort(row, kind="stable")
    where = pd.DataFrame({short: table[column].to_numpy(float)[order] for short, column in pairs}).groupby(codes[order])
    last = where.last().reindex(range(dataset.sizes["place"]))
    apart = where.max() - where.min()
    moved = np.flatnonzero((apart > 0).any(axis=1).to_numpy())
    if len(moved):
        name, spread = dataset["place"].values[apart.index[moved[0]]], float(apart.to_numpy()[moved].max())
        far = spread > (0.05 if roles.lat is not None else 5000)
        unit = "degrees" if roles.lat is not None else "units"
        text = f"{len(moved)} places, {str(name)!r} the first, have several positions up to {spread:.2g} {unit} apart; the latest is taken"
        found.append(Finding("warning" if far else "inferred", text))
    return dataset.assign_coords({short: ("place", last[short].to_numpy(float)) for short, _ in pairs})
