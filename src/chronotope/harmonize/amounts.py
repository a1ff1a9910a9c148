"""Amounts: what adds up over time, such as rain in mm and energy in kWh - told by the unit and the name, or by `cell_methods`."""

from __future__ import annotations

import re

import xarray as xr

from chronotope.harmonize.unit_table import parse_unit
from chronotope.inspect.called import called
from chronotope.inspect.support import words_of

_WATER = {
    "rain", "rainfall", "precipitation", "precip", "prcp", "ppt", "pr", "tp", "snowfall", "evaporation", "evapotranspiration",
}  # fmt: skip
_NO_AMOUNTS = {"rate", "mean", "average", "anomaly", "intensity", "max", "min", "cumulative"}
_DEPTHS = ((("m", 1),), (("g", 1), ("m", -2)))
_ENERGY = (("g", 1), ("m", 2), ("s", -2))


def is_amount(array: xr.DataArray) -> bool:
    """Whether each value is what came in its step: two steps hold the sum of both."""
    if re.search(r"\btime: sum\b", str(array.attrs.get("cell_methods", ""))):
        return True
    text, words = str(array.attrs.get("units", "")), words_of(called(array))
    unit = parse_unit(text)
    if unit is None or words & _NO_AMOUNTS:
        return False
    return bool(words & _WATER) and unit.powers in _DEPTHS or unit.powers == _ENERGY and re.search(r"Wh|J", text) is not None
