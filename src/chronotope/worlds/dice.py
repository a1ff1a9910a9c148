"""Small draws that every family uses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Generator = np.random.Generator


def log_uniform(rng: Generator, low: float, high: float, size: int | None = None):
    """Uniform on a log scale between two positive bounds."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def pick(rng: Generator, weights: Mapping[str, float]) -> str:
    """One key, with probability proportional to its weight."""
    names = list(weights)
    share = np.cumsum(np.fromiter(weights.values(), float))
    return names[int(np.searchsorted(share, rng.random() * share[-1], side="right"))]


def chance(rng: Generator, p: float) -> bool:
    """True with probability p."""
    return bool(rng.random() < p)


def in_plane(rng: Generator, number: int) -> np.ndarray:
    """Normal numbers of the plane, complex (number,), of spread one along either axis."""
    return np.asarray(rng.standard_normal(number) + 1j * rng.standard_normal(number))


def standardise(paths: np.ndarray, axis: int | None = -1) -> np.ndarray:
    """Zero mean and unit spread along an axis; constant series become zero."""
    centred = paths - paths.mean(axis=axis, keepdims=True)
    spread = centred.std(axis=axis, keepdims=True)
    return centred / np.where(spread > 1e-9, spread, 1.0)
