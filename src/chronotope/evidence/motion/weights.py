"""Weights of the rules: the less a rule missed, the more it says."""

from __future__ import annotations

import numpy as np

SHARPNESS = 12.0  # softmax(-SHARPNESS log error): rules are many and akin, so that -3 would let the many poor ones outvote the best
SHARPER = 24.0  # where the regression, which has read them all, is one of them


def shares(said: np.ndarray, error: np.ndarray, sharpness: float = SHARPNESS) -> np.ndarray:
    """How much each rule says (m, h, c) in what `mixed` makes of the same; they add up to one where any rule has an answer."""
    able, gate = _gates(said, error, sharpness)
    return np.where(able, gate / np.maximum(gate.sum(-1, keepdims=True), 1e-30), 0.0)


def mixed(said: np.ndarray, error: np.ndarray, sharpness: float = SHARPNESS) -> np.ndarray:
    """Displacements (m, h) from those of the rules (m, h, c) and their errors (h, c) or (m, h, c); rules without an answer are left out."""
    able, gate = _gates(said, error, sharpness)
    return np.where(able, gate * np.where(able, said, 0), 0).sum(-1) / np.maximum(gate.sum(-1), 1e-30)


def _gates(said: np.ndarray, error: np.ndarray, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a rule has an answer, and how loud it is beside the best."""
    able = np.isfinite(said) & np.isfinite(error)
    floor = np.nanmax(np.where(np.isfinite(error), error, np.nan)) * 1e-6 + 1e-12 if np.isfinite(error).any() else 1.0
    logit = np.where(able, -sharpness * np.log(np.maximum(error, floor)), -np.inf)
    best = logit.max(axis=-1, keepdims=True)
    return able, np.exp(logit - np.where(np.isfinite(best), best, 0))
