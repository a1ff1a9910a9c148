"""Intervals of a point floor from the errors that it made at past origins, and quantiles of samples with gaps."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from chronotope.baselines.series import Series
from chronotope.inspect.circle import beside, way_of

_FEW = 6  # with fewer errors than this a series borrows the shape of the others


def nan_quantiles(samples: np.ndarray, levels: tuple[float, ...], circle: bool | np.ndarray = False) -> np.ndarray:
    """Quantiles (q, ...) of samples (m, ...) along the first axis, NaN left out; NaN where all are.

    Positions are level * (m + 1) (Weibull), so that few samples give wide rather than narrow intervals. Samples on a `circle` (one flag,
    or one for each column) are directions in degrees, and are put on both sides of their mean.
    """
    samples = beside(samples, way_of(samples), circle) if np.any(circle) else samples
    ordered = np.sort(samples, axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    out = np.full((len(levels), *samples.shape[1:]), np.nan)
    for i, level in enumerate(levels if len(samples) else ()):
        place = np.clip(level * (count + 1) - 1, 0, np.maximum(count - 1, 0))
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, np.maximum(count - 1, 0))
        a, b = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in (low, high))
        out[i] = a + (place - low) * (b - a)
    return out


def spread(residuals: np.ndarray, series: Series, levels: tuple[float, ...]) -> np.ndarray:
    """Offsets (q, h, s) to add to a point forecast: quantiles of its errors (k, h, s) at like leads.

    Lower levels never lie above the point nor higher ones below it, so that the median is the point itself.
    """
    centres = np.array([np.log(series.leads[b]).mean() for b in series.buckets])
    scale = error_scale(residuals, series.x)
    with np.errstate(invalid="ignore", divide="ignore"):
        shape = np.where(scale > 0, residuals / scale, np.nan)
    rows = []
    for bucket in series.buckets:
        own = residuals[:, bucket].reshape(-1, residuals.shape[2])
        few = np.isfinite(own).sum(axis=0) < _FEW
        offset = nan_quantiles(own, levels)
        if few.any():
            offset[:, few] = _pooled(shape[:, bucket], levels)[:, None] * scale[few]
        rows.append(offset)
    offsets = _carry_on(np.stack(rows, axis=1), ndtri(np.asarray(levels))[:, None] * scale, centres)
    return one_sided(_along_leads(offsets, centres, series.leads), levels)


def error_scale(residuals: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Typical error (s,) of each series; its own standard deviation where no error is known."""
    flat = np.abs(residuals.reshape(-1, residuals.shape[-1]))
    count = np.isfinite(flat).sum(axis=0)
    typical = np.where(count > 0, np.nansum(flat, axis=0) / np.maximum(count, 1), np.nan)
    return np.where(count >= 2, typical, deviation(x))


def deviation(x: np.ndarray) -> np.ndarray:
    """Standard deviation (s,) of the seen values of each column; 0 with fewer than two."""
    seen = np.isfinite(x)
    count = np.maximum(seen.sum(axis=0), 1)
    mean = np.where(seen, x, 0).sum(axis=0) / count
    return np.sqrt(np.where(seen, (x - mean) ** 2, 0).sum(axis=0) / count)


def one_sided(offset: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Offsets with the sign of their level: at most 0 below the median, 0 at it, at least 0 above."""
    side = np.sign(np.asarray(levels) - 0.5).reshape(-1, *[1] * (offset.ndim - 1))
    return np.where(side < 0, np.minimum(offset, 0), np.where(side > 0, np.maximum(offset, 0), 0.0))


def _pooled(shape: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q,) of all series' errors in units of their scale; NaN where there are too few."""
    known = shape[np.isfinite(shape)]
    return nan_quantiles(known, levels) if len(known) >= _FEW else np.full(len(levels), np.nan)


def _carry_on(offset: np.ndarray, first: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Buckets (q, b, s) without enough errors take the one before, widened by the root of the lead; `first` (q, s) at worst."""
    offset[:, 0] = np.where(np.isfinite(offset[:, 0]), offset[:, 0], first)
    for b in range(1, offset.shape[1]):
        wider = offset[:, b - 1] * np.exp(0.5 * (centres[b] - centres[b - 1]))
        offset[:, b] = np.where(np.isfinite(offset[:, b]), offset[:, b], wider)
    return np.nan_to_num(offset, nan=0.0)


def _along_leads(offset: np.ndarray, centres: np.ndarray, leads: np.ndarray) -> np.ndarray:
    """Buckets (q, b, s) to leads (q, h, s), linear in the logarithm of the lead."""
    if len(centres) == 1:
        return np.repeat(offset, len(leads), axis=1)
    place = np.interp(np.log(leads), centres, np.arange(len(centres)))
    low = np.minimum(place.astype(int), len(centres) - 2)
    part = (place - low)[None, :, None]
    return offset[:, low] * (1 - part) + offset[:, low + 1] * part
