"""Silent places: those that show nothing but zero have no size of their own and take that of their variable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from chronotope.questions import Question


def in_usual_size(question: Question, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule to which a place of zeros varies by one: variables are asked in units near their usual size.

    The units are powers of two, so that all other places are answered as without them, to the last bit.
    """
    if question.frame.blocks is not None or question.frame.events is not None:
        return answer(question)
    size = _usual(question.visible())
    if (size == 1).all():
        return answer(question)
    frame = replace(question.frame, values=question.frame.values / size.astype(question.frame.values.dtype))
    return np.asarray(answer(replace(question, frame=frame)) * size.astype(np.float32))


def _usual(values: np.ndarray) -> np.ndarray:
    """A power of two (v,) near the size of what is not zero, of variables (t, n, v) with places of nothing but zeros; 1 for all others."""
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        there, highest = np.isfinite(size).any(axis=0), np.nanmax(size, axis=0, initial=0.0)
    out = np.ones(values.shape[2])
    for k in np.flatnonzero((there & (highest == 0)).any(axis=0) & (highest > 0).any(axis=0)):
        mean = np.nanmean(size[:, highest[:, k] > 0, k], axis=0)
        out[k] = np.exp2(np.round(np.log2(np.median(mean))))
    return out
