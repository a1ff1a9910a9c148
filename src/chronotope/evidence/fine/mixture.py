"""Mixture: weights of the rules, those that would have erred least where the truth is known."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.fine.kernels import USUAL
from chronotope.evidence.fine.measure import Measure
from chronotope.evidence.fine.school import Lesson, rules_for
from chronotope.evidence.simplex import least

EVEN = 0.02  # of the errors' size, towards even weights: rules are much alike


def weights_of(known: Lesson | None, measure: Measure) -> np.ndarray:
    """Weights (r,) of the rules, not negative, with the sum one; errors count by how rough it is around each block."""
    alone = np.array([rule == USUAL for rule in rules_for(measure)], float)
    if known is None:
        return alone
    size = np.sqrt(known.rough**2 + 1e-3 * (known.rough**2).mean() + np.finfo(float).tiny)
    miss = ((known.said - known.truth[..., None]) / np.sqrt(size)[:, None, None]).reshape(-1, len(alone))
    gram = miss.T @ miss / len(miss)
    if not np.isfinite(gram).all() or not gram.any():
        return alone
    return least(gram + EVEN * np.diag(gram).mean() * np.eye(len(alone)))
