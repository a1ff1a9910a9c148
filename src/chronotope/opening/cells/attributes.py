"""Columns of a table as coordinates of places or points: what is known of them besides values."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.categories import encoded, looks_like_category
from chronotope.data.columns import unit_of

_BESIDE = ("", "index", "unnamed:_0", "poi_", "poi_index", "poi_unnamed:_0")


def attributes(table: pd.DataFrame, dim: str, before: str = "") -> dict[str, Any]:
    """Columns as coordinates over `dim`: numbers with their units, words that come again as categories, other text as text."""
    out: dict[str, Any] = {}
    for word in table.columns:
        column, unit = table[word], unit_of(str(word))
        name = before + "_".join(re.sub(r"[(\[][^(\[]*$", "", str(word)).split() if unit else str(word).split())
        if name.lower() in _BESIDE or column.isna().all():
            continue
        if pd.api.types.is_bool_dtype(column):
            out[name] = (dim, column.to_numpy(np.int8))
        elif pd.api.types.is_datetime64_any_dtype(column):
            out[name] = (dim, column.to_numpy("datetime64[ns]"))
        elif pd.api.types.is_numeric_dtype(column):
            out[name] = (dim, column.to_numpy(float, na_value=np.nan), unit)
        else:
            out[name] = encoded(column.to_numpy(object), (dim,)) if looks_like_category(column) else (dim, words_of(column))
    return out


def words_of(column: pd.Series) -> np.ndarray:
    """A column as text, object (r,), "" where it is empty."""
    return np.array(["" if pd.isna(cell) else str(cell) for cell in column], object)
