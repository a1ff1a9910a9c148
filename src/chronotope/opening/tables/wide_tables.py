"""Wide tables: a column per date, a column per place, or a bare matrix of steps by places."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import LAT_NAMES, LON_NAMES, VARIABLE_NAMES, X_NAMES, Y_NAMES, by_name, unit_of
from chronotope.data.field import Field
from chronotope.data.frame import frame_of
from chronotope.errors import DataError, TimeError, listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.cells.cells import no_numbers, numbers_of
from chronotope.opening.clocks.clock import looks_like_time, made_times
from chronotope.opening.clocks.header_dates import are_dates, header_dates
from chronotope.opening.clocks.table_stamps import stamps_in
from chronotope.opening.places.place_names import name_of
from chronotope.opening.roles.columns import Columns, is_quantity
from chronotope.opening.roles.place_columns import only_name
from chronotope.opening.tables.finish import finish_graph
from chronotope.opening.tables.side_columns import with_side


def date_columns(table: pd.DataFrame, told: str | None = None) -> dict[str, np.datetime64] | None:
    """Columns named by dates, if they are most of the columns and follow one another."""
    years = _year_columns(table)
    if years is not None:
        return years
    words = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    likely = [
        name
        for name in table.columns
        if len(name) >= 5 and any(map(str.isdigit, name)) and not is_quantity(name) and (not name.isdigit() or words)
    ]
    likely = [name for name, dated in zip(likely, are_dates(likely)) if dated] if len(likely) >= 3 else []
    if len(likely) < 3 or len(likely) < 0.5 * len(table.columns):
        return None
    found = header_dates(likely, told)
    return None if found is None else dict(zip(likely, found[0], strict=True))


def _year_columns(table: pd.DataFrame) -> dict[str, np.datetime64] | None:
    """Columns called 1960, 1961, ..., in their order, beside at least one column of words."""
    years = {name: _year_of(name) for name in table.columns}
    likely = [name for name, year in years.items() if year is not None]
    words = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name]) and name not in likely]
    steps = np.diff([int(str(years[name])) for name in likely])
    if len(likely) < 3 or not words or not ((steps > 0).all() or (steps < 0).all()):
        return None
    if len(set(steps)) > 1 and (len(likely) < 0.5 * len(table.columns) or any(looks_like_time(table[name]) for name in words)):
        return None  # years may be left out, but places have numbers too
    return {name: np.datetime64(str(years[name]), "Y").astype("datetime64[ns]") for name in likely}


def _year_of(name: str) -> str | None:
    """The year that a column is called by: "1960", "X1960" or "1960 [YR1960]"."""
    found = re.fullmatch(r"(?:X|YR)?((?:1[6-9]|20|21)\d\d)(?: \[YR\d{4}\])?", name)
    return found[1] if found is not None and 1678 <= int(found[1]) else None


def wide_by_date(table: pd.DataFrame, dates: dict[str, np.datetime64], options: OpenOptions, source: str) -> Field:
    found = [Finding("inferred", f"wide table: one row per place, {len(dates)} columns named by dates")]
    doubt = header_dates(list(dates), options.time_format)
    found += [] if doubt is None else doubt[1]
    values = numbers_of(table[list(dates)], source)
    sides = table.drop(columns=list(dates))
    blocks = _by_variable(sides)
    first = next(iter(blocks.values()))
    names, how = _row_names(sides.iloc[first].drop(columns=_of_variables(sides) if len(blocks) > 1 else []), options)
    found.append(Finding("inferred", how))
    clock = np.array(list(dates.values()))
    if len(blocks) > 1:
        found.append(Finding("inferred", f"{len(blocks)} variables, told by column {_of_variables(sides)[0]!r}"))
    dataset = xr.Dataset({name: (("time", "place"), values[rows].T) for name, rows in blocks.items()}, {"time": clock, "place": names})
    sides = sides.iloc[first]
    pairs = [(short, getattr(options, short) or by_name(list(sides.columns), names)) for short, names in _DEGREES]
    if any(name is None for _, name in pairs):
        pairs += [(short, by_name(list(sides.columns), names)) for short, names in _PLANE]
    for short, name in pairs:
        if name is not None:
            dataset = dataset.assign_coords({short: ("place", numbers_of(sides[[name]], source)[:, 0])})
    return finish_graph(dataset, tuple(blocks), found, options, source)


def _of_variables(sides: pd.DataFrame) -> list[str]:
    """The columns that name the variable of a row, and its code."""
    words = (*VARIABLE_NAMES, "series_name", "series", "indicator_code", "series_code", "subject_descriptor", "subject")
    return [name for word in words if (name := by_name(list(sides.columns), (word,))) is not None]


def _by_variable(sides: pd.DataFrame) -> dict[str, np.ndarray]:
    """Rows of each variable, where each names the same places in the same order; else all rows of the only one."""
    keys = _of_variables(sides)
    codes, words = pd.factorize(sides[keys[0]]) if keys else (np.zeros(len(sides), int), ["value"])
    rows = [np.flatnonzero(codes == i) for i in range(len(words))]
    rest = sides.drop(columns=keys)
    rest = rest[[name for name in rest if rest[name].iloc[rows[0]].nunique(dropna=False) > 1]]  # names of places, not what a variable is
    alike = rest.shape[1] > 0 and all(
        rest.iloc[part].reset_index(drop=True).equals(rest.iloc[rows[0]].reset_index(drop=True)) for part in rows
    )
    if len(words) < 2 or not alike or (codes < 0).any():
        return {"value": np.arange(len(sides))}
    return {str(word): part for word, part in zip(words, rows)}


_DEGREES, _PLANE = (("lat", LAT_NAMES), ("lon", LON_NAMES)), (("x", X_NAMES), ("y", Y_NAMES))


def _row_names(sides: pd.DataFrame, options: OpenOptions) -> tuple[np.ndarray, str]:
    """One name per row: the named column, else the first that tells all rows apart, else several joined."""
    if options.place is not None:
        return _names(sides[str(options.place)]), f"places named by column {options.place!r}"
    usable = [
        name for name in sides.columns if by_name([name], LAT_NAMES + LON_NAMES) is None and not pd.api.types.is_float_dtype(sides[name])
    ]
    whole = [name for name in usable if sides[name].notna().all() and sides[name].is_unique]
    best = next(
        (name for name in whole if any(word in name.lower() for word in ("key", "name", "place", "province", "city"))),
        whole[0] if whole else None,
    )
    if best is not None:
        return _names(sides[best]), f"places named by column {best!r}"
    texts = [name for name in usable if not pd.api.types.is_numeric_dtype(sides[name])]
    joined = (
        sides[texts].apply(lambda row: ", ".join(str(cell) for cell in row if pd.notna(cell)), axis=1)
        if texts
        else pd.Series(map(str, range(len(sides))))
    )
    if joined.is_unique:
        return joined.to_numpy(object), f"places named by columns {' and '.join(map(repr, texts)) or 'numbers'}"
    return np.array([str(i) for i in range(len(sides))], object), "no column tells the rows apart; places are numbered"


def _names(column: pd.Series) -> np.ndarray:
    return np.array([name_of(cell) for cell in column], object)


def wide_by_place(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    times, found = stamps_in(table, roles.time, options)
    names = _values_of(table, roles, options)
    if not names:
        raise DataError(f"A table must hold a column of numbers beside {roles.time!r}; found {no_numbers(table, str(roles.time))}.")
    values = numbers_of(table[names], source)
    side = [name for name in table.columns if name not in (*names, roles.time)]
    found += _in_turn(table[side], times)
    if _are_variables(table, names, options):
        empty = [name for name in names if options.targets is None and table[name].isna().all()]
        kept = [name for name in names if name not in empty] or names
        found += [Finding("inferred", f"columns without any value were left aside: {listed(empty, 6)}")] if kept != names else []
        label = only_name(table, side) or "0"
        found.append(Finding("inferred", f"one place with variables {listed(kept, 6)}"))
        beside = tuple(name for name in side if name not in (label, roles.lat, roles.lon))
        if label in side:
            found.append(Finding("inferred", f"the place is named by column {label!r}"))
            label = name_of(table[label].iloc[0])
        variables = {name: (("time", "place"), values[:, [i]], unit_of(name)) for i, name in enumerate(names) if name in kept}
        dataset = xr.Dataset(variables, {"time": times, "place": np.array([label], object)})
        position = {short: getattr(roles, short) for short in ("lat", "lon")}
        if all(column is not None and table[column].nunique() == 1 for column in position.values()):
            first = {short: table[column].dropna().iloc[0] for short, column in position.items()}
            dataset = dataset.assign_coords({short: ("place", [float(value)]) for short, value in first.items()})
        dataset, left = with_side(dataset, table, beside, np.arange(len(table)), np.zeros(len(table), int))
        found += _aside(left)
        return finish_graph(dataset, tuple(kept), found, options, source)
    found += _aside(side)
    found.append(
        Finding(
            "inferred",
            f"wide table: {len(names)} columns taken as places of one variable; if they are variables of one place, list them in target=",
        )
    )
    dataset = xr.Dataset({"value": (("time", "place"), values)}, {"time": times, "place": np.array(names, object)})
    return finish_graph(dataset, ("value",), found, options, source)


def _values_of(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> list[str]:
    """The columns of numbers; answers such as True, and the count of a logger's records, are none where others are there."""
    if options.targets is not None:
        return list(roles.values)
    plain = [name for name in roles.values if not pd.api.types.is_bool_dtype(table[name]) and name.lower() not in _COUNTS]
    return plain or list(roles.values)


