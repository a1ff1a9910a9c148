"""A table to a Field: long (time, place, values), wide (a column per place or per date), events, tracks, bare matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import ELAPSED, OBJECT_NAMES, PLACE_NAMES, TIME_NAMES, by_name
from chronotope.data.field import Field
from chronotope.errors import DataError, TimeError, listed
from chronotope.inspect.finding import TIME_AGAIN, Finding
from chronotope.opening.asked.missing import is_text
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.cells.cells import with_numbers
from chronotope.opening.clocks.clock import parse_times
from chronotope.opening.places.crs import with_degrees
from chronotope.opening.roles.answers import answers_among
from chronotope.opening.roles.columns import Columns, counts_rows, is_quantity
from chronotope.opening.roles.date_parts import PART_WORDS, tells_part
from chronotope.opening.roles.place_columns import are_close, is_crowded, tells_apart
from chronotope.opening.roles.understood import understood
from chronotope.opening.tables.above import with_positions
from chronotope.opening.tables.depth_rows import depth_of_rows, depth_rows_field
from chronotope.opening.tables.footers import SUMS, without_footers
from chronotope.opening.tables.level_columns import LEVELS, MEMBERS, level_column
from chronotope.opening.tables.local_clock import check_doubled, on_utc, other_clocks
from chronotope.opening.tables.long_tables import RepeatError, long_field
from chronotope.opening.tables.moving import events_field, looks_like_events, looks_like_tracks, tracks_field
from chronotope.opening.tables.trips import paired, trips_field
from chronotope.opening.tables.wide_tables import date_columns, matrix_field, wide_by_date, wide_by_place

LOOKED = 500_000  # rows beyond which only some places are looked at to tell the layout


def table_field(table: pd.DataFrame, options: OpenOptions, source: str) -> Field:
    """The Field of a table.

    Raises:
        TimeError: no time, or a (time, place) pair that repeats with different values.
        DataError: text in a column of numbers; the message names line and column.
    """
    table = _with_index(table)
    told = _told_by_reader(table)
    table.columns = [str(name).strip() for name in table.columns]
    options = options.naming(list(table.columns))
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise DataError(f"Columns must have names of their own; {source} has {twice[0]!r} twice. Rename one of them.")
    if not len(table):
        raise DataError(f"A table must have rows; {source} has none.")
    units = dict(table.attrs.get("units", {}))
    table, nested = _without_nested(table)
    table, notes = without_footers(table)
    notes = [*nested, *notes]
    table, more, said = with_numbers(table, options.missing_words, source)
    table, counted = _without_row_numbers(table, options)
    field = _of_numbers(table, options, source)
    field = replace(field, dataset=_with_units(field, {**more, **units}), findings=(*told, *notes, *said, *counted, *field.findings))
    if table.attrs.get("crs") is not None and "x" in field.dataset.coords and options.crs is None:
        field = with_degrees(field, table.attrs["crs"])
    field = with_positions(field, table.attrs.get("above", []))
    field = field.with_findings(*_sums(field))
    kept = {"lines_above": "\n".join(table.attrs.get("above", ())), "timezone": table.attrs.get("timezone")}
    return replace(field, dataset=field.dataset.assign_attrs({name: text for name, text in kept.items() if text}))


def _without_nested(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Objects in cells as columns of their own, `position.lat`; columns of lists are left aside, as a row has one value of each."""
    first = {name: table[name].dropna().head(1).tolist() for name in table.columns if table[name].dtype == object}
    objects = [name for name, cells in first.items() if cells and isinstance(cells[0], dict)]
    lists = [name for name, cells in first.items() if cells and isinstance(cells[0], (list, tuple, np.ndarray))]
    if not objects and not lists:
        return table, []
    parts = [pd.json_normalize(table[name].where(table[name].notna(), {}).tolist()).set_axis(table.index) for name in objects]
    opened = [part.add_prefix(f"{name}.") for name, part in zip(objects, parts)]
    said = f"columns of lists were left aside: {', '.join(lists)}; table.explode({lists[0]!r}) makes rows of them" if lists else ""
    out = pd.concat([table.drop(columns=[*objects, *lists]), *opened], axis=1)
    last = [str(name).rsplit(".", 1)[-1] for name in out.columns]
    out.columns = [short if last.count(short) == 1 else name for short, name in zip(last, out.columns)]
    out.attrs = table.attrs
    return out, [Finding("warning", said)] if said else []


