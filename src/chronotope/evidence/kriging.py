"""Surround: what all other places say about each place at one time - ordinary kriging with a covariance from the seen values themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.evidence.series import Series

Correlation = Callable[[np.ndarray], np.ndarray]

CORRELATIONS: dict[str, Correlation] = {  # by distance over length, from the roughest field to the smoothest
    "exponential": lambda r: np.exp(-r),
    "matern 3/2": lambda r: (1 + np.sqrt(3) * r) * np.exp(-np.sqrt(3) * r),
    "matern 5/2": lambda r: (1 + np.sqrt(5) * r + 5 * r**2 / 3) * np.exp(-np.sqrt(5) * r),
}
BETTER = 0.99  # a smoother shape must leave out so much better
COLUMNS = 96  # times from which covariances are estimated
BINS, RANGES = 12, 10
FEWEST = 4  # known places
AT_ONCE = 2**20  # numbers of systems solved together


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
        system = _system_of(series, variable, known)
        if system is None:
            continue
        inverse, reach = system.inverse, system.reach
        seen = m[pick][known] > 0
        count = seen.sum(axis=0)
        usual = np.where(seen, raw[pick][known], 0).sum(axis=0) / np.maximum(count, 1)
        x = np.where(seen, raw[pick][known], usual)  # a place silent at a time stands at the mean of those that speak
        x, own = _conditioned(inverse, x, seen)
        padded = np.concatenate([x, np.zeros((1, x.shape[1]))])
        answer = reach @ (inverse @ padded)
        answer[known] = x - (inverse @ padded)[:-1] / own  # left out one at a time
        out[pick] = answer
        there[pick] = count >= FEWEST
    return out, there


def _conditioned(inverse: np.ndarray, x: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (k, columns) with silent places told by those that speak, so that they add nothing, and the precision of each given those.

    One solution for each pattern of silence, those with as many silent places together; where fewer than `FEWEST` speak the values stay.
    """
    out, own = x.copy(), np.repeat(np.diagonal(inverse)[:-1, None], x.shape[1], axis=1)
    patterns, which = np.unique(seen, axis=1, return_inverse=True)
    silent = (~patterns).sum(axis=0)
    turn = np.flatnonzero((silent > 0) & (len(seen) - silent >= FEWEST))
    turn = turn[np.argsort(silent[turn], kind="stable")]
    columns = np.split(np.argsort(which.ravel(), kind="stable"), np.cumsum(np.bincount(which.ravel()))[:-1])
    while len(turn):
        batch = turn[: max(1, AT_ONCE // (len(seen) * int(silent[turn[0]])))]
        batch = batch[silent[batch] == silent[batch[0]]]
        turn = turn[len(batch) :]
        at = np.nonzero(~patterns[:, batch].T)[1].reshape(len(batch), -1)
        across = inverse[at, : len(seen)] * patterns[:, batch].T[:, None]
        told = np.linalg.solve(inverse[at[:, :, None], at[:, None, :]], across)
        less = (told * across).sum(axis=1)
        for number, pattern in enumerate(batch):
            out[at[number][:, None], columns[pattern]] = -told[number] @ x[:, columns[pattern]]
            own[:, columns[pattern]] -= less[number][:, None]
    return out, own


def doubt(series: Series) -> tuple[np.ndarray, np.ndarray]:
    """How much farther off than usual places are from what is known: expected errors of the neighbours' mean and of kriging.

    Returns:
        (s,) each, over those of known places that are left out: near 0 at a station, 1 among the others as they lie, and what no
        neighbour tells far away; 1 where no covariance is known.
    """
    near, kriged = np.ones(len(series.x)), np.ones(len(series.x))
    for variable in range(series.variables):
        pick = slice(variable, None, series.variables)
        known = np.flatnonzero(series.known[pick])
        system = _system_of(series, variable, known) if len(known) >= FEWEST else None
        if system is not None:
            kriged[pick] = _over_usual(system.error, known)
            near[pick] = _over_usual(_error_of_mean(series, system, known), known)
    return near, kriged


def _over_usual(error: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.clip(error / max(float(error[known].mean()), 1e-12), 0.01, 100.0)


def _error_of_mean(series: Series, system: _System, known: np.ndarray) -> np.ndarray:
    """Expected error (n,) of the neighbours' weighted mean under the fitted covariance."""
    column = np.full(len(series.near.index), -1)
    column[known] = np.arange(len(known))
    at = np.where(series.near.index >= 0, column[np.maximum(series.near.index, 0)], -1)
    weight = np.where(at >= 0, series.near.weight, 0.0)
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    index = np.maximum(at, 0)
    toward = np.take_along_axis(system.reach, index, 1)
    among = system.reach[known][index[:, :, None], index[:, None, :]]
    each = (weight**2).sum(axis=1) * system.nugget
    variance = system.total - 2 * (weight * toward).sum(axis=1) + np.einsum("ni,nij,nj->n", weight, among, weight) + each
    return np.where(weight.sum(axis=1) > 0.5, np.sqrt(np.maximum(variance, 0.0)), np.sqrt(2 * system.total))


@dataclass(frozen=True)
class _System:
    """A kriging system in units of the variable's own deviation.

    Attributes:
        inverse: (k + 1, k + 1), of the covariances of the known places, bordered by ones.
        reach: (n, k + 1) covariances of all places with the known ones, then a one.
        error: (n,) expected error; of a known place when it is left out.
        nugget, total: what a value differs from the field at its place, and the variance of all.
    """

    inverse: np.ndarray
    reach: np.ndarray
    error: np.ndarray
    nugget: float
    total: float


def _system_of(series: Series, variable: int, known: np.ndarray) -> _System | None:
    """The kriging system of a variable, made once for the series; None where its values tell no covariance."""
    if ("surround", variable) not in series.kept:
        series.kept["surround", variable] = _system(series, variable, known)
    return series.kept["surround", variable]


def _system(series: Series, variable: int, known: np.ndarray) -> _System | None:
    """The system of the covariance that leaves known places out with the least error, among shapes fitted to the variogram."""
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
    best: tuple[float, _System] | None = None
    for correlation in CORRELATIONS.values():
        fitted = _variogram(distance[known], half, together, correlation)
        if fitted is None:
            return None
        system = _bordered(distance, known, correlation, *fitted)
        miss = _left_out(system, x, m)
        if best is None or miss < BETTER * best[0]:
            best = miss, system
    return None if best is None else best[1]


def _bordered(distance: np.ndarray, known: np.ndarray, correlation: Correlation, nugget: float, sill: float, length: float) -> _System:
    covariance = sill * correlation(distance / length)
    k = len(known)
    system = np.ones((k + 1, k + 1))
    system[:k, :k] = covariance[known] + (nugget + 1e-6) * np.eye(k)
    system[k, k] = 0.0
    inverse = np.linalg.inv(system)
    reach = np.concatenate([covariance, np.ones((len(covariance), 1))], axis=1)
    variance = sill + nugget - np.einsum("nk,kj,nj->n", reach, inverse, reach)
    variance[known] = 1 / np.maximum(np.diagonal(inverse)[:-1], 1e-12)
    return _System(inverse, reach, np.sqrt(np.maximum(variance, 0.0)), nugget, sill + nugget)


def _left_out(system: _System, x: np.ndarray, m: np.ndarray) -> float:
    """Mean squared miss of the known places (k, columns) when each is left out; silent ones stand at the mean of those that speak."""
    usual = (x * m).sum(axis=0) / np.maximum(m.sum(axis=0), 1)
    padded = np.concatenate([np.where(m > 0, x, usual), np.zeros((1, x.shape[1]))])
    miss = (system.inverse @ padded)[:-1] / np.diagonal(system.inverse)[:-1, None]
    return float((miss**2 * m).sum() / max(m.sum(), 1))


def _variogram(distance: np.ndarray, half: np.ndarray, together: np.ndarray, correlation: Correlation) -> tuple[float, float, float] | None:
    """Nugget, sill and length of a variogram by least squares over bins of distance; near bins count more."""
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
        shape = 1 - correlation(mean_d / length)
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