_COUNTS = ("record", "recnbr", "recnum", "rownum", "row_number", "rowid", "_id")


def _are_variables(table: pd.DataFrame, names: list[str], options: OpenOptions) -> bool:
    """True if the columns are variables of one place, by an option that names variables, their names, or units of their own."""
    named = [one for told in (options.future, options.cumulative) if isinstance(told, (list, tuple)) for one in told]
    if options.targets is not None or options.place is not None or len(names) == 1 or any(name in names for name in named):
        return True
    units = table.attrs.get("units", {})
    names = [name for name in names if table[name].notna().any()] or names
    several = {units.get(name) for name in names}
    return sum(map(is_quantity, names)) >= 0.5 * len(names) or (
        len(several) > 1 and sum(name in units for name in names) > 0.5 * len(names)
    )


def _in_turn(side: pd.DataFrame, times: np.ndarray) -> list[Finding]:
    """A column of words at stamps without a step, which may name what each row is of: a band, a sensor."""
    words = [name for name in side if not pd.api.types.is_numeric_dtype(side[name]) and 1 < side[name].nunique() <= len(side) / _TURNS]
    if not words or frame_of(np.unique(times[~np.isnat(times)])).regular:
        return []
    kinds = ", ".join(map(str, side[words[0]].dropna().unique()[:3]))
    text = f"stamps keep no step, and column {words[0]!r} ({kinds}) comes again; if it names what each row is of, give place={words[0]!r}"
    return [Finding("warning", text)]


_TURNS = 5  # rows of each name at least


def _aside(names: Sequence[str]) -> list[Finding]:
    said = f"columns left aside: {listed(names, 8)}"
    return [Finding("inferred", said)] if names else []


def matrix_field(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    """A bare matrix: rows are steps, columns are places; only if all of it is numbers."""
    if table.shape[1] == 0 or not table.notna().any(axis=None):
        raise DataError(f"A table must hold numbers; {source} has none in {len(table)} rows.")
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    if texts or roles.lat is not None:
        raise TimeError(f"A table must have a column of times; none of {listed(table.columns, 10)} reads as time. Name it with time=.")
    times, found = made_times(len(table), options.start, options.step)
    names = list(options.targets or table.columns)
    found.insert(0, Finding("inferred", f"no column of times: rows are steps, the {len(names)} columns are places"))
    dataset = xr.Dataset({"value": (("time", "place"), table[names].to_numpy())}, {"time": times, "place": np.array(names, object)})
    return finish_graph(dataset, ("value",), found, options, source)
