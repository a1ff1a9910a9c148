"""Kriging in space and time of scattered observations: one distance for both, its ranges and nugget fitted on themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.optimize import minimize
from scipy.spatial import cKDTree

NEAREST = 32  # observations that an answer reads
LEARNT, THINNED = 400, (1.0, 0.3, 0.1, 0.03)  # left-out observations, and the shares of the others that they are told from
JUDGED, WINDOW = 1200, 200  # left-out observations whose misses are kept, and those about as far from others that tell of an answer
LOCAL, ODD = 4.0, 16.0  # observations' worth of the common size of misses in the local one, and the square beyond which one counts no more
NOISE, NEARER, BETTER = 1.0, 0.01, 0.75  # nugget from which a field is sought anew, from how near, and of the misses then, at most
LEVEL = 4.0  # variance of the common level, in those of the field
BATCH = 2000
SAME = 1e-9  # scaled distance at which an answer stands where something was observed
FEWEST = 8
DEEPER = 0.95  # of the misses without depths, at most, where depths are read
FEW = 30  # misses ahead of which a distribution is made
MOMENTS, ALIKE = 24, 180  # moments of the past from which what followed is told, and misses about as far ahead that tell how far off one is


@dataclass(frozen=True)
class Observations:
    """Values somewhere and sometime.

    Attributes:
        at: float64 (n, d), positions in metres; of degrees on the sphere, d = 3, so that no seam matters.
        time: float64 (n,), hours.
        value: float64 (n,), finite.
        who: str (n,), the object that each is of; None where there are none.
        depth: float64 (n,), depth, height or pressure in a unit of its own; None where it is not read.
    """

    at: np.ndarray
    time: np.ndarray
    value: np.ndarray
    who: np.ndarray | None = None
    depth: np.ndarray | None = None

    def part(self, index: np.ndarray) -> Observations:
        """Some of them."""
        who, depth = (None if one is None else one[index] for one in (self.who, self.depth))
        return Observations(self.at[index], self.time[index], self.value[index], who, depth)

    def scaled(self, field: Covariance) -> np.ndarray:
        """(n, d + 1), or with a depth (n, d + 2), in ranges."""
        depth = [] if self.depth is None else [self.depth / field.depth]
        return np.column_stack([self.at / field.space, self.time / field.time, *depth])


@dataclass(frozen=True)
class Covariance:
    """Of a field with mean `mean` and variance `sill`, in the distance sqrt((metres / space)^2 + (hours / time)^2).

    Attributes:
        smooth: Matern of smoothness 3/2 rather than exponential (1/2).
        depth: range of depths, whose square is added to the distance where they are read.
        nugget: variance of what is not shared by neighbours, in units of `sill`.
    """

    space: float
    time: float
    nugget: float
    mean: float
    sill: float
    smooth: bool = False
    depth: float = 1.0

    def __call__(self, away: np.ndarray) -> np.ndarray:
        """Covariance in sills at scaled distances, with the common level."""
        if not self.smooth:
            return np.asarray(LEVEL + np.exp(-away))
        return np.asarray(LEVEL + (1 + np.sqrt(3) * away) * np.exp(-np.sqrt(3) * away))


@dataclass(frozen=True)
class Told:
    """What a field tells of asked places and times, (k,) each.

    Attributes:
        mean: the likeliest value.
        deviation: of an observation there, as far as the field knows.
        local: how much further than usual the observations around lie off.
        same: the value observed at the very place and time, NaN where none was.
    """

    mean: np.ndarray
    deviation: np.ndarray
    local: np.ndarray
    same: np.ndarray

    @property
    def width(self) -> np.ndarray:
        """The deviation expected there."""
        return self.deviation * self.local


@dataclass(frozen=True)
class Fitted:
    """A covariance, the observations it was fitted on, and how far these lie off when left out.

    Attributes:
        rough: (n,), of every observation told from the nearest others: the square of how far it lies off, over the mean of these squares.
        deviation: of the field at observations left out (j,), ascending.
        off: (j,), how far these lay off, in units of the width expected there.
        level: what was taken off the observed values, and is in every answer again.
    """

    field: Covariance
    seen: Observations
    rough: np.ndarray
    deviation: np.ndarray
    off: np.ndarray
    level: float = 0.0

    def told(self, at: np.ndarray, time: np.ndarray, depth: np.ndarray | None = None) -> Told:
        """Of positions (k, d) in metres, times (k,) in hours and, where they are read, depths (k,)."""
        asked = Observations(at, time, np.zeros(len(time)), depth=None if self.seen.depth is None else depth)
        return told(self.field, self.seen, asked, self.rough)

    def quantiles(self, at: np.ndarray, time: np.ndarray, levels: tuple[float, ...], depth: np.ndarray | None = None) -> np.ndarray:
        """(q, k) at positions (k, d) in metres and times (k,) in hours; what was observed at the very place and time stays."""
        made = self.told(at, time, depth)
        number = min(WINDOW, len(self.off))
        off, deviation = (sliding_window_view(one, number) for one in (self.off, self.deviation))
        near = np.searchsorted(deviation.mean(axis=1), made.deviation).clip(max=len(deviation) - 1)
        out = made.mean + np.quantile(off, levels, axis=1, method="weibull")[:, near] * made.width
        return np.where(np.isfinite(made.same), made.same, out) + self.level

    def ahead(self, at: np.ndarray, time: np.ndarray, levels: tuple[float, ...], tried: Ahead, since: float) -> np.ndarray:
        """(q, k) likewise, after `since` hours, in units of what was missed so far ahead."""
        made = self.told(at, time)
        return np.asarray(
            self.level + made.mean + np.quantile(tried.off[tried.near(time - since)], levels, axis=1, method="weibull") * made.width
        )


@dataclass(frozen=True)
class Ahead:
    """How far the kriging missed what followed moments of the past, having read nothing later.

    Attributes:
        hours: (j,), how far ahead.
        off: (j,), misses in units of the width expected there.
    """

    hours: np.ndarray
    off: np.ndarray

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
        index, known = np.flatnonzero(after)[:: max(int(after.sum()) // LEARNT, 1)], np.flatnonzero(before)
        made = told(fitted.field, seen.part(known), seen.part(index), fitted.rough[known])
        parts.append((seen.time[index] - moment, (seen.value[index] - made.mean) / np.maximum(made.width, 1e-12)))
    if sum(len(hours) for hours, _ in parts) < FEW:
        return None
    return Ahead(*(np.concatenate(one) for one in zip(*parts)))


def fit(seen: Observations, seed: int = 0) -> Fitted:
    """Ranges and nugget that make left-out observations likeliest, told from all others and from thinned ones.

    Depths are read where left-out observations are missed by less with them.
    Source: Vecchia (1988), the likelihood of each value given its nearest neighbours.
    """
    mean, sill = float(seen.value.mean()), float(seen.value.var())
    if len(seen.value) < FEWEST or sill <= 0:
        field = Covariance(1.0, 1.0, 0.1, mean, max(sill, 0.0))
        return Fitted(field, replace(seen, depth=None), np.ones(len(seen.value)), np.ones(3), np.array([-1.28, 0.0, 1.28]))
    deep = [] if seen.depth is None else [seen.depth]
    order = np.lexsort((seen.value, *deep, *seen.at.T, seen.time))  # so that the order of the rows does not matter
    seen = seen.part(order)
    flat = replace(seen, depth=None)
    field = _fitted(flat, seed)
    if seen.depth is not None and np.ptp(seen.depth) > 0:
        deeper = _fitted(seen, seed)
        if np.mean(_misses(deeper, seen, seed + 1) / np.maximum(_misses(field, flat, seed + 1), 1e-12)) < DEEPER:
            return judged(deeper, seen, seed + 1)
    return judged(field, flat, seed + 1)


def _fitted(seen: Observations, seed: int) -> Covariance:
    """The likeliest covariance of ordered observations."""
    spread = float(np.sqrt(seen.at.var(axis=0).sum())) or 1.0
    start = Covariance(0.3 * spread, 0.1 * float(np.ptp(seen.time)) or 1.0, 0.1, float(seen.value.mean()), float(seen.value.var()))
    if seen.depth is not None:
        start = replace(start, depth=0.3 * float(np.ptp(seen.depth)))
    field = _fitted_from(start, seen, seed)
    if field.nugget <= NOISE:
        return field
    # many objects, each alone with its number: only near ones share anything
    near = _fitted_from(replace(start, space=NEARER * spread, time=10 * start.time), seen, seed)
    few, many = (_misses(one, seen, seed + 1) for one in (near, field))
    return near if few[0] < BETTER * many[0] and np.mean(few / np.maximum(many, 1e-12)) < 1 else field


def _fitted_from(start: Covariance, seen: Observations, seed: int) -> Covariance:
    """The likeliest covariance, rough or smooth, from a first guess."""
    groups = _groups(start, seen, seed)
    tried = [_likeliest(replace(start, smooth=smooth), groups, seen) for smooth in (False, True)]
    start = min(tried, key=lambda pair: pair[1])[0]
    return _likeliest(start, _groups(start, seen, seed), seen)[0]


def _misses(field: Covariance, seen: Observations, seed: int) -> np.ndarray:
    """Mean misses (g,) of left-out observations, told from all others and from thinned ones."""
    parts = [_off(field, seen, *group) for group in _groups(field, seen, seed, JUDGED)]
    return np.array([np.mean(np.abs(off) * np.sqrt(variance * field.sill)) for off, variance in parts])


def judged(field: Covariance, seen: Observations, seed: int) -> Fitted:
    """A field with how far observations lie off when left out."""
    rough, parts = _roughness(field, seen), []
    for out, near in _groups(field, seen, seed, JUDGED):
        off, variance = _off(field, seen, out, near)
        parts.append((np.sqrt(variance * field.sill), off / _local(rough[near])))
    deviation, off = (np.concatenate(one) for one in zip(*parts))
    order = np.lexsort((off, deviation))
    return Fitted(field, seen, rough, deviation[order], off[order])


def told(field: Covariance, seen: Observations, asked: Observations, rough: np.ndarray | None = None) -> Told:
    """What the nearest observations tell; with their `rough` (n,), also whether misses around are wider than usual."""
    tree, number = cKDTree(seen.scaled(field)), min(NEAREST, len(seen.value))
    where, rough = asked.scaled(field), np.ones(len(seen.value)) if rough is None else rough
    mean, variance, local, same = (np.full(len(where), np.nan) for _ in range(4))
    for start in range(0, len(where), BATCH):
        part = slice(start, start + BATCH)
        away, near = tree.query(where[part], number)
        away, near = away.reshape(-1, number), near.reshape(-1, number)
        mean[part], variance[part] = _conditional(field, tree.data[near], where[part], seen.value[near])
        local[part] = _local(rough[near])
        same[part] = np.where(away[:, 0] < SAME, seen.value[near[:, 0]], np.nan)
    return Told(mean, np.sqrt(variance * field.sill), local, same)


def _roughness(field: Covariance, seen: Observations) -> np.ndarray:
    """Squares (n,) of how far each observation lies off what the nearest others say, over their mean; odd ones held back."""
    every = np.arange(len(seen.value))
    near = _others(seen.scaled(field), every, every)
    parts = [slice(start, start + BATCH) for start in every[::BATCH]]
    square = np.concatenate([_off(field, seen, every[part], near[part])[0] for part in parts]) ** 2
    square = np.minimum(square, ODD * max(float(square.mean()), 1e-12))
    return np.asarray(square / max(float(square.mean()), 1e-12))


def _local(rough: np.ndarray) -> np.ndarray:
    """How much wider than usual misses are (k,) among observations with `rough` (k, m)."""
    return np.asarray(np.sqrt((rough.sum(axis=1) + LOCAL) / (rough.shape[1] + LOCAL)))


def _conditional(field: Covariance, near: np.ndarray, where: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (k,) and variance (k,) in sills of observations at `where` (k, d) given values (k, m) at `near` (k, m, d)."""
    together = field(np.linalg.norm(near[:, :, None] - near[:, None], axis=-1))
    together = together + (field.nugget + 1e-6) * np.eye(near.shape[1])
    to_them = field(np.linalg.norm(near - where[:, None], axis=-1))
    weight = np.linalg.solve(together, to_them[..., None])[..., 0]
    variance = LEVEL + 1 + field.nugget - (weight * to_them).sum(1)
    return field.mean + (weight * (value - field.mean)).sum(1), np.maximum(variance, 1e-9)


