"""Distributions: quantiles of what was seen, at the house's nine levels."""

from __future__ import annotations

import numpy as np

from chronotope.heads.normal import NORMAL_BASE

BASE = np.array(NORMAL_BASE, np.float32)  # quantiles of a normal whose mean absolute deviation is one
LEVELS = np.arange(1, len(BASE) + 1) / (len(BASE) + 1)
MIDDLE = len(BASE) // 2


def masked_quantiles(x: np.ndarray, seen: np.ndarray, levels: np.ndarray = LEVELS) -> np.ndarray:
    """Quantiles over the last axis of what is seen, (..., k) -> (..., q); zero where nothing is."""
    ordered = np.sort(np.where(seen, x, np.float32(1e30)), axis=-1)
    last = np.maximum(seen.sum(-1)[..., None] - 1, 0)
    position = np.clip(levels * (last + 2) - 1, 0, last)  # unbiased plotting position, kept inside the sample
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, last)
    value = np.take_along_axis(ordered, low, -1) * (1 - (position - low)) + np.take_along_axis(ordered, high, -1) * (position - low)
    return np.where(np.expand_dims(seen.any(-1), -1), value, 0.0).astype(np.float32)


def pinball_loss(miss: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Loss of quantiles that the truth misses by `miss` (truth less quantile), at levels that fit its shape; never below 0."""
    return np.maximum(level * miss, (level - 1) * miss)
