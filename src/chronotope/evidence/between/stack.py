"""Stack: one answer out of many rules, by weights that would have missed least at known places that were left out."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

ROUNDS = 6
FEW = 10.0  # squared trials' worth of equal weights


def stacked(told: np.ndarray, truth: np.ndarray, worth: float) -> np.ndarray:
    """Weights (k,), none below zero and one together, of least absolute miss.

    Args:
        told: (i, k) what rules told.
        truth: (i,).
        worth: of so many trials that are independent; few say little against equal weights.
    """
    k = told.shape[1]
    weights = np.full(k, 1 / k)
    size = np.abs(truth - told @ weights).mean() + 1e-12
    for _ in range(ROUNDS):
        heed = 1 / np.maximum(np.abs(truth - told @ weights), 0.05 * size)  # least squares so weighted are least absolute misses
        apart = told - truth[:, None]
        gram = (apart * heed[:, None]).T @ apart / len(truth)
        gram += FEW / worth**2 * np.trace(gram) / k * np.eye(k)  # of weights that add up to one, equal ones are the smallest
        weights = _least(gram)
    return weights


def _least(gram: np.ndarray) -> np.ndarray:
    """Weights w >= 0 with sum 1 for which w' gram w is least."""
    root = np.linalg.cholesky(gram + 1e-12 * np.trace(gram) * np.eye(len(gram))).T
    heavy = 1e3 * np.sqrt(np.trace(gram))
    found = nnls(np.vstack([root, np.full(len(gram), heavy)]), np.append(np.zeros(len(gram)), heavy))[0]
    return found / max(found.sum(), 1e-12)
