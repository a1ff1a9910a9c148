"""Guess: quantiles of what lies inside blocks, from the block means and from steps in which the inside was seen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.fine.blocks import Factor, kept_means, outside
from chronotope.evidence.fine.learned import learn
from chronotope.evidence.fine.measure import Measure
from chronotope.evidence.fine.mixture import weights_of
from chronotope.evidence.fine.school import Lesson, mixed, own_lesson, rules_for, usual
from chronotope.evidence.fine.trend import trend_of
from chronotope.evidence.fine.widths import CLASSES, Widths, widths_of

LEAST_SEEN = 4  # steps in which the inside must have been seen to learn from them


@dataclass(frozen=True)
class Bounds:
    """Where values can lie: `lower`, `upper` (y, x), infinite for no bound; `turn` degrees of a direction, None for all else."""

    lower: np.ndarray
    upper: np.ndarray
    turn: float | None = None

    @property
    def measure(self) -> Measure:
        """How kernels read values between these bounds, as long as nothing better is known."""
        floor = float(self.lower.min(initial=np.inf))
        return Measure(self.turn, floor if np.isfinite(self.lower).all() and np.isfinite(floor) else None)


def guess(
    coarse: np.ndarray, factor: Factor, levels: tuple[float, ...], bounds: Bounds, rows: np.ndarray, seen: np.ndarray | None = None
) -> np.ndarray:
    """Quantiles (q, h, y, x, k) of the k fine cells of each block in the asked `rows` (h,); the median keeps the block means.

    Rules are mixed, and widths learned, by how they would have answered for the field itself one scale up. Where the inside was seen in
    some steps, what the rules missed there is learned for every cell, as far as it helps in steps that were left out.

    Args:
        coarse: block means (t, y, x), NaN where missing.
        seen: what lies inside, (t, y, x, k), NaN in all steps in which it is not known.
    """
    steps = _seen_steps(seen)
    known, tried, measure = _taught(coarse, factor, bounds, rows, seen, steps)
    weights = weights_of(known, rules_for(measure))
    value, sd, rough = mixed(coarse, factor, measure, weights)
    if seen is not None and len(steps):
        learned = learn(seen[steps] - coarse[steps][..., None] - value[steps], coarse, steps, rows, levels, rough, sd)
        detail, offsets = value[rows] + learned.value, learned.offsets
    else:
        widths = replace(spread_of(known, weights, levels), trend=trend_of(coarse[rows], tried, measure))
        now = rough[rows]
        detail, offsets = value[rows], widths.around(now, usual(now, np.isfinite(coarse[rows])), sd[rows])
    middle = centred(detail, coarse[rows], bounds)
    return bounded(offsets, middle, levels, bounds)


def _seen_steps(seen: np.ndarray | None) -> np.ndarray:
    """Steps in which the inside was seen; none where they are too few to learn from."""
    steps = np.flatnonzero(np.isfinite(seen).any(axis=(1, 2, 3))) if seen is not None else np.zeros(0, int)
    return steps if len(steps) >= LEAST_SEEN else steps[:0]


def _taught(
    coarse: np.ndarray, factor: Factor, bounds: Bounds, rows: np.ndarray, seen: np.ndarray | None, steps: np.ndarray
) -> tuple[Lesson | None, Factor, Measure]:
    """The lesson of steps that were seen fine, else that of the asked steps one scale up; see `school.own_lesson`."""
    if seen is not None and len(steps):
        found = own_lesson(outside(seen[steps], factor), factor, bounds.measure)
        if found[0] is not None and found[1] == factor:
            return found
    return own_lesson(coarse[rows], factor, bounds.measure)


def spread_of(known: Lesson | None, weights: np.ndarray, levels: tuple[float, ...]) -> Widths:
    """Widths learned from a lesson; those of a normal law where there was none."""
    if known is not None:
        return widths_of(known, weights, levels)
    from scipy.special import ndtri

    return Widths(np.tile(ndtri(np.array(levels)), (CLASSES, 1)), 1.0)


def centred(detail: np.ndarray, coarse: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Values (t, y, x, k) with the block means of `coarse` and within the bounds."""
    lower, upper = (np.broadcast_to(side, coarse.shape) for side in (bounds.lower, bounds.upper))
    return kept_means(coarse[..., None] + detail, coarse, lower, upper)


def bounded(offsets: np.ndarray, middle: np.ndarray, levels: tuple[float, ...], bounds: Bounds) -> np.ndarray:
    """Offsets (q, t, y, x, k) from the median, made quantiles in place: within the bounds, rising, and on their side of it."""
    lower, upper = bounds.lower[..., None], bounds.upper[..., None]
    for k, level in enumerate(levels):  # one after the other: all at once fills memory that is then thrown away
        one = offsets[k]
        one += middle
        np.clip(one, lower, upper, out=one)
        if level == 0.5:
            one[:] = middle
        else:
            (np.minimum if level < 0.5 else np.maximum)(one, middle, out=one)
        if k:
            np.maximum(one, offsets[k - 1], out=one)
    return offsets
