"""Settings: what a user wants a variable to be - a value, a change, a series - as numbers for every asked step and place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import ArgumentError, DataError
from chronotope.tasks.responding.features import FEW

CHANGE = re.compile(r"^([+\-*x])\s*(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)\s*(%?)$")
BEYOND, SHARE = 0.5, 0.02  # of the range of what was seen: farther outside is refused; of the cells: more outside are warned of
FORMS = 'a number, "+2", "-2", "*1.1", "+10%", an array of the asked steps, or a series with their stamps'


def checked(given: Any) -> dict[str, Any]:
    """`set=` as a dict of variables.

    Raises:
        ArgumentError: it is no mapping.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ArgumentError(f'set must map variables to what they are to be, for example {{"temp": "+2"}}; found {type(given).__name__}.')
    return {str(name): value for name, value in given.items()}


def changed(name: str, value: Any, before: np.ndarray, times: np.ndarray, places: np.ndarray | None, space: tuple[str, ...]) -> np.ndarray:
    """What the variable is to be, (h, n), where it would be `before` (h, n) otherwise.

    Raises:
        ArgumentError: `value` is none of `FORMS`, or does not fit the asked steps and places.
    """
    if isinstance(value, str):
        return _in_words(name, value, before)
    if isinstance(value, xr.DataArray):
        return _labelled(name, value, before, times, space)
    if isinstance(value, pd.Series) and isinstance(value.index, pd.DatetimeIndex):
        return _at_stamps(name, value.to_frame(), before, times)
    if isinstance(value, pd.DataFrame) and isinstance(value.index, pd.DatetimeIndex):
        return _at_stamps(name, value if places is None else value.reindex(columns=list(places)), before, times)
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        raise ArgumentError(f"set[{name!r}] must be {FORMS}; found {value!r}.") from None
    h, n = before.shape
    shape = (h, 1) if array.shape == (h,) else array.shape
    if array.ndim > 2 or shape not in ((), (h, 1), (h, n), (1, n)) or not np.isfinite(array).all():
        raise ArgumentError(f"set[{name!r}] must hold finite numbers, one, ({h},) or ({h}, {n}) of them; found shape {array.shape}.")
    return np.broadcast_to(array.reshape(shape), before.shape).astype(float)


def _in_words(name: str, value: str, before: np.ndarray) -> np.ndarray:
    """+2, -2, *1.1, +10%; a word that is a plain number, perhaps after a "=", is that number."""
    words = value.strip()
    found = CHANGE.match(words)
    if found is None:
        try:
            return np.full(before.shape, float(words.removeprefix("=")))
        except ValueError:
            raise ArgumentError(f"set[{name!r}] must be {FORMS}; found {value!r}.") from None
    sign, number, percent = found[1], float(found[2]), found[3]
    if sign in "*x":
        return before * (number / 100 if percent else number)
    signed = number if sign == "+" else -number
    return before * (1 + signed / 100) if percent else before + signed


def _at_stamps(name: str, table: pd.DataFrame, before: np.ndarray, times: np.ndarray) -> np.ndarray:
    index = table.index if table.index.tz is None else table.index.tz_convert("UTC").tz_localize(None)
    found = table.set_axis(index).reindex(pd.DatetimeIndex(times)).to_numpy(float)
    if not np.isfinite(found).all():
        missing = times[int(np.flatnonzero(~np.isfinite(found).all(axis=1))[0])]
        text = f"set[{name!r}] must have a number for every asked step and place; at {str(missing)[:16]} UTC one is missing."
        raise ArgumentError(text + (" Stamps without a zone are UTC; tz_localize() gives them one." if table.index.tz is None else ""))
    return np.broadcast_to(found, before.shape).astype(float)


def _labelled(name: str, array: xr.DataArray, before: np.ndarray, times: np.ndarray, space: tuple[str, ...]) -> np.ndarray:
    """Numbers with dims out of time and the places."""
    if set(array.dims) - {"time", *space}:
        raise ArgumentError(f"set[{name!r}] must have dims out of {('time', *space)}; found {array.dims}.")
    if "time" in array.coords:
        array = array.reindex(time=times)
    order = [dim for dim in ("time", *space) if dim in array.dims]
    values = np.asarray(array.transpose(*order).values, float)
    over = values.reshape(len(values) if "time" in array.dims else 1, -1)
    if over.shape[0] not in (1, before.shape[0]) or over.shape[1] not in (1, before.shape[1]) or not np.isfinite(over).all():
        raise ArgumentError(f"set[{name!r}] must have a finite number for every asked step and place; found {array.sizes}.")
    return np.broadcast_to(over, before.shape).astype(float)


def support_warning(name: str, past: np.ndarray, wanted: np.ndarray) -> str | None:
    """What is to be said of values (h, n) that were never seen, by the past (t, n) of all places; None for nothing.

    Raises:
        DataError: nothing of the variable was seen, it never moved, or the values lie farther out than half of its range.
    """
    known = past[np.isfinite(past)]
    if len(known) < 2 or known.min() == known.max():
        found = "nothing of it was seen" if not len(known) else f"it was always {known[0]:g}"
        raise DataError(f"A variable that is set must have moved in the past, to show what follows; of {name} {found}. Set another one.")
    low, high = float(known.min()), float(known.max())
    room = (high - low) * (BEYOND if len(np.unique(known[:5000])) > FEW else 0.0)
    far = (wanted < low - room) | (wanted > high + room)
    if far.any():
        worst = float(wanted[far][np.argmax(np.abs(wanted[far] - (low + high) / 2))])
        raise DataError(
            f"{name} must be set to what was seen or little beyond, {low:g} to {high:g}; {worst:g} never came near, so nothing tells what "
            "follows it. Set it nearer."
        )
    outside = float(((wanted < low) | (wanted > high)).mean())
    if outside > SHARE:
        return f"{outside:.0%} of the values that {name} is set to were never seen ({low:g} to {high:g}); there the answer is a guess"
    return None
