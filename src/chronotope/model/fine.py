"""Fine: what lies inside blocks, answered by the evidence of the field itself."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.fine.blocks import inside, outside
from chronotope.evidence.fine.guess import Bounds, guess
from chronotope.inspect.support import TURN, support_of
from chronotope.questions import Question

SOME, TINY = 0.05, 1e-6  # share of the blocks that must be bounded for all to be; of the range of values, nothing


def asks_within(question: Question) -> bool:
    """Whether cells are asked of which the block means are seen."""
    return question.frame.blocks is not None and bool(question.asked.any())


def predict_within(question: Question) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 of cells inside blocks; variables without block means stay NaN."""
    panel, rows, levels = question.frame, question.rows, question.levels
    blocks, visible = panel.blocks, question.visible()
    assert blocks is not None
    out = np.full((len(levels), len(rows), *panel.values.shape[1:]), np.nan, np.float32)
    for v in np.flatnonzero(question.asked.any(axis=(0, 1))):
        if blocks.coarse[v] < 0:
            continue
        coarse = blocks.block_values(visible[..., blocks.coarse[v]].astype(float))
        bounds = bounds_of(coarse, panel.called[v], panel.units[v] if panel.units else "")
        seen = inside(blocks.on_grid(visible[..., v].astype(float)), blocks.factor)
        found = guess(coarse, blocks.factor, levels, bounds, rows, seen)
        out[..., v] = blocks.at_places(outside(found, blocks.factor))
    return np.where(question.asked[rows], out, np.nan)


def bounds_of(coarse: np.ndarray, name: str, unit: str) -> Bounds:
    """Where the cells inside blocks can lie, as block means (t, y, x) show it.

    A lowest value that bounds some blocks, and that none is below, bounds all: short records of single blocks tell too little.
    """
    t, y, x = coarse.shape
    support = support_of(coarse.reshape(t, y * x, 1), (name,), (unit,))
    lower, upper = (side[:, 0].reshape(y, x) for side in (support.lower, support.upper))
    seen = np.isfinite(coarse).any(axis=0)
    bounded = np.isfinite(lower) & seen
    least = float(np.min(lower, where=bounded, initial=np.inf))
    if bounded.sum() > SOME * seen.sum() and least <= np.nanmin(coarse) + TINY * (np.nanmax(coarse) - np.nanmin(coarse)):
        lower = np.where(bounded, lower, least)
    return Bounds(lower, upper, TURN if support.circle[0] else None)
