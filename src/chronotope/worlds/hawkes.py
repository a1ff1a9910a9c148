"""Family: self-exciting counts - every event makes others likelier, here and nearby, for a while."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, log_uniform
from chronotope.worlds.dress import calendar
from chronotope.worlds.world import Channel, Draft, Scene

CEILING = 1e4  # events per step and place at which excitation saturates


def hawkes(rng: Generator, scene: Scene) -> Draft:
    """Counts per place and step with intensity mu(t) + sum of past counts x spatial kernel x fading memory."""
    t, n = scene.shape
    branching, memory = float(rng.uniform(0.2, 0.95)), float(log_uniform(rng, 0.5, 40))
    params: dict = {"branching": branching, "memory": memory, "reach": float(log_uniform(rng, 0.03, 0.5)), "power": bool(chance(rng, 0.3))}
    kernel = spread(scene.layout.distances(), params["reach"], params["power"]) * branching
    level = log_uniform(rng, 0.03, 8) * rng.lognormal(0, rng.uniform(0.2, 1.2), n)
    beat = np.exp(np.minimum(rng.uniform(0, 1) * calendar(rng, scene), 3))
    intensity, events = simulate(rng, level * beat * (1 - branching), kernel, memory)
    return Draft((Channel(intensity, "exact", 0.0, None, events),), params)


def spread(distance: np.ndarray, reach: float, power: bool) -> np.ndarray:
    """Where the children of an event fall, (n to, n from): exponential or power law of distance; columns sum to 1."""
    near = (1 + distance / reach) ** -3 if power else np.exp(-distance / reach)
    return near / near.sum(0)


def simulate(rng: Generator, base: np.ndarray, kernel: np.ndarray, memory: float) -> tuple[np.ndarray, np.ndarray]:
    """Intensity and counts (t, n) for a base rate (t, n); children come with an exponential delay of mean `memory` steps.

    The spectral radius of `kernel` is the branching ratio; below 1 the mean rate is (I - kernel)^-1 base.
    """
    t, n = base.shape
    keep = np.exp(-1 / memory)
    heat, rate, events = np.zeros(n), np.empty((t, n)), np.empty((t, n))
    for i in range(t):
        rate[i] = np.minimum(base[i] + heat, CEILING)
        events[i] = rng.poisson(rate[i])
        heat = keep * heat + (1 - keep) * (kernel @ events[i])
    return rate, events
