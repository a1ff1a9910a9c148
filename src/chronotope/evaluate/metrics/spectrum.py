"""Power by scale: whether a forecast field is as rough as the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.metrics.reduce import labelled_over, masked_mean, plain


def power_spectrum(field: Any, spacing: float = 1.0, averaged: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Variance of fields (..., y, x) by wave number, summed over rings around zero (or averaged over each: the radial mean).

    Args:
        field: complete values on an even grid; its mean is left out.
        spacing: length of a cell, for the unit of the wave numbers.
        averaged: the mean over a ring instead of its sum.

    Returns:
        Wave numbers (k,) in cycles per unit of `spacing`, and power (..., k) in squared units of the field. Without noise in the
        corners left out, all power sums to the field's variance.

    Raises:
        DataError: a value is missing.
    """
    values = plain(field)
    if not np.isfinite(values).all():
        raise DataError("A field must be complete for its spectrum; some values are missing. Fill them, or cut them off.")
    y, x = values.shape[-2:]
    power = np.abs(np.fft.fft2(values - values.mean(axis=(-2, -1), keepdims=True))) ** 2 / (y * x) ** 2
    size = min(y, x)
    ring = np.rint(np.hypot(np.fft.fftfreq(y)[:, None], np.fft.fftfreq(x)) * size).astype(int).ravel()
    flat = power.reshape(-1, y * x)
    sums = np.stack([np.bincount(ring, one, ring.max() + 1) for one in flat])[:, 1:].astype(float)
    if averaged:
        sums /= np.maximum(np.bincount(ring)[1:], 1)
    return np.arange(1, ring.max() + 1) / (size * spacing), sums.reshape(*values.shape[:-2], -1)


def spectral_slope(field: Any, spacing: float = 1.0, wavelengths: tuple[float, float] | None = None) -> Any:
    """Slope of log radially averaged power over log wave number, (...); 0 for white noise, steep for smooth fields. No unit.

    Args:
        field: (..., y, x), complete.
        spacing: length of a cell.
        wavelengths: shortest and longest that count, in the unit of `spacing`; from two cells to half the shorter side by default.

    Raises:
        ArgumentError: fewer than two wave numbers lie in between.
    """
    size = min(np.shape(field)[-2:])
    short, long = (2 * spacing, size * spacing / 2) if wavelengths is None else wavelengths
    numbers, power = power_spectrum(field, spacing, averaged=True)
    inside = (numbers >= 1 / long * (1 - 1e-9)) & (numbers <= 1 / short * (1 + 1e-9))
    if inside.sum() < 2:
        raise ArgumentError(f"wavelengths must hold at least two wave numbers; {short:g} to {long:g} hold {int(inside.sum())}.")
    x = np.log(numbers[inside]) - np.log(numbers[inside]).mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.log(power[..., inside]) @ x / (x @ x))[()]


def spectral_ratio(forecast: Any, truth: Any, spacing: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Power of forecast over power of truth by wavelength; best is 1 everywhere, below it the forecast is too smooth.

    Args:
        forecast, truth: (..., y, x); power is averaged over all fields that are complete in both.
        spacing: length of a cell.

    Returns:
        Wavelengths (k,), longest first, in the unit of `spacing`, and ratios (k,); NaN where the truth has no power.
    """
    x, y = plain(forecast), plain(truth)
    whole = np.isfinite(x + y).all(axis=(-2, -1))
    half = min(y.shape[-2:]) // 2
    if not whole.any():
        return min(y.shape[-2:]) * spacing / np.arange(1, half + 1), np.full(half, np.nan)
    numbers, said = power_spectrum(x[whole], spacing)
    came = power_spectrum(y[whole], spacing)[1]
    said, came = (power.reshape(-1, power.shape[-1])[:, :half].mean(axis=0) for power in (said, came))
    with np.errstate(divide="ignore", invalid="ignore"):
        return 1 / numbers[:half], np.where(came > 0, said / came, np.nan)


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
