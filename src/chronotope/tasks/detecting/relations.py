"""Relations: which series are told exactly by others at the same time - a total by its parts, a copy, the same in another unit.

series --relatives, few to all--> robust lines, each half of the record by the other --tiny misses--> the fewest that tell it --> relations

Rows that break a relation are not learnt: a fit weighs each row by how well it obeys the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.gaps.lagged import relatives
from chronotope.model.exact import FEW, FEWEST, LEAST, MISS, MOST, STEP, TURNS  # what is exact is so in gaps too

USUAL = 0.9  # of the misses, that a relation is judged by
ROWS = 3  # for each number that is fitted
RESTS = 0.25  # share of the rows, at one value, from which a series rests there
NUMBERS = (1, 3, 6)  # of relatives
BETTER, AS_GOOD = 0.3, 1.5  # times the misses, for which more relatives are read, and up to which fewer do
SLIGHT = 1e-3  # of a spread: what a relative tells so little of a total is no part of it
FIRST, ROUNDS = 4, 10  # rounds of a fit, after which hopeless ones end
HOPELESS = 0.1  # half of the misses, in the spread
FITTED = 1500  # rows, evenly taken
HELD = 4_000_000  # numbers at once
SURE = 8.0  # times what nine of ten misses stay below: beyond it a relation is broken
ROUNDED = 0.05  # share of misses that rounding would make, below which there is none
FINEST, FITTED_TO = 1e-3, 1e-7  # of a spread: misses below the first are none, and fits are as exact as the second
LEADING = 0.003  # share of misses that may lead up to a limit
UNITS = (1.0, 0.1, 0.01, 0.001, 0.0001)  # of values that are rounded


@dataclass(frozen=True)
class Relations:
    """What holds between series (s,): a sum of some, each times a number, that is zero but for tiny misses.

    Attributes:
        weights: (r, s), one for the series that is told, zero for those that have no part in it; of values less `level`, in `spread`s.
        offsets: (r,), what such a sum is instead of zero.
        limits: (r,), beyond which a miss breaks the relation.
        level, spread: (s,).
    """

    weights: np.ndarray
    offsets: np.ndarray
    limits: np.ndarray
    level: np.ndarray
    spread: np.ndarray

    def misses(self, values: np.ndarray) -> np.ndarray:
        """Misses (r, t) of values (s, t); NaN where one that takes part is not seen."""
        used = (self.weights != 0).any(axis=0)
        weights, values = self.weights[:, used], values[used]
        seen = np.isfinite(values)
        x = np.where(seen, (values - self.level[used, None]) / self.spread[used, None], 0.0)
        silent = (weights != 0).astype(float) @ (~seen).astype(float) > 0
        return np.where(silent, np.nan, weights @ x - self.offsets[:, None])

    def are_usual(self, values: np.ndarray) -> np.ndarray:
        """Which (r,) hold in nine of ten rows of values (s, t) that show it."""
        misses = self.misses(values)
        known = np.isfinite(misses)
        broken = known & (np.abs(np.nan_to_num(misses)) > self.limits[:, None])
        return np.asarray(broken.sum(axis=1) <= (1.0 - USUAL) * known.sum(axis=1))

    def some(self, which: np.ndarray) -> Relations | None:
        """Those of `which` (r,); None where there is none."""
        if not which.any():
            return None
        return replace(self, weights=self.weights[which], offsets=self.offsets[which], limits=self.limits[which])


def relations_of(values: np.ndarray, trusted: np.ndarray, groups: np.ndarray | None = None) -> Relations | None:
    """The relations between series, a set of series no more than once; None where there are none.

    Args:
        values: (s, t), NaN where not seen.
        trusted: bool (s, t), from which relations are learnt.
        groups: int (s, r), series that each may be told by, -1 where there are no more; those most like it, and all, by default.
    """
    count = trusted.sum(axis=1)
    raw = np.where(trusted, values, 0.0)
    level = raw.sum(axis=1) / np.maximum(count, 1)
    spread = np.sqrt(np.where(trusted, (raw - level[:, None]) ** 2, 0.0).sum(axis=1) / np.maximum(count, 1))
    x = np.where(trusted, (values - level[:, None]) / np.maximum(spread, 1e-300)[:, None], 0.0)
    who = np.flatnonzero((count >= FEWEST) & (spread > 1e-9 * np.abs(level)))
    who = who[[bool(np.ptp(np.quantile(x[one][trusted[one]], (0.1, 0.9))) > LEAST) for one in who]]
    if len(who) < 2:
        return None
    fits = _Fits(x, trusted, ~_rests(x, trusted))
    near, usual = np.full((len(x), 1), -1), np.full(len(x), np.inf)
    for way in _ways(x, trusted, who, groups):
        found = fits.usual(who, way[who])
        better = found < BETTER * usual[who]
        near = np.pad(near, ((0, 0), (0, max(0, way.shape[1] - near.shape[1]))), constant_values=-1)
        near[who[better]] = np.pad(way[who[better]], ((0, 0), (0, near.shape[1] - way.shape[1])), constant_values=-1)
        usual[who[better]] = found[better]
    who = who[np.isfinite(usual[who])]
    return _made(fits, who, _fewest(fits, who, near[who], usual[who]), values, (level, spread)) if len(who) else None


def _rests(x: np.ndarray, trusted: np.ndarray) -> np.ndarray:
    """Where series (s, t) stand at the value that they have most often, of those that do in much of the record."""
    out = np.zeros(x.shape, bool)
    for one in range(len(x)):
        values, count = np.unique(x[one][trusted[one]], return_counts=True)
        if len(count) and count.max() > RESTS * count.sum():
            out[one] = x[one] == values[np.argmax(count)]
    return out


def _ways(x: np.ndarray, trusted: np.ndarray, who: np.ndarray, groups: np.ndarray | None) -> list[np.ndarray]:
    """Series (s, r) that each may be told by, -1 where there are no more: fewer first."""
    if groups is not None:
        return [groups]
    used = np.isin(np.arange(len(x)), who)[:, None]
    near = relatives(np.where(used, x, 0.0), (trusted & used).astype(float))
    near[~np.isin(near, who)] = -1
    out = [near[:, :number] for number in NUMBERS if number <= near.shape[1] and number < len(who)]
    if len(who) <= MOST and len(who) * ROWS < x.shape[1] / 2 and (not out or out[-1].shape[1] + 1 < len(who)):
        every = np.full((len(x), len(who) - 1), -1)
        every[who] = [np.setdiff1d(who, [one]) for one in who]
        out.append(every)
    return out


def _fewest(fits: _Fits, who: np.ndarray, near: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Of the series (k, r) that tell others, no more than it takes."""
    every = (near >= 0).sum(axis=1) > FEW
    if every.any():
        slope = np.abs(fits.whole(who[every], near[every])[0])
        fewer = np.where(slope > SLIGHT, near[every], -1)
        as_good = fits.usual(who[every], fewer) <= AS_GOOD * np.maximum(usual[every], 1e-9)
        near = near.copy()
        near[every] = np.where(as_good[:, None], fewer, near[every])
    near = np.take_along_axis(near, np.argsort(near < 0, axis=1, kind="stable"), axis=1)
    near = near[:, : max(1, int((near >= 0).sum(axis=1).max()))]
    for column in range(min(near.shape[1], FEW) - 1, -1, -1):
        tried = np.flatnonzero((near[:, column] >= 0) & ((near >= 0).sum(axis=1) > 1) & ((near >= 0).sum(axis=1) <= FEW))
        if len(tried):
            fewer = near[tried].copy()
            fewer[:, column] = -1
            as_good = fits.usual(who[tried], fewer) <= AS_GOOD * np.maximum(usual[tried], 1e-9)
            near[tried[as_good]] = fewer[as_good]
    return near


