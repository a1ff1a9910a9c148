"""Turning: means and quantiles over members of what goes round, directions and longitudes, go by the way most of them point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from chronotope.harmonize.turning import turns
from chronotope.inspect.support import TURN


def over_members(dataset: xr.Dataset, along: str, reduce: Callable[[xr.DataArray], xr.DataArray]) -> xr.Dataset:
    """`reduce` of every variable over the dim `along`."""
    return dataset.map(lambda array: _around(array, along, reduce) if _goes_round(array) else reduce(array), keep_attrs=True)


def between(low: xr.Dataset, high: xr.Dataset, share: float) -> xr.Dataset:
    """What lies a share of the way from one quantile to the next; the next lies lower only where a direction or a longitude starts anew."""
    with xr.set_options(keep_attrs=True):
        return low.map(lambda array: _between(array, high[array.name], share))


def _between(low: xr.DataArray, high: xr.DataArray, share: float) -> xr.DataArray:
    anew = high < low
    if not bool(anew.any()):
        return low * (1 - share) + high * share
    start = _start(low, high)
    moved = low * (1 - share) + (high + TURN * anew) * share
    return moved.where(~anew, (moved - start) % TURN + start).astype(low.dtype)


def _start(*arrays: xr.DataArray) -> float:
    """Where a turn starts: -180 where there are negative numbers, else 0."""
    return -TURN / 2 if any(bool((array < 0).any()) for array in arrays) else 0.0


def _goes_round(array: xr.DataArray) -> bool:
    return array.name == "lon" or turns(array)


def _around(array: xr.DataArray, along: str, reduce: Callable[[xr.DataArray], xr.DataArray]) -> xr.DataArray:
    """Departures from the mean direction are reduced, by the shorter way round."""
    angle = array.astype(float) * (2 * np.pi / TURN)
    east, north = (xr.apply_ufunc(part, angle).mean(along) for part in (np.sin, np.cos))
    centre = xr.apply_ufunc(np.arctan2, east, north) * (TURN / (2 * np.pi))
    departure = (array - centre + TURN / 2) % TURN - TURN / 2
    start = _start(array)
    return (
        ((centre + reduce(departure) - start) % TURN + start)
        .transpose(*(dim for dim in array.dims if dim != along))
        .assign_attrs(array.attrs)
    )
