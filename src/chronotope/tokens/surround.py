"""Surround: what all other places say about each place at one time - ordinary kriging with a covariance from the seen values themselves."""

from __future__ import annotations

import numpy as np

from chronotope.tokens.series import Series

COLUMNS = 96  # times from which covariances are estimated
BINS, RANGES = 12, 10
FEWEST = 4  # known places


def surround(series: Series, raw: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each series from the others of its variable, its own values never among them.

    Args:
        series: scaled series with the places' coordinates.
        raw: (s, k) unscaled values at some times, zero where not seen.
        m: (s, k) one where seen.

    Returns:
        (s, k) answers in raw units, and one where there is any.
    """
    out, there = np.zeros(raw.shape, np.float32), np.zeros(raw.shape, np.float32)
    for variable in range(series.variables):
        pick = slice(variable, None, series.variables)
        known = np.flatnonzero(series.known[pick])
        if len(known) < FEWEST:
            continue
        if ("surround", variable) not in series.kept:
            series.kept["surround", variable] = _system(series, variable, known)
        system = series.kept["surround", variable]
        if system is None:
            continue
        inverse, reach = system
        seen = m[pick][known] > 0
        count = seen.sum(axis=0)
        usual = np.where(seen, raw[pick][known], 0).sum(axis=0) / np.maximum(count, 1)
        x = np.where(seen, raw[pick][known], usual)  # a place silent at a time stands at the mean of those that speak
        padded = np.concatenate([x, np.zeros((1, x.shape[1]))])
        answer = reach @ (inverse @ padded)
        own = np.diagonal(inverse)[:-1, None]
        answer[known] = x - (inverse @ padded)[:-1] / own  # left out one at a time
        out[pick] = answer
        there[pick] = count >= FEWEST
    return out, there


def _system(series: Series, variable: int, known: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Inverse (k + 1, k + 1) of the kriging system of the known places, and right sides (n, k + 1) of all places."""
    columns = np.unique(np.linspace(0, series.x.shape[1] - 1, COLUMNS).astype(int))
    pick = np.arange(len(series.x))[variable :: series.variables][known]
    m = series.m[np.ix_(pick, columns)].astype(np.float64)
    x = (series.x[np.ix_(pick, columns)] * series.spread[pick, None] + series.location[pick, None]) * m
    spread = x[m > 0].std() if (m > 0).any() else 0.0
    if not np.isfinite(spread) or spread <= 0:
        return None
    x = x / spread
    together = m @ m.T
    half = ((x**2) @ m.T + m @ (x**2).T - 2 * x @ x.T) / 2 / np.maximum(together, 1)
    offset = series.xy[:, None] - series.xy[None, known]
    distance = np.sqrt((offset**2).sum(-1))
    fitted = _variogram(distance[known], half, together)
    if fitted is None:
        return None
    nugget, sill, length = fitted
    covariance = sill * np.exp(-distance / length)
    k = len(known)
    system = np.ones((k + 1, k + 1))
    system[:k, :k] = covariance[known] + (nugget + 1e-6) * np.eye(k)
    system[k, k] = 0.0
    return np.linalg.inv(system), np.concatenate([covariance, np.ones((len(covariance), 1))], axis=1)


def _variogram(distance: np.ndarray, half: np.ndarray, together: np.ndarray) -> tuple[float, float, float] | None:
    """Nugget, sill and length of an exponential variogram by least squares over bins of distance; near bins count more."""
    i, j = np.triu_indices(len(distance), 1)
    keep = together[i, j] > 0
    d, g = distance[i, j][keep], half[i, j][keep]
    if len(d) < 3 or d.max() <= 0:
        return None
    edges = np.quantile(d, np.linspace(0, 1, min(BINS, len(d)) + 1))
    where = np.clip(np.searchsorted(edges, d, side="right") - 1, 0, len(edges) - 2)
    count = np.bincount(where, minlength=len(edges) - 1)
    some = count > 0
    mean_d, mean_g = (np.bincount(where, a, len(edges) - 1)[some] / count[some] for a in (d, g))
    weight = np.sqrt(count[some]) / (mean_d + np.median(mean_d) / 4)
    best: tuple[float, tuple[float, float, float]] | None = None
    for length in np.geomspace(max(mean_d[0], 1e-6) / 2, max(mean_d[-1], 1e-6) * 2, RANGES):
        shape = 1 - np.exp(-mean_d / length)
        design = np.stack([np.ones_like(shape), shape], axis=1) * weight[:, None]
        nugget, sill = np.linalg.lstsq(design, mean_g * weight, rcond=None)[0]
        if nugget < 0:
            nugget, sill = 0.0, float((shape * mean_g * weight**2).sum() / (shape**2 * weight**2).sum())
        if sill <= 0:
            nugget, sill = float((mean_g * weight).sum() / weight.sum()), 1e-9
        miss = float((((nugget + sill * shape) - mean_g) ** 2 * weight**2).sum())
        if best is None or miss < best[0]:
            best = (miss, (float(nugget), float(sill), float(length)))
    return best[1] if best else None
