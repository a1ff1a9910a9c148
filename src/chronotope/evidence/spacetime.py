"""Kriging in space and time of scattered observations: one distance for both, its ranges and nugget fitted on themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.spatial import cKDTree

NEAREST = 32  # observations that an answer reads
LEARNT, THINNED = 400, (1.0, 0.3, 0.1, 0.03)  # left-out observations, and the shares of the others that they are told from
LEVEL = 4.0  # variance of the common level, in those of the field
BATCH = 2000
SAME = 1e-9  # scaled distance at which an answer stands where something was observed
FEWEST = 8
MOMENTS, ALIKE = 8, 60  # moments of the past from which what followed is told, and misses about as far ahead that tell how far off one is


@dataclass(frozen=True)
class Observations:
    """Values somewhere and sometime.

    Attributes:
        at: float64 (n, d), positions in metres; of degrees on the sphere, d = 3, so that no seam matters.
        time: float64 (n,), hours.
        value: float64 (n,), finite.
    """

    at: np.ndarray
    time: np.ndarray
    value: np.ndarray

    def part(self, index: np.ndarray) -> Observations:
        """Some of them."""
        return Observations(self.at[index], self.time[index], self.value[index])

    def scaled(self, field: Covariance) -> np.ndarray:
        """(n, d + 1), in ranges."""
        return np.column_stack([self.at / field.space, self.time / field.time])


@dataclass(frozen=True)
class Covariance:
    """Of a field with mean `mean` and variance `sill`, in the distance sqrt((metres / space)^2 + (hours / time)^2).

    Attributes:
        smooth: Matern of smoothness 3/2 rather than exponential (1/2).
        nugget: variance of what is not shared by neighbours, in units of `sill`.
    """

    space: float
    time: float
    nugget: float
    mean: float
    sill: float
    smooth: bool = False

    def __call__(self, away: np.ndarray) -> np.ndarray:
        """Covariance in sills at scaled distances, with the common level."""
        if not self.smooth:
            return np.asarray(LEVEL + np.exp(-away))
        return np.asarray(LEVEL + (1 + np.sqrt(3) * away) * np.exp(-np.sqrt(3) * away))


@dataclass(frozen=True)
class Fitted:
    """A covariance, the observations it was fitted on, and how far these lay off when left out, in its own units, sorted (j,)."""

    field: Covariance
    seen: Observations
    off: np.ndarray

    def quantiles(self, at: np.ndarray, time: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        """(q, k) at positions (k, d) in metres and times (k,) in hours; what was observed at the very place and time stays."""
        asked = Observations(at, time, np.zeros(len(time)))
        mean, deviation, same = told(self.field, self.seen, asked)
        out = mean + np.quantile(self.off, levels)[:, None] * deviation
        return np.where(np.isfinite(same), same, out)

    def ahead(self, at: np.ndarray, time: np.ndarray, levels: tuple[float, ...], tried: Ahead, since: float) -> np.ndarray:
        """(q, k) likewise, after `since` hours, in units of what was missed so far ahead."""
        mean, deviation, _ = told(self.field, self.seen, Observations(at, time, np.zeros(len(time))))
        return np.asarray(mean + np.quantile(tried.off[tried.near(time - since)], levels, axis=1) * deviation)


@dataclass(frozen=True)
class Ahead:
    """How far the kriging missed what followed moments of the past, having read nothing later.

    Attributes:
        hours: (j,), how far ahead. off, miss: (j,), misses in its own units, and as lengths.
    """

    hours: np.ndarray
    off: np.ndarray
    miss: np.ndarray

    def near(self, hours: np.ndarray) -> np.ndarray:
        """Indices (k, m) of the misses about as far ahead as (k,) hours."""
        away = np.abs(np.log((self.hours + 1e-9) / (hours[:, None] + 1e-9)))
        return np.argsort(away, axis=1, kind="stable")[:, : min(ALIKE, len(self.hours))]


def tried_ahead(fitted: Fitted, reach: float) -> Ahead | None:
    """Misses at what was observed up to `reach` hours after moments of the later half, or None where too few followed."""
    seen, parts = fitted.seen, []
    for moment in np.unique(np.quantile(seen.time, np.linspace(0.5, 0.98, MOMENTS))):
        before, after = seen.time <= moment, (seen.time > moment) & (seen.time <= moment + reach)
        if before.sum() < FEWEST or not after.any():
            continue
        index = np.flatnonzero(after)[:: max(int(after.sum()) // LEARNT, 1)]
        mean, deviation, _ = told(fitted.field, seen.part(np.flatnonzero(before)), seen.part(index))
        miss = seen.value[index] - mean
        parts.append((seen.time[index] - moment, miss / np.maximum(deviation, 1e-12), np.abs(miss)))
    if sum(len(hours) for hours, *_ in parts) < ALIKE // 2:
        return None
    return Ahead(*(np.concatenate(one) for one in zip(*parts)))


def fit(seen: Observations, seed: int = 0) -> Fitted:
    """Ranges and nugget that make left-out observations likeliest, told from all others and from thinned ones.

    Source: Vecchia (1988), the likelihood of each value given its nearest neighbours.
    """
    mean, sill = float(seen.value.mean()), float(seen.value.var())
    if len(seen.value) < FEWEST or sill <= 0:
        return Fitted(Covariance(1.0, 1.0, 0.1, mean, max(sill, 0.0)), seen, np.array([-1.28, 0.0, 1.28]))
    order = np.lexsort((seen.value, *seen.at.T, seen.time))  # so that the order of the rows does not matter
    seen = seen.part(order)
    spread = float(np.sqrt(seen.at.var(axis=0).sum())) or 1.0
    start = Covariance(0.3 * spread, 0.1 * float(np.ptp(seen.time)) or 1.0, 0.1, mean, sill)
    groups = _groups(start, seen, seed)
    tried = [_likeliest(replace(start, smooth=smooth), groups, seen) for smooth in (False, True)]
    start = min(tried, key=lambda pair: pair[1])[0]
    start = _likeliest(start, _groups(start, seen, seed), seen)[0]
    off = np.sort(np.concatenate([_off(start, seen, *group)[0] for group in _groups(start, seen, seed + 1)]))
    return Fitted(start, seen, off)


def told(field: Covariance, seen: Observations, asked: Observations) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (k,), standard deviation of an observation (k,), and the value observed at the very place and time (k,), NaN where none was."""
    tree, number = cKDTree(seen.scaled(field)), min(NEAREST, len(seen.value))
    where = asked.scaled(field)
    mean, variance, same = (np.full(len(where), np.nan) for _ in range(3))
    for start in range(0, len(where), BATCH):
        part = slice(start, start + BATCH)
        away, near = tree.query(where[part], number)
        away, near = away.reshape(-1, number), near.reshape(-1, number)
        mean[part], variance[part] = _conditional(field, tree.data[near], where[part], seen.value[near])
        same[part] = np.where(away[:, 0] < SAME, seen.value[near[:, 0]], np.nan)
    return mean, np.sqrt(variance * field.sill), same


