"""Rows of a table of sites: which belongs to which place, and where it lies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.data.columns import LAT_NAMES, LON_NAMES, X_NAMES, Y_NAMES, by_name
from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.places.place_names import key

MATCHED = "sites matched by"


def with_sites_of(rows: pd.DataFrame, place: str, sites: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Rows that name their place, with columns of its position (lat, lon or x, y) in the table `sites`; and what is said of it.

    Raises:
        DataError: the table holds no positions, or not half of the places.
    """
    codes, labels = pd.factorize(rows[place].map(key, na_action="ignore"))
    column, found = match(sites, [str(label) for label in labels])
    pairs = position_columns(sites)
    if not pairs or column is None:
        raise DataError(
            f"sites= must name the places of events and hold columns lat and lon (or x and y); found {', '.join(sites.columns)}."
        )
    row = np.append(found, -1)[codes]
    new = {short: np.append(positions_of(sites, word, "sites", "the table"), np.nan)[row] for short, word in pairs}
    said = [Finding("inferred", f"{MATCHED} column {column!r}")]
    lost = int((row < 0).sum())
    lost_said = f"{lost} events were left out, as sites has no row for their place, such as {rows[place].iloc[int(np.argmin(row))]!r}"
    made = rows.drop(columns=[short for short in new if short in rows]).assign(**new)
    return made[row >= 0], said + ([Finding("warning", lost_said)] if lost else [])


def position_columns(table: pd.DataFrame) -> list[tuple[str, str]]:
    """("lat", its column), ("lon", its column), or the same of x and y; none where a table has neither."""
    for pair in ((("lat", LAT_NAMES), ("lon", LON_NAMES)), (("x", X_NAMES), ("y", Y_NAMES))):
        found = [(short, by_name(list(table.columns), names)) for short, names in pair]
        if all(column is not None for _, column in found):
            return [(short, str(column)) for short, column in found]
    return []


def match(table: pd.DataFrame, names: list[str]) -> tuple[str | None, np.ndarray]:
    """(column that names the places or None for their order, row of each place or -1)."""
    best, hits = None, 0
    wanted = set(names)
    for column in table.columns:
        count = len(wanted & {key(cell) for cell in table[column]})
        if count > hits:
            best, hits = column, count
    if best is not None and hits >= 0.5 * len(names):
        position = {key(cell): i for i, cell in reversed(list(enumerate(table[best])))}
        return best, np.array([position.get(name, -1) for name in names])
    if len(table) == len(names):
        return None, np.arange(len(names))
    raise DataError(
        f"sites= must name the places or have one row for each of the {len(names)}; "
        f"found {len(table)} rows and no column with names such as {names[0]!r}."
    )


def positions_of(table: pd.DataFrame, column: str, option: str, name: str) -> np.ndarray:
    """A column of degrees or metres, NaN where it is empty.

    Raises:
        DataError: a cell holds something else; the message names its line.
    """
    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
    filled = table[column].notna() & (table[column].astype(str).str.strip() != "")
    bad = np.flatnonzero(~np.isfinite(numbers) & filled.to_numpy())
    if len(bad):
        raise DataError(
            f"{option}= must hold positions as numbers; {name} line {bad[0] + 2}, column {column!r} holds {table[column].iloc[bad[0]]!r}. "
            "Write degrees as in -12.5, or leave the cell empty."
        )
    return numbers
