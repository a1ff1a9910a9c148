"""Latitudes and longitudes as files give them, in radians or at every step, as positions in degrees that stay."""

from __future__ import annotations

import numpy as np
import xarray as xr

from chronotope.errors import DimensionError
from chronotope.inspect.finding import Finding

_MOST = 1_000_000  # positions that are compared at a time


def at_rest(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """Positions that come at every step and never change, as WRF writes them, without their time.

    Raises:
        DimensionError: those of a grid do change.
    """
    single = {dim for name in ("lat", "lon") for dim in dataset[name].dims if dataset.sizes[dim] == 1 and dim != "time"}
    if single and all(array.ndim > 2 for array in (dataset["lat"], dataset["lon"])):  # a step of their own, as static files have
        dataset = dataset.assign_coords({name: dataset[name].isel(dict.fromkeys(single, 0), drop=True) for name in ("lat", "lon")})
    pair = [dataset["lat"], dataset["lon"]]
    if dataset.sizes.get("time", 0) == 0 or any("time" not in array.dims or array.ndim < 2 for array in pair):
        return dataset
    first = [array.isel(time=0, drop=True) for array in pair]
    if all(_repeats(array, start) for array, start in zip(pair, first, strict=True)):
        found.append(Finding("inferred", "positions come at every step and stay the same; the first are taken"))
        return dataset.assign_coords(lat=first[0], lon=first[1])
    if "object" in pair[0].dims and pair[0].ndim > 2:
        over = next(str(dim) for dim in pair[0].dims if dim not in ("time", "object"))
        raise DimensionError(
            f"An object must be at one position at a time; here they have the dim {over!r} too. Take one, for example ds.isel({over}=0)."
        )
    if pair[0].ndim > 2:
        raise DimensionError(
            f"The cells of a grid must stay where they are; latitude {pair[0].dims} changes in time. "
            "Regrid the steps to one grid, or open them one by one."
        )
    return dataset


def _repeats(array: xr.DataArray, start: xr.DataArray) -> bool:
    """True if every step is the first one; some steps at a time, so that no more are held."""
    known, block = start.values, max(1, _MOST // max(start.size, 1))
    if not np.isfinite(known).all():
        return False
    parts = (array.isel(time=slice(i, i + block)).transpose("time", *start.dims) for i in range(0, array.sizes["time"], block))
    return all(bool((part.values == known).all()) for part in parts)


def from_radians(dataset: xr.Dataset, found: list[Finding]) -> xr.Dataset:
    """Positions given in radians (icosahedral models do) in degrees, as the canonical dataset has them."""
    bare = not any(dataset[name].attrs.get("units") for name in ("lat", "lon"))
    icosahedral = bare and "nCells" in dataset["lat"].dims and bool(np.abs(dataset["lat"]).max() <= np.pi / 2)  # MPAS gives no units
    for name in ("lat", "lon"):
        if icosahedral or str(dataset[name].attrs.get("units", "")).lower().startswith("rad"):
            degrees = (dataset[name] * (180 / np.pi)).assign_attrs(
                dataset[name].attrs | {"units": "degrees_north" if name == "lat" else "degrees_east"}
            )
            dataset = dataset.assign_coords({name: degrees})
            found.append(Finding("inferred", f"{name} turned from radians to degrees"))
    return dataset
