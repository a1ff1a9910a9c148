"""A column of levels or members in a long table, which becomes a dim of its own, as in a dataset."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from chronotope.data.columns import by_name
from chronotope.opening.asked.missing import is_text
from chronotope.opening.roles.columns import Columns

MEMBERS = ("member", "number", "realization", "realisation", "ensemble", "ensemble_member")
LEVELS = (
    *("level", "levels", "depth", "depth_m", "depth_cm", "height", "height_m", "altitude", "plev", "pres", "pressure", "pressure_level"),
    *("isobaricinhpa", "layer", "tiefe", "hoehe", "höhe", "z"),
)
FILLED = 0.5  # of the cells of (time, place, level): where fewer have a row, as of soundings with depths of their own, it is no axis


def level_column(table: pd.DataFrame, roles: Columns, targets: tuple[str, ...] | None) -> str | None:
    """The column that alone tells rows of one place and time apart, if its name is one of levels or members; else None."""
    where = [roles.place] if roles.place is not None else [name for name in (roles.lat, roles.lon, roles.x, roles.y) if name is not None]
    keys = [str(roles.time), *where, *(["variable"] if {"variable", "value"} <= set(table.columns) else [])]
    left = [name for name in table.columns if name not in keys and name not in (targets or ())]
    name = by_name(left, (*MEMBERS, *LEVELS))
    if (
        name is None
        or roles.values == (name,)
        or table[name].isna().any()
        or not table.duplicated(keys).any()
        or table.duplicated([*keys, name]).any()
    ):
        return None
    cells = len(table[keys].drop_duplicates()) * table[name].nunique()
    return str(name) if len(table) >= FILLED * cells else None


def levels_of(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(which level each row is of, the levels): words in the order they come, numbers rising unless they come falling."""
    codes, labels = pd.factorize(column)
    labels = np.asarray(labels, object if is_text(column) else None)
    if labels.dtype.kind not in "iuf" or (np.diff(labels) < 0).all():
        return codes, labels
    order = np.argsort(labels)
    return np.argsort(order)[codes], labels[order]


def dim_name(column: str) -> str:
    """The name of a column without its unit in brackets."""
    return re.sub(r"[\s_]*[(\[][^()\[\]]*[)\]]$", "", column)
