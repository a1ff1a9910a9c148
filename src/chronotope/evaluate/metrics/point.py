"""Errors of a single number per cell; only cells where both forecast and truth are finite count.

Every metric takes numpy arrays or xarray DataArrays. On arrays `axis` says what is averaged over (all by default); on
DataArrays `dim` does, by name. Where nothing can be compared the score is NaN, never perfect.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.evaluate.metrics.reduce import labelled, masked_mean, masked_sum


@labelled
def mae(forecast: Any, truth: Any, *, axis: Any = None) -> Any:
    """Mean absolute error; smaller is better, best is 0. In the units of `truth`."""
    return masked_mean(np.abs(forecast - truth), axis)


@labelled
def rmse(forecast: Any, truth: Any, *, axis: Any = None) -> Any:
    """Root of the mean squared error; smaller is better, best is 0. In the units of `truth`."""
    return np.sqrt(masked_mean((forecast - truth) ** 2, axis))


@labelled
def bias(forecast: Any, truth: Any, *, axis: Any = None) -> Any:
    """Mean of forecast minus truth; best is 0, positive where the forecast is too high. In the units of `truth`."""
    return masked_mean(forecast - truth, axis)


@labelled
def wape(forecast: Any, truth: Any, *, axis: Any = None) -> Any:
    """Sum of absolute errors over the sum of absolute truth, on the same cells; smaller is better, best is 0. No unit."""
    error = np.abs(forecast - truth)
    size = np.where(np.isfinite(error), np.abs(truth), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return masked_sum(error, axis) / masked_sum(size, axis)


@labelled
def count(forecast: Any, truth: Any, *, axis: Any = None) -> Any:
    """Number of cells that a score is made of."""
    return np.isfinite(forecast - truth).sum(axis=axis)


def mase(forecast: Any, truth: Any, history: Any, period: int = 1, *, axis: Any = None, dim: Any = None) -> Any:
    """Mean absolute error over the mean absolute change in `history` over `period` steps; smaller is better, best is 0. No unit.

    Args:
        forecast, truth: alike in shape.
        history: the values before, time first (or with a dim `time`); one scale over all of it.
        period: steps of the seasonal naive method that gives the scale.

    Source: Hyndman and Koehler (2006), doi:10.1016/j.ijforecast.2006.03.001.
    """
    values = history.transpose("time", ...).values if hasattr(history, "transpose") and hasattr(history, "dims") else np.asarray(history)
    scale = masked_mean(np.abs(values[period:] - values[:-period]), None)
    error = mae(forecast, truth, **({} if dim is None else {"dim": dim}), **({} if axis is None else {"axis": axis}))
    return error / (scale if scale > 0 else np.nan)
