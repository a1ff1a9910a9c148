"""Periods that a record really has: peaks of its mean spectrum that stand out of the spectrum's own background."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, gammaincinv

PLACES = 64  # series whose spectra are averaged
MOST, LOOKED = 5, 64  # periods that are told, and peaks among which they are looked for
CYCLES = 3  # a period must come round this often
LEVEL = 1e-4


def find_periods(values: np.ndarray) -> list[tuple[float, float, float]]:
    """(period in steps, share of the variance, p-value) of at most five periods, those that stand out most first.

    The background is the running median of the spectrum; power over it follows a gamma law where there is no period, whose shape (1
    for one place, more where places differ) is read off its own scatter; the p-value counts all frequencies looked at. Missing
    values stand at the mean of their place. Where more than five stand out, those that are only the shape of another (its halves and
    thirds, and what a slower period makes of it) give way, so that days of sharp hours do not hide a weak week.

    Args:
        values: (t, n), NaN where missing, on a regular clock.
    """
    spectrum = mean_spectrum(values)
    if spectrum is None:
        return []
    steps, size = len(values), len(spectrum)
    ratio = spectrum / np.maximum(_running_median(spectrum), 1e-300)
    shape = _shape(ratio[1:])
    p = np.minimum(1.0, size * gammaincc(shape, ratio * gammaincinv(shape, 0.5)))
    inner = np.arange(1, size - 1)
    top = (spectrum[inner] >= spectrum[inner - 1]) & (spectrum[inner] > spectrum[inner + 1])
    peaks = inner[top & (p[inner] < LEVEL) & (inner >= CYCLES)]
    peaks = peaks[np.argsort(-ratio[peaks])][:LOOKED]
    peaks = peaks[_own_first(np.array([_refined(spectrum, k) for k in peaks]))[:MOST]]
    peaks = peaks[np.argsort(-ratio[peaks])]
    total = spectrum[1:].sum()
    return [(steps / _refined(spectrum, k), float(spectrum[k - 1 : k + 2].sum() / total), float(p[k])) for k in peaks]


def _own_first(cycles: np.ndarray) -> np.ndarray:
    """The order of peaks (k,), given by their cycles in the record, with those last that are only the shape of one before them."""
    own: list[int] = []
    for i, k in enumerate(cycles):
        if not any(_is_shape(k, cycles[j], cycles) for j in own):
            own.append(i)
    return np.array([*own, *(i for i in range(len(cycles)) if i not in own)], int)


def _is_shape(k: float, of: float, peaks: np.ndarray) -> bool:
    """True for a multiple of `of` within one cycle, and for one that lies as far from a multiple as a slower peak from zero."""
    multiple = round(k / of)
    away = abs(k - multiple * of)
    slower = peaks[peaks <= of / 2]
    return multiple > 1 and away <= 1 or multiple > 0 and bool((np.abs(slower - away) <= 1).any())


def _shape(ratio: np.ndarray) -> float:
    """Shape of the gamma law of power over its median, from the quartiles of the logarithm; at least 1, that of a single series."""
    low, high = np.quantile(np.log(np.maximum(ratio, 1e-300)), [0.25, 0.75])
    return float(max(1.0, 1 / max((high - low) / 1.349, 1e-3) ** 2))


def mean_spectrum(values: np.ndarray) -> np.ndarray | None:
    """Power at 0, 1, 2, ... cycles in the record, averaged over places of equal variance; None if the record is too short or still."""
    t, n = values.shape
    if t < 16:
        return None
    some = values[:, np.unique(np.linspace(0, n - 1, min(n, PLACES)).astype(int))].astype(float)
    some = some[:, np.isfinite(some).mean(axis=0) > 0.5]
    if not some.size:
        return None
    away = np.nan_to_num(_detrended(some))
    spread = away.std(axis=0)
    away = away[:, spread > 1e-12 * (1 + np.abs(np.nanmax(some)))] / spread[spread > 1e-12 * (1 + np.abs(np.nanmax(some)))]
    if not away.size:
        return None
    window = np.hanning(t + 2)[1:-1, None]  # keeps a strong line from leaking into its neighbourhood
    return (np.abs(np.fft.rfft(away * window, axis=0)) ** 2).mean(axis=1)


def _detrended(values: np.ndarray) -> np.ndarray:
    """Values less the straight line of each place."""
    x = np.arange(len(values), dtype=float)[:, None]
    known = np.isfinite(values)
    count = known.sum(axis=0)
    mean_x, mean_v = np.where(known, x, 0).sum(axis=0) / count, np.nansum(values, axis=0) / count
    dx = np.where(known, x - mean_x, 0.0)
    slope = np.nansum(dx * (values - mean_v), axis=0) / np.maximum((dx**2).sum(axis=0), 1e-12)
    return values - mean_v - slope * (x - mean_x)


def _running_median(spectrum: np.ndarray) -> np.ndarray:
    """Median over neighbouring frequencies, in windows that widen with frequency; between every tenth of a window by a line."""
    size = len(spectrum)
    at, levels = [0], []
    while at[-1] < size - 1:
        at.append(min(at[-1] + max(1, min(at[-1] // 40, 12)), size - 1))
    for k in at:
        half = int(np.clip(0.25 * k, 6, 60))
        low = max(1, min(k - half, size - 2 * half - 1))
        levels.append(np.median(spectrum[low : max(low + 1, min(k + half + 1 + max(0, half - k), size))]))
    return np.interp(np.arange(size), at, levels)


def _refined(spectrum: np.ndarray, k: int) -> float:
    """The top of a parabola through the logarithm of the peak and its two neighbours, in cycles."""
    a, b, c = np.log(np.maximum(spectrum[k - 1 : k + 2], 1e-300))
    bend = a - 2 * b + c
    return k + (0.5 * (a - c) / bend if bend < 0 else 0.0)
