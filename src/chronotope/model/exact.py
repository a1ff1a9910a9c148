"""Exact: what other series tell without a miss - a total of its parts, a copy, the same in another unit - they tell in gaps too.

asked series --relatives at the same time, each half of the record by the other--> misses --tiny--> cells told, and seen by all else

Gaps planted as a trial cannot show it where a series is silent to the end: of whatever is hidden in its stead it is the missing part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.gaps.lagged import relatives
from chronotope.evidence.gaps.regressed import Fit, regressed
from chronotope.questions import Question

LOOKED_AT, FEWEST = 64, 24  # seen cells of a series at which it is tried, and the fewest
MISS, STEP = 0.02, 0.2  # nine of ten misses in the spread of a series, and their mean in its moves from row to row: below both is exact
CLOSE = Fit(rows=3)
FEW = 16  # relatives of which those are looked for that it takes
MOST = 128  # series of which one may be the total of all others
LEAST = 0.5  # of its spread, between the tenth and the ninetieth of a hundred values of a series
TURNS = 8  # blocks of the record, told in turn by the even and by the odd ones


@dataclass(frozen=True)
class Exact:
    """Asked cells that are told: `where` bool (t, n, v), their `values`, and `offsets` (q, t, n, v) of quantiles."""

    where: np.ndarray
    values: np.ndarray
    offsets: np.ndarray

    def known(self, question: Question) -> Question:
        """The question in which these cells are seen."""
        values = np.where(self.where, self.values, question.frame.values).astype(question.frame.values.dtype)
        return replace(
            question, frame=replace(question.frame, values=values), seen=question.seen | self.where, asked=question.asked & ~self.where
        )


def exact(question: Question) -> Exact | None:
    """What is told without a miss; None where nothing is."""
    t, n, v = question.asked.shape
    asked, seen, raw = (np.moveaxis(one, 0, 2).reshape(n * v, t) for one in (question.asked, question.seen, question.frame.values))
    x = np.where(seen, raw, 0.0).astype(float)
    count = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    level = x.sum(axis=1, keepdims=True) / count
    spread = np.sqrt((np.where(seen, x - level, 0.0) ** 2).sum(axis=1, keepdims=True) / count)
    who = np.flatnonzero(asked.any(axis=1) & (seen.sum(axis=1) >= FEWEST) & (spread[:, 0] > 0))
    if not len(who) or n * v < 2:
        return None
    x, m = np.where(seen, (x - level) / np.maximum(spread, 1e-300), 0.0), seen.astype(float)
    where, values, offsets = np.zeros(x.shape, bool), np.zeros(x.shape), np.zeros((len(question.levels), *x.shape))
    for near, fit in _ways(x, m):
        for one, miss in zip(who, _misses(x, m, near, who, fit)):
            if _is_exact(x[one], m[one], miss):
                needed = _needed(x, m, near, int(one), fit)
                rows = np.flatnonzero(asked[one] & (m[needed[one][needed[one] >= 0]] > 0).all(axis=0))
                told = regressed(x, m, needed, x, (np.full(len(rows), one), rows), fit=fit) * spread[one] + level[one]
                rows, told = rows[np.isfinite(told)], told[np.isfinite(told)]
                quantiles = told + np.quantile(np.concatenate([miss, -miss]), question.levels)[:, None] * spread[one]
                if (np.rint(raw[one]) == raw[one])[seen[one]].all():
                    told, quantiles = np.rint(told), np.rint(quantiles)
                where[one, rows], values[one, rows], offsets[:, one, rows] = True, told, quantiles - told
        who = who[~where[who].any(axis=1)]
        if not len(who):
            break
    if not where.any():
        return None
    return Exact(*(np.moveaxis(one.reshape(*one.shape[:-2], n, v, t), -1, -3) for one in (where, values, offsets)))


def _ways(x: np.ndarray, m: np.ndarray) -> list[tuple[np.ndarray, Fit]]:
    """Relatives of each series, int (s, r), and how they are fitted: those most like it, then all others, of which it may be the total."""
    near, count = relatives(x, m), len(x)
    ways = [(near, CLOSE)]
    if near.shape[1] + 1 < count <= MOST and count * CLOSE.rows < x.shape[1]:
        every = np.array([np.delete(np.arange(count), one) for one in range(count)])
        ways.append((every, Fit((count - 1,), CLOSE.rows)))
    return ways


def _needed(x: np.ndarray, m: np.ndarray, near: np.ndarray, one: int, fit: Fit) -> np.ndarray:
    """Relatives (s, r), of one series no more than it takes to tell it without a miss; where one of these is silent it is not told."""
    out = near.copy()
    for column in range(near.shape[1] - 1, -1, -1) if near.shape[1] <= FEW else ():
        fewer = out.copy()
        fewer[one, column] = -1
        if (fewer[one] >= 0).any() and _is_exact(x[one], m[one], _misses(x, m, fewer, np.array([one]), fit)[0]):
            out = fewer
    return out


def _misses(x: np.ndarray, m: np.ndarray, near: np.ndarray, who: np.ndarray, fit: Fit) -> list[np.ndarray]:
    """Misses of cells of the series `who`, each told by what the other half of the blocks of the record teaches."""
    rows = [
        some[np.unique(np.linspace(0, len(some) - 1, LOOKED_AT).round().astype(int))] for some in (np.flatnonzero(m[one]) for one in who)
    ]
    series, row = np.repeat(who, [len(some) for some in rows]), np.concatenate(rows)
    told, odd = np.full(len(row), np.nan), np.arange(x.shape[1]) * TURNS // x.shape[1] % 2 == 1
    for side in (False, True):
        mine = odd[row] == side
        told[mine] = regressed(x, m, near, x, (series[mine], row[mine]), (odd != side).astype(float), fit)
    miss = x[series, row] - told
    return [miss[(series == one) & np.isfinite(miss)] for one in who]


def _is_exact(x: np.ndarray, m: np.ndarray, miss: np.ndarray) -> bool:
    if len(miss) < FEWEST:
        return False
    both = (m[1:] > 0) & (m[:-1] > 0)
    move = np.abs(np.diff(x))[both].mean() if both.any() else 1.0
    usual = np.ptp(np.quantile(x[m > 0], (0.1, 0.9)))  # what hardly ever differs from nothing shows little
    return bool(usual > LEAST and np.quantile(np.abs(miss), 0.9) < MISS and np.abs(miss).mean() < STEP * move)
