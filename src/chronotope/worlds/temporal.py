"""The bank of temporal series: everything a single place might show over time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.worlds import stochastic
from chronotope.worlds.clock import Clock
from chronotope.worlds.dice import Generator, chance, log_uniform, pick, standardise
from chronotope.worlds.kernel_paths import kernel_synth
from chronotope.worlds.profiles import profiles, seasonal


def trend(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """A line, an exponential, a parabola, a broken line or a logistic rise; (k, t)."""
    x = np.linspace(0, 1, clock.steps)[None]
    kind, bend = pick(rng, {"line": 1, "exponential": 1, "parabola": 1, "broken": 1, "logistic": 1}), rng.random((k, 1))
    path = {
        "line": lambda: x * np.ones((k, 1)),
        "exponential": lambda: np.exp(rng.uniform(1, 4) * x) * np.ones((k, 1)),
        "parabola": lambda: (x - bend) ** 2,
        "broken": lambda: x + rng.uniform(-4, 4, (k, 1)) * np.maximum(0, x - bend),
        "logistic": lambda: 1 / (1 + np.exp(-rng.uniform(5, 40) * (x - bend))),
    }[kind]()
    return standardise(path) * rng.choice([-1.0, 1.0], (k, 1))


def tsi(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Trend, seasons, noise, outliers and level shifts, each present by chance; (k, t)."""
    total = 0.3 * stochastic.autoregression(rng, clock, k)
    if chance(rng, 0.5):
        total += rng.uniform(0.3, 2) * trend(rng, clock, k)
    if chance(rng, 0.8):
        total += rng.uniform(0.5, 2) * seasonal(rng, clock, k)
    if chance(rng, 0.3):
        period = log_uniform(rng, 4, clock.steps / 2)
        table = profiles(rng, k)
        total += rng.uniform(0.3, 1) * table[:, (np.arange(clock.steps) / period % 1 * table.shape[1]).astype(int)]
    if chance(rng, 0.8):
        total += rng.uniform(0.05, 0.5) * (rng.laplace if chance(rng, 0.5) else rng.normal)(0, 1, (k, clock.steps))
    if chance(rng, 0.2):
        total += rng.uniform(3, 8) * (rng.random((k, clock.steps)) < 0.005) * rng.choice([-1.0, 1.0], (k, 1))
    if chance(rng, 0.2):
        total += rng.uniform(0.5, 2) * stochastic.steps(rng, clock, k)
    return standardise(total)


def modulated(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """A season whose amplitude breathes; (k, t)."""
    breath = np.exp(0.5 * stochastic.autoregression(rng, clock, k))
    return standardise(breath * seasonal(rng, clock, k) + 0.1 * stochastic.white(rng, clock, k))


BASES: dict[str, Callable[[Generator, Clock, int], np.ndarray]] = {
    "autoregression": stochastic.autoregression,
    "white": stochastic.white,
    "ou_regimes": stochastic.ou_regimes,
    "random_walk": stochastic.random_walk,
    "steps": stochastic.steps,
    "spikes": stochastic.spikes,
    "pulses": stochastic.pulses,
    "intermittent": stochastic.intermittent,
    "exponential_smoothing": stochastic.exponential_smoothing,
    "kernel_synth": kernel_synth,
    "seasonal": seasonal,
    "trend": trend,
    "tsi": tsi,
    "modulated": modulated,
}
ANOMALIES = {
    "autoregression": 0.4, "white": 0.1, "ou_regimes": 0.08, "random_walk": 0.08, "steps": 0.04, "spikes": 0.1,
    "pulses": 0.03, "intermittent": 0.05, "exponential_smoothing": 0.03, "kernel_synth": 0.14,
}  # fmt: skip


def anomalies(rng: Generator, clock: Clock, k: int, params: dict | None = None) -> np.ndarray:
    """`k` series of one random base that no calendar explains, (k, t); its name goes into `params["base"]`."""
    name = pick(rng, ANOMALIES)
    if params is not None:
        params["base"] = name
    return BASES[name](rng, clock, k)
