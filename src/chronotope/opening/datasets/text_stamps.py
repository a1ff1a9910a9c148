"""Stamps kept as text: arrays of single characters, and WRF's underscore between date and clock."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

_WRF = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2}:\d{2}(:\d{2}(\.\d+)?)?")
_NAMES = ("time", "times", "date", "datetime", "timestamp", "valid_time")


def with_plain_stamps(dataset: xr.Dataset) -> xr.Dataset:
    """The dataset with text of times as words that a clock reads, `2020-01-01 00:00:00`."""
    made = {}
    for name, array in dataset.variables.items():
        if str(name).lower() not in _NAMES or array.dtype.kind not in "SUO" or array.ndim not in (1, 2):
            continue
        words = _words(array)
        if words is not None:
            text = [word.replace("_", " ") if _WRF.fullmatch(word) else word for word in words]
            made[name] = (array.dims[:1], np.array(text, dtype=str), array.attrs)
    return dataset.drop_vars(list(made)).assign(made) if made else dataset


def _words(array: xr.Variable) -> list[str] | None:
    """One word for each place of the first dim; None where cells are no text, or those of a second dim no single characters."""
    if not all(isinstance(cell, str | bytes) for cell in np.ravel(array.values)):
        return None
    cells = [[_text(cell) for cell in np.ravel(row)] for row in array.values]
    if array.ndim == 2 and any(len(cell) > 1 for row in cells for cell in row):
        return None
    return ["".join(row).strip("\x00 ") for row in cells]


def _text(cell: object) -> str:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
