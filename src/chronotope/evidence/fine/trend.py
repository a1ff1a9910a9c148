"""Trend: whether fields are smoother or rougher from scale to scale than their roughness says, carried on to the scale that is asked."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.fine.blocks import Factor, block_means, shifted
from chronotope.evidence.fine.kernels import POWERS
from chronotope.evidence.fine.measure import Measure
from chronotope.evidence.fine.mixture import weights_of
from chronotope.evidence.fine.school import Lesson, lesson
from chronotope.evidence.fine.widths import sizes

CARRIED = 0.75  # of the trend from one doubling to the next that goes on
LEAST, MOST = 0.5, 1.15  # of it that is believed: smoother fields are common below the cells of a model, rougher ones are not
HALF = 0.5
DOUBT = 100  # blocks' worth of no trend


def trend_of(coarse: np.ndarray, factor: Factor, measure: Measure) -> float:
    """By how much misses of kernels, in units of roughness, are larger than for the field one scale up; 1 where it is too small to tell."""
    two = (min(factor[0], 2), min(factor[1], 2))
    near = lesson(coarse, two, measure, POWERS)
    if near is None:
        return 1.0
    weights = weights_of(near, POWERS)
    far = [one for one in (lesson(block_means(part, two), two, measure, POWERS) for part in shifted(coarse, two)) if one is not None]
    if not far:
        return 1.0
    before = float(np.mean([_relative(one, weights) for one in far]))
    change = _relative(near, weights) / before if before > 0 else 1.0
    blocks = sum(len(one.truth) for one in far) / (two[0] * two[1]) ** 2  # each was laid so many times
    return float(np.clip(change, LEAST, MOST) ** (CARRIED * blocks / (blocks + DOUBT) * np.log2(max(factor))))


def _relative(known: Lesson, weights: np.ndarray) -> float:
    """Mean miss over mean size."""
    miss, size = known.truth - known.said @ weights, sizes(known.rough, known.usual, HALF)[:, None] * (known.sd @ weights)
    return float(np.abs(miss).mean() / size.mean())
