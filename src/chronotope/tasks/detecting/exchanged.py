"""Exchanged: two places of which each reads what the other should, for a stretch or from some step on.

each of a pair told by the hour and by places like it, never by the other --> gain of the exchange, row by row --> the stretch of most

An exchange must mend both at once: beside what told them before, the values are as usual again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEAR = 8  # places, the most alike, that a place may be exchanged with and is told by
LIKE, CUT = 4.0, 6.0  # usual departures, and usual misses, beyond which one counts for no more
SHRUNK = 0.05  # of the rows: how much a place is drawn to the hour alone
FEWEST, LONG = 60, 12  # rows that both must have, and of an exchange
REACH, APART = 6, 25  # a record holds so many times the rows over which gains may be alike, and so many times those over which they are
SURE, ABOVE = 6.5, 3.0  # deviations by which a gain exceeds what is usual, and nothing
OFF, BACK = 1.2, 1.8  # times the usual miss, that both must be off by, and that may be left of it
MENDED = 0.5  # of what both are off by, that may be left where that is more
AT_LIMIT, FALLING = 1e-4, 4.0  # chance of what is just sure, and the power by which it falls
ALL, MOST = 40, 500  # places of which every pair is tried, and that are compared at all


@dataclass(frozen=True)
class Exchange:
    """Two places (int) and the rows first .. stop - 1 of one variable in which they are exchanged, and the chance of so much gain."""

    places: tuple[int, int]
    first: int
    stop: int
    chance: float


def exchanges(even: np.ndarray, usual: np.ndarray, mask: np.ndarray) -> list[Exchange]:
    """Exchanges in even numbers (t, n) of one variable, the most certain first, none that overlaps another at a place.

    Args:
        even: (t, n), NaN where not seen.
        usual: (t, n), what places are at this hour.
        mask: bool (t, n), where they are seen.
    """
    t, n = even.shape
    if not 2 <= n <= MOST or t < 2 * FEWEST:
        return []
    apart = np.where(mask, even - usual, np.nan)
    spread = np.array([1.48 * np.median(np.abs(one[np.isfinite(one)])) if np.isfinite(one).any() else 0.0 for one in apart.T])
    if not (spread > 0).any():
        return []
    spread = np.maximum(spread, 0.01 * np.median(spread[spread > 0]))
    z = np.nan_to_num(np.clip(apart / spread, -LIKE, LIKE))
    gram = z.T @ z
    size = np.sqrt(np.diagonal(gram) + 1e-9)
    alike = np.abs(gram) / np.outer(size, size)
    np.fill_diagonal(alike, -1.0)
    near = np.argsort(-np.round(alike, 5), axis=1, kind="stable")[:, : NEAR + 1]
    told = _Told(even, usual, spread, z, gram, near)
    others = near[:, :NEAR] if n > ALL else np.tile(np.arange(n), (n, 1))
    pairs = sorted({(min(i, int(j)), max(i, int(j))) for i in range(n) for j in others[i] if j != i})
    found = [one for pair in pairs if (one := _exchange(told, mask, pair)) is not None]
    out: list[Exchange] = []
    for one in sorted(found, key=lambda one: (one.chance, one.first, one.stop)):
        if not any(set(one.places) & set(other.places) and one.first < other.stop and other.first < one.stop for other in out):
            out.append(one)
    return out


@dataclass(frozen=True)
class _Told:
    """How places are told: even numbers, their usual ones, `spread` (n,), departures z (t, n) in it, their products, and places alike."""

    even: np.ndarray
    usual: np.ndarray
    spread: np.ndarray
    z: np.ndarray
    gram: np.ndarray
    near: np.ndarray

    def without(self, place: int, other: int) -> np.ndarray:
        """What a place is expected to be (t,) by the hour and by places like it, without one."""
        by = self.near[place][(self.near[place] != other) & (self.near[place] != place)]
        if not len(by):
            return self.usual[:, place]
        system = self.gram[np.ix_(by, by)] + np.eye(len(by)) * SHRUNK * len(self.z)
        return self.usual[:, place] + self.spread[place] * (self.z[:, by] @ np.linalg.solve(system, self.gram[by, place]))


def _exchange(told: _Told, mask: np.ndarray, pair: tuple[int, int]) -> Exchange | None:
    """The stretch in which two places gain most by an exchange; None where that may be chance, or does not mend both."""
    both = mask[:, pair[0]] & mask[:, pair[1]]
    if both.sum() < FEWEST:
        return None
    own, other, gain = [], [], np.zeros((2, len(both)))
    for side, (place, partner) in enumerate((pair, pair[::-1])):
        expected = told.without(place, partner)
        miss, instead = (np.where(both, np.abs(told.even[:, one] - expected), 0.0) for one in (place, partner))
        usual = max(float(np.median(miss[both])), SHRUNK * told.spread[place], 1e-12)
        own.append(miss / usual)
        other.append(instead / usual)
        gain[side] = np.minimum(own[-1], CUT) - np.minimum(other[-1], CUT)
    total = np.concatenate([[0.0], np.cumsum(gain.sum(axis=0))])
    stop = int(np.argmax(total - np.minimum.accumulate(total)))
    first = int(np.argmin(total[: stop + 1]))
    inside = np.zeros(len(both), bool)
    inside[first:stop] = True
    rest, inside = both & ~inside, both & inside
    if inside.sum() < LONG or rest.sum() < FEWEST / 2 or (gain[:, inside].sum(axis=1) <= 0).any():
        return None
    for miss, instead in zip(own, other):
        usual = miss[rest].mean()
        if miss[inside].mean() < OFF * usual or instead[inside].mean() > max(BACK * usual, MENDED * miss[inside].mean()):
            return None
    sure = _certainty(gain.sum(axis=0), inside, rest)
    return None if sure <= SURE else Exchange(pair, first, stop, AT_LIMIT * (sure / SURE) ** -FALLING)


def _certainty(gain: np.ndarray, inside: np.ndarray, rest: np.ndarray) -> float:
    """By how many deviations of as many rows a gain (t,) inside exceeds that of the rest; none where it exceeds nothing by few."""
    usual, size = gain[rest].mean(), gain[rest].std() + 1e-9
    left = np.where(rest, (gain - usual) / size, 0.0)
    reach = len(gain) // REACH
    alike = np.array([(left[:-k] * left[k:]).sum() / max((rest[:-k] & rest[k:]).sum(), 1) for k in range(1, reach + 1)])
    ends = np.flatnonzero(alike < 0.05)
    together = 1.0 + 2.0 * np.maximum(alike[: ends[0] if len(ends) else reach], 0.0).sum()
    if rest.sum() < APART * together:
        return 0.0  # what wanders so slowly is off for as long by itself
    deviation = size * np.sqrt(inside.sum() * together)
    total = gain[inside].sum()
    return float((total - inside.sum() * usual) / deviation) if total > ABOVE * deviation else 0.0
