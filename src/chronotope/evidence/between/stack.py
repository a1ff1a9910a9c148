"""Stack: one answer out of many rules, by weights that would have missed least at known places that were left out."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.simplex import least

ROUNDS = 6
FEW = 10.0  # squared trials' worth of equal weights


def stacked(told: np.ndarray, truth: np.ndarray, worth: float, toward: np.ndarray | None = None) -> np.ndarray:
    """Weights (k,), none below zero and one together, of least absolute miss.

    Args:
        told: (i, k) what rules told.
        truth: (i,).
        worth: of so many trials that are independent; few say little against the weights they are drawn to.
        toward: these weights (k,); None for equal ones.
    """
    k = told.shape[1]
    weights = np.full(k, 1 / k)
    size = np.abs(truth - told @ weights).mean() + 1e-12
    for _ in range(ROUNDS):
        heed = 1 / np.maximum(np.abs(truth - told @ weights), 0.05 * size)  # least squares so weighted are least absolute misses
        apart = told - truth[:, None]
        gram = (apart * heed[:, None]).T @ apart / len(truth)
        drawn = FEW / worth**2 * np.trace(gram) / k
        if toward is None:
            weights = least(gram + drawn * np.eye(k))  # of weights that add up to one, equal ones are the smallest
        else:
            weights = least(gram, np.sqrt(drawn), toward)
    return weights
