"""Smooth random functions of place, and space-time fields that drift with a flow."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator
from chronotope.worlds.kernel_paths import matern, turns

FEATURES = 192


def smooth_fields(rng: Generator, unit: np.ndarray, k: int, length: float, order: float = np.inf) -> np.ndarray:
    """`k` Gaussian fields (n, k) of unit variance over places (n, 2), by random Fourier features.

    The covariance is Matern of the given order (infinite: Gaussian) and length; the joint law is Gaussian in the limit
    of many features.
    """
    wave = plane_waves(rng, FEATURES, length, order)
    phase = rng.uniform(0, 2 * np.pi, FEATURES)
    return np.cos(unit @ wave.T + phase) @ rng.standard_normal((FEATURES, k)) * np.sqrt(2 / FEATURES)


def matern_root(distance: np.ndarray, length: float, order: float) -> np.ndarray:
    """A root R (n, n) of the Matern covariance over a distance matrix (n, n): R @ white noise is an exact Gaussian field."""
    covariance = matern(distance, length, order) + 1e-6 * np.eye(len(distance))
    return np.linalg.cholesky(covariance)


def drifting_field(
    rng: Generator, unit: np.ndarray, t: int, length: float, velocity: np.ndarray, memory: float, order: float = 1.5
) -> np.ndarray:
    """A Gaussian field carried by a flow, (t, n), unit variance.

    Covariance at a distance d and a lag h is Matern(|d - velocity h|) exp(-h / memory): an observer who moves with the
    flow sees only the slow fading. `velocity` is in squares per step, `memory` in steps.
    """
    count = FEATURES * 2
    wave = plane_waves(rng, count, length, order)
    own = np.tan(np.pi * (rng.random(count) - 0.5)) / memory  # Cauchy rates: exponential fading
    rate = own - wave @ velocity
    where = unit @ wave.T + rng.uniform(0, 2 * np.pi, count)
    size = rng.standard_normal(count) * np.sqrt(2 / count)
    turn = turns(rate, t) * size
    return turn.real @ np.cos(where).T - turn.imag @ np.sin(where).T


def plane_waves(rng: Generator, count: int, length: float, order: float) -> np.ndarray:
    """Wave vectors (count, 2) of a Matern covariance of that order (infinite: Gaussian) and length."""
    wave = rng.standard_normal((count, 2)) / length
    if np.isfinite(order):
        wave *= np.sqrt(2 * order / rng.chisquare(2 * order, count))[:, None]
    return wave
