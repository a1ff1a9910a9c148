"""A finer grid inside the cells of another: how many cells along each side, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.evidence.fine.blocks import Factor
from chronotope.harmonize.sphere import unwrapped

LARGEST = 64  # cells along a side
BESIDE = 0.02  # of a fine cell, by which a centre of `to` may stand beside where it should


def factor_of(field: Field, factor: Any, to: Any, like: Field | None) -> Factor:
    """Fine cells along the two sides of a cell, from whichever of the three says it.

    Raises:
        ArgumentError: none or two of them say it, or what they say is no whole number of cells.
    """
    if factor is not None and to is not None:
        raise ArgumentError("downscale takes factor= or to=, one of the two; found both. Leave one out.")
    if to is not None or factor is None and like is not None:
        return _of_grid(field, to if to is not None else like)
    sides = factor if isinstance(factor, (tuple, list)) and len(factor) == 2 else (factor, factor)
    if factor is None or not all(isinstance(side, (int, np.integer)) and not isinstance(side, bool) for side in sides):
        raise ArgumentError(f"factor must be a whole number of fine cells along a coarse one, or two of them (y, x); found {factor!r}.")
    if not (1 <= min(sides) and 2 <= max(sides) <= LARGEST):
        raise ArgumentError(f"factor must be from 2 to {LARGEST}; found {factor!r}.")
    return int(sides[0]), int(sides[1])


def finer(field: Field, sides: Factor, to: Any = None) -> xr.Dataset:
    """The field's dataset with its values and coordinates over the finer cells; values are empty."""
    dataset, space = field.dataset, field.space
    factors = dict(zip(space, sides))
    coords: dict[str, Any] = {}
    for name, array in dataset.coords.items():
        over = [dim for dim in array.dims if dim in factors]
        if not over:
            coords[str(name)] = array.variable
        elif array.dtype.kind in "fiu" and set(array.dims) <= set(space):
            found = array.values.astype(float)
            for axis, dim in enumerate(array.dims):
                found = _split(found, axis, factors[dim], str(name), edges=len(array.dims) == 1)
            coords[str(name)] = (array.dims, found, array.attrs)
    if to is not None:
        coords |= {dim: (dim, axis, coords[dim][2] if dim in coords else {}) for dim, axis in _axes(field, to).items() if axis is not None}
    blank = {}
    for name in field.variables:
        sizes = {str(dim): size * factors.get(str(dim), 1) for dim, size in dataset[name].sizes.items()}
        stand_in = np.broadcast_to(np.float32(np.nan), tuple(sizes.values()))
        blank[name] = (tuple(sizes), stand_in, dataset[name].attrs)
    return xr.Dataset(blank, coords=coords, attrs=dataset.attrs)


def _split(values: np.ndarray, axis: int, factor: int, name: str, edges: bool) -> np.ndarray:
    """Centres of `factor` cells in each along an axis: cells end halfway between centres, those of latitude at the poles."""
    first = np.moveaxis(np.unwrap(values, period=360.0, axis=axis) if name == "lon" else values, axis, 0)
    count = len(first)
    step = np.diff(first, axis=0) if count > 1 else np.ones_like(first)
    ends = np.concatenate([first[:1] - step[:1] / 2, (first[:-1] + first[1:]) / 2 if count > 1 else first[:0], first[-1:] + step[-1:] / 2])
    ends = np.clip(ends, -90.0, 90.0) if name == "lat" and edges else ends
    share = ((np.arange(factor) + 0.5) / factor).reshape(1, -1, *[1] * (first.ndim - 1))
    made = ends[:-1, None] * (1 - share) + ends[1:, None] * share
    made = np.moveaxis(made.reshape(count * factor, *first.shape[1:]), 0, axis)
    return _as_written(made, values) if name == "lon" else made


def _as_written(made: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Longitudes (unwrapped) in the turn of those given, 0 to 360 or -180 to 180, where these jump from its end to its start."""
    if np.abs(np.diff(values, axis=-1)).max(initial=0.0) <= 180.0:
        return made
    low = -180.0 if values.min() < 0 else 0.0
    return (made - low) % 360.0 + low


def _axes(field: Field, grid: Any) -> dict[str, np.ndarray | None]:
    """The two axes that a grid has under the names of the field's; None for one without coordinates."""
    found = grid.dataset if isinstance(grid, Field) else grid
    if isinstance(found, (xr.Dataset, xr.DataArray)):
        missing = [dim for dim in field.space if dim not in found.sizes]
        if missing:
            raise ArgumentError(f"to= must have the dims {', '.join(field.space)} of the field; {missing[0]} is missing. Rename its dims.")
        return {dim: np.asarray(found[dim].values) if dim in found.coords else None for dim in field.space}
    try:
        return {dim: np.asarray(found[dim], float) for dim in field.space}
    except (TypeError, KeyError, IndexError, ValueError):
        dims = " and ".join(field.space)
        text = f"to= must be a grid with {dims}: a field, an xarray object or a dict of centres; found {type(grid).__name__}."
        raise ArgumentError(text) from None


def _of_grid(field: Field, grid: Any) -> Factor:
    found = grid.dataset if isinstance(grid, Field) else grid
    axes = _axes(field, grid)
    sides = []
    for dim in field.space:
        axis, count = axes[dim], field.dataset.sizes[dim]
        fine = found.sizes[dim] if axis is None else len(axis)
        if fine % count or fine < count:
            raise ArgumentError(
                f"Each cell must hold a whole number of finer ones; {dim} has {count} cells here and {fine} there. "
                "Use chronotope.regrid for grids that do not fit into each other."
            )
        sides.append(fine // count)
        if axis is not None and dim in field.dataset.coords and field.dataset[dim].dtype.kind in "fiu":
            _check_inside(field.dataset[dim].values.astype(float), axis, sides[-1], dim)
    if max(sides) < 2 or max(sides) > LARGEST:
        raise ArgumentError(f"The finer grid must have from 2 to {LARGEST} cells along a coarse one; found {max(sides)}.")
    return sides[0], sides[1]


def _check_inside(coarse: np.ndarray, fine: np.ndarray, factor: int, dim: str) -> None:
    expected = _split(coarse, 0, factor, dim, edges=True)
    expected = unwrapped(expected) if dim == "lon" else expected
    line = unwrapped(fine) if dim == "lon" else fine
    turn = np.round((expected[0] - line[0]) / 360.0) * 360.0 if dim == "lon" else 0.0
    beside = np.abs(line + turn - expected)
    size = np.abs(np.diff(expected)).max(initial=0.0) or 1.0
    if beside.max() > max(BESIDE, 0.5 / factor) * size * factor:
        at = int(beside.argmax())
        raise ArgumentError(
            f"Finer cells must lie inside the coarse ones; {dim} {fine[at]:g} should stand near {expected[at]:g}. "
            "Use chronotope.regrid for grids that do not fit into each other."
        )
