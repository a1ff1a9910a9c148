"""Which column of a table is what: time, place, latitude, longitude, values - by option first, by name and content next."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from chronotope.data.columns import LAT_NAMES, LON_NAMES, TIME_NAMES, X_NAMES, Y_NAMES, by_name
from chronotope.data.geometry import GEOMETRY
from chronotope.errors import ArgumentError, DataError, listed
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import looks_like_time
from chronotope.opening.clocks.numeric_stamps import elapsed_unit, is_packed, says_when
from chronotope.opening.roles.columns import CLOCKISH, Columns
from chronotope.opening.roles.place_columns import is_crowded, names_of_positions, place_by_content, place_column


def find_columns(table: pd.DataFrame, options: OpenOptions) -> Columns:
    """The roles of the columns of `table`; options win over names, names over content.

    Raises:
        ArgumentError: an option names a column that is not there.
    """
    names = [str(name) for name in table.columns]
    for option in ("time", "place", "lat", "lon"):
        given = getattr(options, option)
        if given is not None and given not in names:
            raise ArgumentError(f"{option}= must name a column ({listed(names, 12)}); found {given!r}.")
    unknown = [name for name in options.targets or () if name not in names]
    if unknown and "variable" not in [name.lower() for name in names]:
        raise ArgumentError(f"target= must name columns ({listed(names, 12)}); found {unknown[0]!r}.")
    (lat, lon), (x, y) = _positions(table, options)
    taken: set[str | None] = {lat, lon, x, y}
    time = _word(options.time) or _time_column(table, [name for name in names if name not in taken])
    taken.add(time)
    free = [name for name in names if name not in taken]
    place = _word(options.place) or place_column(table, free, time)
    again = time is not None and bool(table[time].dropna().duplicated().any())
    if options.place is None and time is not None and lat is None and again and (place is None or is_crowded(table, time, place)):
        place = place_by_content(table.drop_duplicates(), time, free, place is None) or place
    if place is None and time is not None and again:
        place = names_of_positions(table.drop_duplicates(), time, (lat, lon) if lat else (x, y), free)
    told = options.kind in ("events", "tracks", "points") or GEOMETRY in table.attrs
    if x and place is None and time is not None and not told and not table[time].duplicated().any():
        x = y = None  # one row per stamp and nothing that moves: x and y are just names of values
        taken = {lat, lon, time}
    taken.add(place)
    numeric = [name for name in names if name not in taken and pd.api.types.is_numeric_dtype(table[name])]
    numeric = [name for name in numeric if not _NOTHING.search(name) or table[name].notna().any()] or numeric
    values = options.targets or tuple(numeric)
    return Columns(time, place, lat, lon, x, y, values, tuple(name for name in names if name not in taken and name not in values))


LAST_YEAR = 2261  # whole numbers beyond are months, days or seconds
_NOTHING = re.compile(r"flag|remark|comment|note|qualifier|status|unit", re.IGNORECASE)  # where they are empty they are no values


def _word(option: str | int | None) -> str | None:
    return None if option is None else str(option)


def _positions(table: pd.DataFrame, options: OpenOptions) -> tuple[tuple[str | None, str | None], tuple[str | None, str | None]]:
    """((lat, lon), (x, y)): columns of numbers, each pair whole or not at all.

    Raises:
        DataError: `lat=` or `lon=` names a column of text.
    """
    for option in (options.lat, options.lon):
        if option is not None and not pd.api.types.is_numeric_dtype(table[option]):
            raise DataError(f"Positions must be numbers; column {option!r} holds {table[option].iloc[0]!r}.")
    numeric = [str(name) for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
    degrees = (options.lat or by_name(numeric, LAT_NAMES), options.lon or by_name(numeric, LON_NAMES))
    if None not in degrees:
        return degrees, (None, None)
    plane = (by_name(numeric, X_NAMES), by_name(numeric, Y_NAMES))
    return (None, None), plane if None not in plane else (None, None)


def _holds_years(column: pd.Series) -> bool:
    """True for whole numbers that are years, each of which comes again or follows another."""
    whole = pd.api.types.is_integer_dtype(column) and column.between(1678, 2261).all()
    return bool(whole and column.nunique() > 1)


_KEPT = re.compile(r"updat|modif(?!ied.?julian)|edited|ingest|process|upload|retriev|insert|exported", re.IGNORECASE)  # about rows


def _time_column(table: pd.DataFrame, names: list[str]) -> str | None:
    """The clock; when a row was written is one only where nothing else reads as moments."""
    happened = [name for name in names if not _KEPT.search(name)]
    found = _clock_of(table, happened)
    moments = found is not None and (not pd.api.types.is_numeric_dtype(table[found]) or says_when(table[found], found))
    return found if moments or len(happened) == len(names) else _clock_of(table, names)


def _clock_of(table: pd.DataFrame, names: list[str]) -> str | None:
    dated = [name for name in names if pd.api.types.is_datetime64_any_dtype(table[name])]
    if dated:
        return by_name(dated, TIME_NAMES) or dated[0]
    ordered = [by_name(names, (word,)) for word in TIME_NAMES]
    candidates = [name for name in ordered if name is not None and (name.lower() != "t" or _may_count(table[name]))]
    if any(_holds_years(table[name]) for name in candidates[1:]) and not _may_count(table[candidates[0]]):
        candidates = candidates[1:]  # a time that goes up and down beside years is what was measured
    texts = [name for name in candidates if not pd.api.types.is_numeric_dtype(table[name]) and looks_like_time(_some(table[name]))]
    if texts:
        return next((name for name in texts if not _is_time_of_day(table[name])), texts[0])
    told = [name for name in candidates if pd.api.types.is_integer_dtype(table[name]) and says_when(table[name], name)]
    if told and table[told[0]].min() > LAST_YEAR:
        return told[0]
    for name in names:
        if not pd.api.types.is_numeric_dtype(table[name]) and looks_like_time(_some(table[name])):
            return name
    years = [
        name for name in names if re.search(r"[_ ](year|jahr|annee|année|ano|año)$", name, re.IGNORECASE) and _holds_years(table[name])
    ]
    if len(years) == 1 and not candidates:
        return years[0]
    packed = [name for name in names if CLOCKISH.search(name) and pd.api.types.is_integer_dtype(table[name]) and is_packed(table[name])]
    if packed and not candidates:
        return packed[0]
    counted = [name for name in names if elapsed_unit(name) is not None and pd.api.types.is_numeric_dtype(table[name])]
    if counted and [name.lower() for name in candidates[:1]] == ["frame"]:
        return counted[0]  # seconds say more than frames, whose length is not known
    if candidates or counted:
        return (candidates or counted)[0]
    return names[0] if names and _counts_years(table[names[0]]) else None


def _is_time_of_day(column: pd.Series) -> bool:
    return bool(column.dropna().head(20).astype(str).str.fullmatch(r"\s*\d{1,2}:\d{2}(:\d{2})?\s*([AaPp][Mm])?").all())


def _counts_years(column: pd.Series) -> bool:
    """True for whole years, each the next, down the rows."""
    if column.dtype.kind not in "iu" or len(column) < 3:
        return False
    years = column.to_numpy()
    return bool((years > 1500).all() and (years < 2262).all() and (np.diff(years) == 1).all())


def _may_count(column: pd.Series) -> bool:
    """False for numbers that go up and down, as temperatures called T do; a clock goes back once for each place at most."""
    if not pd.api.types.is_numeric_dtype(column):
        return True
    steps = column.dropna().diff().dropna()
    return len(steps) > 0 and float((steps < 0).mean()) < 0.25


def _some(column: pd.Series) -> pd.Series:
    """The first cells that are not empty, from the first rows where there are enough."""
    first = column.head(2000).dropna()
    return first if len(first) >= 200 or len(column) <= 2000 else column.dropna().head(2000)
