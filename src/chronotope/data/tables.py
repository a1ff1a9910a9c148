"""A table to a Field: long (time, place, values), wide (a column per place or per date), events, tracks, bare matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.canonical import tidy_time
from chronotope.data.clock import header_dates, made_times, parse_times
from chronotope.data.columns import LAT_NAMES, LON_NAMES, Columns, by_name, find_columns, is_quantity
from chronotope.data.field import Field, Finding
from chronotope.data.moving import events_field, looks_like_events, looks_like_tracks, tracks_field
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError, TimeError

_PLACE_COUNT_LIMIT = 0.5  # more places than this share of the rows means: the rows are events, not series


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
    dates = _date_columns(table)
    if dates is not None and options.time is None and options.kind is None:
        return _wide_by_date(table, dates, options, source)
    table = _joined_clock(table, options)
    table = _checked_numbers(table, source)
    roles = find_columns(table, options)
    if roles.time is None:
        return _without_time(table, roles, options, source)
    if options.kind == "events" or (options.kind is None and looks_like_events(table, roles)):
        return events_field(table, roles, options, source)
    if options.kind in ("tracks", "points") or (options.kind is None and looks_like_tracks(table, roles)):
        return tracks_field(table, roles, options, source)
    if roles.place is None and not table[roles.time].duplicated().any():
        return _wide_by_place(table, roles, options, source)
    return _long(table, roles, options, source)


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


# ---- wide


def _date_columns(table: pd.DataFrame) -> dict[str, np.datetime64] | None:
    """Columns named by dates, if they are most of the columns and follow one another."""
    from chronotope.data.columns import is_quantity as named

    likely = [name for name in table.columns if name[:1].isdigit() and len(name) >= 6 and not name.isdigit() and not named(name)]
    if len(likely) < 3 or len(likely) < 0.5 * len(table.columns):
        return None
    times = header_dates(likely)
    return None if times is None else dict(zip(likely, times, strict=True))


def _wide_by_date(table: pd.DataFrame, dates: dict[str, np.datetime64], options: OpenOptions, source: str) -> Field:
    found = [Finding("inferred", f"wide table: one row per place, {len(dates)} columns named by dates")]
    values = _numbers(table[list(dates)], source)
    names, how = _row_names(table.drop(columns=list(dates)), options)
    found.append(Finding("inferred", how))
    dataset = xr.Dataset({"value": (("time", "place"), values.T)}, {"time": np.array(list(dates.values())), "place": names})
    sides = table.drop(columns=list(dates))
    for short, wanted in (("lat", LAT_NAMES), ("lon", LON_NAMES)):
        name = getattr(options, short) or by_name(list(sides.columns), wanted)
        if name is not None:
            dataset = dataset.assign_coords({short: ("place", sides[name].to_numpy(float))})
    return finish_graph(dataset, ("value",), found, options, source)


def _row_names(sides: pd.DataFrame, options: OpenOptions) -> tuple[np.ndarray, str]:
    """One name per row: the named column, else the first that tells all rows apart, else several joined."""
    if options.place is not None:
        return sides[str(options.place)].astype(str).to_numpy(object), f"places named by column {options.place!r}"
    usable = [name for name in sides.columns if by_name([name], LAT_NAMES + LON_NAMES) is None and not pd.api.types.is_float_dtype(sides[name])]
    whole = [name for name in usable if sides[name].notna().all() and sides[name].is_unique]
    best = next((name for name in whole if any(word in name.lower() for word in ("key", "name", "place", "province", "city"))), whole[0] if whole else None)
    if best is not None:
        return sides[best].astype(str).to_numpy(object), f"places named by column {best!r}"
    texts = [name for name in usable if not pd.api.types.is_numeric_dtype(sides[name])]
    joined = sides[texts].apply(lambda row: ", ".join(str(cell) for cell in row if pd.notna(cell)), axis=1) if texts else pd.Series(map(str, range(len(sides))))
    if joined.is_unique:
        return joined.to_numpy(object), f"places named by columns {' and '.join(map(repr, texts)) or 'numbers'}"
    return np.array([str(i) for i in range(len(sides))], object), "no column tells the rows apart; places are numbered"


def _wide_by_place(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    times, found = parse_times(table[roles.time], str(roles.time), options.step)
    names = [name for name in roles.values]
    if not names:
        raise DataError(f"A table must hold a column of numbers beside {roles.time!r}; found {', '.join(table.columns)}.")
    side = [name for name in table.columns if name not in (*names, roles.time)]
    if side:
        found.append(Finding("inferred", f"columns left aside: {', '.join(side[:8])}{', ...' if len(side) > 8 else ''}"))
    values = _numbers(table[names], source)
    if options.targets is not None or len(names) == 1 or sum(map(is_quantity, names)) > 0.5 * len(names) or options.place is not None:
        found.append(Finding("inferred", f"one place with variables {', '.join(names[:6])}{', ...' if len(names) > 6 else ''}"))
        variables = {name: (("time", "place"), values[:, [i]], _unit_of(name)) for i, name in enumerate(names)}
        dataset = xr.Dataset(variables, {"time": times, "place": np.array(["0"], object)})
        for short in ("lat", "lon"):
            column = getattr(roles, short)
            if column is not None and table[column].nunique() == 1:
                dataset = dataset.assign_coords({short: ("place", [float(table[column].iloc[0])])})
        return finish_graph(dataset, tuple(names), found, options, source)
    found.append(Finding("inferred", f"wide table: {len(names)} columns taken as places of one variable; if they are variables of one place, list them in target="))
    dataset = xr.Dataset({"value": (("time", "place"), values)}, {"time": times, "place": np.array(names, object)})
    return finish_graph(dataset, ("value",), found, options, source)


# ---- long


def _long(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    times, found = parse_times(table[roles.time], str(roles.time), options.step)
    table, roles = _spread_variables(table, roles)
    places = _place_labels(table, roles, found)
    names = [name for name in roles.values if name != roles.place]
    if not names:
        raise DataError(f"A long table must hold a column of numbers beside {roles.time!r} and {roles.place!r}; found {', '.join(table.columns)}.")
    if roles.others:
        found.append(Finding("inferred", f"columns left aside: {', '.join(roles.others[:8])}"))
    if np.isnat(times).any():
        found.append(Finding("warning", f"{int(np.isnat(times).sum())} rows without a time stamp were left out"))
    keep = ~np.isnat(times)
    stamps, row = np.unique(times[keep], return_inverse=True)
    codes, labels = pd.factorize(places[keep], sort=False)
    values = _numbers(table[names], source)[keep]
    values, row, codes = _without_repeats(values, row, codes, stamps, labels, found)
    cube = np.full((len(stamps), len(labels), len(names)), np.nan)
    cube[row, codes] = values
    data = {name: (("time", "place"), cube[:, :, i], _unit_of(name)) for i, name in enumerate(names)}
    dataset = xr.Dataset(data, {"time": stamps, "place": np.asarray(labels, object)})
    dataset = _with_fixed_coordinates(dataset, table[keep], roles, pd.Series(places[keep]), labels)
    found.append(Finding("inferred", f"long table: time {roles.time!r}, place {roles.place or 'position'!r}"))
    return finish_graph(dataset, tuple(names), found, options, source)


def _spread_variables(table: pd.DataFrame, roles: Columns) -> tuple[pd.DataFrame, Columns]:
    """Rows of (variable, value) become one column per variable."""
    lower = {name.lower(): name for name in table.columns}
    if "variable" not in lower or "value" not in lower or lower["value"] not in roles.values:
        return table, roles
    key, value = lower["variable"], lower["value"]
    names = [str(name) for name in table[key].unique()]
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
        raise TimeError(f"Time stamps must not repeat at one place; {roles.time!r} does, and no column names the place. Name it with place=.")
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
        raise TimeError(f"Each place must have one value per time; {place!r} has several at {str(at)[:19]} ({len(clash)} such pairs). "
                        "Average or pick them first, for example table.groupby(['time', 'place']).mean(), or give kind='events'.")
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


# ---- shared


def finish_graph(dataset: xr.Dataset, names: tuple[str, ...], found: list[Finding], options: OpenOptions, source: str) -> Field:
    """Sorted stamps, text labels, and the Field."""
    notes = list(found)
    dataset = tidy_time(dataset, notes)
    return Field(dataset, "graph", names, ("place",), tuple(notes), options.step, source)


def _without_time(table: pd.DataFrame, roles: Columns, options: OpenOptions, source: str) -> Field:
    """A bare matrix: rows are steps, columns are places; only if all of it is numbers."""
    texts = [name for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    if texts or roles.lat is not None:
        raise TimeError(f"A table must have a column of times; none of {', '.join(table.columns[:10])} reads as time. Name it with time=.")
    times, found = made_times(len(table), options.start, options.step)
    names = list(options.targets or table.columns)
    found.insert(0, Finding("inferred", f"no column of times: rows are steps, the {len(names)} columns are places"))
    dataset = xr.Dataset({"value": (("time", "place"), table[names].to_numpy())}, {"time": times, "place": np.array(names, object)})
    return finish_graph(dataset, ("value",), found, options, source)


def _joined_clock(table: pd.DataFrame, options: OpenOptions) -> pd.DataFrame:
    """Columns year, month, day (hour, minute) become one column `time`, if there is no other."""
    lower = {name.lower(): name for name in table.columns}
    parts = [lower[word] for word in ("year", "month", "day", "hour", "minute") if word in lower]
    has_time = by_name(list(table.columns), ("time", "datetime", "timestamp", "date_time", "date", "time_hour", "valid_time")) is not None
    if options.time is not None or has_time or len(parts) < 2 or not {"year", "month"} <= set(lower):
        return table
    numbers = {word: table[lower[word]] for word in ("year", "month", "day", "hour", "minute") if word in lower}
    numbers.setdefault("day", pd.Series(1, index=table.index))
    stamps = pd.to_datetime(pd.DataFrame(numbers), errors="coerce")
    return table.drop(columns=parts).assign(time=stamps)


def _checked_numbers(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """Columns that are numbers but for a few cells of text are refused by line and column; "" and NA are missing."""
    for name in table.columns:
        column = table[name]
        if column.dtype.kind in "fiubM" or isinstance(column.dtype, pd.DatetimeTZDtype):
            continue
        text = column.dropna()
        if not len(text):
            continue
        numbers = pd.to_numeric(text, errors="coerce")
        bad = numbers.isna()
        if bad.any() and bad.mean() < 0.2 and len(text) >= 3 and by_name([name], ("time", "date", "timestamp", "id", "code", "station", "place")) is None:
            at = text.index[np.flatnonzero(bad.to_numpy())[0]]
            raise DataError(f"A column of numbers must hold numbers; {source} line {int(table.index.get_loc(at)) + 2}, column {name!r} holds {text[at]!r}. "
                            "Leave the cell empty where the value is missing.")
    return table


def _numbers(table: pd.DataFrame, source: str) -> np.ndarray:
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            bad = pd.to_numeric(table[name], errors="coerce").isna() & table[name].notna()
            if bad.any():
                row = int(np.flatnonzero(bad.to_numpy())[0])
                raise DataError(f"A column of numbers must hold numbers; {source} line {row + 2}, column {name!r} holds {table[name].iloc[row]!r}. "
                                "Leave the cell empty where the value is missing.")
    return table.apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)


def _unit_of(name: str) -> dict[str, str]:
    """The unit that a column name carries: "prcp(mm/day)" has mm/day."""
    inside = name.rsplit("(", 1)[-1] if name.endswith(")") and "(" in name else name.rsplit("[", 1)[-1] if name.endswith("]") and "[" in name else ""
    return {"units": inside.rstrip(")]")} if inside else {}
