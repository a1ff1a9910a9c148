"""Known-future variables where a forecast names them: found by name, and laid beside the panel.

They lie on a clock of their own, `future_time`, which may reach beyond the record (`chronotope.opening.beside.ahead` says how they
come there). No other verb looks at them, so they cannot leak.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.arguments import names_of
from chronotope.data.categories import is_category, labels_of
from chronotope.data.columns import whole_name
from chronotope.data.field import Field
from chronotope.data.frame import advance, frame_of
from chronotope.data.panel import Panel
from chronotope.data.side import FUTURE
from chronotope.errors import ArgumentError
from chronotope.inspect.called import standard_name

MOST_LABELS = 24  # a category with more becomes too many channels


def split_known(field: Field, known_future: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`known_future` of a call as (variables of the field, variables that lie beside it).

    Raises:
        ArgumentError: a name is neither.
    """
    told = names_of(known_future, "known_future")
    names = tuple(whole_name(name, [*field.variables, *map(str, field.side.known_future.data_vars)]) for name in told)
    beside = tuple(name for name in names if f"future_{name}" in field.dataset.variables)
    own = tuple(name for name in names if name not in beside)
    unknown = [name for name in own if name not in field.variables]
    if unknown:
        ahead = [str(name) for name in field.side.known_future.data_vars]
        raise ArgumentError(
            f"known_future must name variables of the data ({', '.join([*field.variables, *ahead])}); found {unknown[0]!r}."
            + (field.way_out(unknown[0]) or ("" if ahead else " Others are given with future= when the data is opened."))
        )
    return own, beside


def joined(field: Field, panel: Panel, names: tuple[str, ...], steps: int) -> tuple[Panel, int]:
    """The panel with the known-future variables `names` as further channels, and how many they are.

    Up to `steps` rows in which only they have values follow the last row, as far as all of them are known. A category becomes one
    channel of 0 and 1 per label.

    Raises:
        ArgumentError: a category has more than 24 labels.
    """
    if not names:
        return panel, 0
    arrays = [part for name in names for part in _channels(field.dataset[f"future_{name}"].rename(name))]
    longer = panel.extend(steps)
    clock = field.dataset[FUTURE].values.astype("datetime64[ns]")
    row, inside = _rows_that_hold(clock, longer.times)
    count = panel.values.shape[1]
    added = np.stack([_over_places(array, field.space, count)[np.maximum(row, 0)] for array in arrays], axis=2).astype(np.float32)
    sparse = np.array([is_category(array) for array in arrays])  # a day that a calendar does not list is a day without a label
    added[row < 0] = np.where(sparse & inside[row < 0, None, None], 0.0, np.nan)
    whole = np.all(np.isfinite(added).any(axis=1), axis=1)
    reach = np.flatnonzero(whole)
    stop = max(len(panel.times), int(reach[-1]) + 1 if len(reach) else 0)
    values = np.concatenate([longer.values, added], axis=2)[:stop]
    labels = (*panel.variables, *(str(array.name) for array in arrays))
    units = (*panel.units, *(str(array.attrs.get("units", "")) for array in arrays)) if panel.units else ()
    totals = (*panel.totals, *(None for _ in arrays)) if panel.totals else ()
    longer = replace(longer, values=values, times=longer.times[:stop], variables=labels, units=units, totals=totals)
    return replace(longer, standard_names=_standard_names(panel, arrays)), len(arrays)


def _standard_names(panel: Panel, arrays: list[xr.DataArray]) -> tuple[str, ...]:
    """Those of a panel's variables and of what is known ahead; none where none has one."""
    names = (*(panel.standard_names or ("",) * len(panel.variables)), *map(standard_name, arrays))
    return names if any(names) else ()


def _channels(array: xr.DataArray) -> list[xr.DataArray]:
    if not is_category(array):
        return [array.astype(np.float64)]
    labels = labels_of(array)
    if len(labels) > MOST_LABELS:
        raise ArgumentError(
            f"A category in known_future must have at most {MOST_LABELS} labels; {array.name!r} has {len(labels)}. Group them first."
        )
    codes = np.atleast_1d(array.attrs.get("flag_values", np.arange(len(labels))))
    flags = [(array == code).astype(np.float64).rename(f"{array.name}={label}") for code, label in zip(codes, labels)]
    return [flag.assign_attrs(labels="") for flag in flags]


def _over_places(array: xr.DataArray, space: tuple[str, ...], count: int) -> np.ndarray:
    """(time, place) of a variable over `future_time` and maybe the places; what holds everywhere is repeated."""
    if not set(space) & set(array.dims):
        return np.repeat(array.values[:, None], count, axis=1)
    return array.transpose(FUTURE, *space).values.reshape(array.sizes[FUTURE], -1)


def _rows_that_hold(clock: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The row of `clock` whose value holds at each of `times` (-1 for none), and whether the time lies within the span of the clock.

    A value holds from its stamp for one step; where stamps follow no step, for a day, or for the shortest gap if that is less.
    """
    lengths = _lengths(clock)
    row = np.searchsorted(clock, times, side="right") - 1
    safe = np.maximum(row, 0)
    holds = (row >= 0) & (times < clock[safe] + lengths[safe])
    return np.where(holds, row, -1), (times >= clock[0]) & (times < clock[-1] + lengths[-1])


def _lengths(clock: np.ndarray) -> np.ndarray:
    """How long each stamp holds, timedelta64 (k,): a day for days, also where daylight saving makes them unequal, else a step."""
    hour = np.timedelta64(3600 * 10**9, "ns")
    if len(clock) < 2:
        return np.array([24 * hour])
    gaps = np.diff(clock)
    frame = frame_of(clock)
    if frame.regular and len(frame.times) == len(clock):
        return np.append(gaps, advance(clock[-1], 1, frame.freq)[0] - clock[-1])
    if gaps.min() < 23 * hour:
        return np.full(len(clock), gaps.min())
    return np.append(np.where(gaps <= 25 * hour, gaps, 24 * hour), 24 * hour)
