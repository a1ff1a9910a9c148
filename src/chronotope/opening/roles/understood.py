"""A table understood: its stamps in one column, each variable called by its name, and the role of every column."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pandas as pd

from chronotope.data.columns import OBJECT_NAMES, by_name
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.missing import text_columns, without_words
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.roles.answers import data_of_table
from chronotope.opening.roles.clock_parts import joined_clock
from chronotope.opening.roles.columns import Columns
from chronotope.opening.roles.melted import melted, mixed_units
from chronotope.opening.roles.roles import find_columns

_AFTER = r"([_ ]|$|id|name|zone|station)"
_FROM = re.compile(
    rf"^(from|origin|orig|source|start_?station|pickup|pu_?location|departure|von|quelle|origine|origen|desde){_AFTER}", re.IGNORECASE
)
_TO = re.compile(
    rf"^(to|dest|destination|target|end_?station|dropoff|do_?location|arrival|nach|ziel|destino|hasta|destinazione){_AFTER}", re.IGNORECASE
)


@dataclass(frozen=True)
class Understood:
    """What is known of a table.

    Attributes:
        table: its rows, with one column of stamps.
        roles: of its columns.
        ends: the columns that name where a trip starts and ends, where it has them.
        units: by variable, where rows name them.
        said: what was done on the way.
    """

    table: pd.DataFrame
    roles: Columns
    ends: tuple[str, str] | None
    units: dict[str, str]
    said: list[Finding]


def understood(table: pd.DataFrame, options: OpenOptions) -> Understood:
    """The roles of a table whose numbers are numbers.

    Raises:
        ArgumentError: an option names a column that is not there.
        TimeError: columns of parts of stamps make no dates.
    """
    table, answer = data_of_table(table, options)
    mixed = mixed_units(table)
    table, units = melted(table)
    named, said = joined_clock(table, options)
    table = named.assign(**{name: without_words(named[name]) for name in text_columns(named)})
    roles = find_columns(table, options)
    movers = by_name([*roles.values, *roles.others], OBJECT_NAMES)
    for name in {roles.place, movers, *(trip_ends(table, roles) or ())} - {None}:
        table[name] = named[name]  # a place may be called NA
    table, roles = _without_clashes(table, roles)
    return Understood(table, roles, trip_ends(table, roles), units, answer + mixed + said)


def trip_ends(table: pd.DataFrame, roles: Columns) -> tuple[str, str] | None:
    """The columns that name where a row starts and ends, if there are both and the row has no position of its own."""
    names = [name for name in table.columns if name != roles.time and not re.search(r"time|date|lat|lon|lng", name, re.IGNORECASE)]
    ends = [next((name for name in names if mark.match(name)), None) for mark in (_FROM, _TO)]
    if None in ends or roles.lat is not None or roles.x is not None:
        return None
    return str(ends[0]), str(ends[1])


def _without_clashes(table: pd.DataFrame, roles: Columns) -> tuple[pd.DataFrame, Columns]:
    """Values that are called like a coordinate are called "time_value" and so on."""
    taken = {"time", "place", "object", "event"} | ({"lat", "lon"} if roles.lat else set()) | ({"x", "y"} if roles.x else set())
    if by_name([*roles.values, *roles.others], OBJECT_NAMES) == "object":
        taken.discard("object")  # it names the objects
    new = {name: f"{name}_value" for name in (*roles.values, *roles.others) if name in taken}
    if roles.place == "time":
        new["time"] = "time_value"
    if not new:
        return table, roles
    values, others = (tuple(new.get(name, name) for name in names) for names in (roles.values, roles.others))
    return table.rename(columns=new), replace(roles, values=values, others=others, place=new.get(str(roles.place), roles.place))
