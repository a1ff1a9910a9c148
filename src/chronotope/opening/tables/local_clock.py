"""Tables whose stamps are those of a local clock: turned to UTC where the clock is named, told where it must be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.data.stamps import ZoneFinding
from chronotope.errors import listed
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import looks_like_time
from chronotope.opening.clocks.source_zone import check_autumn
from chronotope.opening.clocks.table_stamps import stamps_in
from chronotope.opening.roles.columns import Columns
from chronotope.opening.roles.roles import find_columns


def on_utc(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> tuple[pd.DataFrame, Columns, list[Finding]]:
    """The table with its column of times in UTC where `options.clock` names the zone, its roles then, and what was done.

    Raises:
        TimeError: a stamp is not on that clock, or the rows of a doubled hour stand in no order.
    """
    if options.clock is None or roles.time is None:
        return table, roles, []
    series = [name for name in (roles.place, *_variables(table), roles.lat, roles.lon, roles.x, roles.y) if name is not None]
    groups = table.groupby(series, sort=False, dropna=False).ngroup().to_numpy() if series else None
    times, found = stamps_in(table, roles.time, options, groups)
    zone = next((note.zone for note in found if isinstance(note, ZoneFinding)), None)
    if zone is None:
        return table, roles, []
    aware = pd.Series(times, index=table.index).dt.tz_localize("UTC").dt.tz_convert(options.clock)
    attrs, table = table.attrs, table.assign(**{roles.time: aware})
    table.attrs = attrs
    return table, find_columns(table, options), [note for note in found if not isinstance(note, ZoneFinding)]


def check_doubled(table: pd.DataFrame, roles: Columns, options: OpenOptions) -> None:
    """Refuse rows of one series that share a stamp as they do on a clock that is set back in autumn.

    Raises:
        TimeError: all rows that repeat do so.
    """
    if roles.time is None:
        return
    keys = [name for name in (roles.time, roles.place, *_variables(table)) if name is not None]
    again = table.duplicated(keys).to_numpy() & table[roles.time].notna().to_numpy()
    if not again.any() or again.mean() > 0.2:
        return
    times, found = stamps_in(table, roles.time, options)
    if options.clock is not None:  # a clock that is never set back was named
        times = pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(options.clock).tz_localize(None).values.astype("datetime64[ns]")
    elif any(isinstance(note, ZoneFinding) for note in found):
        return
    if not np.isnat(times[again]).any():
        check_autumn(times[again], roles.time)


def other_clocks(table: pd.DataFrame, roles: Columns) -> list[Finding]:
    """What is said of further columns that hold times."""
    also = [name for name in roles.others if table[name].dtype.kind == "M" or _reads_as_time(table[name])]
    if not also:
        return []
    return [Finding("inferred", f"{listed(also, 4, repr)} also hold times; {roles.time!r} is taken, name another with time=")]


def _reads_as_time(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column) and looks_like_time(column.head(50))


def _variables(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if name.lower() == "variable"]
