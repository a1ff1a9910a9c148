"""Family: routes - vehicles in streets that turn at crossings and stop, ships and flights in lanes between ports."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, in_plane, log_uniform


def streets(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Along a bent grid of streets, straight on or round the corner, with stops and slow stretches."""
    angle, block = rng.uniform(0.8, 1.0) * 1j, 1.0
    pace = log_uniform(rng, 0.02, 0.4)
    own = pace * rng.lognormal(0, 0.3, objects)
    straight, stop, go = rng.uniform(0.4, 0.95), log_uniform(rng, 0.005, 0.1), log_uniform(rng, 0.05, 0.5)
    node, way = _crossing(rng, objects), rng.integers(0, 4, objects)
    done, moving, speed = rng.random(objects), np.ones(objects, bool), own.copy()
    step = np.array([1, 1j, -1, -1j])
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        grid = node + done * step[way]
        bend = 0.15 * np.sin(0.7 * grid.real + 0.4 * grid.imag)
        out[t] = grid.real * block + grid.imag * angle + bend
        moving = np.where(moving, rng.random(objects) > stop, rng.random(objects) < go)
        speed += 0.4 * (own * moving * rng.lognormal(0, 0.1, objects) - speed)
        done = done + speed
        over = done >= 1
        node = np.where(over, node + step[way], node)
        turn = np.where(rng.random(objects) < straight, 0, rng.choice([1, 3], objects))
        way, done = np.where(over, (way + turn) % 4, way), np.where(over, done % 1, done)
    return out


def lanes(rng: Generator, steps: int, objects: int) -> np.ndarray:
    """Between a few ports over shared way points, each at a steady speed of its own; who arrives waits, then sails again."""
    ports = 10 * in_plane(rng, int(rng.integers(3, 7)))
    middle = 0.5 * (ports[:, None] + ports) + 2 * (in_plane(rng, len(ports) ** 2).reshape(len(ports), -1))
    pace = log_uniform(rng, 0.03, 1.0)
    speed, wait = pace * rng.lognormal(0, 0.25, objects), log_uniform(rng, 0.02, 0.5)
    wander = log_uniform(rng, 0.003, 0.05) if chance(rng, 0.6) else 0.0
    here, there = rng.integers(0, len(ports), objects), rng.integers(0, len(ports), objects)
    leg, at = rng.integers(0, 2, objects), np.zeros(objects, complex)
    at = ports[here] + rng.random(objects) * (middle[here, there] - ports[here])
    velocity = np.zeros(objects, complex)
    out = np.empty((steps, objects), complex)
    for t in range(steps):
        out[t] = at
        goal = np.where(leg == 0, middle[here, there], ports[there])
        way = goal - at
        wanted = speed * way / (np.abs(way) + 1e-9)
        velocity += 0.5 * (np.where(leg == 2, 0, wanted) - velocity) + wander * speed * in_plane(rng, objects) * (leg < 2)
        at = at + velocity
        close = np.abs(way) < 2 * speed
        arrived, sails = close & (leg < 2), (leg == 2) & (rng.random(objects) < wait)
        leg = np.where(arrived, leg + 1, np.where(sails, 0, leg))
        here = np.where(sails, there, here)
        there = np.where(sails, rng.integers(0, len(ports), objects), there)
    return out


def _crossing(rng: Generator, number: int) -> np.ndarray:
    return np.asarray(rng.integers(-6, 7, number) + 1j * rng.integers(-6, 7, number))