def _without_row_numbers(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """The table without a column that only numbers its rows, as an index that was written with the values."""
    asked = {*(options.targets or ()), options.time, options.place}
    left = [name for name in table.columns[:2] if name.lower() in _ROW_NUMBERS and name not in asked and counts_rows(table[name])]
    if not left or len(table.columns) - len(left) < 2:
        return table, []
    return table.drop(columns=left), [Finding("inferred", f"column {left[0]!r} numbers the rows and was left out")]


_ROW_NUMBERS = tuple("index level_0 row rownum row_number rowid row_id rownames row_names row.names ...1 x1 # entry_id record".split())
_ROW_NUMBERS += ("unnamed: 0",)


def _sums(field: Field) -> list[Finding]:
    """Places that are called like the sum of the others."""
    names = [str(name) for name in field.dataset["place"].values] if "place" in field.dataset.coords else []
    sums = [name for name in names if name.strip().casefold() in SUMS]
    if not sums or len(names) < 3:
        return []
    return [Finding("warning", f"place {sums[0]!r} is called like the sum of the others; leave it out if it is, for it counts as a place")]


def _told_by_reader(table: pd.DataFrame) -> list[Finding]:
    """What the reader of a text found beside the rows."""
    notes = list(table.attrs.get("notes", ()))
    also = table.attrs.get("also")
    if also:
        notes.append(Finding("warning", f"other tables of the file were left aside: {listed(also, 6, repr)}"))
    above, below = table.attrs.get("above"), table.attrs.get("left")
    if above:
        notes.append(Finding("inferred", f"{len(above)} lines above the header are kept as the attribute lines_above ({above[0][:60]!r})"))
    if below:
        notes.append(Finding("warning", f"{len(below)} lines below the table were left out, from {below[0][:60]!r} on"))
    return notes


def _of_numbers(table: pd.DataFrame, options: OpenOptions, source: str) -> Field:
    """The Field of a table whose numbers are numbers."""
    dates = date_columns(table, options.time_format)
    if dates is not None and options.time is None and options.kind is None:
        return wide_by_date(table, dates, options, source)
    if (options.kind == "tracks" and list(table.columns) == ["0", "1", "2", "3"]) or (options.kind is None and _pedestrians(table)):
        table.columns = ["frame", "id", "x", "y"]
    known = understood(table, options)
    if options.kind is None and "object" in known.table and known.roles.time is not None and answers_among(known.said, "kind"):
        deep = by_name(list(known.table.columns), LEVELS) is not None
        options = replace(options, kind="points" if deep else "tracks")  # objects of an answer, few as their fixes may be
    field = _of_plain(known.table, known.roles, known.ends, options, source).with_findings(*known.said)
    return field if not known.units else replace(field, dataset=_with_units(field, known.units))


def _with_units(field: Field, units: dict[str, str]) -> xr.Dataset:
    dataset = field.dataset.copy()
    for name in field.variables:
        dataset[name].attrs.update({"units": units[name]} if units.get(name) else {})
    return dataset


def _of_plain(table: pd.DataFrame, roles: Columns, ends: tuple[str, str] | None, options: OpenOptions, source: str) -> Field:
    """The Field of a table whose roles are known."""
    if roles.time is None:
        return matrix_field(table, roles, options, source)
    table, roles, left = _without_time_again(table, roles, options)
    table, roles, said = on_utc(table, roles, options)
    said += left + other_clocks(table, roles)
    return _of_roles(table, roles, ends, options, source).with_findings(*said)


def _of_roles(table: pd.DataFrame, roles: Columns, ends: tuple[str, str] | None, options: OpenOptions, source: str) -> Field:
    """The Field of a table whose columns have their roles, by what the rows look like."""
    if roles.place is not None and options.place is None and by_name([roles.place], (*MEMBERS, *LEVELS)) is not None:
        free = replace(roles, place=None, others=(*roles.others, roles.place))
        roles = free if level_column(table, free, options.targets) is not None else roles
    if roles.place is None and roles.lat is None and roles.x is None and _one_place(table, roles, options):
        table, roles = table.assign(place="0"), replace(roles, place="place")
    elif roles.place is not None and options.place is None and roles.lat is None:
        table, roles = _named_by_two(table, roles)
    part = _part(table, roles)
    if options.kind is None and _stays(part, roles):
        return long_field(table, roles, options, source)
    depth = depth_of_rows(part, roles, options)
    if depth is not None:
        return depth_rows_field(table, roles, depth, options, source)
    if options.kind == "events" or (options.kind is None and looks_like_events(part, roles)):
        return events_field(table, roles, options, source)
    if options.kind in ("tracks", "points") or (options.kind is None and looks_like_tracks(part, roles)):
        return tracks_field(table, roles, options, source)
    trips = ends is not None and all(is_text(table[name]) for name in ends)
    if roles.place is None and not trips and not table[roles.time].dropna().duplicated().any():
        return wide_by_place(table, roles, options, source)
    if roles.place is None and roles.lat is None and roles.x is None:
        again = table.duplicated().to_numpy()
        if again.any() and not table[roles.time][~again].dropna().duplicated().any():
            said = Finding("warning", f"{int(again.sum())} rows repeat another; one of each is kept")
            return wide_by_place(table[~again], roles, options, source).with_findings(said)
        check_doubled(table, roles, options)
    if ends is not None and options.place is None and options.kind is None:
        pairs = paired(table, roles, ends)
        return trips_field(table, roles, ends, options, source) if pairs is None else long_field(*pairs, options, source)
    try:
        return long_field(table, roles, options, source)
    except RepeatError as error:
        check_doubled(table, roles, options)
        if options.kind is not None or not _scattered(table, roles):
            raise
        note = f"reports are scattered in time and contradict each other, so each is an event of its own ({str(error).split('. ')[0]})"
        return events_field(table, roles, options, source).with_findings(Finding("warning", note))


def _without_time_again(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> tuple[pd.DataFrame, Columns, list[Finding]]:
    """Columns that tell the stamps again, as parts of them (year, month, day) or as another count (frame, t_s, mjd), are no values."""
    counts = [name for name in roles.values if ELAPSED.fullmatch(name.strip()) or by_name([name], (*TIME_NAMES, *_YEARS)) is not None]
    ahead = options.future if isinstance(options.future, (list, tuple)) else ()  # which names what shall be read
    likely = [name for name in roles.values if (name in counts or by_name([name], PART_WORDS) is not None) and name not in ahead]
    if not likely or options.targets is not None:
        return table, roles, []
    try:
        times = pd.DatetimeIndex(parse_times(table[roles.time], str(roles.time), options)[0])
    except TimeError:
        return table, roles, []  # told later, with its line
    again = [name for name in likely if tells_part(table[name], times) or (name in counts and _is_count(table[name], times))]
    if not again or (len(again) == len(roles.values) and roles.lat is None and roles.x is None):
        return table, roles, []
    left = tuple(name for name in roles.values if name not in again)
    said = Finding("inferred", f"{TIME_AGAIN}{', '.join(again)}")
    return table.drop(columns=again), replace(roles, values=left), [said]


_YEARS = ("yyyy_yyyy", "decimal_year", "decimal_date", "dec_year", "decyear")


def _is_count(column: pd.Series, times: pd.DatetimeIndex) -> bool:
    """True for numbers that rise as the stamps do, but for rounding."""
    numbers, clock = column.to_numpy(float, na_value=np.nan), times.to_numpy("datetime64[ns]").astype(np.int64)
    if not np.isfinite(numbers).all() or times.hasnans or not np.ptp(numbers) or not np.ptp(clock):
        return False
    return bool(np.corrcoef(numbers, clock - clock.min())[0, 1] > 1 - 1e-6)


def _stays(table: pd.DataFrame, roles: Columns) -> bool:
    """True for sites whose measured positions differ by some metres from row to row."""
    where = (roles.lat, roles.lon) if roles.lat else (roles.x, roles.y)
    if roles.place is None or where[0] is None or by_name([roles.place], OBJECT_NAMES) is not None:
        return False
    return are_close(table, roles.place, where) and tells_apart(table, str(roles.time), roles.place)


def _one_place(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> bool:
    """True for rows of one place that only variables, or levels, tell apart."""
    named = {"variable", "value"} <= set(table.columns) and not table.duplicated([str(roles.time), "variable"]).any()
    return named or level_column(table, roles, options.targets) is not None


def _named_by_two(table: pd.DataFrame, roles: Columns) -> tuple[pd.DataFrame, Columns]:
    """Places that need two columns of names, as counties and their states do, under both names."""
    if roles.time is None or roles.place is None or not is_crowded(table, roles.time, roles.place) or not is_text(table[roles.place]):
        return table, roles
    others = [name for name in roles.others if by_name([name], PLACE_NAMES) is not None and is_text(table[name])]
    key = [name for name in ("variable",) if name in table.columns]
    for name in others:
        if not table.duplicated([roles.time, roles.place, name, *key]).any():
            joined = table[roles.place].astype(str).str.strip() + ", " + table[name].astype(str).str.strip()
            left = tuple(other for other in roles.others if other != name)
            return table.assign(**{roles.place: joined}), replace(roles, others=left)
    return table, roles


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


def _with_index(table: pd.DataFrame) -> pd.DataFrame:
    plain = isinstance(table.index, pd.RangeIndex)
    table = table.copy(deep=False)
    if isinstance(table.index, pd.DatetimeIndex):
        table.index.name = table.index.name or "time"
    if isinstance(table.columns, pd.MultiIndex):
        table = _with_places_in_rows(table)
    if isinstance(table.columns, pd.MultiIndex):
        table.columns = ["_".join(map(str, name)) for name in table.columns]
    if plain:
        return table
    if table.index.name is None and table.index.nlevels == 1:
        return table.reset_index(drop=pd.api.types.is_integer_dtype(table.index))
    return table.reset_index()


def _with_places_in_rows(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose columns have a level of variables and one named as places are, such as a pivot, with a row per time and place."""
    if table.columns.nlevels != 2 or table.index.name is None:
        return table
    level: str | int | None = by_name([str(name) for name in table.columns.names], (*PLACE_NAMES, "ticker", "symbol"))
    measured = [bool(np.mean([is_quantity(str(word)) for word in table.columns.levels[k]]) >= 0.5) for k in (0, 1)]
    if level is None and sum(measured) == 1:
        level = measured.index(False)
        table = table.rename_axis(columns=[None, None]).rename_axis(columns=["place", None] if level == 0 else [None, "place"])
    if level is None:
        return table
    long = table.stack(level, future_stack=True)
    names = listed(long.columns, 6)
    places = ", ".join(map(str, table.columns.levels[level][:3] if isinstance(level, int) else table.columns.unique(level)[:3]))
    note = Finding("inferred", f"columns in two levels: {places} are places, {names} variables")
    long.attrs["notes"] = [*long.attrs.get("notes", ()), note]
    return long
