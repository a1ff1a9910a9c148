"""Called: by what words a variable says what it is - its CF standard name, where it has one, and its own name."""

from __future__ import annotations

import xarray as xr


def standard_name(array: xr.DataArray) -> str:
    """The standard name of a variable, "" without one."""
    return str(array.attrs.get("standard_name", "")).strip()


def called(array: xr.DataArray) -> str:
    """What `chronotope.inspect.support` reads: "wind_from_direction dd"."""
    return f"{standard_name(array)} {array.name}".strip()
