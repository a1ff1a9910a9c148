"""Dataset to Panel and back: place dims flatten to n, level and member dims fold into v, and all of it is undone exactly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.frame import Frame, frame_of
from chronotope.data.panel import Edges, Panel
from chronotope.data.projection import centre_of, to_metres
from chronotope.data.stamps import on_local_days, zone_of
from chronotope.errors import DataError, DimensionError
from chronotope.inspect.called import standard_name


def fold(
    dataset: xr.Dataset, names: tuple[str, ...], space: tuple[str, ...], step: str | None, edges: Edges | None, exact: bool = False
) -> Panel:
    """The variables `names` as one Panel; see `Field.panel`."""
    kind = np.result_type(*(exact_dtype(dataset[name]) for name in names)) if exact and names else np.float32
    frame = frame_on(dataset, step)
    channels = tuple(label for name in names for label in channel_labels(dataset[name], space))
    count = int(np.prod([dataset.sizes[dim] for dim in space]))
    values = np.full((len(frame.times), count, len(channels)), np.nan, kind)
    column = 0
    for name in names:
        block = _block(dataset[name], space, kind)
        values[frame.rows, :, column : column + block.shape[2]] = block
        column += block.shape[2]
    values[~np.isfinite(values)] = np.nan
    latlon, xy = coordinates(dataset, space)
    names_of_places = place_names(dataset, space)
    many = {name: len(channel_labels(dataset[name], space)) for name in names}
    units = tuple(str(dataset[name].attrs.get("units", "")) for name in names for _ in range(many[name]))
    totals = tuple(_told_total(dataset[name]) for name in names for _ in range(many[name]))
    standard = tuple(standard_name(dataset[name]) for name in names for _ in range(many[name]))
    panel = Panel(values, frame.times, frame.freq, channels, xy, latlon, edges, names_of_places, frame.regular, units, totals)
    panel = replace(panel, standard_names=standard if any(standard) else (), zone=zone_of(dataset))
    return replace(panel, cells=np.indices([dataset.sizes[dim] for dim in space]).reshape(2, -1).T) if len(space) == 2 else panel


def frame_on(dataset: xr.Dataset, step: str | None) -> Frame:
    """The frame behind the stamps of a dataset; steps of days and longer, also those that are missing, at the clock of its zone."""
    times = dataset["time"].values.astype("datetime64[ns]")
    frame, zone = frame_of(times, step), zone_of(dataset)
    if zone is None or not frame.regular or len(times) < 2 or frame.times[1] - frame.times[0] < np.timedelta64(23, "h"):
        return frame
    on_days = on_local_days(frame.times, times, times[0], zone)
    return frame if on_days is frame.times else replace(frame, times=on_days, note=None)


def _told_total(array: xr.DataArray) -> bool | None:
    """Whether the user said that a variable is a running total, or is none; None where nothing was said."""
    told = array.attrs.get("running_total")
    return None if told is None else bool(int(told))


def unfold(
    dataset: xr.Dataset, names: tuple[str, ...], space: tuple[str, ...], values: np.ndarray, times: np.ndarray, dim: str | None, labels: Any
) -> xr.Dataset:
    """The inverse of `fold` for new times and one leading dim; see `Field.unpanel`."""
    values = np.asarray(values)[None] if dim is None else np.asarray(values)
    lead = dim or "_lead"
    _check_shape(values, dataset, names, space, len(times))
    check_free(dataset, names, lead)
    side = _side_information(dataset, space)
    coords = {**side.coords, "time": ("time", np.asarray(times, "datetime64[ns]"), dataset["time"].attrs)}
    if dim is not None and labels is not None:
        coords[dim] = (dim, np.asarray(labels))
    out, column = {}, 0
    for name in names:
        array = dataset[name]
        extra = _extra_dims(array, space)
        sizes = [dataset.sizes[d] for d in extra]
        width = int(np.prod(sizes))
        block = values[..., column : column + width].reshape(*values.shape[:2], *[dataset.sizes[d] for d in space], *sizes)
        column += width
        made = xr.DataArray(block, dims=(lead, "time", *space, *extra), attrs=array.attrs).transpose(lead, *array.dims)
        out[name] = made.isel({lead: 0}) if dim is None else made
        coords.update({d: dataset[d] for d in extra if d in dataset.coords})
    return xr.Dataset(out, coords=coords, attrs=dataset.attrs)


def check_free(dataset: xr.Dataset, names: tuple[str, ...], *dims: str) -> None:
    """Dims that an answer brings must not be there.

    Raises:
        DimensionError: a variable has one.
    """
    named = next((dim for dim in dims if dim in names), None)
    if named is not None:
        raise DimensionError(f"An answer has the dim {named!r} of its own; a variable has that name. Rename it, for example to '{named}_'.")
    taken = next(((name, dim) for name in names for dim in dims if dim in dataset[name].dims), None)
    if taken is not None:
        raise DimensionError(
            f"An answer has the dim {taken[1]!r} of its own; {taken[0]!r} has one already. "
            f"Take one of it first, for example ds.isel({taken[1]}=0), or rename it."
        )


def channel_labels(array: xr.DataArray, space: tuple[str, ...]) -> list[str]:
    """Names of the channels of one variable: "t", or "t[level=500]" for each index of its further dims."""
    extra = _extra_dims(array, space)
    sizes = [array.sizes[dim] for dim in extra]
    if int(np.prod(sizes)) == 1:
        return [str(array.name)]
    marks = [
        [f"{dim}={_short(value)}" for value in (array[dim].values if dim in array.coords else np.arange(array.sizes[dim]))] for dim in extra
    ]
    return [f"{array.name}[{', '.join(marks[k][i] for k, i in enumerate(index))}]" for index in np.ndindex(*sizes)]


def coordinates(dataset: xr.Dataset, space: tuple[str, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
    """(latlon (n, 2) degrees or None, xy (n, 2) metres or own units, or None).

    Plane coordinates of the data are used where they are real; else degrees are projected; a grid without any counts its cells.
    """
    latlon = _pair(dataset, space, "lat", "lon")
    plane, _ = plane_of(dataset, space)
    if plane is not None and (latlon is None or is_plane(dataset)):
        return None if latlon is None else _stand_at_centre(latlon), plane
    if latlon is not None:
        latlon = _stand_at_centre(latlon)
        return latlon, to_metres(latlon, centre_of(latlon))
    if len(space) == 2:
        rows, columns = np.indices([dataset.sizes[dim] for dim in space])
        return None, np.stack([columns.ravel(), -rows.ravel()], axis=1).astype(float)
    return None, None


def plane_of(dataset: xr.Dataset, space: tuple[str, ...]) -> tuple[np.ndarray | None, float]:
    """(x and y of the places (n, 2) in metres or own units, or None; how many of those one unit of the data is)."""
    plane, size = _pair(dataset, space, "x", "y"), 1.0 if "x" not in dataset.coords else metres_per_unit(dataset)
    return None if plane is None else _fill_unknown(plane * size), size


def place_names(dataset: xr.Dataset, space: tuple[str, ...]) -> np.ndarray:
    """Names of the n places, object (n,): labels of one place dim, "row,column" for a grid."""
    if len(space) == 1:
        labels = dataset[space[0]].values if space[0] in dataset.coords else np.arange(dataset.sizes[space[0]])
        return labels.astype(object)
    return np.array([",".join(map(str, index)) for index in np.ndindex(*[dataset.sizes[dim] for dim in space])], object)


def exact_dtype(array: xr.DataArray) -> Any:
    """The float that holds every number of `array` and NaN: float32 for what has no more digits, else float64."""
    return np.float32 if np.can_cast(array.dtype, np.float32) else np.float64


def _block(array: xr.DataArray, space: tuple[str, ...], kind: Any = np.float32) -> np.ndarray:
    extra = _extra_dims(array, space)
    ordered = array.transpose("time", *space, *extra)
    count, width = (int(np.prod([array.sizes[dim] for dim in dims])) for dims in (space, extra))
    numbers = ordered.values
    with np.errstate(over="ignore"):
        values = numbers.astype(np.float32, copy=False)
    if np.isinf(values).any() and (np.isinf(values) & np.isfinite(numbers)).any():
        raise DataError(
            f"Values must lie within 3.4e38 of zero to be computed with; {array.name!r} holds {np.nanmax(np.abs(ordered.values)):.4g}. "
            "If it stands for missing, say so with missing=, else change the unit."
        )
    return (values if kind == np.float32 else numbers.astype(kind, copy=False)).reshape(-1, count, width)


def _extra_dims(array: xr.DataArray, space: tuple[str, ...]) -> list[str]:
    return [str(dim) for dim in array.dims if dim not in ("time", *space)]


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (float, np.floating)) else str(value)


def _pair(dataset: xr.Dataset, space: tuple[str, ...], first: str, second: str) -> np.ndarray | None:
    if first not in dataset.coords or second not in dataset.coords:
        return None
    sizes = {dim: dataset.sizes[dim] for dim in space}
    if any(dim not in sizes for name in (first, second) for dim in dataset[name].dims):
        return None
    if any(dataset[name].dtype.kind not in "fiub" for name in (first, second)):
        return None  # rows and columns with names have no position
    both = [xr.DataArray(dataset[name].variable).broadcast_like(_blank(sizes)).transpose(*space).values.ravel() for name in (first, second)]
    return np.stack(both, axis=1).astype(float)


def _blank(sizes: dict[str, int]) -> xr.DataArray:
    return xr.DataArray(np.empty(tuple(sizes.values())), dims=tuple(sizes))


def is_plane(dataset: xr.Dataset) -> bool:
    """True if x and y are lengths."""
    return all(str(dataset[name].attrs.get("units", "")).split(" ")[0].lower() in _PLANE_UNITS for name in ("x", "y"))


_PLANE_UNITS = {"m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0, "km": 1000.0, "kilometre": 1000.0, "kilometer": 1000.0}


def metres_per_unit(dataset: xr.Dataset) -> float:
    """Metres in one unit of x; 1 where it has none."""
    return _PLANE_UNITS.get(str(dataset["x"].attrs.get("units", "")).split(" ")[0].lower(), 1.0)


def _fill_unknown(xy: np.ndarray) -> np.ndarray:
    """Places without a position stand at the middle of the others, so that xy holds no NaN."""
    known = np.isfinite(xy).all(axis=1)
    if known.all():
        return xy
    filled = xy.copy()
    filled[~known] = xy[known].mean(axis=0) if known.any() else 0.0
    return filled


def _stand_at_centre(latlon: np.ndarray) -> np.ndarray:
    """Places of unknown position stand at the centre of the others (a finding says so), so that latlon holds no NaN."""
    known = np.isfinite(latlon).all(axis=1)
    return latlon if known.all() else np.where(known[:, None], latlon, centre_of(latlon))


def _side_information(dataset: xr.Dataset, space: tuple[str, ...]) -> xr.Dataset:
    """Coordinates over places alone (and the edges), to hang on results."""
    keep = [name for name, array in dataset.coords.items() if array.dims and set(array.dims) <= {*space, "edge"}]
    return dataset[keep]


def _check_shape(values: np.ndarray, dataset: xr.Dataset, names: tuple[str, ...], space: tuple[str, ...], steps: int) -> None:
    count = int(np.prod([dataset.sizes[dim] for dim in space]))
    width = sum(len(channel_labels(dataset[name], space)) for name in names)
    if values.ndim != 4 or values.shape[1:] != (steps, count, width):
        raise DimensionError(f"values must be (lead, time, place, variable) = (q, {steps}, {count}, {width}); found {values.shape}.")
