"""Profiles: values along depth told by other profiles, near in space and time, and by the profile's own above and below.

values along depth --less the mean profile, read at some depths, kriged from other profiles, lines in time--> what others tell
misses of what a profile shows --kriged along its depth--> what it tells of itself
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.spatial import cKDTree

from chronotope.evidence.spacetime import BATCH, FEWEST, NEAREST, Covariance, Observations, _conditional, fit

EVEN = 25  # depths between which shares are straight, so that they do not depend on where single values stood
READ, FITTED = 40, 8  # depths at which profiles are read, and of these such whose covariance is fitted
NEAR = 4  # own values above, and as many below, that tell of one
SHORT = 0.02  # of all depths, by how many were seen: as far beyond its ends a profile is read
TRIED = 1500  # left-out values by which the covariance along depth is chosen, and how surely it tells
SKIPPED = (0, 2, 6)  # own values on each side that are left out with them
LENGTHS, NUGGETS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), (0.0001, 0.001, 0.01, 0.1, 0.5)
WINDOW = 300  # misses, told about as surely, that tell of an answer
GOLDEN = 0.6180339887
USUAL = 20.0  # misses' worth of the common size in that of a depth
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of lines in what is told; the one that missed least
LEAST = 1e-6  # of the deviation: how surely something can be told


@dataclass(frozen=True)
class Profiles:
    """Values (e, l), NaN where nothing was seen, along depths (e, l), of profiles at positions (e, d) in metres and hours (e,)."""

    values: np.ndarray
    depth: np.ndarray
    at: np.ndarray
    hours: np.ndarray
    who: np.ndarray | None = None

    @cached_property
    def seen(self) -> np.ndarray:
        """Bool (e, l)."""
        able = np.isfinite(self.at).all(axis=1) & np.isfinite(self.hours)
        return np.isfinite(self.values) & np.isfinite(self.depth) & able[:, None]

    def only(self, trusted: np.ndarray) -> Profiles:
        """With what is trusted (e, l) alone."""
        return replace(self, values=np.where(trusted, self.values, np.nan))

    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Depths that were seen, rising, and which share of all that was seen lies above each of them."""
        found, count = np.unique(self.depth[self.seen], return_counts=True)
        rank = (np.cumsum(count) - 0.5 * count) / count.sum()
        share = (rank - rank[0]) / max(rank[-1] - rank[0], 1e-12)
        if len(found) <= EVEN:
            return found, share
        even = np.unique(np.interp(np.linspace(0, 1, EVEN), share, found))
        return even, np.linspace(0, 1, len(even))


@dataclass(frozen=True)
class Along:
    """How profiles are read: depths as shares, the covariance of other profiles at some of them, and of own misses along depth.

    Attributes:
        depth, share: see `Profiles.scale`.
        read: shares at which profiles are read, rising.
        fields: one covariance for each.
        lines: for each, the share that lines between the same object's profiles have beside these.
        length, nugget, smooth: of own misses.
        rough: (r,), how large misses are at the depths that are read, over the common size.
        straight: (s, 2), how sure a value was and which share the line between the values above and below then has, by `SKIPPED`.
        sure, off: (j,), sizes of what was told of left-out values, in deviations of others, rising; and how far these lay off, in sizes.
    """

    depth: np.ndarray
    share: np.ndarray
    read: np.ndarray
    fields: tuple[Covariance, ...]
    lines: tuple[float, ...] = ()
    length: float = LENGTHS[0]
    nugget: float = NUGGETS[-1]
    smooth: bool = False
    rough: np.ndarray = field(default_factory=lambda: np.ones(1))
    straight: np.ndarray = field(default_factory=lambda: np.zeros((1, 2)))
    sure: np.ndarray = field(default_factory=lambda: np.ones(3))
    off: np.ndarray = field(default_factory=lambda: np.array([-1.28, 0.0, 1.28]))

    def shares(self, depth: np.ndarray) -> np.ndarray:
        """Depths as shares; NaN stays."""
        return np.asarray(np.interp(depth, self.depth, self.share))

    def roughness(self, depth: np.ndarray) -> np.ndarray:
        """How large misses are at depths, over the common size."""
        return np.asarray(np.interp(self.shares(depth), self.read[: len(self.rough)], self.rough))

    def straightness(self, sure: np.ndarray) -> np.ndarray:
        """Which share the line between the values above and below has, by how sure a value is."""
        return np.asarray(np.interp(sure, *self.straight[np.argsort(self.straight[:, 0], kind="stable")].T))

    def near(self, away: np.ndarray) -> np.ndarray:
        """Correlation of own misses at differences of shares."""
        scaled = np.abs(away) / self.length
        return np.asarray((1 + np.sqrt(3) * scaled) * np.exp(-np.sqrt(3) * scaled) if self.smooth else np.exp(-scaled))


