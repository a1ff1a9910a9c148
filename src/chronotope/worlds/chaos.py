"""Family: deterministic chaos in space - Lorenz-96, coupled map lattices, Kuramoto oscillators."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, log_uniform, pick, standardise
from chronotope.worlds.dress import dress
from chronotope.worlds.world import Draft, Scene

KINDS = {"lorenz96": 0.4, "lattice": 0.25, "kuramoto": 0.35}


def chaos(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """A chaotic field over places; kinds in `KINDS`."""
    params: dict = {"kind": kind or pick(rng, KINDS)}
    field = {"lorenz96": _lorenz96, "lattice": _lattice, "kuramoto": _kuramoto}[params["kind"]](rng, scene, params)
    return Draft(dress(rng, scene, standardise(field, axis=None), params, private=0.0), params)


def lorenz96(start: np.ndarray, forcing: float, steps: int, dt: float = 0.05) -> np.ndarray:
    """x_i' = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F on a ring, by Runge-Kutta 4; (steps, m), the start first."""
    m = len(start)
    ring = np.empty(m + 3)

    def slope(x: np.ndarray) -> np.ndarray:
        ring[2 : m + 2], ring[:2], ring[m + 2] = x, x[-2:], x[0]
        return (ring[3:] - ring[:m]) * ring[1 : m + 1] - x + forcing

    record, x = np.empty((steps, m)), start.astype(float)
    for i in range(steps):
        record[i] = x
        a = slope(x)
        b = slope(x + 0.5 * dt * a)
        c = slope(x + 0.5 * dt * b)
        x = x + dt / 6 * (a + 2 * b + 2 * c + slope(x + dt * c))
    return record


def _lorenz96(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """The ring laid around the square's centre, or wrapped along a direction; places read it between its sites."""
    m, forcing, every = int(rng.integers(20, 65)), float(rng.uniform(6, 10)), int(rng.integers(1, 3))
    params.update(sites=m, forcing=forcing, every=every)
    burn = 100
    path = lorenz96(forcing + rng.standard_normal(m), forcing, burn + scene.clock.steps * every)[burn::every]
    gap = scene.layout.unit - 0.5
    turn = rng.uniform(0, 2 * np.pi)
    along = np.arctan2(gap[:, 1], gap[:, 0]) / (2 * np.pi) if rng.random() < 0.5 else 0.6 * gap @ np.array([np.cos(turn), np.sin(turn)])
    at = (along % 1.0) * m
    low, weight = at.astype(int) % m, at % 1.0
    return path[:, low] * (1 - weight) + path[:, (low + 1) % m] * weight


def _lattice(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """Logistic maps joined along the edges: x <- (1 - c) f(x) + c mean of f over neighbours."""
    t, n = scene.shape
    params.update(coupling=float(rng.uniform(0.05, 0.6)), growth=float(rng.uniform(3.6, 4.0)))
    share = neighbours(scene)
    x, record = rng.random(n), np.empty((t, n))
    for i in range(t):
        record[i] = x
        f = params["growth"] * x * (1 - x)
        x = (1 - params["coupling"]) * f + params["coupling"] * (share @ f)
    return record


def _kuramoto(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """Oscillators of different speed that pull on their neighbours; the sine of the phase is read."""
    t, n = scene.shape
    period = log_uniform(rng, 5, 100)
    params.update(period=float(period), coupling=float(log_uniform(rng, 0.02, 2)), spread=float(log_uniform(rng, 0.02, 0.4)))
    pull = neighbours(scene) * params["coupling"]
    speed = 2 * np.pi / period * (1 + params["spread"] * rng.standard_normal(n))
    start = rng.uniform(0, 2 * np.pi, n)
    noise = rng.normal(0, 0.02, (t, n))
    return np.sin(oscillate(start, np.broadcast_to(speed, (t, n)), pull, np.minimum(2 * np.pi / period, 0.5), noise))


def oscillate(start: np.ndarray, speed: np.ndarray, pull: np.ndarray, strength: float, noise: np.ndarray | float = 0.0) -> np.ndarray:
    """Kuramoto phases (t, n): theta_i' = speed_i(t) + strength sum_j pull_ij sin(theta_j - theta_i) + noise, one Euler step per row."""
    theta, record = start, np.empty(speed.shape)
    noise = np.broadcast_to(noise, speed.shape)
    for i in range(len(speed)):
        record[i] = theta
        wave = np.exp(1j * theta)
        theta = theta + speed[i] + strength * (pull @ wave * wave.conj()).imag + noise[i]
    return record


def neighbours(scene: Scene) -> np.ndarray:
    """Row-normalised adjacency (n, n) over edges in both directions; a place without any follows itself."""
    n = scene.layout.places
    matrix = np.zeros((n, n))
    matrix[scene.layout.target, scene.layout.source] = 1
    matrix[scene.layout.source, scene.layout.target] = 1
    np.fill_diagonal(matrix, matrix.sum(1) == 0)
    return matrix / matrix.sum(1, keepdims=True)
