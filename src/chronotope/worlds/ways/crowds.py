"""Family: crowds - walkers who keep clear of each other on the way to their goals, players who follow a ball."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, in_plane, log_uniform

NEAR = 1e-6


def walkers(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Social forces: everybody tends to the wanted velocity towards a goal, keeps away from others, and may walk in groups."""
    side, dt = rng.uniform(6, 25), 0.4
    speed = np.clip(rng.normal(rng.uniform(0.9, 1.5), 0.25, objects), 0.2, 2.2)
    doors = side * (rng.random(int(rng.integers(2, 6))) + 1j * rng.random(1))
    at = side * (rng.random(objects) + 1j * rng.random(objects))
    group = rng.integers(0, max(1, int(objects * rng.uniform(0.4, 1.0))), objects)
    goal = doors[rng.integers(0, len(doors), int(group.max()) + 1)][group] + 0.8 * in_plane(rng, objects)
    velocity = speed * _unit(goal - at)
    strength, reach, ease = log_uniform(rng, 0.3, 4), rng.uniform(0.3, 1.0), rng.uniform(0.3, 1.2)
    noise = log_uniform(rng, 0.02, 0.4)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        apart = at[:, None] - at
        away = np.abs(apart) + np.eye(objects) * 1e3
        push = (strength * np.exp(-(away - 0.4) / reach))[..., None] * np.stack([(apart / away).real, (apart / away).imag], -1)
        force = (speed * _unit(goal - at) - velocity) / ease + push.sum(1) @ np.array([1, 1j]) + noise * in_plane(rng, objects)
        velocity = velocity + dt * force
        velocity *= np.minimum(1, 1.4 * speed / (np.abs(velocity) + NEAR))
        at = at + dt * velocity
        there = np.abs(goal - at) < 0.8
        if there.any():  # on to another goal
            goal[there] = doors[rng.integers(0, len(doors), there.sum())] + 0.8 * in_plane(rng, int(there.sum()))
    return out


def players(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Everybody is drawn to a ball that is passed on, and back to a place of the own."""
    home = 40 * in_plane(rng, objects)
    at, velocity = home.copy(), np.zeros(objects, complex)
    ball, target = 0j, 0j
    pull, back, calm = log_uniform(rng, 0.002, 0.03), log_uniform(rng, 0.002, 0.03), rng.uniform(0.05, 0.3)
    turn, kick = log_uniform(rng, 0.01, 0.1), log_uniform(rng, 0.02, 0.5)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        if chance(rng, turn):
            target = 40 * complex(in_plane(rng, 1)[0])
        ball += 0.15 * (target - ball)
        velocity += pull * (ball - at) + back * (home + 0.4 * ball - at) - calm * velocity + kick * in_plane(rng, objects)
        at = at + velocity
    return out


def _unit(way: np.ndarray) -> np.ndarray:
    return way / (np.abs(way) + NEAR)
