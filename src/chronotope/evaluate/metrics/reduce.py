"""What all metrics share: averages that leave missing cells out, and the same functions for named dims."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from chronotope.errors import DimensionError


def masked_sum(values: np.ndarray, axis: Any) -> Any:
    """Sum over finite cells; NaN where there are none."""
    known = np.isfinite(values)
    return np.where(known.any(axis=axis), np.where(known, values, 0.0).sum(axis=axis), np.nan)[()]


def masked_mean(values: np.ndarray, axis: Any) -> Any:
    """Mean over finite cells; NaN where there are none."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.where(known, values, 0.0).sum(axis=axis) / known.sum(axis=axis))[()]


def labelled(metric: Callable[..., Any]) -> Callable[..., Any]:
    """A metric on arrays also for DataArrays: aligned by name, reduced over `dim`, coordinates kept.

    A leading `quantile` axis of the first argument never counts as a dim to reduce.
    """

    @functools.wraps(metric)
    def both(forecast: Any, truth: Any, *args: Any, axis: Any = None, dim: Any = None, **options: Any) -> Any:
        if not isinstance(truth, xr.DataArray):
            return metric(np.asarray(forecast, float), np.asarray(truth, float), *args, axis=axis, **options)
        return _by_name(metric, forecast, truth, args, dim, options)

    return both


def _by_name(metric: Callable[..., Any], forecast: xr.DataArray, truth: xr.DataArray, args: tuple, dim: Any, options: dict) -> xr.DataArray:
    first = [name for name in forecast.dims if name not in truth.dims]
    if first not in ([], ["quantile"]):
        raise DimensionError(f"forecast must have the dims of truth {truth.dims}, and quantile at most; found {forecast.dims}.")
    forecast, truth = xr.align(forecast.transpose(*first, *truth.dims), truth, join="inner")
    over = list(truth.dims) if dim is None else [dim] if isinstance(dim, str) else list(dim)
    unknown = [name for name in over if name not in truth.dims]
    if unknown:
        raise DimensionError(f"dim must name dims of truth {truth.dims}; found {unknown[0]!r}.")
    if not all(forecast.sizes[name] for name in truth.dims):
        raise DimensionError("forecast and truth must share coordinates; they have none in common.")
    axis = tuple(truth.dims.index(name) for name in over)
    value = metric(forecast.values.astype(float), truth.values.astype(float), *args, axis=axis, **options)
    kept = [name for name in truth.dims if name not in over]
    coords = {name: c for name, c in truth.coords.items() if set(c.dims) <= set(kept)}
    return xr.DataArray(value, dims=kept, coords=coords, name=metric.__name__)
