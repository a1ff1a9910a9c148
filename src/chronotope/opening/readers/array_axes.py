"""What each axis of a bare array is: by names in `dims`, by axis numbers, by the lengths of the arrays beside it, or by custom."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from chronotope.errors import ArgumentError, DataError, DimensionError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions

TIME_KEYS = ("time", "times", "timestamp", "timestamps", "date", "dates", "datetime")
PLACE_KEYS = tuple(
    """
    location_id location_name place places station station_id stations site sites sensor_id sensor_ids sensors ids id names name
    """.split()
)
VARIABLE_KEYS = ("variable", "variables", "channel", "channels", "features", "feature_names", "columns")
_USUAL: dict[int, tuple[str, ...]] = {
    1: ("time",),
    2: ("time", "place"),
    3: ("time", "place", "variable"),
    4: ("time", "y", "x", "variable"),
}


def axes(key: str, arrays: dict[str, np.ndarray], options: OpenOptions, found: list[Finding]) -> tuple[str, ...]:
    """The name of each axis of `arrays[key]`.

    Raises:
        DimensionError: there are more axes than can be told.
        DataError: the times beside the values fit no axis.
        ArgumentError: an axis number is none.
    """
    values = arrays[key]
    for name in ("dims", "axes"):
        if name in arrays and arrays[name].dtype.kind in "US" and len(np.atleast_1d(arrays[name])) == values.ndim:
            return tuple("time" if str(dim) in ("t",) else str(dim) for dim in arrays[name])
    if isinstance(options.time, int) or isinstance(options.place, int):
        return _by_number(values.ndim, options)
    if is_film(key, arrays, options):
        return ("time", "y", "x", "c")[: values.ndim]
    if values.ndim not in _USUAL:
        raise DimensionError(
            f"An array must have 1 to 4 axes; {key!r} has {values.ndim}. "
            "Name its axes in an array 'dims', or give time= and place= numbers."
        )
    dims, why = _by_length(key, arrays, options)
    doubtful = not why and values.ndim == 2 and 4 * values.shape[0] < values.shape[1]
    text = f"axes of {key!r} {values.shape} taken as ({', '.join(dims)}){why}; give time= and place= as axis numbers to change it"
    found.append(Finding("warning" if doubtful else "inferred", text + (": fewer times than places" if doubtful else "")))
    return dims


def _by_length(key: str, arrays: dict[str, np.ndarray], options: OpenOptions) -> tuple[tuple[str, ...], str]:
    """(axes, why they are not in the usual order or ""): the axis that is as long as the times, the names of places or of variables."""
    values = arrays[key]
    times = _length(arrays, TIME_KEYS) if options.start is None else None
    if times is not None and times > 1 and times not in values.shape:
        raise DataError(
            f"The times must be as many as one axis of the values is long; {_key(arrays, TIME_KEYS)!r} holds {times}, "
            f"{key!r} has shape {values.shape}. Correct one of them, or give start= and step= instead."
        )
    places, names = _length(arrays, PLACE_KEYS, _POSITIONS), _length(arrays, VARIABLE_KEYS)
    rows, columns = _grid(arrays) or (None, None)
    usual = ("time", "y", "x") if values.ndim == 3 and _is_field(values, arrays) else _USUAL[values.ndim]
    wanted = {"time": times, "place": places, "variable": names, "y": rows, "x": columns}
    orders = [order for order in _orders(values.ndim, rows is not None) if _fits(order, values.shape, wanted)]
    turned = rows is not None and "y" not in usual and bool(orders) and "y" in orders[0]  # longitudes before latitudes
    if not orders or (_fits(usual, values.shape, wanted) and not turned):
        return usual, ""
    return orders[0], f" by the lengths of {_beside(arrays)}"


def _fits(order: tuple[str, ...], shape: tuple[int, ...], wanted: dict[str, int | None]) -> bool:
    return all(wanted[dim] in (None, size) for dim, size in zip(order, shape, strict=True))


def _orders(ndim: int, grid: bool) -> list[tuple[str, ...]]:
    """Orders of axes that are tried where the usual one does not fit."""
    sites = ["time variable place", "place time variable", "variable time place", "place variable time", "variable place time"]
    if ndim == 2:
        return [("place", "time")]
    if ndim == 3:
        fields = list(permutations(("time", "y", "x"))) if grid else []
        return [*fields, *(tuple(order.split()) for order in sites)]
    return list(permutations(_USUAL[4])) if ndim == 4 else []


def _grid(arrays: dict[str, np.ndarray]) -> tuple[int, int] | None:
    """Rows and columns as latitudes and longitudes beside the values give them, each in a list or both in tables."""
    lat, lon = (next((arrays[name] for name in names if name in arrays), None) for names in _ROWS_COLUMNS)
    if lat is None or lon is None:
        return None
    if lat.ndim == lon.ndim == 1:
        return len(lat), len(lon)
    return lat.shape if lat.ndim == 2 and lat.shape == lon.shape else None


_POSITIONS = ("lat", "latitude", "lon", "longitude")
_LEAST_PIXELS = 8  # rows and columns of bytes from which a cube of them is a grey film
_ROWS_COLUMNS = (("lat", "latitude", "y"), ("lon", "longitude", "x"))


def _length(arrays: dict[str, np.ndarray], keys: tuple[str, ...], pairs: tuple[str, ...] = ()) -> int | None:
    """Length of the first list of that name; of positions only where latitudes and longitudes are as many."""
    for key in keys:
        if key in arrays and arrays[key].ndim == 1:
            return len(arrays[key])
    sizes = {arrays[key].shape for key in pairs if key in arrays}
    return next(iter(sizes))[0] if len(sizes) == 1 and all(len(shape) == 1 for shape in sizes) else None


def _key(arrays: dict[str, np.ndarray], keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if key in arrays and arrays[key].ndim == 1), None)


def _beside(arrays: dict[str, np.ndarray]) -> str:
    names = [_key(arrays, keys) for keys in (TIME_KEYS, PLACE_KEYS + _POSITIONS, VARIABLE_KEYS)]
    return " and ".join(repr(name) for name in names if name is not None)


def is_film(key: str, arrays: dict[str, np.ndarray], options: OpenOptions) -> bool:
    """True for frames by name or by word, and for bytes with a last axis of colours."""
    values = arrays[key]
    named = any(name in arrays for name in (*VARIABLE_KEYS, *PLACE_KEYS, *_POSITIONS))
    picture = values.ndim in (3, 4) and values.dtype == np.uint8 and min(values.shape[1:3]) >= _LEAST_PIXELS and not named
    colours = values.ndim == 4 and values.dtype == np.uint8 and values.shape[3] in (1, 3, 4) and "variable" not in arrays
    return key == "frames" or options.kind == "video" or colours or (picture and values.ndim == 3)


def _is_field(values: np.ndarray, arrays: dict[str, np.ndarray]) -> bool:
    """True if the last two of three axes are rows and columns."""
    grid = _grid(arrays)
    if grid is None:
        return values.shape[2] > 12 and "variable" not in arrays and values.shape[1] > 12 and values.shape[1] == values.shape[2]
    return grid == values.shape[1:]


def _by_number(ndim: int, options: OpenOptions) -> tuple[str, ...]:
    names = [f"member_{i}" for i in range(ndim)]
    for axis, name in ((options.time, "time"), (options.place, "place")):
        if isinstance(axis, int):
            if not -ndim <= axis < ndim:
                raise ArgumentError(f"{name}= must be an axis number between {-ndim} and {ndim - 1}; found {axis}.")
            names[axis] = name
    if "time" not in names:
        names[0] = "time"
    rest = [i for i, name in enumerate(names) if name.startswith("member_")]
    if isinstance(options.place, int):
        labels = ["member", "level", "channel", "band"]
    else:
        labels = ["place"] if len(rest) == 1 else ["y", "x", "member", "level"]
    for label, i in zip(labels, rest, strict=False):
        names[i] = label
    return tuple(names)
