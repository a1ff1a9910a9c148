"""Scores of fields: events above a threshold hit, missed or raised in vain, also with some leeway in space."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.errors import ArgumentError
from chronotope.evaluate.metrics.reduce import labelled, labelled_over, masked_mean, masked_sum


@labelled
def pod(forecast: Any, truth: Any, threshold: float, *, axis: Any = None, weights: Any = None) -> Any:
    """Share of the events (truth at or above `threshold`) that were forecast; larger is better, best is 1. No unit."""
    hits, misses, _ = _contingency(forecast, truth, threshold, axis, weights)
    return _share(hits, hits + misses)


@labelled
def far(forecast: Any, truth: Any, threshold: float, *, axis: Any = None, weights: Any = None) -> Any:
    """Share of the forecast events (at or above `threshold`) that did not come; smaller is better, best is 0. No unit."""
    hits, _, alarms = _contingency(forecast, truth, threshold, axis, weights)
    return _share(alarms, hits + alarms)


@labelled
def csi(forecast: Any, truth: Any, threshold: float, *, axis: Any = None, weights: Any = None) -> Any:
    """Hits over hits, misses and false alarms of events at or above `threshold`; larger is better, best is 1. No unit."""
    hits, misses, alarms = _contingency(forecast, truth, threshold, axis, weights)
    return _share(hits, hits + misses + alarms)


@labelled_over
def fss(forecast: Any, truth: Any, threshold: float, window: int = 3, *, axis: Any = None, weights: Any = None) -> Any:
    """Fractions skill score: shares of events in square windows compared; larger is better, best is 1. No unit.

    Args:
        forecast, truth: (..., y, x); on DataArrays `over=("y", "x")`.
        threshold: an event is a value at or above it.
        window: cells along a side of the square, which lies wholly inside the field; missing cells count in no share.

    Source: Roberts and Lean (2008), doi:10.1175/2007MWR2123.1.
    """
    if not 1 <= window <= min(truth.shape[-2:]):
        raise ArgumentError(f"window must be from 1 to the shorter side of the field, {min(truth.shape[-2:])} cells; found {window}.")
    known = np.isfinite(forecast - truth)
    area = _window_sums(known.astype(float), window)
    f, o = (_share(_window_sums(known & (values >= threshold), window), area) for values in (forecast, truth))
    outer = tuple(range(truth.ndim - 2)) if axis is None else axis
    worst = masked_mean(masked_mean(f**2, (-2, -1)) + masked_mean(o**2, (-2, -1)), outer, weights)
    gap = masked_mean(masked_mean((f - o) ** 2, (-2, -1)), outer, weights)
    return 1 - _share(gap, worst)


def _contingency(forecast: np.ndarray, truth: np.ndarray, threshold: float, axis: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Hits, misses and false alarms; NaN where nothing can be compared."""
    known = np.isfinite(forecast - truth)
    said, came = forecast >= threshold, truth >= threshold
    parts = (said & came, ~said & came, said & ~came)
    hits, misses, alarms = (masked_sum(np.where(known, part, np.nan), axis, weights) for part in parts)
    return hits, misses, alarms


def _window_sums(values: np.ndarray, window: int) -> np.ndarray:
    """Sums over all squares of `window` cells a side, (..., y - window + 1, x - window + 1)."""
    total = np.zeros((*values.shape[:-2], values.shape[-2] + 1, values.shape[-1] + 1))
    total[..., 1:, 1:] = values.astype(float).cumsum(axis=-2).cumsum(axis=-1)
    w = window
    return total[..., w:, w:] - total[..., :-w, w:] - total[..., w:, :-w] + total[..., :-w, :-w]


def _share(part: Any, whole: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return (part / np.where(whole > 0, whole, np.nan))[()]
