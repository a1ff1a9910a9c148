"""Step: what comes to a stream, laid by the names of its places and by its own stamps where it has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.columns import PLACE_NAMES, TIME_NAMES, by_name
from chronotope.data.field import Field
from chronotope.data.stamps import on_the_clock
from chronotope.errors import ArgumentError
from chronotope.tasks.times import moment_of

CLOSE = 1e-6  # of the distance of two rows of a grid: coordinates this near are the same


def check_variables(step: Any, field: Field) -> None:
    """A step holds all variables of the field.

    Raises:
        ArgumentError: it does not.
    """
    missing = [name for name in field.variables if name not in step]
    if missing:
        raise ArgumentError(f"A step must hold all variables ({', '.join(field.variables)}); {missing[0]!r} is missing.")


def numbers_of(values: Any) -> np.ndarray:
    """What came as numbers.

    Raises:
        ArgumentError: some of it is none.
    """
    try:
        return np.asarray(values, float)
    except (ValueError, TypeError) as error:
        raise ArgumentError(f"A step must hold numbers; it does not ({error}).") from None


def read_table(step: pd.DataFrame, field: Field, shape: tuple[int, int], stamp: np.datetime64) -> tuple[np.ndarray, np.ndarray]:
    """Stamps (k,) and values (k, n, v) of a table with a row for each place and stamp.

    Args:
        step: a column for each variable. A column that names the places and one of stamps are read where there are; without names the
            rows of a stamp are all places in their order.
        field: the field that is watched.
        shape: n and v.
        stamp: of a table without stamps.

    Raises:
        ArgumentError: a variable or a place is missing, not the field's, or there twice.
    """
    check_variables(step, field)
    table = (step if isinstance(step.index, pd.RangeIndex) else step.reset_index()).rename(columns=str)
    time = _time_column(table, field)
    moments = [stamp] * len(table) if time is None else [_moment(one, field) for one in table[time]]
    times, row = np.unique(np.array(moments, "datetime64[ns]"), return_inverse=True)
    place = _place_of_each(table, field)
    if place is None:
        place = pd.Series(row).groupby(row).cumcount().to_numpy()
        if len(table) != len(times) * shape[0] or place.max(initial=0) >= shape[0]:
            raise ArgumentError(
                f"A step must hold (places, variables) = {shape} numbers; found shape {(len(table), len(field.variables))}."
            )
    cell = row * shape[0] + place
    if len(np.unique(cell)) < len(cell):
        raise ArgumentError(f"A step must have one row for each place and stamp; found {len(table)} for {len(np.unique(cell))} of them.")
    values = np.full((len(times) * shape[0], len(field.variables)), np.nan)
    values[cell] = numbers_of(table[list(field.variables)])
    return times, values.reshape(len(times), shape[0], -1)


def aligned(step: xr.Dataset, field: Field) -> xr.Dataset:
    """A step with the places of the field in its order; those that did not report have no value.

    Raises:
        ArgumentError: a place is none of the field's.
    """
    for dim in field.space:
        if dim in step.indexes and dim in field.dataset.indexes:
            own = field.dataset.indexes[dim]
            step = step.assign_coords({dim: own[_rows_of(step.indexes[dim], own)]}).reindex({dim: own})
    return step


def _place_of_each(table: pd.DataFrame, field: Field) -> np.ndarray | None:
    """The number of the place of each row; None where no column names the places."""
    if set(field.space) <= set(table) & set(field.dataset.indexes):
        names: tuple[str, ...] = field.space
    elif len(field.space) == 1 and field.space[0] in field.dataset.indexes:
        names = _naming(table, field, field.dataset.indexes[field.space[0]])
    else:
        return None
    index = [field.dataset.indexes[dim] for dim in field.space]
    rows = [_rows_of(pd.Index(table[name]), own) for name, own in zip(names, index)]
    return np.ravel_multi_index(tuple(rows), tuple(map(len, index))) if rows else None


def _naming(table: pd.DataFrame, field: Field, own: pd.Index) -> tuple[str, ...]:
    """The column with most of the field's names; none where there is no such column."""
    beside = [name for name in table if name not in field.variables]
    able = [name for name in beside if not pd.api.types.is_numeric_dtype(table[name]) or by_name([name], PLACE_NAMES)]
    known = {name: int(table[name].astype(str).isin(own.astype(str)).sum()) for name in able}
    best = max(known, key=lambda name: known[name], default=None)
    return (best,) if best is not None and known[best] else ()


def _rows_of(told: pd.Index, own: pd.Index) -> np.ndarray:
    """Where each of `told` (k,) stands among `own`."""
    if own.dtype.kind in "fiu" and told.dtype.kind in "fiu":
        apart = np.abs(told.to_numpy(float)[:, None] - own.to_numpy(float))
        gap = np.abs(np.diff(own.to_numpy(float))).min() if len(own) > 1 else 1.0
        row = np.where(apart.min(axis=1) <= CLOSE * gap, apart.argmin(axis=1), -1)
    else:
        row = own.astype(str).get_indexer(told.astype(str))
    if (row < 0).any():
        raise ArgumentError(f"A step must hold places of the field, such as {own[0]!r}; found {told[row < 0][0]!r}. Watch them anew.")
    return row


def _time_column(table: pd.DataFrame, field: Field) -> str | None:
    """The column of stamps: the first of dates, else one of text that is called like time."""
    beside = [name for name in table if name not in field.variables]
    words = [name for name in beside if not pd.api.types.is_numeric_dtype(table[name])]
    return next((name for name in beside if pd.api.types.is_datetime64_any_dtype(table[name])), by_name(words, TIME_NAMES))


def _moment(stamp: Any, field: Field) -> np.datetime64:
    try:
        return moment_of(on_the_clock(stamp, field.zone), field.zone is not None).to_datetime64()
    except ArgumentError:
        raise ArgumentError(
            f"Stamps of a step must be dates on the clock of the data, such as 2024-03-01 12:00; found {stamp!r}."
        ) from None
