"""Stretches: how far windows of several lengths lie off together, for what is slow: levels, drifts, bursts of noise."""

from __future__ import annotations

import numpy as np

CLIP = 3.0
LENGTHS = (12, 24, 48, 96, 192)
BURSTS = (6, 12, 24)
MIDDLE = 0.6  # of a window, for which it speaks
KEPT = 3.0  # independent windows' worth of the variable's usual spread in each series' own


def lengths_of(steps: int) -> tuple[int, ...]:
    """Window lengths of which a series holds at least eight; the shortest at least."""
    return tuple(length for length in LENGTHS if length * 8 <= steps) or LENGTHS[:1]


def window_means(score: np.ndarray, length: int) -> np.ndarray:
    """Means (t, s) of `length` steps around each, of what is known there; NaN where less than half is."""
    known = np.isfinite(score)
    total = np.cumsum(np.concatenate([np.zeros((1, score.shape[1])), np.where(known, score, 0.0)]), axis=0)
    count = np.cumsum(np.concatenate([np.zeros((1, score.shape[1])), known]), axis=0)
    at = np.arange(len(score))
    low, high = np.maximum(at - length // 2, 0), np.minimum(at + (length + 1) // 2, len(score))
    number = count[high] - count[low]
    out = (total[high] - total[low]) / np.maximum(number, 1)
    return np.where((number * 2 >= length) & known, out, np.nan)


def shift_scores(score: np.ndarray) -> np.ndarray:
    """How far the windows around each step lie off, (t, n): root mean square over lengths, in the usual spread of such windows' means.

    A window speaks for the middle of it: each length takes the farthest of the windows whose middle parts hold the step.

    Args:
        score: standardised residuals of one variable, NaN where not observed.
    """
    from scipy.ndimage import maximum_filter1d

    clipped = np.clip(score, -CLIP, CLIP)
    total, lengths = np.zeros(score.shape), lengths_of(len(score))
    for length in lengths:
        mean = window_means(clipped, length)
        ratio = np.abs(np.nan_to_num(mean / _spread(mean, length)))
        total += maximum_filter1d(ratio, int(length * MIDDLE) | 1, axis=0) ** 2
    return np.where(np.isfinite(score), np.sqrt(total / max(len(lengths), 1)), np.nan)


def burst_scores(score: np.ndarray) -> np.ndarray:
    """Like `shift_scores`, of the size of the residuals: only what is louder than usual counts."""
    size = np.minimum(np.abs(score), CLIP)
    best = np.zeros(score.shape)
    for length in BURSTS:
        mean = window_means(size, length)
        known = mean[np.isfinite(mean)]
        away = mean - (known.mean() if len(known) else 0.0)
        best = np.maximum(best, np.nan_to_num(away / _spread(away, length)))
    return np.where(np.isfinite(score), best, np.nan)


def _spread(mean: np.ndarray, length: int) -> np.ndarray:
    """Usual size (n,) of windows' means, the median of each series, shrunk to that of all: neighbouring windows are alike in both."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        own = np.nan_to_num(np.nanmedian(np.abs(mean), axis=0)) * 1.4826
    pooled = float(np.sqrt((own**2).mean())) or 1.0
    windows = np.isfinite(mean).sum(axis=0) / length
    return np.sqrt((own**2 * windows + KEPT * pooled**2) / (windows + KEPT))
