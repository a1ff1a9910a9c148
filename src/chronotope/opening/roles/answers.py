"""Answers of a model that come back as data: of their quantiles the median is read, and that is said."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions

_ANSWER = "chronotope"  # the attribute that says what made a dataset
_LEVEL = re.compile(r"q(0|1|0\.\d+|\d(\.\d+)?e-\d+)")
_MEDIAN = "q0.5"
_SAID = "quantiles of an answer: their median is read as the values, also where it was estimated"


def answers_among(found: Iterable[Finding], option: str) -> list[Finding]:
    """What is said of an answer that is read as what lies beside the data."""
    return [Finding(one.level, f"{option}= holds {one.text}") for one in found if one.text == _SAID]


def columns_of_medians(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The long table of an answer with a column of medians for each variable; other tables as they are."""
    made, found = median_of_table(table.rename(columns=str), OpenOptions())
    if not found or not {"variable", "value"} <= set(made.columns):
        return made if found else table, found
    keys = [name for name in made.columns if name not in ("variable", "value")]
    return made.pivot(index=keys, columns="variable", values="value").reset_index().rename_axis(columns=None), found


def median_of_dataset(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """The dataset of an answer without its dim `quantile`; other datasets as they are."""
    if _ANSWER not in dataset.attrs or "quantile" not in dataset.coords:
        return dataset
    at = np.flatnonzero(np.isclose(dataset["quantile"].values.astype(float), 0.5))
    if not len(at):
        return dataset
    found.append(Finding("warning", _SAID))
    return dataset.isel(quantile=int(at[0]), drop=True)


def median_of_table(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """The long table of an answer with one column of values; other tables as they are, and those of which a quantile is the target."""
    levels = [name for name in table.columns if _LEVEL.fullmatch(name)]
    if _MEDIAN not in levels or "variable" not in table.columns or "value" in table.columns or set(levels) & set(options.targets or ()):
        return table, []
    attrs = table.attrs
    table = table.drop(columns=[name for name in (*levels, "filled") if name in table.columns and name != _MEDIAN])
    names = [str(name) for name in table["variable"].unique()]
    if len(names) == 1:
        table = table.drop(columns="variable").rename(columns={_MEDIAN: names[0]})
    elif {"lat", "lon"} <= set(names) or {"x", "y"} <= set(names):
        keys = [name for name in table.columns if name not in ("variable", _MEDIAN)]
        table = table.pivot(index=keys, columns="variable", values=_MEDIAN).reset_index().rename_axis(columns=None)
    else:
        table = table.rename(columns={_MEDIAN: "value"})
    table.attrs = attrs
    return table, [Finding("warning", _SAID)]
