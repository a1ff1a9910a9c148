"""Folds: every observed cell is asked once, in a block of steps that is hidden at all places, so that it never speaks for itself."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.pace import paced
from chronotope.questions import Predictor, Quantiles
from chronotope.questions.kinds.gaps import between
from chronotope.tasks.levels import predict
from chronotope.tasks.windows import windows

BLOCK = 8  # steps hidden together
FOLDS = 2  # every second block is hidden at once: the steps before and after a block are seen
LEVELS = (0.1, 0.5, 0.9)


def block_folds(steps: int) -> list[np.ndarray]:
    """Rows of each fold, bool (t,): together all of them, none twice. A frame too short for two blocks has shorter ones."""
    block = max(1, min(BLOCK, steps // (2 * FOLDS)))
    which = np.arange(steps) // block % FOLDS
    return [which == k for k in range(FOLDS) if (which == k).any()]


def expectations(predictor: Predictor, panel: Panel, wanted: np.ndarray, trusted: np.ndarray, context: int | None = None) -> np.ndarray:
    """Quantiles (3, t, n, v) at `LEVELS` of all observed cells of channels `wanted` (v,), NaN elsewhere.

    Args:
        predictor: gives quantiles.
        panel: the values.
        wanted: bool (v,).
        trusted: bool (t, n, v), the observed cells that others may be expected from.
        context: rows read to each side of those that are answered together, as in `impute`; all by default.
    """
    predictor = _without_gap_rules(predictor)
    out = np.full((len(LEVELS), *panel.values.shape), np.nan)
    for rows in paced(block_folds(len(panel.times))):
        hidden = panel.mask & wanted & rows[:, None, None]
        for inner, outer in paced(list(windows(hidden.any(axis=(1, 2)), context))):
            part = panel.slice_time(outer.start, outer.stop)
            asked = hidden[outer].copy()
            asked[: inner.start - outer.start] = asked[inner.stop - outer.start :] = False
            seen = trusted[outer] & ~hidden[outer]
            asked &= (seen & wanted).any(axis=0)  # a series of which nothing is seen has no expectation
            if not asked.any():
                continue
            question = between(part, asked, Quantiles(LEVELS))
            question = type(question)(part, seen, asked, question.want)
            at = outer.start + question.rows
            out[:, at] = np.where(asked[question.rows], predict(predictor, question), out[:, at])
    return out


def _without_gap_rules(predictor: Predictor) -> Predictor:
    """The network alone: a fold hides whole steps, around which little is seen, and what is expected is polished later."""
    options = getattr(predictor, "options", None)
    return predictor if options is None else options(gaps=False)
