"""Wide tables: a column per date, a column per place, or a bare matrix of steps by places."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.cells import numbers_of, unit_of
from chronotope.data.clock import header_dates, made_times, parse_times
from chronotope.data.columns import LAT_NAMES, LON_NAMES, Columns, by_name, is_quantity
from chronotope.data.field import Field, Finding
from chronotope.data.find_time import finish_graph
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError, TimeError


def date_columns(table: pd.DataFrame) -> dict[str, np.datetime64] | None:
    """Columns named by dates, if they are most of the columns and follow one another."""
    years = _year_columns(table)
    if years is not None:
        return years
    likely = [name for name in table.columns if name[:1].isdigit() and len(name) >= 6 and not name.isdigit() and not is_quantity(name)]
    if len(likely) < 3 or len(likely) < 0.5 * len(table.columns):
        return None
    times = header_dates(likely)
    return None if times is None else dict(zip(likely, times, strict=True))


def _year_columns(table: pd.DataFrame) -> dict[str, np.datetime64] | None:
    """Columns called 1960, 1961, ... beside at least one column of words."""
    likely = [name for name in table.columns if re.fullmatch(r"(1[5-9]|20|21)\d\d", name)]
    words = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name]) and name not in likely]
    if len(likely) < 3 or not words or len(set(np.diff(np.array(likely, int)))) != 1:
        return None
    return {name: np.datetime64(name, "Y").astype("datetime64[ns]") for name in likely}


def wide_by_date(table: pd.DataFrame, dates: dict[str, np.datetime64], options: OpenOptions, source: str) -> Field:
    found = [Finding("inferred", f"wide table: one row per place, {len(dates)} columns named by dates")]
    values = numbers_of(table[list(dates)], source)
    names, how = _row_names(table.drop(columns=list(dates)), options)
    found.append(Finding("inferred", how))
    dataset = xr.Dataset({"value": (("time", "place"), values.T)}, {"time": np.array(list(dates.values())), "place": names})
    sides = table.drop(columns=list(dates))
    for short, wanted in (("lat", LAT_NAMES), ("lon", LON_NAMES)):
        name = getattr(options, short) or by_name(list(sides.columns), wanted)
        if name is not None:
            dataset = dataset.assign_coords({short: ("place", numbers_of(sides[[name]], source)[:, 0])})
    return finish_graph(dataset, ("value",), found, options, source)


def _row_names(sides: pd.DataFrame, options: OpenOptions) -> tuple[np.ndarray, str]:
    """One name per row: the named column, else the first that tells all rows apart, else several joined."""
    if options.place is not None:
        return sides[str(options.place)].astype(str).to_numpy(object), f"places named by column {options.place!r}"
    usable = [
        name for name in sides.columns if by_name([name], LAT_NAMES + LON_NAMES) is None and not pd.api.types.is_float_dtype(sides[name])
    ]
    whole = [name for name in usable if sides[name].notna().all() and sides[name].is_unique]
    best = next(
        (name for name in whole if any(word in name.lower() for word in ("key", "name", "place", "province", "city"))),
        whole[0] if whole else None,
    )
    if best is not None:
        return sides[best].astype(str).to_numpy(object), f"places named by column {best!r}"
    texts = [name for name in usable if not pd.api.types.is_numeric_dtype(sides[name])]
    joined = (
        sides[texts].apply(lambda row: ", ".join(str(cell) for cell in row if pd.notna(cell)), axis=1)
        if texts
        else pd.Series(map(str, range(len(sides))))
    )
    if joined.is_unique:
        return joined.to_numpy(object), f"places named by columns {' and '.join(map(repr, texts)) or 'numbers'}"
    return np.array([str(i) for i in range(len(sides))], object), "no column tells the rows apart; places are numbered"


def wide_by_place(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    times, found = parse_times(table[roles.time], str(roles.time), options.step)
    names = list(roles.values)
    if not names:
        raise DataError(f"A table must hold a column of numbers beside {roles.time!r}; found {', '.join(table.columns)}.")
    side = [name for name in table.columns if name not in (*names, roles.time)]
    if side:
        found.append(Finding("inferred", f"columns left aside: {', '.join(side[:8])}{', ...' if len(side) > 8 else ''}"))
    values = numbers_of(table[names], source)
    if options.targets is not None or len(names) == 1 or sum(map(is_quantity, names)) > 0.5 * len(names) or options.place is not None:
        found.append(Finding("inferred", f"one place with variables {', '.join(names[:6])}{', ...' if len(names) > 6 else ''}"))
        variables = {name: (("time", "place"), values[:, [i]], unit_of(name)) for i, name in enumerate(names)}
        dataset = xr.Dataset(variables, {"time": times, "place": np.array(["0"], object)})
        position = {short: getattr(roles, short) for short in ("lat", "lon")}
        if all(column is not None and table[column].nunique() == 1 for column in position.values()):
            first = {short: table[column].dropna().iloc[0] for short, column in position.items()}
            dataset = dataset.assign_coords({short: ("place", [float(value)]) for short, value in first.items()})
        return finish_graph(dataset, tuple(names), found, options, source)
    found.append(
        Finding(
            "inferred",
            f"wide table: {len(names)} columns taken as places of one variable; if they are variables of one place, list them in target=",
        )
    )
    dataset = xr.Dataset({"value": (("time", "place"), values)}, {"time": times, "place": np.array(names, object)})
    return finish_graph(dataset, ("value",), found, options, source)


def matrix_field(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    """A bare matrix: rows are steps, columns are places; only if all of it is numbers."""
    if table.shape[1] == 0 or not table.notna().any(axis=None):
        raise DataError(f"A table must hold numbers; {source} has none in {len(table)} rows.")
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    if texts or roles.lat is not None:
        raise TimeError(f"A table must have a column of times; none of {', '.join(table.columns[:10])} reads as time. Name it with time=.")
    times, found = made_times(len(table), options.start, options.step)
    names = list(options.targets or table.columns)
    found.insert(0, Finding("inferred", f"no column of times: rows are steps, the {len(names)} columns are places"))
    dataset = xr.Dataset({"value": (("time", "place"), table[names].to_numpy())}, {"time": times, "place": np.array(names, object)})
    return finish_graph(dataset, ("value",), found, options, source)
