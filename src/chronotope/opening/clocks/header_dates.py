"""Columns that are called by dates: a column per day, month, quarter or week of a wide table."""

from __future__ import annotations

import re

import numpy as np

from chronotope.data.frame import frame_of
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import ORDERS
from chronotope.opening.clocks.day_order import unevenness
from chronotope.opening.clocks.spans import SEASONS, first_years
from chronotope.opening.clocks.written_stamps import dates_of, parts_of


def are_dates(names: list[str]) -> np.ndarray:
    """True for each column name that reads as a date of day, month, quarter or week, also behind R's X or the A of satellites, (n,)."""
    forms = parts_of([_bare_name(name) for name in names]).form
    if first_years(names) is not None:
        return np.ones(len(names), bool)
    return np.array([form not in ("", "year", "short year and month") for form in forms], bool)


def _bare_name(name: str) -> str:
    text = str(name).strip()
    return text[1:] if re.match(r"[Xx]\d|A\d{7}$", text) else text


def header_dates(names: list[str], told: str | None = None) -> tuple[np.ndarray, list[Finding]] | None:
    """Column names as dates and what is said of them, or None if they are not dates in rising order.

    Names of digits alone must also fill an even step. `told` is the order of day, month and year that the user named.
    """
    seasons = first_years(names)
    if seasons is not None:
        return np.array(seasons, "datetime64[Y]").astype("datetime64[ns]"), [Finding("inferred", SEASONS)]
    parts = parts_of([_bare_name(name) for name in names])
    if not are_dates(names).all():
        return None
    plain = set(parts.form) <= {"numbers", "packed numbers"}
    orders = ([told] if told in ORDERS else ["mdy", "dmy", "ymd"]) if plain else ["dmy"]
    made = {order: dates_of(parts, order) for order in orders}
    rising = {order: times for order, times in made.items() if not np.isnat(times).any() and (np.diff(times) > np.timedelta64(0)).all()}
    if not rising:
        return None
    best = min(rising, key=lambda order: unevenness(rising[order]))
    if any(str(name).isdigit() for name in names) and len(frame_of(rising[best]).times) > 1.5 * len(names):
        return None
    others = [order for order in rising if order != best and frame_of(rising[order]).regular]
    if not others or (parts.separator == ".").all():
        return rising[best], []
    text = f"dates of the columns can be read as {best} or {others[0]}: read as {best}; time_format={best!r} or {others[0]!r} settles it"
    return rising[best], [Finding("warning", text)]
