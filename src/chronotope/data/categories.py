"""Categories kept as whole numbers with their labels beside them (CF's flag_values and flag_meanings), and given back as words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

MOST = 200  # labels of one category; beyond it words are names or text


def is_category(array: Any) -> bool:
    """True for codes with labels, ours or CF's own."""
    attrs = getattr(array, "attrs", {})
    return "labels" in attrs or {"flag_values", "flag_meanings"} <= set(attrs)


def encoded(words: Any, dims: tuple[str, ...]) -> xr.Variable:
    """Words of any shape as int16 codes over `dims`, in the order of the alphabet; empty cells are -1."""
    cells = np.asarray(words, dtype=object)
    flat = pd.Series(cells.ravel(), dtype=object)
    text = flat.where(flat.notna(), None).map(lambda cell: None if cell is None else str(cell).strip()).replace("", None)
    labels = sorted(set(text.dropna()))
    codes = pd.Index(labels, dtype=object).get_indexer(text.to_numpy(object)).astype(np.int16)
    attrs = {
        "flag_values": np.arange(len(labels), dtype=np.int16),
        "flag_meanings": " ".join("_".join(label.split()) for label in labels),
        "labels": json.dumps(labels, ensure_ascii=False),
    }
    return xr.Variable(dims, codes.reshape(cells.shape), attrs)


def labels_of(array: Any) -> list[str]:
    """The labels, in the order of `flag_values`."""
    if "labels" in array.attrs:
        return list(json.loads(array.attrs["labels"]))
    return str(array.attrs["flag_meanings"]).split()


def decoded(array: xr.DataArray) -> xr.DataArray:
    """The words behind the codes (None where there is none); arrays that are no categories as they are."""
    if not is_category(array):
        return array
    labels = labels_of(array)
    values = np.atleast_1d(np.asarray(array.attrs.get("flag_values", np.arange(len(labels)))))
    words = np.array([*labels, None], object)
    row = pd.Index(values).get_indexer(np.asarray(array.values, float).ravel())
    made = array.copy(data=words[row].reshape(array.shape))
    made.attrs = {key: value for key, value in array.attrs.items() if key not in ("flag_values", "flag_meanings", "labels")}
    return made


def looks_like_category(column: pd.Series) -> bool:
    """True for words that come again: fewer labels than filled cells, and no more than `MOST`."""
    if pd.api.types.is_numeric_dtype(column):
        return False
    count = column.nunique()
    return isinstance(column.dtype, pd.CategoricalDtype) or 0 < count <= min(MOST, int(column.notna().sum()) - 1)
