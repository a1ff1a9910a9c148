"""Family: flows - drifters carried by eddies, storms that are steered and drift to the pole."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, in_plane, log_uniform


def drifters(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Carried by a mean flow, eddies that travel, and perhaps tides and inertial circles, with a little diffusion."""
    eddies = int(rng.integers(2, 9))
    centre, travel = 3 * in_plane(rng, eddies), 0.01 * in_plane(rng, eddies) * log_uniform(rng, 0.1, 3)
    size, spin = log_uniform(rng, 0.3, 2.0, eddies), rng.choice([-1, 1], eddies) * log_uniform(rng, 0.02, 0.2, eddies)
    mean = complex(in_plane(rng, 1)[0]) * log_uniform(rng, 0.003, 0.1)
    circle = log_uniform(rng, 0.005, 0.08) if chance(rng, 0.5) else 0.0
    period, phase = rng.uniform(4, 30), rng.uniform(0, 2 * np.pi, objects)
    noise, memory = log_uniform(rng, 0.002, 0.05), np.exp(-1 / log_uniform(rng, 0.5, 10))
    at, gust = 2.5 * in_plane(rng, objects), np.zeros(objects, complex)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        away = at[:, None] - (centre + travel * t)
        turn = 1j * away * spin * np.exp(-0.5 * (np.abs(away) / size) ** 2) / size
        gust = memory * gust + noise * in_plane(rng, objects)
        at = at + mean + turn.sum(1) + circle * np.exp(1j * (2 * np.pi * t / period + phase)) + gust
    return out


def storms(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Steered west in the south and east in the north, drifting to the pole, one season after the other."""
    start = rng.uniform(-20, 20, objects) + 1j * rng.uniform(8, 22, objects)
    turn, west, east = rng.uniform(20, 32), rng.uniform(0.2, 0.8), rng.uniform(0.3, 1.5)
    drift, memory = rng.uniform(0.05, 0.25), np.exp(-1 / log_uniform(rng, 2, 20))
    noise = log_uniform(rng, 0.02, 0.15)
    at, own = start.astype(complex), 0.2 * in_plane(rng, objects)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        share = 1 / (1 + np.exp(-(at.imag - turn) / 4))
        own = memory * own + noise * in_plane(rng, objects)
        at = at - west * (1 - share) + east * share + 1j * drift * (1 + share) + own
    return out
