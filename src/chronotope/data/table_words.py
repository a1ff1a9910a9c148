"""Columns of words in a long table: what is fixed for a place is its attribute, what comes again in time a category beside the values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.categories import encoded, looks_like_category
from chronotope.data.side_files import attributes


def with_words(
    dataset: xr.Dataset, table: pd.DataFrame, names: tuple[str, ...], times: np.ndarray, places: np.ndarray
) -> tuple[xr.Dataset, tuple[str, ...]]:
    """`dataset` with the columns `names` that can be kept, and those that cannot: free text, and words that contradict each other.

    Args:
        dataset: over (time, place).
        table, times, places: rows, with the stamp and the place of each.
    """
    left = []
    codes = pd.Index(dataset["place"].values).get_indexer(pd.Index(places))
    rows = dataset.indexes["time"].get_indexer(pd.DatetimeIndex(times))
    for name in names:
        column = table[name].reset_index(drop=True)
        words = column.notna() & (codes >= 0) & (rows >= 0)
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column) or not words.any() or name in dataset:
            left.append(name)
        elif column[words].groupby(codes[words]).nunique().max() <= 1:
            first = column[words].groupby(codes[words]).first().reindex(range(dataset.sizes["place"]))
            dataset = dataset.assign_coords(attributes(first.astype(object).to_frame(name), "place"))
        elif looks_like_category(column) and column[words].groupby([rows[words], codes[words]]).nunique().max() <= 1:
            cells = np.full((dataset.sizes["time"], dataset.sizes["place"]), None, object)
            cells[rows[words], codes[words]] = column[words].to_numpy(object)
            dataset = dataset.assign({name: encoded(cells, ("time", "place"))})
        else:
            left.append(name)
    return dataset, tuple(left)
