"""Own: what belongs to an object is told by its own reports, where those told left-out ones better than what lies around in space and time.

last values ahead, straight lines inside --tried beside the kriging on reports that were left out--> quantiles
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from chronotope.evidence.spacetime import FEW, FEWEST, LEARNT, MOMENTS, Fitted, Observations, told

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of an object's own reports in what is told; the one that missed least
AHEAD, INSIDE = 0.8, 0.5  # misses in those of the kriging, below which its own reports are heard: inside, both sides are in the kriging too
ALIKE = 500  # trials about as long after or before an object's own report that tell of an answer
RUNS, PARTS, TRIED = (1, 4, 16), 8, 3  # reports in a row that are left out, one such run of so many, and how often


@dataclass(frozen=True)
class Beside:
    """What is told of somewhere and sometime, (k,) each.

    Attributes:
        mean, width: by the kriging.
        own: by the straight line between the object's reports, the nearest beyond them; NaN where it has none.
        apart: hours to the nearest of these.
    """

    mean: np.ndarray
    width: np.ndarray
    own: np.ndarray
    apart: np.ndarray

    def mixed(self, share: float) -> np.ndarray:
        """With a share of the object's own."""
        return np.asarray((1 - share) * self.mean + share * self.own)

    def part(self, index: np.ndarray) -> Beside:
        """Some of them."""
        return Beside(*(getattr(self, one.name)[index] for one in fields(self)))


@dataclass(frozen=True)
class Tried:
    """What was told of left-out reports, by `apart`, and their values (j,)."""

    told: Beside
    value: np.ndarray

    def misses(self, share: float) -> np.ndarray:
        """How far these lie from what was told."""
        return np.asarray(self.value - self.told.mixed(share))


def with_own(
    fitted: Fitted, asked: Observations, quantiles: np.ndarray, levels: tuple[float, ...], is_ahead: bool
) -> tuple[np.ndarray, float]:
    """Quantiles (q, k) of what is asked, and the mean share that objects' own reports have in them: none where they miss hardly less."""
    tried = _tried(fitted, _after(fitted, float(asked.time.max())) if is_ahead else _inside(fitted))
    beside = _beside(fitted, np.arange(len(fitted.seen.value)), asked)
    some = np.flatnonzero(np.isfinite(beside.own))
    if tried is None or not len(some):
        return quantiles, 0.0
    number = min(ALIKE, len(tried.value))
    place = np.searchsorted(tried.told.apart, beside.apart[some]) - number // 2
    starts, which = np.unique(place.clip(0, len(tried.value) - number), return_inverse=True)
    read = slice(starts[0], starts[-1] + number)
    misses = np.abs([tried.misses(share) for share in SHARES])
    if not misses[:, read].mean(axis=1).min() < (AHEAD if is_ahead else INSIDE) * misses[0, read].mean():
        return quantiles, 0.0
    out, heard = quantiles.copy(), np.zeros(len(quantiles[0]))
    for k, start in enumerate(starts):
        near, mine = slice(start, start + number), some[which == k]
        share = SHARES[int(misses[:, near].mean(axis=1).argmin())]
        off = np.quantile(tried.misses(share)[near] / tried.told.width[near], levels, method="weibull")
        out[:, mine] = fitted.level + beside.mixed(share)[mine] + off[:, None] * beside.width[mine]
        heard[mine] = share
    return out, float(heard.mean())


def _after(fitted: Fitted, last: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """(known, left out): up to moments of the later half, and as far after them as is asked until `last`."""
    time, parts = fitted.seen.time, []
    for moment in np.unique(np.quantile(time, np.linspace(0.5, 0.98, MOMENTS))):
        parts.append((np.flatnonzero(time <= moment), np.flatnonzero((time > moment) & (time <= moment + last - time.max()))))
    return parts


def _inside(fitted: Fitted) -> list[tuple[np.ndarray, np.ndarray]]:
    """(known, left out): runs of reports of every object, at other times than those of other objects."""
    _, first, who = np.unique(_names(fitted.seen), return_index=True, return_inverse=True)
    rank, order = np.argsort(np.argsort(first))[who], np.lexsort((fitted.seen.time, who))
    count = np.empty(len(who), int)
    start = np.concatenate([[0], np.cumsum(np.bincount(who))[:-1]])
    count[order] = np.arange(len(who)) - start[who[order]]
    made = [(count // run + rank) % PARTS == k for run in RUNS for k in range(TRIED)]
    return [(np.flatnonzero(~out), np.flatnonzero(out)) for out in made]


def _tried(fitted: Fitted, parts: list[tuple[np.ndarray, np.ndarray]]) -> Tried | None:
    """What was told of reports that were left out, or None where there are few."""
    made, values = [], []
    for known, out in parts:
        if len(known) < FEWEST or not len(out):
            continue
        out = out[:: max(len(out) // LEARNT, 1)]
        beside = _beside(fitted, known, fitted.seen.part(out))
        good = np.flatnonzero(np.isfinite(beside.own))
        made.append(beside.part(good))
        values.append(fitted.seen.value[out[good]])
    if sum(map(len, values)) < FEW:
        return None
    whole = Beside(*(np.concatenate([getattr(one, name.name) for one in made]) for name in fields(Beside)))
    value, order = np.concatenate(values), np.argsort(whole.apart, kind="stable")
    return Tried(whole.part(order), value[order])


def _beside(fitted: Fitted, known: np.ndarray, asked: Observations) -> Beside:
    """What some of the observations tell of others."""
    seen = fitted.seen.part(known)
    made = told(fitted.field, seen, asked, fitted.rough[known])
    return Beside(made.mean, np.maximum(made.width, 1e-12), *_lines(seen, asked))


def _lines(seen: Observations, asked: Observations) -> tuple[np.ndarray, np.ndarray]:
    """The line (k,) between each object's reports, and hours (k,) to the nearest of them; NaN where it has none."""
    value, apart = np.full((2, len(asked.time)), np.nan)
    names, who = np.unique(_names(asked), return_inverse=True)
    mine, order = np.argsort(who, kind="stable"), np.lexsort((seen.time, _names(seen)))
    first, stop = (np.searchsorted(_names(seen)[order], names, side=side) for side in ("left", "right"))
    for k, rows in enumerate(np.split(mine, np.cumsum(np.bincount(who))[:-1])):
        reports = order[first[k] : stop[k]]
        if len(reports):
            times, now = seen.time[reports], asked.time[rows]
            value[rows] = np.interp(now, times, seen.value[reports])
            after = np.searchsorted(times, now).clip(1, len(times) - 1) if len(times) > 1 else np.zeros(len(now), int)
            apart[rows] = np.minimum(np.abs(now - times[after]), np.abs(now - times[after - 1]))
    return value, apart


def _names(some: Observations) -> np.ndarray:
    assert some.who is not None
    return some.who
