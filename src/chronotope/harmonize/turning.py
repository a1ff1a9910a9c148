"""Turning: the mean of directions goes by their sines and cosines, so that between 350 and 10 degrees lies 0 and not 180."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.inspect.called import called
from chronotope.inspect.support import TURN, is_direction

NOWHERE = 1e-6  # length of the mean of unit vectors below which they point all ways


def turns(array: xr.DataArray) -> bool:
    """Whether a variable is a direction in degrees, by its name or standard name, its unit and its values."""
    name, unit = called(array), str(array.attrs.get("units", ""))
    if not is_direction(name, unit, 0.0, TURN) or not array.size:
        return False
    return is_direction(name, unit, float(array.min()), float(array.max()))


def averaged(values: np.ndarray, circle: bool, mean: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """What a linear `mean` makes of values, with `circle` of directions in degrees; NaN where they point all ways."""
    if not circle:
        return mean(values)
    angle = np.deg2rad(values)
    east, north = mean(np.sin(angle)), mean(np.cos(angle))
    with np.errstate(invalid="ignore"):
        degrees = np.round(np.mod(np.rad2deg(np.arctan2(east, north)), TURN), 9) % TURN
        return np.where(np.hypot(east, north) > NOWHERE, degrees, np.nan)


def told(verb: str, field: Field) -> list[str]:
    """A sentence about the directions of a field that were averaged, if there are any."""
    names = [name for name in field.variables if turns(field.dataset[name])]
    return [f"{verb}: means of directions go by sines and cosines: {', '.join(names)}"] if names else []
