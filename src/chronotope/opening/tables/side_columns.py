"""Columns beside the values of a table: what is fixed for a place is its attribute, numbers and words that come again are its past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.categories import MOST, encoded
from chronotope.data.columns import unit_of
from chronotope.opening.cells.attributes import attributes


def with_side(
    dataset: xr.Dataset, table: pd.DataFrame, names: tuple[str, ...], rows: np.ndarray, places: np.ndarray
) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with the columns `names` that can be kept, and those that cannot: free text, and what differs at one place and time.

    Args:
        dataset: over (time, place).
        table: as many rows as `rows` and `places`, the positions of each in the dims of `dataset`.
    """
    left = []
    steps, count = dataset.sizes["time"], dataset.sizes["place"]
    for name in names:
        column = table[name]
        if pd.api.types.is_datetime64_any_dtype(column) or name in dataset.variables:
            left.append(name)
            continue
        numbers = pd.api.types.is_numeric_dtype(column)
        code, labels = pd.factorize(column)
        seen = code >= 0
        words = np.array([*labels, np.nan], float) if numbers else np.array([*labels, None], object)
        fixed = _one_each(code[seen], places[seen], count)
        cells = _one_each(code[seen], rows[seen].astype(np.int64) * count + places[seen], steps * count) if fixed is None else None
        if fixed is not None and seen.any():
            dataset = dataset.assign_coords(attributes(pd.DataFrame({name: words[fixed]}), "place"))
        elif cells is not None and numbers:
            dataset = dataset.assign({name: (("time", "place"), words[cells].reshape(steps, count), unit_of(name))})
        elif cells is not None and len(labels) <= min(MOST, int(seen.sum()) - 1):
            dataset = dataset.assign({name: encoded(words[cells].reshape(steps, count), ("time", "place"))})
        else:
            left.append(name)
    return dataset, tuple(left)


def _one_each(code: np.ndarray, group: np.ndarray, count: int) -> np.ndarray | None:
    """The code of each of `count` groups, -1 where it has none; None where a group has several."""
    out = np.full(count, -1)
    out[group] = code
    return out if (out[group] == code).all() else None
