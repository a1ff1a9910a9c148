"""The roles of the columns of a table, and what their names and cells say of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

_QUANTITY = re.compile(
    r"temp|tmax|tmin|tavg|tmean|pm_?2|pm_?10|^no2?$|^o3$|^so2$|^co$|wind|press|humid|rain|prcp|precip|snow|flow|load|speed|count|price|volume|"
    r"^(mag|flux)(_?err(or)?)?$|^(t|ta|td|tn|tx|tg|rh|rf|ws|wd|wg|qv)$|^(t|rh|ws|wd|ps|qv)_?\d+m|dew|radiation|srad|discharge|level|magnitude|depth|power|energy|demand|[\(\[].*[\)\]]$|^value$|_(c|k|pa|hpa|mm|kw|mw|kwh|ms|kt)$",
    re.IGNORECASE,
)

CLOCKISH = re.compile(r"dat[aeu]|time|zeit|stamp|fecha|heure|hora|tid|yyyy|when", re.IGNORECASE)


@dataclass(frozen=True)
class Columns:
    """Roles of the columns of one table; None where a role is not filled."""

    time: str | None
    place: str | None
    lat: str | None
    lon: str | None
    x: str | None
    y: str | None
    values: tuple[str, ...]
    others: tuple[str, ...]


def is_quantity(name: str) -> bool:
    """True if a column is named like a physical quantity rather than a place."""
    return bool(_QUANTITY.search(name.strip()))


def counts_rows(column: pd.Series) -> bool:
    """True for 0, 1, 2, ... or 1, 2, 3, ... down the rows."""
    if column.dtype.kind not in "iu" or len(column) < 2:
        return False
    numbers = column.to_numpy()
    return bool(numbers[0] in (0, 1) and (np.diff(numbers) == 1).all())
