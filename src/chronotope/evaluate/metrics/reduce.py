"""What all metrics share: averages that leave missing cells out, weights, and the same functions for named dims.

On arrays `axis` counts the axes of `truth`; tensors give tensors (in float64, on their device, without a gradient). On DataArrays
`dim` (or `reduce_dims`) names what is averaged over and `preserve_dims` what is kept; all is averaged over by default. `weights` (an
array that fits `truth`, or a DataArray with some of its dims) weigh the cells; `latitude_weights` makes those of a sphere. The
result's `attrs` say what it is: definition, units, mask, aggregation, horizon (where the data have lead times), how many cells were
compared and how many were left out because the forecast or the truth is missing there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import ArgumentError, DimensionError

MASK = "cells where forecast and truth are both known"


def masked_sum(values: np.ndarray, axis: Any, weights: Any = None) -> Any:
    """Sum over finite cells, each times its weight; NaN where there are none."""
    known = np.isfinite(values) if weights is None else np.isfinite(values) & (np.broadcast_to(weights, values.shape) > 0)
    weighed = values if weights is None else values * weights
    return np.where(known.any(axis=axis), np.where(known, weighed, 0.0).sum(axis=axis), np.nan)[()]


def masked_mean(values: np.ndarray, axis: Any, weights: Any = None) -> Any:
    """Mean over finite cells, weighted; NaN where there are none."""
    known = np.isfinite(values)
    heavy = known.astype(float) if weights is None else np.where(known, weights, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.where(known, values, 0.0) * heavy).sum(axis=axis)[()] / heavy.sum(axis=axis)[()]


def latitude_weights(lat: Any) -> Any:
    """Weights of latitudes in degrees, their cosine: what a cell of a regular grid covers of the sphere."""
    weights = np.cos(np.deg2rad(lat))
    return weights.clip(min=0) if isinstance(weights, xr.DataArray) else np.clip(weights, 0, None)


def labelled(metric: Callable[..., Any]) -> Callable[..., Any]:
    """A metric on arrays also for DataArrays: aligned by name, reduced over `dim`, coordinates kept.

    A metric that takes `levels` has a leading `quantile` axis in its first argument, which never counts as a dim to reduce; a
    `quantile` coordinate gives the levels where none are given.
    """
    return _both(metric, ("quantile",) if "levels" in metric.__code__.co_varnames else ())


def labelled_members(metric: Callable[..., Any]) -> Callable[..., Any]:
    """As `labelled`, for scores of samples: the first argument has a leading `member` axis."""
    return _both(metric, ("member",))


def labelled_over(metric: Callable[..., Any]) -> Callable[..., Any]:
    """As `labelled`, for scores of whole vectors or fields: `over` names the dims of one vector (on arrays: the last axis or axes)."""
    return _both(metric, (), core=True)


def labelled_members_over(metric: Callable[..., Any]) -> Callable[..., Any]:
    """As `labelled_over`, for samples (a leading `member` axis) or alternatives (`alternative`) of a vector or a path."""
    return _both(metric, ("member", "alternative"), core=True)


def _both(metric: Callable[..., Any], ahead: tuple[str, ...], core: bool = False) -> Callable[..., Any]:
    @functools.wraps(metric)
    def both(forecast: Any, truth: Any, *args: Any, axis: Any = None, weights: Any = None, **options: Any) -> Any:
        if not isinstance(truth, xr.DataArray):
            given = {} if weights is None else {"weights": _checked(plain(weights))}
            return _as_given(metric(plain(forecast), plain(truth), *args, axis=axis, **given, **options), truth)
        names = {key: options.pop(key, None) for key in ("dim", "reduce_dims", "preserve_dims")}
        joint = _listed(options.pop("over", None)) if core else []
        return _by_name(metric, ahead, forecast, truth, args, names, weights, joint, options)

    return both


def plain(values: Any) -> np.ndarray:
    """Numbers of an array, a list or a tensor as a float64 array."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, float)


def _as_given(score: Any, like: Any) -> Any:
    """A score as a tensor where the truth is one."""
    return like.detach().double().new_tensor(score) if hasattr(like, "detach") else score