@dataclass(frozen=True)
class ToldAlong:
    """What is told of every cell with a depth (e, l), each without its own value.

    Attributes:
        others, deviation: by other profiles alone.
        mean, size: with the profile's own values.
        along: how it was told.
    """

    others: np.ndarray
    deviation: np.ndarray
    mean: np.ndarray
    size: np.ndarray
    along: Along

    def quantiles(self, cells: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        """(q, k) at cells, bool (e, l), of which k are true; by left-out values that were told about as surely."""
        number, sure = min(WINDOW, len(self.along.off)), self.size[cells] / self.deviation[cells]
        off, size = (sliding_window_view(one, number) for one in (self.along.off, self.along.sure))
        near = np.searchsorted(size.mean(axis=1), sure).clip(max=len(size) - 1)
        return np.asarray(self.mean[cells] + np.quantile(off, levels, axis=1, method="weibull")[:, near] * self.size[cells])


def read_depths(profiles: Profiles, most: int) -> np.ndarray:
    """Depths at which profiles are read: all, or as many, by how often something was seen there."""
    depth, share = profiles.scale()
    return depth if len(depth) <= most else np.unique(np.interp(np.linspace(0, 1, most), share, depth))


def fitted_along(profiles: Profiles) -> Along | None:
    """How profiles are told of each other and of themselves; None where fewer than eight show anything."""
    if profiles.seen.any(axis=1).sum() < FEWEST:
        return None
    depth, share = profiles.scale()
    first = Along(depth, share, np.interp(read_depths(profiles, READ), depth, share), ())
    table = _read(profiles, first, _anomalies(profiles, first))
    able = np.flatnonzero(np.isfinite(table).sum(axis=0) >= FEWEST)
    if not len(able):
        return None
    some = able[np.unique(np.linspace(0, len(able) - 1, FITTED).round().astype(int))]
    fields = [_covariance(profiles, table[:, k]) for k in some]
    nearest = np.abs(first.read[able][:, None] - first.read[some]).argmin(axis=1)
    spread, middle = np.nanvar(table, axis=0), np.nanmean(table, axis=0)
    like = [
        replace(fields[j], mean=float(middle[k]), sill=fields[j].sill * _over(spread[k], spread[some[j]])) for k, j in zip(able, nearest)
    ]
    along = replace(first, read=first.read[able], fields=tuple(like), lines=(0.0,) * len(able))
    along = along if profiles.who is None else replace(along, lines=_heard_lines(profiles, along))
    others, deviation = _others(profiles, along)
    return _chosen(profiles, along, (profiles.values - others) / deviation, deviation)


def _covariance(profiles: Profiles, column: np.ndarray) -> Covariance:
    """Fitted on the anomalies (e,) of profiles at one depth."""
    good = np.isfinite(column)
    return fit(Observations(profiles.at[good], profiles.hours[good], column[good])).field


def _over(one: float, other: float) -> float:
    return float(one / other) if other > 0 else 1.0


def told_along(profiles: Profiles, along: Along) -> ToldAlong:
    """What is told of every cell with a depth, each without its own value."""
    others, deviation = _others(profiles, along)
    mean, variance, line = _own(profiles, along, (profiles.values - others) / deviation, np.isfinite(profiles.depth))
    told, sure = others + deviation * mean, np.sqrt(variance)
    told = told + along.straightness(sure) * np.where(np.isfinite(line), line - told, 0.0)
    deviation = deviation * along.roughness(profiles.depth)
    return ToldAlong(others, deviation, told, deviation * sure, along)


def _anomalies(profiles: Profiles, along: Along) -> np.ndarray:
    """Values (e, l) less the mean profile."""
    return np.asarray(np.where(profiles.seen, profiles.values - _mean(profiles, along), np.nan))


def _mean(profiles: Profiles, along: Along) -> np.ndarray:
    """The mean profile (e, l) at all depths: the sum of mean differences from one depth to the next, of profiles that reach both."""
    nodes = np.linspace(0, 1, READ) if len(along.share) > READ else along.share
    read = _at(profiles, along, nodes, profiles.values)
    step = np.diff(read, axis=1)
    count = np.isfinite(step).sum(axis=0)
    rise = np.where(np.isfinite(step), step, 0.0).sum(axis=0) / np.maximum(count, 1)
    mean = np.concatenate([[0.0], np.cumsum(rise)])
    mean += float(np.nanmean(read - mean))
    return np.asarray(np.interp(along.shares(profiles.depth), nodes, mean))


def _read(profiles: Profiles, along: Along, anomalies: np.ndarray) -> np.ndarray:
    """Anomalies (e, r) at the depths that are read; see `_at`."""
    return _at(profiles, along, along.read, anomalies)


def _at(profiles: Profiles, along: Along, wanted: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values (e, l) read at rising shares (r,) of depth, on straight lines, (e, r); NaN where a profile does not reach them."""
    out, shares = np.full((len(values), len(wanted)), np.nan), along.shares(profiles.depth)
    for row, seen in enumerate(profiles.seen):
        if seen.any():
            at = shares[row, seen]
            order = np.argsort(at, kind="stable")
            inside = (wanted >= at.min() - SHORT) & (wanted <= at.max() + SHORT)
            out[row, inside] = np.interp(wanted[inside], at[order], values[row, seen][order])
    return out


def _others(profiles: Profiles, along: Along) -> tuple[np.ndarray, np.ndarray]:
    """What other profiles tell (e, l), and the deviation from it."""
    read = _read(profiles, along, _anomalies(profiles, along))
    mean, deviation = _at_read(profiles, along, read)
    if any(along.lines):
        line = _lines(profiles, read)
        share = np.where(np.isfinite(line), along.lines, 0.0)
        mean = mean + share * np.where(share > 0, line - mean, 0.0)
    told, shares = np.isfinite(mean).any(axis=0), along.shares(profiles.depth)
    least = LEAST * max(float(np.nanstd(profiles.values)), 1e-300)
    off, sure = (_between(one[:, told], along.read[told], shares) for one in (mean, deviation))
    return _mean(profiles, along) + off, np.maximum(sure, least)


def _at_read(profiles: Profiles, along: Along, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation (e, r) of anomalies at the depths that are read, kriged from those of the nearest others."""
    able = np.flatnonzero(np.isfinite(profiles.at).all(axis=1) & np.isfinite(profiles.hours))
    mean, deviation = np.full((2, *read.shape), np.nan)
    for k, covariance in enumerate(along.fields):
        known = np.flatnonzero(np.isfinite(read[:, k]))
        if len(known) < 2:
            continue
        where = Observations(profiles.at, profiles.hours, read[:, k]).scaled(covariance)
        tree, number = cKDTree(where[known]), min(NEAREST + 1, len(known))
        for rows in np.split(able, range(BATCH, len(able), BATCH)):
            near = known[tree.query(where[rows], number)[1].reshape(-1, number)]
            others = np.argsort(near == rows[:, None], axis=1, kind="stable")[:, : number - 1]
            near = np.take_along_axis(near, others, axis=1)
            mean[rows, k], variance = _conditional(covariance, where[near], where[rows], read[near, k])
            deviation[rows, k] = np.sqrt(variance * covariance.sill)
    return mean, deviation


def _lines(profiles: Profiles, read: np.ndarray) -> np.ndarray:
    """Anomalies (e, r) on the line in time between those of the same object before and after, each without its own; NaN elsewhere."""
    out = np.full(read.shape, np.nan)
    for name in np.unique(profiles.who) if profiles.who is not None else ():
        mine = np.flatnonzero(profiles.who == name)
        mine = mine[np.argsort(profiles.hours[mine], kind="stable")]
        for k in range(read.shape[1]):
            known = np.isfinite(read[mine, k])
            spots = np.flatnonzero(known)
            before = np.searchsorted(spots, np.arange(len(mine))) - 1
            after = np.searchsorted(spots, np.arange(len(mine)), side="right")
            both = np.flatnonzero((before >= 0) & (after < len(spots)))
            a, b = mine[spots[before[both]]], mine[spots[after[both]]]
            apart = profiles.hours[b] - profiles.hours[a]
            part = np.where(apart > 0, (profiles.hours[mine[both]] - profiles.hours[a]) / np.where(apart > 0, apart, 1.0), 0.5)
            out[mine[both], k] = (1 - part) * read[a, k] + part * read[b, k]
    return out


def _heard_lines(profiles: Profiles, along: Along) -> tuple[float, ...]:
    """For each depth that is read, the share of lines with which left-out anomalies are missed least."""
    read = _read(profiles, along, _anomalies(profiles, along))
    (mean, _), line = _at_read(profiles, along, read), _lines(profiles, read)
    both = np.isfinite(read) & np.isfinite(mean) & np.isfinite(line)
    miss = [
        [float(np.abs(read - mean - share * (line - mean))[both[:, k], k].mean()) if both[:, k].any() else 0.0 for share in SHARES]
        for k in range(read.shape[1])
    ]
    return tuple(SHARES[int(np.argmin(one))] for one in miss)


def _between(table: np.ndarray, at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A table (e, r) at rising shares (r,), straight between them, at wanted ones (e, l)."""
    if len(at) < 2:
        return np.broadcast_to(table[:, :1], wanted.shape) + 0.0 * wanted
    place = np.interp(wanted, at, np.arange(len(at)))
    low = np.clip(np.nan_to_num(place).astype(int), 0, len(at) - 2)
    up = place - low
    return np.asarray((1 - up) * np.take_along_axis(table, low, axis=1) + up * np.take_along_axis(table, low + 1, axis=1))


def _own(
    profiles: Profiles, along: Along, off: np.ndarray, asked: np.ndarray, skipped: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and variance of misses of others, in their deviations, by those near along the same profile; and the value on the line
    between the nearest above and below, NaN where there are not both; (e, l) each, of cells that are asked.

    The value itself is not read, nor `skipped` ones on each side of it.
    """
    shares = along.shares(profiles.depth)
    near, value, away, lines, cells = [], [], [], [], np.argwhere(asked & np.isfinite(profiles.at).all(axis=1)[:, None])
    for row in np.unique(cells[:, 0]):
        levels = cells[cells[:, 0] == row, 1]
        seen = np.flatnonzero(profiles.seen[row])
        order = seen[np.argsort(profiles.depth[row, seen], kind="stable")]
        spots, wanted = profiles.depth[row, order], profiles.depth[row, levels]
        place = np.full(profiles.depth.shape[1], -1)
        place[order] = np.arange(len(order))
        here = place[levels]  # of what was seen itself
        above = np.where(here >= 0, here, np.searchsorted(spots, wanted)) - 1 - skipped
        below = np.where(here >= 0, here + 1, np.searchsorted(spots, wanted)) + skipped
        at = np.concatenate([above - np.arange(NEAR)[:, None], below + np.arange(NEAR)[:, None]])  # (m, a)
        inside = (at >= 0) & (at < len(order))
        read = np.append(order, 0)[np.where(inside, at, len(order))]
        near.append(np.where(inside, shares[row, read], np.nan).T)
        value.append(np.where(inside, off[row, read], np.nan).T)
        away.append(shares[row, levels])
        deep, seen_there = (np.where(inside, one[row, read], np.nan)[[0, NEAR]] for one in (profiles.depth, profiles.values))
        apart = deep[1] - deep[0]
        part = np.where(apart > 0, (wanted - deep[0]) / np.where(apart > 0, apart, 1.0), 0.5)
        lines.append((1 - part) * seen_there[0] + part * seen_there[1])
    out = np.full((3, *asked.shape), np.nan)
    if len(cells):
        told = [_kriged(along, *(np.concatenate(one)[k : k + BATCH] for one in (near, value, away))) for k in range(0, len(cells), BATCH)]
        out[(slice(None), *cells.T)] = np.stack([*(np.concatenate(one) for one in zip(*told)), np.concatenate(lines)])
    return out[0], out[1], out[2]


def _kriged(along: Along, near: np.ndarray, value: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (k,) at shares (k,) given misses (k, m) at shares (k, m); NaN is no miss."""
    there = np.isfinite(near) & np.isfinite(value)
    spots = np.where(there, near, 0.0)
    both = there[:, :, None] & there[:, None]
    together = np.where(both, along.near(spots[:, :, None] - spots[:, None]), 0.0)
    together = together + np.eye(near.shape[1]) * np.where(there, along.nugget + 1e-9, 1.0)[:, None]
    to_them = np.where(there, along.near(spots - wanted[:, None]), 0.0)
    weight = np.linalg.solve(together, to_them[..., None])[..., 0]
    mean = (weight * np.where(there, value, 0.0)).sum(axis=1)
    return mean, np.maximum(1 + along.nugget - (weight * to_them).sum(axis=1), 1e-9)


def _chosen(profiles: Profiles, along: Along, off: np.ndarray, deviation: np.ndarray) -> Along:
    """With the covariance along depth with which left-out values are missed least, singly and with those beside them, and their misses."""
    cells = np.flatnonzero(profiles.seen)
    asked = np.zeros(profiles.seen.shape, bool)
    asked.flat[cells[:: max(len(cells) // TRIED, 1)]] = True
    forms = [
        replace(along, smooth=smooth, length=length, nugget=nugget) for smooth in (False, True) for length in LENGTHS for nugget in NUGGETS
    ]
    told = [[tuple(one[asked] for one in _own(profiles, form, off, asked, skipped)) for skipped in SKIPPED] for form in forms]
    values, unit, base = profiles.values[asked], deviation[asked], (profiles.values - off * deviation)[asked]
    misses = np.array([[float((np.abs(off[asked] - mean) * unit).mean()) for mean, _, _ in one] for one in told])
    best = int(np.argmin((misses / np.maximum(misses.min(axis=0), 1e-300)).sum(axis=1)))
    straight, missed, size = [], [], []
    for mean, variance, line in told[best]:
        said, both = base + unit * mean, np.isfinite(line)
        lines = np.where(both, line - said, 0.0)
        share = min(SHARES, key=lambda one: float(np.abs(values - said - one * lines)[both].sum()))
        straight.append((float(np.sqrt(np.median(variance))), share))
        size.append(np.sqrt(variance))
        missed.append((values - said - share * lines) / (unit * size[-1]))
    rough = _roughness(along, along.shares(profiles.depth[asked]), np.abs(missed[1]))
    chosen = replace(forms[best], rough=rough, straight=np.array(straight))
    held = chosen.roughness(profiles.depth[asked])
    sure = np.concatenate([*size, np.full(asked.sum(), np.sqrt(1 + chosen.nugget))])
    lie = np.concatenate([*(one / held for one in missed), off[asked] / held / np.sqrt(1 + chosen.nugget)])
    even = np.empty(len(lie))  # so that those told as surely stand in no order of their size, nor of the rows
    even[np.argsort(lie, kind="stable")] = (GOLDEN * np.arange(len(lie))) % 1
    order = np.lexsort((even, sure))
    return replace(chosen, sure=sure[order], off=lie[order])


def _roughness(along: Along, share: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Mean misses (r,) about the depths that are read, over the common mean."""
    common = max(float(missed.mean()), 1e-12)
    nearest = np.abs(share[:, None] - along.read).argmin(axis=1)
    count, total = (np.bincount(nearest, weight, minlength=len(along.read)) for weight in (None, missed))
    return np.asarray((total + USUAL * common) / (count + USUAL) / common)
