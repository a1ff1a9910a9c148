"""Pooling: a rule that describes series, asked of a whole question - per place, per window, or for the field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.questions import Question, Vectors

MOST = 128  # series that are described at a time, for memory's sake; no series reads another

Rule = Callable[[np.ndarray, float], np.ndarray]
"""(series (s, t) with NaN where not seen, length of a step in seconds or 0) to vectors (s, f)."""


def pooled(question: Question, rule: Rule) -> np.ndarray:
    """Vectors float32 (n, f), (w, n, f) or (f,), as the question wants; NaN for a place of which nothing is seen.

    A place's vector is the mean over its variables, the field's the mean over its places, so that no order matters.
    """
    want = question.want if isinstance(question.want, Vectors) else Vectors()
    panel, visible = question.frame, question.visible()
    step = float(panel.step / np.timedelta64(1, "ns")) / 1e9 if panel.regular and len(panel.times) > 1 else 0.0
    if want.per == "window":
        return np.stack([_of_places(visible[rows], rule, step) for rows in want.stretches(len(visible))])
    vectors = _of_places(visible, rule, step)
    if want.per == "place":
        return vectors
    known = np.isfinite(vectors).all(axis=1)
    return vectors[known].mean(axis=0, dtype=np.float64).astype(np.float32) if known.any() else vectors[0]


def _of_places(visible: np.ndarray, rule: Rule, step: float) -> np.ndarray:
    """Vectors (n, f) of places from what is seen of them (t, n, v)."""
    t, n, v = visible.shape
    series = np.ascontiguousarray(visible.reshape(t, n * v).T)
    parts = [rule(series[k : k + MOST], step) for k in range(0, max(n * v, 1), MOST)]
    vectors = np.concatenate(parts).astype(np.float64).reshape(n, v, -1)
    known = np.isfinite(visible).any(axis=0)[..., None]
    with np.errstate(invalid="ignore"):
        return ((vectors * known).sum(axis=1) / known.sum(axis=1)).astype(np.float32)
