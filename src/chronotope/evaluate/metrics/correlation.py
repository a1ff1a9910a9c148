"""Likeness of patterns: correlation with the truth, of values or of departures from a climatology."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from chronotope.evaluate.metrics.reduce import labelled, masked_mean


@labelled
def correlation(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Correlation with the truth about both means, from -1 to 1; larger is better, best is 1. No unit.

    NaN where one of the two does not vary.
    """
    known = np.isfinite(forecast - truth)
    a, b = (_centred(np.where(known, values, np.nan), axis, weights) for values in (forecast, truth))
    return _likeness(a, b, axis, weights)


@labelled
def uncentred_correlation(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Correlation about zero, from -1 to 1; larger is better, best is 1. No unit."""
    known = np.isfinite(forecast - truth)
    return _likeness(np.where(known, forecast, np.nan), np.where(known, truth, np.nan), axis, weights)


def acc(forecast: Any, truth: Any, climatology: Any, *, centred: bool = False, **reduction: Any) -> Any:
    """Anomaly correlation: correlation of the departures from `climatology`; larger is better, best is 1. No unit.

    Args:
        forecast, truth: alike in shape.
        climatology: what is usual, of a shape (or dims) that broadcasts to them; made without the truth's own times.
        centred: take the mean departure off first, over the same dims.
        reduction: `axis`, or `dim`, `preserve_dims`, and `weights` (such as `latitude_weights`); see `reduce`.
    """
    score = correlation if centred else uncentred_correlation
    made = score(forecast - climatology, truth - climatology, **reduction)
    return made.rename("acc").assign_attrs(definition=str(acc.__doc__).split("\n")[0]) if isinstance(made, xr.DataArray) else made


def _centred(values: np.ndarray, axis: Any, weights: Any) -> np.ndarray:
    mean = masked_mean(values, axis, weights)
    return values - (mean if axis is None else np.expand_dims(mean, axis))


def _likeness(a: np.ndarray, b: np.ndarray, axis: Any, weights: Any) -> Any:
    both, one, other = (masked_mean(product, axis, weights) for product in (a * b, a * a, b * b))
    size = np.sqrt(one * other)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (both / np.where(size > 0, size, np.nan))[()]