def _made(fits: _Fits, who: np.ndarray, near: np.ndarray, values: np.ndarray, scale: tuple[np.ndarray, np.ndarray]) -> Relations | None:
    """The relations of series `who` with those (k, r) that tell them, those of the least misses first."""
    level, spread = scale
    slope, offset = fits.whole(who, near)
    usual = fits.usual(who, near)
    lost = np.array([_lost(one) for one in values]) / np.maximum(spread, 1e-300)[:, None]
    weights, limits, kept, known = [], [], [], set()
    for j in np.lexsort((who, usual)):
        by = near[j][near[j] >= 0]
        members = frozenset((int(who[j]), *by.tolist()))
        if members in known:
            continue
        known.add(members)
        row = np.zeros(len(level))
        row[who[j]], row[by] = 1.0, -slope[j][near[j] >= 0]
        parts = sorted(members)
        miss = row[parts] @ ((values[parts] - level[parts, None]) / spread[parts, None]) - offset[j]
        size = np.abs(miss[np.isfinite(miss)])
        weights.append(row)
        limits.append(_limit(size, usual[j], *(np.abs(row) @ lost + FITTED_TO)))
        kept.append(j)
    every = Relations(np.array(weights), offset[kept], np.array(limits), level, spread)
    return every.some(every.are_usual(values))


