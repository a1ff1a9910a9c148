"""Moments: how the values of a series are spread, whatever their order."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.describe.record import Record

LEVELS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
NEAR = 0.02  # deviations within which two values count as the same, softly


def describe(record: Record) -> dict[str, np.ndarray]:
    """Quantiles in deviations, skewness, weight of the tails, and how much sits at the lowest, middle and highest value."""
    z, mean = record.z, record.mean
    ordered = np.sort(np.where(record.m > 0, z, np.inf), axis=1)
    count = record.m.sum(axis=1)
    levels = {level: _quantile(ordered, count, level) for level in LEVELS}
    out = {f"quantile{level:g}": levels[level] for level in LEVELS}
    out["skewness"] = np.arcsinh(mean(z**3))
    out["tails"] = np.log(np.maximum(mean(z**4), 1.0))
    low, high = np.where(record.m > 0, z, np.inf).min(axis=1), np.where(record.m > 0, z, -np.inf).max(axis=1)
    for name, at in (("lowest", low), ("highest", high), ("middle", levels[0.5])):
        at = np.where(np.isfinite(at), at, 0.0)
        out[f"at_{name}"] = mean(np.exp(-(((z - at[:, None]) / NEAR) ** 2)))
    out["lowest"], out["highest"] = np.arcsinh(np.where(count > 0, low, 0)), np.arcsinh(np.where(count > 0, high, 0))
    return out


def _quantile(ordered: np.ndarray, count: np.ndarray, level: float) -> np.ndarray:
    """Quantile (s,) of rows that are sorted, with infinity behind their `count` values; straight between neighbours."""
    place = level * np.maximum(count - 1, 0)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0).astype(int))
    rows = np.arange(len(ordered))
    a, b = ordered[rows, low], ordered[rows, high]
    a, b = np.where(np.isfinite(a), a, 0.0), np.where(np.isfinite(b), b, 0.0)
    return a + (b - a) * (place - low)