def _conditional(field: Covariance, near: np.ndarray, where: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (k,) and variance (k,) in sills of observations at `where` (k, d) given values (k, m) at `near` (k, m, d)."""
    together = field(np.linalg.norm(near[:, :, None] - near[:, None], axis=-1))
    together = together + (field.nugget + 1e-6) * np.eye(near.shape[1])
    to_them = field(np.linalg.norm(near - where[:, None], axis=-1))
    weight = np.linalg.solve(together, to_them[..., None])[..., 0]
    variance = LEVEL + 1 + field.nugget - (weight * to_them).sum(1)
    return field.mean + (weight * (value - field.mean)).sum(1), np.maximum(variance, 1e-9)


def _groups(field: Covariance, seen: Observations, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(left out (j,), its nearest others (j, m)) for every share of the observations."""
    rng, groups = np.random.default_rng(seed), []
    scaled = seen.scaled(field)
    for share in THINNED:
        kept = np.flatnonzero(rng.random(len(scaled)) < share) if share < 1 else np.arange(len(scaled))
        if len(kept) < FEWEST:
            continue
        out = rng.choice(kept, min(LEARNT // len(THINNED), len(kept)), replace=False)
        number = min(NEAREST // 2, len(kept) - 1)
        near = kept[cKDTree(scaled[kept]).query(scaled[out], number + 1)[1]]
        others = np.argsort(near == out[:, None], axis=1, kind="stable")[:, :number]
        groups.append((out, np.take_along_axis(near, others, axis=1)))
    return groups


def _off(field: Covariance, seen: Observations, out: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far left-out values lie off in standard deviations (j,), and the variances in sills."""
    scaled = seen.scaled(field)
    mean, variance = _conditional(field, scaled[near], scaled[out], seen.value[near])
    return (seen.value[out] - mean) / np.sqrt(variance * field.sill), variance


def _likeliest(start: Covariance, groups: list[tuple[np.ndarray, np.ndarray]], seen: Observations) -> tuple[Covariance, float]:
    """The covariance that makes left-out values likeliest, from a first guess, and how unlikely they still are."""

    def made(x: np.ndarray) -> Covariance:
        space, time, nugget = np.exp(np.clip(x, -9, 9)) * (start.space, start.time, start.nugget)
        return replace(start, space=float(space), time=float(time), nugget=min(float(nugget), 10.0))

    def surprise(x: np.ndarray) -> float:
        total, logs = [], []
        for group in groups:
            off, variance = _off(made(x), seen, *group)
            total.append(off)
            logs.append(np.log(variance))
        square = np.concatenate(total) ** 2
        size = float(np.mean(np.minimum(square, 25 * np.median(square) + 1e-12)))  # the sill that fits best, odd values held back
        return float(np.mean(np.concatenate(logs)) + np.log(max(size, 1e-12)) + 1e-3 * (x**2).sum())

    best = minimize(surprise, np.zeros(3), method="Nelder-Mead", options={"maxiter": 70, "initial_simplex": _SIMPLEX})
    found = made(best.x)
    square = np.concatenate([_off(found, seen, *group)[0] for group in groups]) ** 2
    return replace(found, sill=start.sill * max(float(np.mean(square)), 1e-9)), float(best.fun)


_SIMPLEX = np.array([[0.0, 0, 0], [1.5, 0, 0], [0, 1.5, 0], [0, 0, 1.5]])