def _limit(size: np.ndarray, usual: float, stored: float, rounding: float) -> float:
    """The miss beyond which a relation is broken.

    All that storing or rounding makes, where misses are no more than that; else so far beyond the usual that few misses lead up to it.
    """
    if usual <= stored and ((size > stored) & (size <= 1.5 * rounding)).sum() < ROUNDED * len(size):
        return max(stored, FINEST)
    few = max(1.0, LEADING * len(size))
    if usual <= rounding and ((size > rounding) & (size <= 2.0 * rounding)).sum() <= few:
        return max(rounding, FINEST)
    out = max(SURE * usual, rounding, FINEST)
    while ((size > out / 2.0) & (size <= out)).sum() > few:
        out *= 2.0
    return out


def _lost(series: np.ndarray) -> tuple[float, float]:
    """The most that values (t,) may be off as they are stored, and as they are rounded."""
    known = series[np.isfinite(series)]
    if not len(known):
        return 0.0, 0.0
    largest = float(np.abs(known).max())
    stored = largest * (2.0**-23 if (known == known.astype(np.float32)).all() else 2.0**-50)
    for unit in UNITS:
        if unit > 4.0 * stored and (np.abs(known / unit - np.rint(known / unit)) < 1e-3 + 2.0 * stored / unit).all():
            return stored, max(stored, 0.525 * unit)
    return stored, stored


