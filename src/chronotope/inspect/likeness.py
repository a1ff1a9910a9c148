"""How far likeness reaches: the variogram and its range over space, the autocorrelation and its length over time."""

from __future__ import annotations

import numpy as np

PLACES, STEPS, BINS = 300, 800, 20


def variogram(values: np.ndarray, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(distance, half the mean squared difference, pairs) in bins of equal width up to half the widest distance.

    Each place is taken less its own mean, so that climates of places are not what is compared.

    Args:
        values: (t, n), NaN where missing.
        xy: (n, 2) in metres.
    """
    some = np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], PLACES)).astype(int))
    rows = np.unique(np.linspace(0, len(values) - 1, min(len(values), STEPS)).astype(int))
    part = values[np.ix_(rows, some)].astype(float)
    known = np.isfinite(part)
    count = np.maximum(known.sum(axis=0), 1)
    part = np.where(known, part - np.where(known, part, 0).sum(axis=0) / count, 0.0)
    weight = known.astype(float)
    both = weight.T @ weight
    square = (part**2).T @ weight
    gamma = 0.5 * (square + square.T - 2 * part.T @ part) / np.maximum(both, 1)
    i, j = np.triu_indices(len(some), 1)
    apart = np.hypot(*(xy[some[i]] - xy[some[j]]).T)
    ok = (both[i, j] > 2) & (apart > 0)
    if ok.sum() < 10:
        return np.empty(0), np.empty(0), np.empty(0)
    apart, gamma, both = apart[ok], gamma[i, j][ok], both[i, j][ok]
    box = np.minimum((apart / (0.5 * apart.max()) * BINS).astype(int), BINS)
    total = np.bincount(box, both, BINS + 1)[:BINS]
    full = total > 0
    distance, level = (np.bincount(box, both * what, BINS + 1)[:BINS][full] / total[full] for what in (apart, gamma))
    return distance, level, np.bincount(box, minlength=BINS + 1)[:BINS][full]


def variogram_range(values: np.ndarray, xy: np.ndarray | None) -> tuple[float, float]:
    """(distance in metres at which the structured likeness has fallen to 1/e, share of the variance without structure).

    The best of three models with a nugget, from exponential to Gaussian; (NaN, NaN) where none fits within four times the widest distance.
    """
    if xy is None or values.shape[1] < 6:
        return float("nan"), float("nan")
    distance, level, pairs = variogram(values, xy)
    if len(distance) < 5 or not level.max() > 0:
        return float("nan"), float("nan")
    best = (np.inf, np.nan, np.nan)
    for power in (1.0, 1.4, 2.0):
        for length in np.geomspace(0.3 * distance[0], 8 * distance[-1], 200):
            shape = 1 - np.exp(-((distance / length) ** power))
            design = np.stack([np.ones_like(shape), shape], axis=1) * np.sqrt(pairs)[:, None]
            nugget, sill = np.linalg.lstsq(design, level * np.sqrt(pairs), rcond=None)[0]
            if nugget < 0:
                nugget, sill = 0.0, float((pairs * shape * level).sum() / max((pairs * shape**2).sum(), 1e-300))
            error = float((pairs * (nugget + sill * shape - level) ** 2).sum())
            if sill > 0 and error < best[0]:
                best = (error, float(length), nugget / (nugget + sill))
    return (best[1], float(best[2])) if best[1] < 4 * 2 * distance[-1] else (float("nan"), float("nan"))


def autocorrelation_length(values: np.ndarray) -> float:
    """Steps after which the autocorrelation has fallen to 1/e, between lags by its logarithm; NaN if it does not within a third.

    Args:
        values: (t, n), NaN where missing, on a regular clock; each place less its own mean.
    """
    t = len(values)
    some = np.unique(np.linspace(0, values.shape[1] - 1, min(values.shape[1], 64)).astype(int))
    part = values[:, some].astype(float)
    known = np.isfinite(part)
    part = np.where(known, part - np.where(known, part, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0.0)
    size = 1 << (2 * t - 1).bit_length()
    product, count = (
        np.fft.irfft((np.abs(np.fft.rfft(what, size, axis=0)) ** 2).sum(axis=1), size)[: t // 3 + 1] for what in (part, known.astype(float))
    )
    if not len(product) or product[0] <= 0:
        return float("nan")
    r = product / np.maximum(count, 0.5) / (product[0] / max(count[0], 0.5))
    below = np.flatnonzero(r < np.exp(-1))
    if not len(below):
        return float("nan")
    k = int(below[0])
    high, low = r[k - 1], max(r[k], 1e-3)
    return float(k - 1 + (np.log(high) + 1) / (np.log(high) - np.log(low)))
