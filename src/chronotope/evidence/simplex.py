"""Simplex: weights of rules, none below zero and one together, that miss least."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls


def least(gram: np.ndarray, pull: float = 0.0, toward: np.ndarray | float = 0.0) -> np.ndarray:
    """Weights w >= 0 with sum 1 for which w' gram w and the squared distance (pull * w, pull * toward) are least together."""
    k = len(gram)
    if not np.trace(gram) > 0:  # all rules told the truth
        return np.asarray(toward) if np.ndim(toward) else np.full(k, 1 / k)
    root = np.linalg.cholesky(gram + 1e-12 * np.trace(gram) * np.eye(k)).T
    heavy = 1e3 * np.sqrt(np.trace(gram))
    rows, aims = np.vstack([root, np.full(k, heavy)]), np.append(np.zeros(k), heavy)
    if pull:
        rows, aims = np.vstack([rows, pull * np.eye(k)]), np.append(aims, pull * np.broadcast_to(toward, k))
    found = nnls(rows, aims)[0]
    return found / max(found.sum(), 1e-12)
