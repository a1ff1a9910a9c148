"""Power by scale: whether a forecast field is as rough as the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.errors import DataError
from chronotope.evaluate.metrics.reduce import labelled_over, masked_mean


def power_spectrum(field: Any, spacing: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Variance of fields (..., y, x) by wave number, summed over rings around zero.

    Args:
        field: complete values on an even grid; its mean is left out.
        spacing: length of a cell, for the unit of the wave numbers.

    Returns:
        Wave numbers (k,) in cycles per unit of `spacing`, and power (..., k) in squared units of the field. Without noise in the
        corners left out, all power sums to the field's variance.

    Raises:
        DataError: a value is missing.
    """
    values = np.asarray(field, float)
    if not np.isfinite(values).all():
        raise DataError("A field must be complete for its spectrum; some values are missing. Fill them, or cut them off.")
    y, x = values.shape[-2:]
    power = np.abs(np.fft.fft2(values - values.mean(axis=(-2, -1), keepdims=True))) ** 2 / (y * x) ** 2
    size = min(y, x)
    ring = np.rint(np.hypot(np.fft.fftfreq(y)[:, None], np.fft.fftfreq(x)) * size).astype(int).ravel()
    flat = power.reshape(-1, y * x)
    sums = np.stack([np.bincount(ring, one, ring.max() + 1) for one in flat])[:, 1:]
    return np.arange(1, ring.max() + 1) / (size * spacing), sums.reshape(*values.shape[:-2], -1)


@labelled_over
def spectral_distance(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Root mean square of the logarithm (base 10) of forecast over true power, over wave numbers; smaller is better, best is 0. No unit.

    On arrays fields lie in the last two axes, on DataArrays in `over`; a field with a gap in the forecast or the truth does not count.
    """
    whole = np.isfinite(forecast + truth).all(axis=(-2, -1))
    x, y = (power_spectrum(np.where(whole[..., None, None], values, 0.0))[1] for values in (forecast, truth))
    half = min(truth.shape[-2:]) // 2  # rings beyond touch the corners only
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.log10(x[..., :half] / y[..., :half])
    same = x[..., :half] == y[..., :half]
    distance = np.sqrt((np.where(same, 0.0, ratio) ** 2).mean(axis=-1))
    return masked_mean(np.where(whole, distance, np.nan), axis, weights)
