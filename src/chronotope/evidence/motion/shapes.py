"""Shapes: whole misses of trials in units of their expected size, those of moments alike for each asked path, and what quantiles they give.

What stands, and leaves or stays, misses in another shape than what goes on, whatever its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion.spread import Widths
from chronotope.evidence.motion.trials import ALIKE, alike

GOLDEN = (5**0.5 - 1) / 2  # of the way round, after which the next lies far from all before
LED_ON = 0.01  # what a miss counts for at leads at which it is not known, beside one that is: those led on differ too little


@dataclass(frozen=True)
class Shapes:
    """Misses that asked paths may have.

    Attributes:
        unit: (2 j, h), complex, along and across the path, in units of the expected size, led on where it is not known; the second half
            mirrored, as no side of the path is the likelier one.
        known: bool (2 j, h).
        pick: int (k, i), which of them are those of trials alike. weight: (k, i) of each, 1 in sum.
    """

    unit: np.ndarray
    known: np.ndarray
    pick: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, widths: Widths) -> Shapes:
        """From the misses of trials; none where nothing could be tried."""
        known = np.isfinite(widths.unit).any(axis=1)
        if not known.any():
            none = np.zeros((0, widths.unit.shape[1]), bool)
            return cls(none.astype(complex), none, *np.zeros((2, len(widths.size), 0), int))
        whole = templates(widths.unit[known])
        trial, weight = _alike(widths.features[0][known], widths.features[1], whole[:, whole.shape[1] // 2])
        both = [np.concatenate(pair, axis=1) for pair in ((trial, trial + len(whole)), (weight / 2, weight / 2))]
        return cls(np.concatenate([whole, whole.conj()]), np.tile(np.isfinite(widths.unit[known]), (2, 1)), *both)

    def quantiles(self, lead: int, scale: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        """Offsets (q, k, 2) along the axes, for paths of a size times heading, `scale` complex (k,)."""
        weight = self.weight * np.where(self.known[self.pick, lead], 1.0, LED_ON)
        weight /= weight.sum(axis=1, keepdims=True)
        miss = self.unit[self.pick, lead] * (scale * widened(weight))[:, None]
        return np.stack([_quantiles(part, weight, levels) for part in (miss.real, miss.imag)], axis=-1)


def widened(weight: np.ndarray) -> np.ndarray:
    """What misses are multiplied by (k,), as few, by weights (k, i) of which each trial has two, do not show the rare ones."""
    return np.asarray(1 + 4 * (weight**2).sum(axis=1))


def _alike(tried: np.ndarray, asked: np.ndarray, miss: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Trials (k, i) with log features (m, f) that are most alike to moments with (k, f), and their weights.

    Where more are as alike as the last of them, those are taken whose misses (m,) are evenly spread.
    """
    usual = np.nan_to_num(np.nanmean(tried, axis=0))
    rank = np.argsort(np.argsort(np.abs(miss), kind="stable"), kind="stable")
    spread = np.argsort(rank * GOLDEN % 1, kind="stable")
    weight = alike(*(np.where(np.isfinite(some), some, usual) for some in (tried[spread], asked))) ** 2
    nearest = np.argsort(-weight, axis=1, kind="stable")[:, :ALIKE]
    weight = np.take_along_axis(weight, nearest, axis=1)
    return spread[nearest], weight / weight.sum(axis=1, keepdims=True)


def _quantiles(values: np.ndarray, weight: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, k) of rows of values (k, i) by weights (k, i): straight between the middles of their shares."""
    order = np.argsort(values, axis=1)
    values, weight = np.take_along_axis(values, order, 1), np.take_along_axis(weight, order, 1)
    middle = np.cumsum(weight, axis=1) - weight / 2
    return np.stack([np.interp(levels, *row) for row in zip(middle, values)], axis=1)


def templates(unit: np.ndarray) -> np.ndarray:
    """Misses (j, h) known at all leads, from such as have gaps (m, h), NaN; the end of a short one is led on as the most alike went on."""
    known = np.isfinite(unit)
    last = np.where(known.any(axis=1), unit.shape[1] - 1 - known[:, ::-1].argmax(axis=1), -1)
    filled = _closed(unit, last)
    whole = np.flatnonzero(last == last.max())
    for row in np.flatnonzero((last >= 0) & (last < last.max())):
        near = whole[np.abs(filled[whole, last[row]] - filled[row, last[row]]).argmin()]
        after = slice(last[row] + 1, None)
        filled[row, after] = filled[near, after] + filled[row, last[row]] - filled[near, last[row]]
    filled[:, last.max() + 1 :] = filled[:, [last.max()]]
    return filled[last >= 0]


def _closed(unit: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Gaps before the last known lead closed by straight lines from one lead to another; misses begin at the first one known."""
    out, leads = unit.copy(), np.arange(unit.shape[1])
    gappy = np.flatnonzero(~np.isfinite(unit[:, : last.max() + 1]).all(axis=1) & (last >= 0))
    for row in gappy:
        known, upto = np.flatnonzero(np.isfinite(unit[row])), slice(0, last[row] + 1)
        out[row, upto] = np.interp(leads[upto], known, unit[row, known])
    return out
