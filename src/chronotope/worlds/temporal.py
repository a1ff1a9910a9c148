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


def mixup(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """A convex mixture of one to three other bases, weights from a Dirichlet law; (k, t)."""
    names = [pick(rng, ANOMALIES) for _ in range(int(rng.integers(1, 4)))]
    share = rng.dirichlet(np.full(len(names), 1.5))
    return standardise(sum(w * BASES[name](rng, clock, k) for w, name in zip(share, names, strict=True)))


def causal(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """The last of six nodes of a causal graph: roots are Gaussian processes, others bend a mixture of up to three earlier ones; (k, t)."""
    nodes = [kernel_synth(rng, clock, k)]
    bends: tuple[Callable[[np.ndarray], np.ndarray], ...] = (np.tanh, np.sin, np.abs, lambda x: np.maximum(x, 0), lambda x: x)
    while len(nodes) < 6:
        parents = rng.permutation(len(nodes))[: int(rng.integers(0 if len(nodes) < 5 else 1, 4))]
        if len(parents):
            mixed = sum(rng.normal() * nodes[p] for p in parents)
            nodes.append(standardise(bends[int(rng.integers(len(bends)))](mixed) + 0.1 * stochastic.white(rng, clock, k)))
        else:
            nodes.append(kernel_synth(rng, clock, k))
    return nodes[-1]


def multiplicative(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Growth times season times Weibull noise: what is larger also swings more; (k, t)."""
    growth = np.exp(rng.uniform(0.1, 0.6) * trend(rng, clock, k))
    season = np.exp(rng.uniform(0.2, 0.8) * seasonal(rng, clock, k)) if clock.cycles else 1.0
    return standardise(growth * season * rng.weibull(log_uniform(rng, 1.5, 20), (k, clock.steps)))


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
    "mixup": mixup,
    "causal": causal,
    "multiplicative": multiplicative,
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
