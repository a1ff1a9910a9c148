"""Reach: no forecast goes farther beyond all that any place ever showed than twice as far as that reaches.

Over leads longer than the past a trend may carry a series farther, so the bound grows with what is asked beyond that.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.questions import Question

FEWEST = 16  # rows of the past in which something of the variable is known
FARTHEST = 2.0  # ranges of what was seen, beyond its ends; of 1.8 million cells so bounded 2 were missed by more than before


def within_reach(question: Question, answer: Callable[[Question], np.ndarray], endless: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) of a forecast by a rule, held near what was seen of all variables but `endless` (v,) ones, like directions."""
    told, frame, first = answer(question), question.frame, question.first
    if question.both_sides or frame.blocks is not None or frame.events is not None:
        return told
    past, out = question.visible()[:first], told
    longer = np.maximum(1.0, (question.rows + 1 - first) / first)[:, None]
    known = np.isfinite(past).any(axis=1).sum(axis=0) >= FEWEST
    for k in np.flatnonzero(question.asked.any(axis=(0, 1)) & known & ~endless):
        low, high = float(np.nanmin(past[..., k])), float(np.nanmax(past[..., k]))
        reach = FARTHEST * (high - low) * longer
        beyond = (told[..., k] > high + reach) | (told[..., k] < low - reach)
        if high > low and beyond.any():
            out = out.copy() if out is told else out
            out[..., k] = np.where(beyond, np.clip(told[..., k], low - reach, high + reach), told[..., k])
    return out
