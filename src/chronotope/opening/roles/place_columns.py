"""Which column of a table names the places: by its name, by telling the rows of a time apart, or by belonging to the positions."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from chronotope.data.columns import PLACE_NAMES, VARIABLE_NAMES, by_name
from chronotope.opening.asked.missing import is_text, stands_for_missing
from chronotope.opening.clocks.clock import looks_like_time
from chronotope.opening.roles.columns import is_quantity

_NO_PLACE = re.compile(
    r"unit|einheit|unidad|flag|qual|qc|qn|status|source|quelle|agency|type|typ$|kind|variable|parameter|comment|remark|note|"
    r"zone|^tz|_cd$|method|version|product|approval|grade|currency|crs|datum|^eor$|license",
    re.IGNORECASE,
)
_SAMPLED = re.compile(r"station|site|sensor|stn|gauge|well|buoy|borehole|mooring|plot|parcel|probe|logger", re.IGNORECASE)  # in turn
FEW = 10  # rows of each number at least, where hardly any stamps are shared
ONCE_A_YEAR = 0.05  # share of rows that share their stamp up to which it is the hour that comes twice in autumn
_SHARED = frozenset("yes no true false y n t f ja nein oui non si sí sim não on off ok open closed".split())


def is_crowded(table: pd.DataFrame, time: str, place: str) -> bool:
    """True if many rows share their time and place, so that the place must be told by more than this column."""
    rows = table.head(100_000)
    key = by_name([str(word) for word in table.columns if word not in (time, place)], VARIABLE_NAMES)
    return float(rows.duplicated([time, place, *([key] if key is not None else [])]).mean()) > 0.2


def place_by_content(table: pd.DataFrame, time: str, names: list[str], numbers: bool = True) -> str | None:
    """The column that, with time, tells all rows apart; words before whole `numbers`."""
    words = [name for name in names if is_text(table[name]) and may_name_places(table[name], name)]
    wholes = [name for name in names if pd.api.types.is_integer_dtype(table[name]) and not is_quantity(name)]
    for name in (*words, *(wholes if numbers and _repeats(table, time) > 0.5 else ())):
        if table[name].nunique() < len(table) and tells_apart(table, time, name):
            return name
    return None


def tells_apart(table: pd.DataFrame, time: str, name: str) -> bool:
    """True if no two rows have the same time, place `name` and, where rows name their variable, variable."""
    key = by_name([str(word) for word in table.columns if word not in (time, name)], VARIABLE_NAMES)
    return not table.duplicated([time, name, *([key] if key is not None and is_text(table[key]) else [])]).any()


def may_name_places(column: pd.Series, name: str) -> bool:
    """False for flags, units, remarks and answers such as yes and no."""
    if _NO_PLACE.search(name) or by_name([name], VARIABLE_NAMES) is not None:
        return False
    cells = {str(cell).strip().lower() for cell in column.dropna().head(1000)}
    known = [cell for cell in cells if not stands_for_missing(cell)]
    return bool(known) and not cells <= _SHARED and not looks_like_time(known)


def names_of_positions(table: pd.DataFrame, time: str, where: tuple[str | None, str | None], names: list[str]) -> str | None:
    """The column of words that belongs to the positions: each of its words has one, or a few where a site was measured anew."""
    if where[0] is None or where[1] is None:
        return None
    spots = table.groupby(list(where), sort=False, dropna=False).ngroup().to_numpy()
    alone = not pd.DataFrame({"time": pd.factorize(table[time])[0], "spot": spots}).duplicated().any()
    for name in names:
        if not is_text(table[name]) or not may_name_places(table[name], name):
            continue
        codes, words = pd.factorize(table[name])
        if len(words) * 2 > len(table) or (codes < 0).any():
            continue
        pairs = pd.DataFrame({"word": codes, "spot": spots}).drop_duplicates()
        owners, shares = pairs["spot"].value_counts().max(), pairs["word"].value_counts()
        size = pd.Series(codes).value_counts()
        few = (shares <= (0.1 * size.reindex(shares.index)).clip(lower=3)).all()
        if (owners == 1 or not alone) and (few or are_close(table, name, where)) and tells_apart(table, time, name):
            return name
    return None


def are_close(table: pd.DataFrame, name: str, where: tuple[str | None, str | None]) -> bool:
    """True if the positions of each name lie within some metres, and far nearer to each other than to those of other names."""
    groups = table[list(where)].groupby(pd.factorize(table[name])[0])
    inside = float((groups.max() - groups.min()).to_numpy().max())
    centres = groups.mean().to_numpy()
    if not 2 <= len(centres) <= 2000 or not 0 < inside <= (0.005 if np.abs(centres).max() <= 360 else 500):
        return False
    apart = np.abs(centres[:, None] - centres[None]).max(axis=2)
    return inside < 0.1 * float(apart[~np.eye(len(centres), dtype=bool)].min())


def only_name(table: pd.DataFrame, names: list[str]) -> str | None:
    """The first column of words that is the same in all rows and may be the name of the only place."""
    texts = [name for name in names if is_text(table[name]) and len(table) > 1 and table[name].nunique(dropna=False) == 1]
    able = [name for name in texts if may_name_places(table[name], name)]
    return next((name for name in able if _LIKE_A_NAME.search(name)), next(iter(able), None))


_LIKE_A_NAME = re.compile(r"station|site|name|garage|gauge|sensor|estaci|pegel|place", re.IGNORECASE)


def place_column(table: pd.DataFrame, names: list[str], time: str | None) -> str | None:
    """The column that is called like places; of several the first that tells the rows of a time apart."""
    found = {name: None for word in PLACE_NAMES if (name := by_name(names, (word,))) is not None and _can_be_place(table, name, time)}
    several = list(found)
    if time is None or len(several) < 2 or not table[time].duplicated().any():
        return next(iter(several), None)
    able = [name for name in several if tells_apart(table, time, name)]
    return next((name for name in able if table[name].notna().all()), next(iter(able), several[0]))


def _can_be_place(table: pd.DataFrame, name: str, time: str | None) -> bool:
    """Words and whole numbers that come again; numbers that change while the stamps do not repeat are values, but for stations and the like
    of which each has many rows."""
    column = table[name]
    if pd.api.types.is_bool_dtype(column) or (not is_text(column) and not is_whole(column)) or column.nunique() >= max(2, len(table)):
        return False
    if is_text(column) or time is None or column.nunique() <= 1:
        return True
    shared = _repeats(table, time)
    often = FEW * column.nunique() <= len(table)
    return shared > ONCE_A_YEAR or (often and (shared > 0 or _SAMPLED.match(name) is not None))


def _repeats(table: pd.DataFrame, time: str) -> float:
    """Share of the rows that have their stamp in common with another."""
    return float(table[time].dropna().duplicated(keep=False).mean())


def is_whole(column: pd.Series) -> bool:
    """True for whole numbers, also where empty cells made them floats."""
    if not pd.api.types.is_numeric_dtype(column):
        return pd.api.types.is_datetime64_any_dtype(column)
    known = column.dropna()
    return bool(len(known)) and (not pd.api.types.is_float_dtype(column) or bool((known.to_numpy(float) % 1 == 0).all()))
