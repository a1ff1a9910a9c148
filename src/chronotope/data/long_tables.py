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
    names = [name for name in roles.values if name != roles.place]
    if not names:
        raise DataError(
            f"A long table must hold a column of numbers beside {roles.time!r} and {roles.place!r}; found {', '.join(table.columns)}."
        )
    taken = {"time", "place"} | {name for name in ("lat", "lon", "x", "y") if getattr(roles, name) is not None}
    if axes := [name for name in names if name in taken]:
        raise DataError(f"A variable must not have the name of an axis; {source} holds a variable {axes[0]!r}. Rename it.")
    empty = np.isnat(times)
    if empty.any():
        found.append(Finding("warning", f"{int(empty.sum())} rows without a time stamp were left out"))
        table, times = table[~empty], times[~empty]
    codes, labels = _places(table, roles, found)
    row, stamps = _in_order(times)
    key = row * len(labels) + codes
    values, key = _without_repeats(numbers_of(table[names], source), key, stamps, labels, found)
    rows = np.full((len(stamps) * len(labels), len(names)), np.nan)
    rows[key] = values
    cube = rows.reshape(len(stamps), len(labels), len(names))
    data = {name: (("time", "place"), cube[:, :, i], unit_of(name)) for i, name in enumerate(names)}
    dataset = xr.Dataset(data, {"time": stamps, "place": labels})
    dataset = _with_fixed_coordinates(dataset, table, roles, codes)
    left = tuple(name for name in roles.others if name in ("lat", "lon", "x", "y"))  # words where a position should be
    if len(left) < len(roles.others):
        words = tuple(name for name in roles.others if name not in left)
        dataset, more = with_words(dataset, table, words, row, codes)
        left += more
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


def _in_order(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(position of each stamp among the different ones, those in rising order)."""
    codes, stamps = pd.factorize(times)
    order = np.argsort(stamps)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place[codes], np.asarray(stamps[order], "datetime64[ns]")


def _places(table: pd.DataFrame, roles: Columns, found: list[Finding]) -> tuple[np.ndarray, np.ndarray]:
    """(place of each row as a number, names of the places in the order they come); each different cell is made a name once."""
    if roles.place is not None:
        codes, cells = pd.factorize(table[roles.place])
        lost = codes < 0
        names = pd.Series(cells).astype(str).tolist()
        if lost.any():
            found.append(Finding("warning", f"{int(lost.sum())} rows have no {roles.place!r}; their place is called 'unknown'"))
            codes, names = np.where(lost, len(names), codes), [*names, "unknown"]
        if len(set(names)) < len(names):  # cells of different types that read alike
            again, names = pd.factorize(np.array(names, object))
            codes, names = again[codes], list(names)
        return codes, np.array(names, object)
    first, second = (roles.lat, roles.lon) if roles.lat and roles.lon else (roles.y, roles.x)
    if first is None or second is None:
        raise TimeError(
            f"Time stamps must not repeat at one place; {roles.time!r} does, and no column names the place. Name it with place=."
        )
    pairs = [pd.factorize(table[name], use_na_sentinel=False) for name in (first, second)]
    codes, cells = pd.factorize(pairs[0][0].astype(np.int64) * len(pairs[1][1]) + pairs[1][0])
    texts = [np.array([str(cell) for cell in part], object) for _, part in pairs]  # an empty cell reads "nan"
    names = texts[0][cells // len(texts[1])] + "," + texts[1][cells % len(texts[1])]
    return codes, names


def _without_repeats(
    values: np.ndarray, key: np.ndarray, stamps: np.ndarray, labels: np.ndarray, found: list[Finding]
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (key = stamp * places + place) merged where they say the same or fill each other's gaps; a contradiction is refused."""
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
        raise RepeatError(
            f"Each place must have one value per time; {place!r} has several at {str(at)[:19]} ({len(clash)} such pairs). "
            "Average or pick them first, for example table.groupby(['time', 'place']).mean(), or give kind='events'."
        )
    if np.isfinite(sorted_values).sum() > np.isfinite(low).sum():
        found.append(Finding("warning", f"{len(order) - len(unique)} rows repeat a time and place with equal values; one of each is kept"))
    return low, unique


def _with_fixed_coordinates(dataset: xr.Dataset, table: pd.DataFrame, roles: Columns, codes: np.ndarray) -> xr.Dataset:
    """The first position that a row of each place gives."""
    for short, column in (("lat", roles.lat), ("lon", roles.lon), ("x", roles.x), ("y", roles.y)):
        if column is not None:
            first = pd.Series(table[column].to_numpy(float)).groupby(codes).first()
            dataset = dataset.assign_coords({short: ("place", first.reindex(range(dataset.sizes["place"])).to_numpy(float))})
    return dataset