@dataclass(frozen=True)
class _Fits:
    """Robust lines of series on others.

    Attributes:
        x: (s, t) scaled values, zero where not trusted.
        trusted: bool (s, t).
        moving: bool (s, t), where a series does not rest: rows at which a total and its parts are all nothing show little.
    """

    x: np.ndarray
    trusted: np.ndarray
    moving: np.ndarray

    def usual(self, who: np.ndarray, near: np.ndarray) -> np.ndarray:
        """What nine of ten misses of series (k,) stay below, each half told by the other; infinite where that is not tiny."""
        out = np.full(len(who), np.inf)
        t = self.x.shape[1]
        odd = np.arange(t) * TURNS // t % 2 == 1
        for part in self._parts(near):
            y, a, seen = self._taken(who[part], near[part], np.arange(t))
            miss = np.full(y.shape, np.nan)
            for side in (False, True):
                slope, offset, good = self._robust(y, a, seen, odd != side)
                told = np.einsum("kr,krt->kt", slope, a[:, :, odd == side]) + offset[:, None]
                miss[:, odd == side] = np.where(seen[:, odd == side] & good[:, None], y[:, odd == side] - told, np.nan)
            out[part] = self._judged(who[part], np.abs(miss))
        return out

    def whole(self, who: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Slopes (k, r), and offsets (k,), of the whole record."""
        slope, offset = np.zeros(near.shape), np.zeros(len(who))
        for part in self._parts(near):
            y, a, seen = self._taken(who[part], near[part], np.arange(self.x.shape[1]))
            slope[part], offset[part], _ = self._robust(y, a, seen, np.ones(y.shape[1], bool))
        return slope, offset

    def _parts(self, near: np.ndarray) -> list[slice]:
        size = max(1, HELD // (self.x.shape[1] * max(near.shape[1], 1)))
        return [slice(low, low + size) for low in range(0, len(near), size)]

    def _taken(self, who: np.ndarray, near: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Series (k, t), those that tell them (k, r, t), and where all are trusted and not all rest."""
        there = (near >= 0)[..., None]
        a = np.where(there, self.x[near][..., rows], 0.0)
        seen = self.trusted[who][:, rows] & (self.trusted[near][..., rows] | ~there).all(axis=1)
        moving = self.moving[who][:, rows] | (self.moving[near][..., rows] & there).any(axis=1)
        return self.x[who][:, rows], a, seen & moving

    def _judged(self, who: np.ndarray, size: np.ndarray) -> np.ndarray:
        """What nine of ten misses (k, t) stay below, where that and their mean are tiny; else infinite."""
        count = np.isfinite(size).sum(axis=1)
        order = np.sort(np.where(np.isfinite(size), size, np.inf), axis=1)
        at = np.clip((USUAL * count).astype(int), 0, size.shape[1] - 1)
        usual = order[np.arange(len(who)), at]
        inner = np.arange(size.shape[1]) < at[:, None]
        mean = np.where(inner, order, 0.0).sum(axis=1) / np.maximum(at, 1)
        both = self.trusted[who, 1:] & self.trusted[who, :-1]
        move = np.where(both, np.abs(np.diff(self.x[who], axis=1)), 0.0).sum(axis=1) / np.maximum(both.sum(axis=1), 1)
        moving = (both & (np.diff(self.x[who], axis=1) != 0)).sum(axis=1) >= FEWEST
        return np.where((count >= FEWEST) & moving & (usual < MISS) & (mean < STEP * move), usual, np.inf)

    def _robust(self, y: np.ndarray, a: np.ndarray, seen: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Slopes (k, r) and offsets (k,) over some rows, and whether they were told: absolute misses first, then only what obeys."""
        at = np.flatnonzero(rows)
        at = at[np.unique(np.linspace(0, len(at) - 1, min(FITTED, len(at))).astype(int))] if len(at) else at
        y, a, seen = y[:, at], a[:, :, at], seen[:, at].astype(float)
        slope, offset = np.zeros(a.shape[:2]), np.zeros(len(y))
        left = np.flatnonzero(seen.sum(axis=1) >= ROWS * ((a != 0).any(axis=2).sum(axis=1) + 1))
        good, weight = np.zeros(len(y), bool), seen.copy()
        for turn in range(ROUNDS):
            if not len(left):
                break
            slope[left], offset[left] = _weighted(y[left], a[left], weight[left])
            size = np.abs(y[left] - np.einsum("kr,krt->kt", slope[left], a[left]) - offset[left, None])
            order = np.sort(np.where(seen[left] > 0, size, np.inf), axis=1)
            middle = order[np.arange(len(left)), (seen[left].sum(axis=1) // 2).astype(int)]
            unit = np.maximum(middle, 1e-9)[:, None]
            weight[left] = seen[left] * (1.0 / np.maximum(size, unit) if turn < FIRST else (1.0 + (size / (3.0 * unit)) ** 2) ** -2)
            left = left[middle < HOPELESS] if turn == FIRST - 1 else left
        good[left] = True
        return slope, offset, good


def _weighted(y: np.ndarray, a: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted least squares of each series (k, t) on its own (k, r, t): slopes (k, r) and offsets (k,)."""
    total = np.maximum(weight.sum(axis=1), 1e-300)
    own = (y * weight).sum(axis=1) / total
    theirs = np.einsum("krt,kt->kr", a, weight) / total[:, None]
    apart = a - theirs[..., None]
    heavy = apart * weight[:, None]
    gram = heavy @ apart.swapaxes(1, 2)
    column = np.arange(a.shape[1])
    size = gram[:, column, column]
    gram[:, column, column] += 1e-11 * size + np.where(size > 0, 0.0, 1.0) + 1e-300
    slope = np.linalg.solve(gram, (heavy @ (y - own[:, None])[..., None]))[..., 0]
    return slope, own - (slope * theirs).sum(axis=1)