def _groups(field: Covariance, seen: Observations, seed: int, number: int = LEARNT) -> list[tuple[np.ndarray, np.ndarray]]:
    """(left out (j,), its nearest others (j, m)) for every share of the observations."""
    rng, groups = np.random.default_rng(seed), []
    scaled = seen.scaled(field)
    for share in THINNED:
        kept = np.flatnonzero(rng.random(len(scaled)) < share) if share < 1 else np.arange(len(scaled))
        if len(kept) < FEWEST:
            continue
        out = rng.choice(kept, min(number // len(THINNED), len(kept)), replace=False)
        groups.append((out, _others(scaled, kept, out)))
    return groups


def _others(scaled: np.ndarray, kept: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The nearest (j, m) of those kept to some of them (j,), without these themselves."""
    number = min(NEAREST // 2, len(kept) - 1)
    near = kept[cKDTree(scaled[kept]).query(scaled[out], number + 1)[1]]
    others = np.argsort(near == out[:, None], axis=1, kind="stable")[:, :number]
    return np.take_along_axis(near, others, axis=1)


def _off(field: Covariance, seen: Observations, out: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far left-out values lie off in standard deviations (j,), and the variances in sills."""
    scaled = seen.scaled(field)
    mean, variance = _conditional(field, scaled[near], scaled[out], seen.value[near])
    return (seen.value[out] - mean) / np.sqrt(variance * field.sill), variance


def _likeliest(start: Covariance, groups: list[tuple[np.ndarray, np.ndarray]], seen: Observations) -> tuple[Covariance, float]:
    """The covariance that makes left-out values likeliest, from a first guess, and how unlikely they still are."""

    ranges = np.array([start.space, start.time, start.nugget, *([] if seen.depth is None else [start.depth])])
    first = np.vstack([np.zeros(len(ranges)), 1.5 * np.eye(len(ranges))])

    def made(x: np.ndarray) -> Covariance:
        space, time, nugget, *depth = np.exp(np.clip(x, -9, 9)) * ranges
        deep = float(depth[0]) if depth else start.depth
        return replace(start, space=float(space), time=float(time), nugget=min(float(nugget), 10.0), depth=deep)

    def surprise(x: np.ndarray) -> float:
        total, logs = [], []
        for group in groups:
            off, variance = _off(made(x), seen, *group)
            total.append(off)
            logs.append(np.log(variance))
        square = np.concatenate(total) ** 2
        size = float(np.mean(np.minimum(square, 25 * np.median(square) + 1e-12)))  # the sill that fits best, odd values held back
        return float(np.mean(np.concatenate(logs)) + np.log(max(size, 1e-12)) + 1e-3 * (x**2).sum())

    best = minimize(surprise, first[0], method="Nelder-Mead", options={"maxiter": 70, "initial_simplex": first})
    found = made(best.x)
    square = np.concatenate([_off(found, seen, *group)[0] for group in groups]) ** 2
    return replace(found, sill=start.sill * max(float(np.mean(square)), 1e-9)), float(best.fun)
