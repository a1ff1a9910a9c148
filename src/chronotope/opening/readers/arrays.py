"""Named arrays in `.npz`, and bare `.npy`: values with axes (time, place, variable) or (time, row, column, variable)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import DataError, reason
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import made_times, parse_times
from chronotope.opening.datasets.canonical import canonical
from chronotope.opening.readers import windows
from chronotope.opening.readers.array_axes import PLACE_KEYS, TIME_KEYS, VARIABLE_KEYS, axes, is_film
from chronotope.opening.tables.tables import table_field

_VALUE_KEYS = ("values", "data", "x", "X", "u", "frames", "speed", "flow", "arr_0")


def matches(path: Path) -> bool:
    """True for `.npz` and `.npy`."""
    return path.suffix.lower() in (".npz", ".npy")


def read(path: Path, options: OpenOptions) -> Field:
    """The arrays as a Field.

    Raises:
        DataError: the file is damaged, holds pickled objects, or no array of values.
    """
    return from_arrays(load(path), options, path.name)


def load(path: Path) -> dict[str, np.ndarray]:
    """All arrays of the file by name; pickles inside are refused."""
    key = ""
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            if isinstance(loaded, np.ndarray):
                return {"values": loaded}
            arrays = {}
            for key in loaded.files:
                arrays[key] = loaded[key]
            return arrays
    except ValueError as error:
        if "pickle" in str(error).lower() or "object" in str(error).lower():
            raise DataError(
                f"Arrays must be plain numbers or text; {key + ' in ' if key else ''}{path.name} holds pickled objects, which are not "
                f"opened because a pickle can run code. Where you trust it, save it again: np.savez_compressed(new, {key or 'values'}="
                "array.astype(float)), or .astype(str) for text."
            ) from None
        raise DataError(f"A numpy file must be whole; {path.name} cannot be read ({reason(error)}).") from error
    except Exception as error:  # zip, zlib and numpy raise many kinds for a damaged file
        raise DataError(f"A numpy file must be whole; {path.name} cannot be read ({reason(error)}). Copy or download it again.") from error


def from_arrays(arrays: dict[str, np.ndarray], options: OpenOptions, source: str) -> Field:
    """A Field of named arrays (docs/formats.md lists the names)."""
    found: list[Finding] = []
    if len(arrays) == 1 and next(iter(arrays.values())).dtype.names:
        return table_field(pd.DataFrame(next(iter(arrays.values()))), options, source)
    arrays = {name: plain(array, name, source) for name, array in arrays.items()}
    key = value_key(arrays, options, source)
    if windows.window_key(arrays, key) and not isinstance(options.time, int):
        arrays, options, found = windows.series(arrays, key, options, source)
        key = "values"
    values = arrays[key]
    if not values.size:
        raise DataError(f"An array must hold values; {key!r} in {source} has shape {values.shape}.")
    found += _beside(arrays, key)
    dims = axes(key, arrays, options, found)
    values, dims = (values[..., None], (*dims, "variable")) if "variable" not in dims else (values, dims)
    values = np.moveaxis(values, dims.index("variable"), -1)
    dims = (*(dim for dim in dims if dim != "variable"), "variable")
    sizes = dict(zip(dims, values.shape, strict=True))
    names = _variable_names(arrays, key, sizes["variable"])
    dataset = xr.Dataset({name: (dims[:-1], widen(values[..., i]), _units(arrays, i)) for i, name in enumerate(names)})
    dataset = dataset.assign_coords(time=("time", _times(arrays, sizes["time"], options, found)))
    dataset = _with_places(dataset, arrays, dims)
    if "timezone" in arrays:
        zone = str(arrays["timezone"])
        dataset.attrs["timezone"] = zone
        found.append(Finding("inferred", f"time stamps are on the clock of {zone}; they are kept as they are"))
    missing = arrays.get("missing")
    if missing is not None and missing.ndim == 0:
        dataset = declare_missing(dataset, float(missing), tuple(names))
        found.append(Finding("inferred", f"the file declares {missing} as missing"))
    if is_film(key, arrays, options) and arrays[key].dtype == np.uint8:
        for name in names:
            dataset[name].attrs |= {"valid_min": 0, "valid_max": 255}
    if is_film(key, arrays, options) and options.kind is None:
        options = replace(options, kind="video")
    field = canonical(dataset, _without_names(options), source)
    return field.with_findings(*found)


def _beside(arrays: dict[str, np.ndarray], key: str) -> list[Finding]:
    """A warning of arrays that look like values too."""
    shape = arrays[key].shape
    others = [name for name, array in arrays.items() if name != key and array.dtype.kind in "fiu" and array.shape == shape]
    said = f"left aside, arrays of the same shape as {key!r}: {', '.join(others)}; name one with target="
    return [Finding("warning", said)] if others and len(shape) > 1 else []


def plain(array: np.ndarray, name: str, source: str) -> np.ndarray:
    """Numbers, text or times; masked values as NaN, and Python's numbers (None is missing) as floats.

    Raises:
        DataError: it holds complex numbers or other objects.
    """
    if isinstance(array, np.ma.MaskedArray):
        holes = np.ma.getmaskarray(array)
        array = np.where(holes, np.nan, array.data) if holes.any() else array.data
    array = np.asarray(array)  # np.matrix has two axes whatever is done to it
    if name in TIME_KEYS and array.ndim == 2 and 1 in array.shape:
        array = array.ravel()
    if array.dtype.kind == "c":
        raise DataError(f"Values must be real numbers; {name!r} in {source} is complex. Open its parts, .real and .imag, or its np.abs.")
    if array.dtype.kind != "O":
        return array
    if all(isinstance(cell, str) for cell in array.ravel()):
        return array.astype(str)
    try:
        return array.astype(float)
    except (TypeError, ValueError):
        raise DataError(
            f"Arrays must hold numbers, text or times; {name!r} in {source} holds objects such as {str(array.ravel()[0])[:40]!r}. "
            "Turn them into numbers, for example with array.astype(float)."
        ) from None


def value_key(arrays: dict[str, np.ndarray], options: OpenOptions, source: str) -> str:
    """Name of the array of values: the `target`, a usual name, or the largest array of numbers."""
    wanted = [name for name in (options.targets or ()) if name in arrays]
    numbers = [name for name, array in arrays.items() if array.dtype.kind in "fiub" and array.ndim >= 1]
    if not numbers:
        found = [f"{name!r} of {_KINDS.get(array.dtype.kind, 'numbers')}, shape {array.shape}" for name, array in arrays.items()]
        raise DataError(f"A source of arrays must hold one of numbers with at least one axis; {source} holds {', '.join(found) or 'none'}.")
    usual = [name for name in _VALUE_KEYS if name in numbers and arrays[name].ndim >= 2]
    return wanted[0] if wanted else usual[0] if usual else max(numbers, key=lambda name: arrays[name].size)


_KINDS = {"U": "text", "S": "text", "M": "times", "m": "lengths of time", "V": "records"}


def widen(values: np.ndarray) -> np.ndarray:
    """Half precision to single, so that every file format can hold it; nothing else changes."""
    return values.astype(np.float32) if values.dtype == np.float16 else values


def declare_missing(dataset: xr.Dataset, code: float, names: tuple[str, ...]) -> xr.Dataset:
    """The dataset with `code` shown as NaN in `names`, and remembered in `_FillValue`."""
    out = dataset.copy()
    for name in names:
        array = dataset[name]
        wide = array if array.dtype.kind == "f" else array.astype(np.float32 if array.dtype.itemsize <= 2 else np.float64)
        made = wide.where(array != code)
        made.attrs = array.attrs
        made.encoding = {**array.encoding, "_FillValue": code}
        out[name] = made
    return out


def _variable_names(arrays: dict[str, np.ndarray], key: str, count: int) -> list[str]:
    for name in VARIABLE_KEYS:
        if name in arrays and arrays[name].dtype.kind in "US" and arrays[name].size == count:
            return [str(label) for label in np.atleast_1d(arrays[name])]
    base = "value" if key in ("values", "data", "x", "X", "arr_0") else key
    return [base] if count == 1 else [f"{base}_{i}" for i in range(count)]


def _units(arrays: dict[str, np.ndarray], index: int) -> dict[str, Any]:
    if "unit" not in arrays and "units" not in arrays:
        return {}
    units = np.atleast_1d(arrays["unit"] if "unit" in arrays else arrays["units"])
    return {"units": str(units[min(index, len(units) - 1)])}


def _times(arrays: dict[str, np.ndarray], count: int, options: OpenOptions, found: list[Finding]) -> np.ndarray:
    for name in TIME_KEYS:
        if name in arrays and arrays[name].shape == (count,) and options.start is None:
            times, notes = parse_times(arrays[name], name, options)
            found.extend(notes)
            return times
    start = options.start if options.start is not None else (str(arrays["start"]) if "start" in arrays else None)
    step = options.step
    if step is None and "step_seconds" in arrays:
        step = pd.tseries.frequencies.to_offset(pd.Timedelta(seconds=float(arrays["step_seconds"]))).freqstr
    elif step is None and "fps" in arrays:
        step = pd.tseries.frequencies.to_offset(pd.Timedelta(seconds=1 / float(arrays["fps"]))).freqstr
        start = start or "1970-01-01"
    times, notes = made_times(count, start, step)
    found.extend(notes)
    return times


def _with_places(dataset: xr.Dataset, arrays: dict[str, np.ndarray], dims: tuple[str, ...]) -> xr.Dataset:
    place = next((dim for dim in dims if dim not in ("time", "variable")), None)
    sizes = dataset.sizes
    for short, long in (("lat", "latitude"), ("lon", "longitude"), ("x", "easting"), ("y", "northing")):
        array = arrays.get(short, arrays.get(long))
        if array is None or array.dtype.kind not in "fiu" or short in dims and array.ndim != 1:
            continue
        if place is not None and len([dim for dim in dims if dim not in ("time", "variable")]) == 1 and array.shape == (sizes[place],):
            dataset = dataset.assign_coords({short: (place, array)})
        elif array.ndim == 2 and {"y", "x"} <= set(dims) and array.shape == (sizes["y"], sizes["x"]):
            dataset = dataset.assign_coords({short: (("y", "x"), array)})
        elif array.ndim == 1 and {"y", "x"} <= set(dims) and array.shape == (sizes["y" if short in ("lat", "y") else "x"],):
            dataset = dataset.assign_coords({short: ("y" if short in ("lat", "y") else "x", array)})
    if place is None or place in ("y", "row") or "y" in dims:
        return dataset
    labels = next((arrays[name] for name in PLACE_KEYS if name in arrays and arrays[name].shape == (sizes[place],)), None)
    if labels is not None and "origin" not in place:
        dataset = dataset.assign_coords({place: (place, labels)})
    for name, array in arrays.items():
        if array.shape == (sizes[place],) and name not in dataset.variables and name not in ("time", "variable", "unit", place):
            dataset = dataset.assign_coords({name: (place, array)})
    return _with_edges(dataset, arrays)


def _with_edges(dataset: xr.Dataset, arrays: dict[str, np.ndarray]) -> xr.Dataset:
    edges = arrays.get("edges", arrays.get("edge_index"))
    if edges is None or edges.ndim != 2:
        return dataset
    pairs = edges if edges.shape[1] == 2 else edges.T
    weight = arrays.get("edge_weight", np.ones(len(pairs), np.float32))
    return dataset.assign(
        edge_source=("edge", pairs[:, 0].astype(int)), edge_target=("edge", pairs[:, 1].astype(int)), edge_weight=("edge", weight)
    )


def _without_names(options: OpenOptions) -> OpenOptions:
    """Options for `canonical`: what was used here is not used twice."""
    return replace(options, time=None, place=None, target=None, start=None)
