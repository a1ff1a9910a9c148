"""Family: wanderers - velocities that forget themselves, homes that are returned to, rests and long flights."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, in_plane, log_uniform


def wanderers(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Velocities of an Ornstein-Uhlenbeck process, perhaps with a common part, a bend of one side and a pull home."""
    memory = np.exp(-1 / log_uniform(rng, 0.5, 60, objects))
    bend = np.exp(1j * rng.normal(0, rng.uniform(0, 0.1), objects))
    pull = log_uniform(rng, 0.001, 0.1) if chance(rng, 0.5) else 0.0
    flock = rng.random() if chance(rng, 0.4) else 0.0
    mean = complex(in_plane(rng, 1)[0]) * (rng.uniform(0, 2) if chance(rng, 0.4) else 0.0)
    home = 20 * in_plane(rng, objects)
    at, velocity = home.copy(), in_plane(rng, objects)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        push = np.sqrt(1 - flock) * in_plane(rng, objects) + np.sqrt(flock) * in_plane(rng, 1)
        velocity = memory * bend * velocity + np.sqrt(1 - memory**2) * push
        at = at + velocity + mean - pull * (at - home)
    return out


def foragers(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """States that last: resting, searching with turns, and flights of heavy-tailed length, by the hour of a day perhaps."""
    rest, search, fly = 0.05, 0.5, rng.uniform(1.5, 5)
    stay = 1 - 1 / log_uniform(rng, 3, 60, 3)
    day, by_day = rng.uniform(12, 60), chance(rng, 0.5)
    turn = np.array([1.5, rng.uniform(0.4, 1.2), rng.uniform(0.03, 0.25)])
    state, angle = rng.integers(0, 3, objects), rng.uniform(0, 2 * np.pi, objects)
    pace = np.array([rest, search, fly]) * log_uniform(rng, 0.3, 3)
    dens = 15 * in_plane(rng, max(1, objects // 3))
    home = dens[rng.integers(0, len(dens), objects)]
    homing = log_uniform(rng, 0.003, 0.08)
    at = home + 5 * in_plane(rng, objects)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        new = rng.random(objects) > stay[state]
        night = by_day and np.sin(2 * np.pi * t / day) < 0
        state = np.where(new, rng.choice(3, objects, p=[0.8, 0.15, 0.05] if night else [0.2, 0.45, 0.35]), state)
        angle = angle + turn[state] * rng.standard_normal(objects)
        at = at + pace[state] * rng.lognormal(0, 0.2, objects) * np.exp(1j * angle) - homing * (at - home) * (state > 0)
    return out
