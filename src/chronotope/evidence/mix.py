"""Mix: candidates weighted by how little they missed in their trials."""

from __future__ import annotations

import numpy as np

SHARPNESS = 3.0  # softmax(-SHARPNESS log error)


def plain_mix(centre: np.ndarray, error: np.ndarray, is_available: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The candidates mixed by softmax(-3 log error), and the error mixed alike; (..., k) -> (...), (...); zero where none is available.

    Errors may have axes of length one, where many cells share them.
    """
    gate = plain_gates(error, is_available)
    return (gate * centre).sum(-1), (gate * error).sum(-1)


def plain_gates(error: np.ndarray, is_available: np.ndarray) -> np.ndarray:
    """The candidates' shares (..., k), which add up to one where any is available."""
    logit = np.where(is_available, -SHARPNESS * np.log(error), -np.inf)
    best = logit.max(axis=-1, keepdims=True)
    gate = np.exp(logit - np.where(np.isfinite(best), best, 0.0))
    return np.asarray(gate / np.maximum(gate.sum(axis=-1, keepdims=True), 1e-30))
