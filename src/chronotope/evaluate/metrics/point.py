"""Errors of a single number per cell; only cells where both forecast and truth are finite count.

Every metric takes numpy arrays or xarray DataArrays; `reduce` says how they are averaged, weighted and labelled. Where nothing can
be compared the score is NaN, never perfect.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.evaluate.metrics.reduce import labelled, masked_mean, masked_sum, plain


@labelled
def mae(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean absolute error; smaller is better, best is 0. In the units of `truth`."""
    return masked_mean(np.abs(forecast - truth), axis, weights)


@labelled
def rmse(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Root of the mean squared error; smaller is better, best is 0. In the units of `truth`."""
    return np.sqrt(masked_mean((forecast - truth) ** 2, axis, weights))


@labelled
def bias(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean of forecast minus truth; best is 0, positive where the forecast is too high. In the units of `truth`."""
    return masked_mean(forecast - truth, axis, weights)


@labelled
def wape(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Sum of absolute errors over the sum of absolute truth, on the same cells; smaller is better, best is 0. No unit."""
    error = np.abs(forecast - truth)
    size = np.where(np.isfinite(error), np.abs(truth), np.nan)
    return _over(masked_sum(error, axis, weights), masked_sum(size, axis, weights))


@labelled
def mape(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean of the absolute error over the absolute truth, a share; smaller is better, best is 0. No unit.

    Cells whose truth is 0 have no such error and are left out: where zeros are real, `wape` says more.
    """
    return masked_mean(_over(np.abs(forecast - truth), np.where(truth == 0, np.nan, np.abs(truth))), axis, weights)


@labelled
def smape(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean of the absolute error over the mean of |forecast| and |truth|, from 0 to 2; smaller is better, best is 0. No unit."""
    size = (np.abs(forecast) + np.abs(truth)) / 2
    return masked_mean(np.where(size == 0, 0.0, _over(np.abs(forecast - truth), size)), axis, weights)


@labelled
def r2(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Share of the variance of the truth that is explained; larger is better, best is 1, the mean itself has 0. No unit.

    NaN where the truth does not vary. The same number is known as the Nash-Sutcliffe efficiency.
    """
    square = (forecast - truth) ** 2
    known = np.where(np.isfinite(square), truth, np.nan)
    mean = masked_mean(known, axis, weights)
    about = (known - (mean if axis is None else np.expand_dims(mean, axis))) ** 2
    total = masked_sum(about, axis, weights)
    return 1 - _over(masked_sum(square, axis, weights), np.where(total > 0, total, np.nan)[()])


@labelled
def count(forecast: Any, truth: Any, *, axis: Any = None) -> Any:
    """Number of cells that a score is made of."""
    return np.isfinite(forecast - truth).sum(axis=axis)


def mase(forecast: Any, truth: Any, history: Any, period: int = 1, **reduction: Any) -> Any:
    """Mean absolute error over the mean absolute change in `history` over `period` steps; smaller is better, best is 0. No unit.

    Args:
        forecast, truth: alike in shape.
        history: the values before, time first (or with a dim `time`); one scale over all of it.
        period: steps of the seasonal naive method that gives the scale.
        reduction: `axis`, or `dim`, `preserve_dims`, and `weights`; see `reduce`.

    Source: Hyndman and Koehler (2006), doi:10.1016/j.ijforecast.2006.03.001.
    """
    values = history.transpose("time", ...).values if hasattr(history, "dims") else plain(history)
    scale = masked_mean(np.abs(values[period:] - values[:-period]), None)
    error = mae(forecast, truth, **reduction)
    scaled = error / (scale if scale > 0 else np.nan)
    if hasattr(error, "attrs"):
        about = {key: value for key, value in error.attrs.items() if key != "units"}
        about |= {"definition": str(mase.__doc__).split("\n")[0], "scale": float(scale), "period": period}
        scaled = scaled.rename("mase").assign_attrs(about)
        scaled.attrs.pop("units", None)
    return scaled


def _over(a: Any, b: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return a / b
