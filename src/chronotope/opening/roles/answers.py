"""Answers of a model that come back as data: of quantiles the median is read, of a detection what was observed, and that is said."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions

_ANSWER = "chronotope"  # the attribute that says what made a dataset
_LEVEL = re.compile(r"q(0|1|0\.\d+|\d(\.\d+)?e-\d+)")
_MEDIAN = "q0.5"
_RATE, _COUNT = "rate", "count"
_CLOCKS = ("time", "init_time", "lead_time")
_PAIRS = (("lat", "lon"), ("y", "x"))
_JUDGED = ("expected", "low", "high", "score", "flag")
_OBSERVED = "what detect said of the values: the observed ones are read, the rest is left aside"
_SAID = "quantiles of an answer: their median is read as the values, also where it was estimated"


def answers_among(found: Iterable[Finding], option: str) -> list[Finding]:
    """What is said of an answer that is read as what lies beside the data."""
    return [Finding(one.level, f"{option}= holds {one.text}") for one in found if one.text == _SAID]


def columns_of_medians(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The long table of an answer with a column of medians for each variable; other tables as they are."""
    made, found = data_of_table(table.rename(columns=str), OpenOptions())
    if not found or not {"variable", "value"} <= set(made.columns):
        return made if found else table, found
    keys = [name for name in made.columns if name not in ("variable", "value")]
    return made.pivot(index=keys, columns="variable", values="value").reset_index().rename_axis(columns=None), found


def data_of_dataset(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """The dataset of an answer without its dim `quantile`, of judged tracks their fixes; other datasets as they are.

    Raises:
        DataError: it holds several draws of events, which are no one history, or effects of what was hidden.
    """
    if _ANSWER not in dataset.attrs:
        return dataset
    if "hidden" in dataset.dims:
        raise DataError("An explanation holds the effects of what was hidden, and no data; open the file that was explained.")
    if "member" in dataset and dataset["member"].dims == ("event",) and (draws := int(dataset["member"].max()) + 1) > 1:
        raise _draws(draws, "ds.isel(event=ds['member'] == 0).drop_vars('member')")
    judged = [f"{name}_{part}" for name in _moved(dataset.variables, "expected") for part in _JUDGED]
    if judged:
        found.append(Finding("warning", _OBSERVED))
        return dataset.drop_vars(judged, errors="ignore")
    if "quantile" not in dataset.coords:
        return dataset
    at = np.flatnonzero(np.isclose(dataset["quantile"].values.astype(float), 0.5))
    if not len(at):
        return dataset
    found.append(Finding("warning", _SAID))
    return dataset.isel(quantile=int(at[0]), drop=True)


def data_of_table(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """The table of an answer as one of data; other tables as they are, and those of which a column of the answer is the target.

    Raises:
        DataError: it holds several draws of events, which are no one history.
    """
    attrs = table.attrs
    for rule in (_of_draws, _of_rates, _of_judged_tracks, _of_judged, _of_medians):
        made, found = rule(table, options)
        if found:
            made.attrs = attrs
            return made, found
    return table, []


def _of_draws(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """Draws of events, one member after the other, are refused."""
    names = list(table.columns)
    pair = next((pair for pair in _PAIRS if set(pair) <= set(names)), None)
    if options.kind not in (None, "events") or pair is None or names[:2] != ["member", "time"]:
        return table, []
    if table.duplicated(["time", *pair]).mean() > 0.5:  # members of values at places
        return table, []
    member = pd.to_numeric(table["member"], errors="coerce").to_numpy(float)
    if member.max(initial=0) >= 1 and np.isin(np.diff(member), (0, 1)).all():
        raise _draws(int(member.max()) + 1, "table[table['member'] == 0].drop(columns='member')")
    return table, []


def _draws(count: int, way: str) -> DataError:
    return DataError(
        f"Events must be one history; found {count} draws of a simulation, told apart by 'member'. Pick one, for example {way}."
    )


def _of_rates(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """Rates and counts of events in the cells of a grid."""
    names = list(table.columns)
    levels = [name for name in names if _LEVEL.fullmatch(name)]
    pair = next((pair for pair in _PAIRS if set(pair) <= set(names)), None)
    if pair is None or _MEDIAN not in levels or set(levels) & set(options.targets or ()):
        return table, []
    if _RATE not in names or set(names) - {*_CLOCKS, *pair, _RATE, *levels}:
        return table, []
    left = [name for name in (*levels, "lead_time") if name in names and name != _MEDIAN]
    table = table.drop(columns=left).rename(columns={_MEDIAN: _COUNT})
    (rows, lines), (columns, posts) = (pd.factorize(table[name], sort=True) for name in pair)
    if len(table[list(pair)].drop_duplicates()) == len(lines) * len(posts) > 1:
        table.insert(1, "place", pd.Series(rows, table.index).astype(str) + "," + pd.Series(columns, table.index).astype(str))
    return table, [Finding("warning", _SAID)]


def _of_judged_tracks(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """Fixes beside which stands where they were expected."""
    judged = [f"{name}_{part}" for name in _moved(table.columns, "expected") for part in _JUDGED[:3]] + ["score", "flag"]
    if len(judged) == 2 or not set(judged) <= set(table.columns) or set(judged) & set(options.targets or ()):
        return table, []
    return table.drop(columns=judged), [Finding("warning", _OBSERVED)]


def _moved(names: Iterable[object], part: str) -> tuple[str, ...]:
    """The two names of positions among `names` beside which stands a `part`; none where there are not."""
    known = set(map(str, names))
    return next((pair for pair in _PAIRS if {*pair, *(f"{name}_{part}" for name in pair)} <= known), ())


def _of_judged(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """Values beside which stands what was expected."""
    if not {"variable", "value", *_JUDGED} <= set(table.columns) or set(_JUDGED) & set(options.targets or ()):
        return table, []
    return _by_variable(table.drop(columns=list(_JUDGED)), "value"), [Finding("warning", _OBSERVED)]


def _of_medians(table: pd.DataFrame, options: OpenOptions) -> tuple[pd.DataFrame, list[Finding]]:
    """Quantiles of variables."""
    levels = [name for name in table.columns if _LEVEL.fullmatch(name)]
    if _MEDIAN not in levels or "variable" not in table.columns or "value" in table.columns or set(levels) & set(options.targets or ()):
        return table, []
    table = table.drop(columns=[name for name in (*levels, "filled") if name in table.columns and name != _MEDIAN])
    return _by_variable(table, _MEDIAN), [Finding("warning", _SAID)]


def _by_variable(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A long table whose numbers stand in `column`; one variable without places, and those of what moves, in columns of their own."""
    if "place" in table.columns:  # whatever the variables are called, x and y too, none is a position
        return table.rename(columns={column: "value"})
    names = [str(name) for name in table["variable"].unique()]
    if len(names) == 1:
        return table.drop(columns="variable").rename(columns={column: names[0]})
    if "object" in table.columns or any(set(pair) <= set(names) for pair in _PAIRS):
        keys = [name for name in table.columns if name not in ("variable", column)]
        return table.pivot(index=keys, columns="variable", values=column).reset_index()[[*keys, *names]].rename_axis(columns=None)
    return table.rename(columns={column: "value"})
