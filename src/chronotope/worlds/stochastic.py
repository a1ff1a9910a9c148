"""Random series without a calendar: autoregressions, Ornstein-Uhlenbeck with regimes, walks, steps, spikes, pulses."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from chronotope.worlds.clock import DAY, Clock
from chronotope.worlds.dice import Generator, chance, log_uniform, standardise


def autoregression(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """AR(1) to AR(3): a real root of random memory, sometimes a damped oscillation; (k, t), unit stationary spread."""
    hasty = clock.seconds >= DAY and chance(rng, 0.5)  # weather of one day says little about the next
    memory = log_uniform(rng, 0.3, 3 if hasty else max(clock.steps / 6, 2))
    poly = np.array([1.0, -np.exp(-1 / memory)])
    if chance(rng, 0.3):
        radius, turn = np.exp(-1 / log_uniform(rng, 2, 60)), 2 * np.pi / log_uniform(rng, 3, 60)
        poly = np.convolve(poly, [1.0, -2 * radius * np.cos(turn), radius**2])
    burn = int(min(5 * memory, 2 * clock.steps)) + 50
    shocks = rng.standard_normal((k, clock.steps + burn))
    if chance(rng, 0.2):
        shocks *= rng.standard_exponential(shocks.shape)  # heavy tails
    return standardise(lfilter([1.0], poly, shocks)[:, burn:])


def white(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Independent values, normal or skewed; (k, t)."""
    if chance(rng, 0.5):
        return rng.standard_normal((k, clock.steps))
    shape = log_uniform(rng, 0.5, 10)
    return (rng.standard_gamma(shape, (k, clock.steps)) - shape) / np.sqrt(shape)


def ou_regimes(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Ornstein-Uhlenbeck whose pull, level and volatility switch between two hidden regimes, each path at its own times; (k, t)."""
    t = clock.steps
    leave = 1 - rng.uniform(0.9, 0.995, 2)
    keep, level = np.exp(-1 / log_uniform(rng, 1, t / 8, 2)), np.array([0.0, rng.normal(0, 1.5)])
    sigma = log_uniform(rng, 0.2, 1.5, 2) * np.sqrt(1 - keep**2)
    flips, shocks = rng.random((t, k)), rng.standard_normal((t, k))
    regime = np.zeros((t, k), np.int8)
    for i in range(1, t):
        regime[i] = regime[i - 1] ^ (flips[i] < leave[regime[i - 1]])
    pull = keep[regime]
    push = (1 - pull) * level[regime] + sigma[regime] * shocks
    path, x = np.empty((t, k)), np.full(k, level[0])
    for i in range(t):
        x = pull[i] * x + push[i]
        path[i] = x
    return standardise(path.T)


def random_walk(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Cumulated shocks, sometimes rare and large, sometimes cumulated twice; (k, t)."""
    shocks = rng.standard_normal((k, clock.steps))
    if chance(rng, 0.3):
        shocks *= rng.random(shocks.shape) < log_uniform(rng, 0.01, 0.5)
    path = np.cumsum(shocks, 1)
    if chance(rng, 0.15):
        path = np.cumsum(lfilter([1.0], [1.0, -0.95], shocks), 1)
    return standardise(path)


def steps(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Levels that hold and jump, with a slow slope now and then; (k, t)."""
    share = log_uniform(rng, 2, 30) / clock.steps
    jumps = rng.standard_normal((k, clock.steps)) * (rng.random((k, clock.steps)) < share)
    memory = log_uniform(rng, clock.steps / 20, clock.steps * 10)
    return standardise(lfilter([1.0], [1.0, -np.exp(-1 / memory)], jumps) + 0.05 * rng.standard_normal((k, 1)))


def spikes(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Sudden rises that fade, in bursts or at random times; (k, t)."""
    rate = np.full((k, clock.steps), log_uniform(rng, 0.003, 0.1))
    if chance(rng, 0.5):
        rate = np.clip(rate * np.exp(1.2 * autoregression(rng, clock, k)), 0, 0.5)
    marks = rng.lognormal(0, rng.uniform(0.2, 1.0), (k, clock.steps)) * (rng.random((k, clock.steps)) < rate)
    decay = np.exp(-1 / log_uniform(rng, 0.5, 30))
    path = lfilter([1.0], [1.0, -decay], marks)
    if chance(rng, 0.3):
        path = lfilter([1 - 0.5], [1.0, -0.5], path)
    return standardise(path)


def pulses(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """A train of trapezoids with a period of its own, jittered, each pulse of another height; (k, t)."""
    period = log_uniform(rng, 6, max(clock.steps / 8, 8))
    width = rng.uniform(0.1, 0.9)
    jitter = np.cumsum(rng.normal(0, rng.choice([0.0, 0.02]), (k, clock.steps)), 1)
    turn = np.arange(clock.steps) / period + rng.random((k, 1)) + jitter
    height = rng.lognormal(0, 0.3, (k, int(turn.max() - turn.min()) + 3))
    gap, number = turn % 1.0, (np.floor(turn) - np.floor(turn.min())).astype(int)
    shape = np.clip(np.minimum(gap, width - gap) / (width * rng.uniform(0.05, 0.5)), 0, 1)
    return standardise(shape * np.take_along_axis(height, number, 1) + log_uniform(rng, 0.01, 0.3) * rng.standard_normal((k, clock.steps)))


def intermittent(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Nothing, then something for a while, with gamma sizes: sparse demand; (k, t)."""
    on = autoregression(rng, clock, k) > rng.uniform(0.3, 1.6)
    return standardise(on * rng.gamma(log_uniform(rng, 0.5, 5), size=(k, clock.steps)))


def exponential_smoothing(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Level, damped trend and a season that wanders, the process behind Holt-Winters; (k, t)."""
    shocks = rng.standard_normal((k, clock.steps))
    level = np.cumsum(log_uniform(rng, 0.02, 0.6) * shocks, 1)
    trend = np.cumsum(lfilter([1.0], [1.0, -rng.uniform(0.8, 0.99)], log_uniform(rng, 1e-3, 0.03) * shocks), 1)
    lag = next((round(c.period) for c in clock.cycles if 2 <= c.period <= 300), int(rng.integers(3, 30)))
    poly = np.zeros(lag + 1)
    poly[0], poly[lag] = 1.0, -0.995
    push = log_uniform(rng, 0.02, 0.3) * rng.standard_normal((k, clock.steps))
    push[:, :lag] = rng.normal(0, rng.uniform(0.2, 3), (k, lag))[:, : clock.steps]
    return standardise(level + trend + lfilter([1.0], poly, push) + log_uniform(rng, 0.05, 1) * shocks)
