"""A result as a wide table: a row per step and a column per place (or variable), of the median alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.folding import place_names
from chronotope.data.stamps import in_zone, zone_of
from chronotope.errors import ArgumentError
from chronotope.opening.asked.options import OpenOptions

if TYPE_CHECKING:
    from chronotope.tasks.results.told import Told

TEXTS = (".csv", ".csv.gz")


def wide_table(result: Told) -> pd.DataFrame:
    """Column `time`, then one per place in their order; see `Told.to_wide`."""
    array = columns_of(result, _middle(result))
    table = pd.DataFrame(array.values, columns=array["place"].values)
    table.insert(0, "time", in_zone(array["time"].values, zone_of(result.history.dataset)))
    return table


def wide_text(result: Told, path: str | Path, options: OpenOptions = OpenOptions()) -> str | None:
    """The wide table of text that was read from `path` with `options`, its gaps filled; None where it is none, or more was asked."""
    from chronotope.opening.tables.wide_copy import wide_copy

    if result.filled is None or not Path(path).is_file() or level_of(result.levels) is None:
        return None
    middle = columns_of(result, _middle(result))
    return wide_copy(path, middle, columns_of(result, result.filled), options, zone_of(result.history.dataset))


def columns_of(result: Told, dataset: xr.Dataset) -> xr.DataArray:
    """(time, place) of a dataset without quantiles; variables are the columns where there is one place.

    Raises:
        ArgumentError: there are several origins, or dims besides time and place.
    """
    space = result.history.space if set(result.history.space) <= set(dataset.dims) else ("place",)
    if any(set(dataset[name].dims) != {"time", *space} for name in dataset.data_vars):
        raise ArgumentError("A wide table has a row per time and a column per place; this result has further dims. Write a long one.")
    names = [str(name) for name in place_names(dataset, space)]
    arrays = {str(name): dataset[name].transpose("time", *space).values.reshape(-1, len(names)) for name in dataset.data_vars}
    if len(names) == 1:
        columns = list(arrays)
    elif len(arrays) == 1:
        columns = names
    else:
        columns = [f"{place} {name}" for name in arrays for place in names]
    values = np.concatenate(list(arrays.values()), axis=1)
    return xr.DataArray(values, {"time": dataset["time"].values, "place": columns}, ("time", "place"))


def level_of(levels: tuple[float, ...]) -> int | None:
    """Which of the levels a wide table holds: the median, or the only one; None where there is neither."""
    middle = np.flatnonzero(np.isclose(levels, 0.5))
    return int(middle[0]) if len(middle) else 0 if len(levels) == 1 else None


def check_levels(levels: tuple[float, ...]) -> int:
    """See `level_of`.

    Raises:
        ArgumentError: there is none.
    """
    at = level_of(levels)
    if at is None:
        said = ", ".join(f"{level:g}" for level in levels)
        raise ArgumentError(
            f"A wide table holds the median; the quantiles are {said}. Ask for 0.5 too, for one alone, or for a long table."
        )
    return at


def _middle(result: Told) -> xr.Dataset:
    return result.dataset.isel(quantile=check_levels(result.levels), drop=True)
