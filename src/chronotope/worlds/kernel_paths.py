"""Gaussian processes in time from random composite kernels, drawn by their spectra: sums mix frequencies, products add them."""

from __future__ import annotations

import numpy as np
from scipy.special import ive

from chronotope.worlds.clock import Clock
from chronotope.worlds.dice import Generator, chance, log_uniform, pick, standardise

LINES = 160  # frequencies per draw
PERIODS = np.array([4, 6, 7, 10, 12, 14, 24, 26, 30, 40, 48, 52, 60, 96, 168, 288, 336, 365])
KERNELS = {"periodic": 0.42, "gaussian": 0.16, "rational": 0.15, "matern": 0.22, "constant": 0.05}


def matern(lag: np.ndarray, length: float, order: float) -> np.ndarray:
    """Matern correlation of order 0.5, 1.5 or 2.5 at distances `lag`."""
    x = np.sqrt(2 * order) * np.abs(lag) / length
    return {0.5: 1.0, 1.5: 1 + x, 2.5: 1 + x + x**2 / 3}[order] * np.exp(-x)


def periodic_lines(rng: Generator, count: int, period: float, length: float) -> np.ndarray:
    """Frequencies (radians per step) of exp(-2 sin^2(pi lag / period) / length^2): harmonics with Bessel weights."""
    power = ive(np.arange(1 + int(6 / length + 6)), 1 / length**2)
    power[1:] *= 2
    harmonic = np.searchsorted(np.cumsum(power), rng.random(count) * power.sum())
    return 2 * np.pi * harmonic / period


def gaussian_lines(rng: Generator, count: int, length: float) -> np.ndarray:
    """Frequencies of exp(-lag^2 / (2 length^2))."""
    return rng.standard_normal(count) / length


def rational_lines(rng: Generator, count: int, length: float, alpha: float) -> np.ndarray:
    """Frequencies of (1 + lag^2 / (2 alpha length^2))^-alpha: a gamma mixture of Gaussian kernels."""
    return rng.standard_normal(count) * np.sqrt(rng.standard_gamma(alpha, count) / alpha) / length


def matern_lines(rng: Generator, count: int, length: float, order: float) -> np.ndarray:
    """Frequencies of a Matern kernel: Student's t with 2 x order degrees of freedom."""
    return rng.standard_normal(count) * np.sqrt(2 * order / rng.chisquare(2 * order, count)) / length


def random_lines(rng: Generator, clock: Clock) -> np.ndarray:
    """Frequencies (m,) of one to five kernels, each folded into the former by a sum or a product at even odds."""
    lines = _kernel(rng, clock)
    for part in range(2, int(rng.integers(1, 6)) + 1):
        other = _kernel(rng, clock)
        lines = lines + other if chance(rng, 0.5) else np.where(rng.random(LINES) < 1 / part, other, lines)
    return lines


def spectral_paths(rng: Generator, lines: np.ndarray, steps: int, k: int) -> np.ndarray:
    """`k` Gaussian paths (k, steps) of unit variance whose covariance is the mean of cos(frequency x lag)."""
    wave = turns(lines, steps)
    size = rng.standard_normal((2, len(lines), k)) / np.sqrt(len(lines))
    return (wave.real @ size[0] + wave.imag @ size[1]).T


def turns(rate: np.ndarray, steps: int) -> np.ndarray:
    """exp(i rate step) for steps 0..steps-1, (steps, m), as products of coarse and fine turns: far fewer sines."""
    fine = int(np.ceil(np.sqrt(steps)))
    coarse = np.exp(1j * np.arange(0, steps, fine)[:, None] * rate)
    return (coarse[:, None] * np.exp(1j * np.arange(fine)[:, None] * rate)).reshape(-1, len(rate))[:steps]


def kernel_synth(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Paths of a random composite kernel, with white noise in half and a random line in a quarter of the draws; (k, t)."""
    paths = spectral_paths(rng, random_lines(rng, clock), clock.steps, k)
    if chance(rng, 0.5):
        paths += log_uniform(rng, 0.03, 1) * rng.standard_normal(paths.shape)
    if chance(rng, 0.25):
        paths += rng.standard_normal((k, 1)) * np.linspace(-1, 1, clock.steps)
    return standardise(paths)


def _kernel(rng: Generator, clock: Clock) -> np.ndarray:
    kind, t = pick(rng, KERNELS), clock.steps
    if kind == "periodic":
        own = [c.period for c in clock.cycles if c.period < t]
        period = own[int(rng.integers(len(own)))] if own and chance(rng, 0.7) else float(rng.choice(PERIODS))
        return periodic_lines(rng, LINES, period, log_uniform(rng, 0.4, 3))
    if kind == "gaussian":
        return gaussian_lines(rng, LINES, log_uniform(rng, 2, t))
    if kind == "rational":
        return rational_lines(rng, LINES, log_uniform(rng, 1, t / 2), log_uniform(rng, 0.1, 10))
    if kind == "matern":
        return matern_lines(rng, LINES, log_uniform(rng, 1, t), float(rng.choice([0.5, 1.5, 2.5])))
    return np.zeros(LINES)
