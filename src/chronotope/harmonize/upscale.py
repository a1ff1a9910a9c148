"""Grids to coarser cells of whole blocks: the other way round from downscaling."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.arguments import part
from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.harmonize.record import changed, need_kind
from chronotope.harmonize.turning import averaged, told, turns


def upscale(field: Field, factor: int | tuple[int, int], *, least: float = 1.0) -> Field:
    """The means over blocks of `factor` x `factor` cells, each cell with the same weight.

    Args:
        field: a grid or a video.
        factor: cells along the side of a block, or two numbers, along the first and the second dim of its places.
        least: share of the cells of a block that must be observed, else it is NaN; means are over the observed ones.

    Returns:
        A field on the coarser cells, whose coordinates are the means of those of their cells. Rows and columns that fill no block are left
        out, as is everything else that lies over places.

    Raises:
        KindError: the field is no grid or video.
        ArgumentError: `factor` or `least` is not as above, or the grid has no whole block.
    """
    need_kind(field, ("grid", "video"), "upscale", "Bring sites to a grid with points_to_grid.")
    sides = _sides(field, factor, least)
    dataset = field.dataset
    whole = {dim: slice(0, dataset.sizes[dim] // side * side) for dim, side in sides.items()}
    data = {name: _means(dataset[name].isel(whole), sides, least, turns(dataset[name])) for name in field.variables}
    coords = {name: array for name, array in dataset.coords.items() if not set(array.dims) & set(sides)}
    for name, array in dataset.coords.items():
        if set(array.dims) & set(sides) and array.dtype.kind in "fiu":
            turned = array.copy(data=_unwrapped(array)) if name == "lon" else array
            over = {dim: slice(part.start, part.stop) for dim, part in whole.items() if dim in array.dims}
            coords[name] = _means(turned.isel(over), {dim: side for dim, side in sides.items() if dim in array.dims}, 1.0)
    made = xr.Dataset(data, coords, dataset.attrs)
    text = f"upscale: means of blocks of {' x '.join(map(str, sides.values()))} cells, at least {least:.0%} of a block observed"
    return changed(field, made, text, *told("upscale", field), *_left_out(field, made, sides, least))


def _left_out(field: Field, made: xr.Dataset, sides: dict[str, int], least: float) -> list[str]:
    """What was observed and is in no block, or in one that is missing, in words."""
    rest = [f"{field.dataset.sizes[dim] % side} along {dim}" for dim, side in sides.items() if field.dataset.sizes[dim] % side]
    texts = [f"upscale: left out, as they fill no block: {' and '.join(rest)}"] if rest else []
    for name in field.variables:
        seen = field.dataset[name].notnull()
        some = seen.drop_vars(list(seen.coords)).coarsen(sides, boundary="trim").max().values
        lost = some & made[name].isnull().values
        if lost.any():
            share = f"{lost.sum() / some.sum():.1%} of the blocks of {name} that hold observed cells"
            texts.append(f"upscale: {share} are missing, as less than {least:.0%} of each is observed")
    return texts


def _sides(field: Field, factor: Any, least: float) -> dict[str, int]:
    """Cells of a block along each dim of places."""
    both = tuple(factor) if isinstance(factor, (tuple, list)) else (factor, factor)
    whole = len(both) == 2 and all(isinstance(side, (int, np.integer)) and not isinstance(side, bool) and side >= 1 for side in both)
    if not whole:
        raise ArgumentError(f"factor must be a whole number of cells along a block, or two of them; found {factor!r}.")
    if not part(least, "least") > 0:
        raise ArgumentError(f"least must be a share above 0 and up to 1; found {least!r}.")
    sides = dict(zip(field.space, map(int, both)))
    for dim, side in sides.items():
        if side > field.dataset.sizes[dim]:
            raise ArgumentError(f"factor must be at most the cells along {dim}, {field.dataset.sizes[dim]}; found {side}.")
    return sides


def _means(array: xr.DataArray, sides: dict[str, int], least: float, circle: bool = False) -> xr.DataArray:
    """Means of the observed cells of each block, NaN where there are too few; summed in float64."""
    if circle:
        degrees = averaged(array.values.astype(np.float64), True, lambda part: _means(array.copy(data=part), sides, least).values)
        plain = _means(array, sides, least)
        return plain.copy(data=degrees.astype(plain.dtype))
    kind = array.dtype if array.dtype.kind == "f" else np.float64
    values = array.astype(np.float64)
    seen = xr.DataArray(np.isfinite(values.values).astype(np.float64), dims=values.dims)
    blocks = [one.drop_vars(list(one.coords)).coarsen(sides).sum() for one in (values.where(seen.values > 0, 0.0), seen)]
    enough = blocks[1] >= least * np.prod(list(sides.values())) - 1e-9
    made = (blocks[0] / blocks[1].where(blocks[1] > 0)).where(enough)
    return xr.DataArray(made.variable.astype(kind), dims=made.dims, name=array.name, attrs=array.attrs)


def _unwrapped(array: xr.DataArray) -> np.ndarray:
    """Longitudes without a jump along any dim."""
    values = array.values.astype(float)
    for axis in range(values.ndim):
        values = np.unwrap(values, period=360.0, axis=axis)
    return values