def _by_name(
    metric: Callable[..., Any],
    ahead: tuple[str, ...],
    forecast: xr.DataArray,
    truth: xr.DataArray,
    args: tuple,
    names: dict[str, Any],
    weights: Any,
    joint: list[str],
    options: dict,
) -> xr.DataArray:
    first = [name for name in forecast.dims if name not in truth.dims]
    if len(first) != bool(ahead) or set(first) - set(ahead):
        more = f", and {' or '.join(ahead)}" if ahead else ""
        raise DimensionError(f"forecast must have the dims of truth {truth.dims}{more}; found {forecast.dims}.")
    _known_dims(joint, truth, "over")
    truth = truth.transpose(..., *joint)
    forecast, truth = xr.align(forecast.transpose(*first, *truth.dims), truth, join="inner")
    outer = [str(name) for name in truth.dims if name not in joint]
    over = _reduced(names, outer, truth)
    if not all(forecast.sizes[name] for name in truth.dims):
        raise DimensionError("forecast and truth must share coordinates; they have none in common.")
    if not args and "levels" not in options and first == ["quantile"] and "levels" in metric.__code__.co_varnames:
        args = (forecast["quantile"].values,)
    given = {} if weights is None else {"weights": _named_weights(weights, truth, outer)}
    x, y = forecast.values.astype(float), truth.values.astype(float)
    value = metric(x, y, *args, axis=tuple(outer.index(name) for name in over), **given, **options)
    kept = [name for name in outer if name not in over]
    coords = {name: c for name, c in truth.coords.items() if set(c.dims) <= set(kept)}
    new = [] if np.ndim(value) == len(kept) else ["quantile" if first == ["quantile"] else "bin"]
    if new == ["quantile"] and "quantile" in forecast.coords:
        coords["quantile"] = forecast.coords["quantile"]
    attrs = _about(metric, x, y, truth) | {"aggregation": _aggregation([*over, *joint], kept, weights)} | _horizon(truth)
    return xr.DataArray(value, dims=[*new, *kept], coords=coords, name=metric.__name__, attrs=attrs)


def _about(metric: Callable[..., Any], forecast: np.ndarray, truth: np.ndarray, source: xr.DataArray) -> dict[str, Any]:
    """What the number is: its definition, its units, and the cells that it is made of."""
    lead = tuple(range(forecast.ndim - truth.ndim))
    known = np.isfinite(truth) & (np.isfinite(forecast).any(axis=lead) if lead else np.isfinite(forecast))
    text = (metric.__doc__ or metric.__name__).strip().split("\n")[0]
    units = {"units": source.attrs["units"]} if "units" in source.attrs and "units of `truth`." in text else {}
    return {"definition": text, **units, "mask": MASK, "compared": int(known.sum()), "left_out": int((~known).sum())}


def _aggregation(over: list[str], kept: list[str], weights: Any) -> str:
    """How cells became a number, in words: "over time, lat, weighted by lat; for each lon"."""
    by = "" if weights is None else f", weighted by {', '.join(map(str, getattr(weights, 'dims', ()))) or 'an array'}"
    each = f"; for each {', '.join(kept)}" if kept else ""
    return (f"over {', '.join(over)}" if over else "none") + by + each


def _horizon(truth: xr.DataArray) -> dict[str, str]:
    """First and last lead that the truth holds, where it says so."""
    for name in ("lead_time", "lead"):
        if name in truth.coords and truth[name].size:
            leads = truth[name].values
            return {"horizon": f"{_lead(leads.min())} to {_lead(leads.max())}"}
    return {}


def _lead(lead: Any) -> str:
    return str(pd.Timedelta(lead)) if np.issubdtype(np.asarray(lead).dtype, np.timedelta64) else str(lead)


def _reduced(names: dict[str, Any], outer: list[str], truth: xr.DataArray) -> list[str]:
    """Dims to average over, from `dim`, `reduce_dims` or `preserve_dims`."""
    given = [key for key, value in names.items() if value is not None]
    if len(given) > 1:
        raise ArgumentError(f"Only one of dim, reduce_dims and preserve_dims may be given; found {' and '.join(given)}.")
    if not given:
        return outer
    listed = outer if names[given[0]] == "all" else _listed(names[given[0]])
    _known_dims(listed, truth, given[0])
    picked = [name for name in outer if name in listed]
    return [name for name in outer if name not in picked] if given[0] == "preserve_dims" else picked


def _known_dims(listed: list[str], truth: xr.DataArray, argument: str) -> None:
    unknown = [name for name in listed if name not in truth.dims]
    if unknown:
        raise DimensionError(f"{argument} must name dims of truth {truth.dims}; found {unknown[0]!r}.")


def _listed(names: Any) -> list[str]:
    return [] if names is None else [names] if isinstance(names, str) else list(names)


def _named_weights(weights: Any, truth: xr.DataArray, outer: list[str]) -> np.ndarray:
    """Weights in the order of the dims that are not joint, broadcast to them."""
    if not isinstance(weights, xr.DataArray):
        return _checked(np.asarray(weights, float))
    if set(weights.dims) - set(outer):
        raise DimensionError(f"weights must have dims of truth {tuple(outer)}; found {weights.dims}.")
    like = truth.isel({name: 0 for name in truth.dims if name not in outer}, drop=True)
    weights = xr.align(like, weights, join="left")[1] if weights.dims else weights
    return _checked(weights.broadcast_like(like).transpose(*outer).values.astype(float))


def _checked(weights: np.ndarray) -> np.ndarray:
    if not (weights >= 0).all():
        raise ArgumentError("weights must be finite and not negative; found some that are.")
    return weights
