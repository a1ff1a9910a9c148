"""A result as a long table: for pandas with everything in it, for files without what says the same twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from chronotope.data.longtable import long_table
from chronotope.data.stamps import table_in_zone
from chronotope.opening.tables.long_tables import WHOLE
from chronotope.tasks.results.wide import level_of

if TYPE_CHECKING:
    from chronotope.tasks.results.told import Told


def table_of(result: Told) -> pd.DataFrame:
    """See `Told.to_pandas`."""
    if "row" in result.dataset.dims:
        return _row_table(result)
    dataset = result.dataset.drop_vars("valid_time", errors="ignore")
    table = long_table(dataset, drop_missing=False)
    quantiles = quantile_columns(result)
    if "valid_time" in result.dataset.coords:
        inits, leads = (pd.Index(dataset[name].values).get_indexer(table[name]) for name in ("init_time", "lead_time"))
        table = table.assign(time=result.dataset["valid_time"].values[inits, leads])
    if result.filled is not None:
        marks = result.filled.expand_dims(quantile=[0.5])  # a dim like that of the numbers, so that the rows are the same
        table["filled"] = long_table(marks, drop_missing=False)["q0.5"].to_numpy(bool)
    for name in result.meta.get("place_columns", ()):  # places run fastest in the table
        table[name] = np.resize(dataset[name].values, len(table))
    table = table.dropna(subset=quantiles, how="all").reset_index(drop=True)
    if "place" in result.dataset.coords and result.dataset["place"].attrs.get(WHOLE):
        table["place"] = table["place"].astype(np.int64)
    return table_in_zone(table, result.history.dataset)


def _row_table(result: Told) -> pd.DataFrame:
    """A row per question and variable: the columns of the table that was asked, variable, q0.1, ..., q0.9."""
    data = result.dataset
    beside = pd.DataFrame({str(name): data[name].values for name in data.coords if data[name].dims == ("row",) and name != "row"})
    parts = [
        beside.assign(variable=name, **dict(zip(quantile_columns(result), data[name].transpose("quantile", "row").values)))
        for name in result.variables
    ]
    table = pd.concat(parts, ignore_index=True).dropna(subset=quantile_columns(result), how="all").reset_index(drop=True)
    return table_in_zone(table, result.history.dataset)


def file_table(result: Told, path: str | Path, points: bool = False) -> pd.DataFrame:
    """The table that is written to `path`: an observed value once, and in text whole numbers without a decimal point unless `points`.

    Without a median among several quantiles an observed value stands in all of them.
    """
    table = table_of(result)
    quantiles = quantile_columns(result)
    at = level_of(result.levels)
    if result.filled is not None and at is not None:
        middle = quantiles[at]
        observed = ~table["filled"].to_numpy()
        table = table.assign(**{name: table[name].mask(observed) for name in quantiles if name != middle})
        if is_text(path) and not points:
            table[middle] = _whole_as_whole(table, middle, observed)
    return table


def quantile_columns(result: Told) -> list[str]:
    """q0.1, ..., q0.9."""
    return [f"q{level:g}" for level in result.levels]


def is_text(path: str | Path) -> bool:
    """True for a table in text, where the way a number is written shows."""
    return Path(path).name.lower().endswith((".csv", ".csv.gz"))


def _whole_as_whole(table: pd.DataFrame, column: str, observed: np.ndarray) -> pd.Series:
    """123457065, not 123457065.0, for observed values of variables that are whole numbers throughout."""
    numbers = table[column].to_numpy(np.float64)
    cells = numbers.astype(object)
    for rows in table.groupby("variable", sort=False).indices.values():
        known = rows[observed[rows]]
        values = numbers[known]
        if len(values) and (np.abs(values) < 2.0**63).all() and (values == np.rint(values)).all():
            whole = known[(values != 0) | ~np.signbit(values)]
            cells[whole] = numbers[whole].astype(np.int64).astype(object)
    return pd.Series(cells, table.index)
