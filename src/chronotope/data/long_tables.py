"""Long tables: one row per time and place, with values in columns, or rows of (variable, value)."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.cells import numbers_of, unit_of
from chronotope.data.clock import parse_times
from chronotope.data.columns import Columns
from chronotope.data.field import Field, Finding
from chronotope.data.find_time import finish_graph, tidy_time
from chronotope.data.options import OpenOptions
from chronotope.data.table_words import with_words
from chronotope.errors import ArgumentError, DataError, TimeError


class RepeatError(TimeError):
    """A place says different things at one time."""


def long_field(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    times, found = parse_times(table[roles.time], str(roles.time), options.step)
    table, roles = _spread_variables(table, roles, options)
    places = _place_labels(table, roles, found)
    names = [name for name in roles.values if name != roles.place]
    if not names:
        raise DataError(
            f"A long table must hold a column of numbers beside {roles.time!r} and {roles.place!r}; found {', '.join(table.columns)}."
        )
    if np.isnat(times).any():
        found.append(Finding("warning", f"{int(np.isnat(times).sum())} rows without a time stamp were left out"))
    keep = ~np.isnat(times)
    stamps, row = np.unique(times[keep], return_inverse=True)
    codes, labels = pd.factorize(places[keep], sort=False)
    values = numbers_of(table[names], source)[keep]
    values, row, codes = _without_repeats(values, row, codes, stamps, labels, found)
    cube = np.full((len(stamps), len(labels), len(names)), np.nan)
    cube[row, codes] = values
    data = {name: (("time", "place"), cube[:, :, i], unit_of(name)) for i, name in enumerate(names)}
    dataset = xr.Dataset(data, {"time": stamps, "place": np.asarray(labels, object)})
    dataset = _with_fixed_coordinates(dataset, table[keep], roles, pd.Series(places[keep]), labels)
    dataset, left = with_words(dataset, table[keep], roles.others, times[keep], places[keep])
    if left:
        found.append(Finding("inferred", f"columns left aside: {', '.join(left[:8])}"))
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

    data = {name: (("time", "y", "x"), folded(array), array.attrs) for name, array in dataset.data_vars.items()}
    first, second = (name for name in (("lat", "lon") if "lat" in dataset.coords else ("y", "x")))
    if first not in dataset.coords or second not in dataset.coords:
        return xr.Dataset(data, {"time": dataset["time"]})
    across, along = folded(dataset[first]), folded(dataset[second])
    if (across == across[:, :1]).all() and (along == along[:1]).all():
        renamed = {name: (("time", first, second), *part[1:]) for name, part in data.items()}
        return xr.Dataset(renamed, {"time": dataset["time"], first: across[:, 0], second: along[0]})
    if first == "y":
        return None
    return xr.Dataset(data, {"time": dataset["time"], first: (("y", "x"), across), second: (("y", "x"), along)})


def _spread_variables(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> tuple[pd.DataFrame, Columns]:
    """Rows of (variable, value) become one column per variable."""
    lower = {name.lower(): name for name in table.columns}
    if "variable" not in lower or "value" not in lower or not pd.api.types.is_numeric_dtype(table[lower["value"]]):
        return table, roles
    key, value = lower["variable"], lower["value"]
    names = [str(name) for name in table[key].unique()]
    lost = [name for name in options.targets or () if name not in names]
    if lost:
        raise ArgumentError(f"target= must name a variable of column {key!r} ({', '.join(names[:12])}); found {lost[0]!r}.")
    names = list(options.targets or names)
    table = table.copy()
    for name in names:
        table[name] = table[value].where(table[key].astype(str) == name)
    place = None if roles.place == key else roles.place
    return table, replace(roles, place=place, values=tuple(names), others=tuple(n for n in roles.others if n != key))


def _place_labels(table: pd.DataFrame, roles: Columns, found: list[Finding]) -> np.ndarray:
    if roles.place is not None:
        column = table[roles.place]
        if column.isna().any():
            found.append(Finding("warning", f"{int(column.isna().sum())} rows have no {roles.place!r}; their place is called 'unknown'"))
            column = column.astype(object).where(column.notna(), "unknown")
        return column.astype(str).to_numpy(object)
    first, second = (roles.lat, roles.lon) if roles.lat and roles.lon else (roles.y, roles.x)
    if first is None or second is None:
        raise TimeError(
            f"Time stamps must not repeat at one place; {roles.time!r} does, and no column names the place. Name it with place=."
        )
    return (table[first].astype(str) + "," + table[second].astype(str)).to_numpy(object)


def _without_repeats(
    values: np.ndarray, row: np.ndarray, codes: np.ndarray, stamps: np.ndarray, labels: np.ndarray, found: list[Finding]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows merged where they say the same or fill each other's gaps; a contradiction is refused."""
    key = row.astype(np.int64) * len(labels) + codes
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(np.diff(key[order]) == 0)
    if not len(same):
        return values, row, codes
    unique, first = np.unique(key[order], return_index=True)
    group = np.repeat(np.arange(len(unique)), np.diff(np.append(first, len(order))))
    sorted_values = values[order]
    low = np.fmin.reduceat(sorted_values, first, axis=0)
    high = np.fmax.reduceat(sorted_values, first, axis=0)
    clash = np.flatnonzero((low < high).any(axis=1))
    if len(clash):
        at, place = stamps[unique[clash[0]] // len(labels)], labels[unique[clash[0]] % len(labels)]
        raise RepeatError(
            f"Each place must have one value per time; {place!r} has several at {str(at)[:19]} ({len(clash)} such pairs). "
            "Average or pick them first, for example table.groupby(['time', 'place']).mean(), or give kind='events'."
        )
    if np.isfinite(sorted_values).sum() > np.isfinite(low).sum():
        found.append(Finding("warning", f"{len(order) - len(unique)} rows repeat a time and place with equal values; one of each is kept"))
    del group
    return low, unique // len(labels), unique % len(labels)


def _with_fixed_coordinates(dataset: xr.Dataset, table: pd.DataFrame, roles: Columns, places: pd.Series, labels: np.ndarray) -> xr.Dataset:
    for short, column in (("lat", roles.lat), ("lon", roles.lon), ("x", roles.x), ("y", roles.y)):
        if column is not None:
            first = pd.Series(table[column].to_numpy(float)).groupby(places.to_numpy()).first()
            dataset = dataset.assign_coords({short: ("place", first.reindex(labels).to_numpy(float))})
    return dataset
