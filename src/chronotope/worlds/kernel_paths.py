"""Gaussian processes in time from random kernels, drawn in n log n by embedding the lags in a circle."""

from __future__ import annotations

import numpy as np
from scipy.fft import next_fast_len

from chronotope.worlds.clock import Clock
from chronotope.worlds.dice import Generator, chance, log_uniform, pick, standardise

PERIODS = np.array([4, 6, 7, 10, 12, 14, 24, 26, 30, 40, 48, 52, 60, 96, 168, 288, 336, 365])
KERNELS = {"periodic": 0.4, "gaussian": 0.15, "rational": 0.15, "matern": 0.2, "white": 0.05, "constant": 0.05}


def matern(lag: np.ndarray, length: float, order: float) -> np.ndarray:
    """Matern correlation of order 0.5, 1.5 or 2.5 at distances `lag`."""
    x = np.sqrt(2 * order) * np.abs(lag) / length
    return {0.5: 1.0, 1.5: 1 + x, 2.5: 1 + x + x**2 / 3}[order] * np.exp(-x)


def random_kernel(rng: Generator, clock: Clock, parts: int | None = None) -> np.ndarray:
    """Correlation at lags 0..t-1 of one to five kernels folded with sums and products, (t,); 1 at lag 0."""
    lag = np.arange(clock.steps, dtype=float)
    total = _kernel(rng, clock, lag)
    for _ in range((parts or int(rng.integers(1, 6))) - 1):
        other = _kernel(rng, clock, lag)
        total = total * other if chance(rng, 0.5) else total + other
    return total / total[0]


def stationary_paths(rng: Generator, correlation: np.ndarray, k: int) -> np.ndarray:
    """`k` Gaussian paths (k, t) with the given correlation at lags 0..t-1.

    Exact if the correlation has faded by lag t and its circular embedding is positive; otherwise negative powers are
    dropped and the variance kept at one.
    """
    t = len(correlation)
    size = next_fast_len(2 * t - 1)
    ring = np.zeros(size)
    ring[:t] = correlation
    ring[size - t + 1 :] = correlation[:0:-1]
    power = np.maximum(np.fft.rfft(ring).real, 0)
    weight = np.full(len(power), 2.0)
    weight[0] = 1
    if size % 2 == 0:
        weight[-1] = 1
    power *= size / (power @ weight)
    shocks = rng.standard_normal((k, len(power), 2)).view(np.complex128)[..., 0]
    shocks[:, weight == 1] = np.sqrt(2) * shocks[:, weight == 1].real
    return np.fft.irfft(shocks * np.sqrt(power * size / 2), size)[:, :t]


def kernel_synth(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Paths of a random composite kernel, with a random line in a quarter of the draws; (k, t)."""
    paths = stationary_paths(rng, random_kernel(rng, clock), k)
    if chance(rng, 0.25):
        paths = paths + rng.normal(0, 1, (k, 1)) * np.linspace(-1, 1, clock.steps)
    return standardise(paths)


def _kernel(rng: Generator, clock: Clock, lag: np.ndarray) -> np.ndarray:
    kind, t = pick(rng, KERNELS), clock.steps
    if kind == "periodic":
        own = [c.period for c in clock.cycles if c.period < t]
        period = own[int(rng.integers(len(own)))] if own and chance(rng, 0.7) else float(rng.choice(PERIODS))
        return np.exp(-2 * np.sin(np.pi * lag / period) ** 2 / log_uniform(rng, 0.4, 3) ** 2)
    if kind == "gaussian":
        return np.exp(-0.5 * (lag / log_uniform(rng, 2, t)) ** 2)
    if kind == "rational":
        alpha = log_uniform(rng, 0.1, 10)
        return (1 + (lag / log_uniform(rng, 1, t / 2)) ** 2 / (2 * alpha)) ** -alpha
    if kind == "matern":
        return matern(lag, log_uniform(rng, 1, t), float(rng.choice([0.5, 1.5, 2.5])))
    return (lag == 0).astype(float) if kind == "white" else np.ones_like(lag)
