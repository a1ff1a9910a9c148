"""Draw: one simulated scene of tracks, seen as an observer sees it - turned, scaled, with noise, gaps, births and ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.ways.crowds import players, walkers
from chronotope.worlds.ways.flows import drifters, storms
from chronotope.worlds.ways.routes import lanes, streets
from chronotope.worlds.ways.wanderers import foragers, wanderers

Family = Callable[[Generator, int, int], np.ndarray]
"""From chance, steps and objects to positions, complex (t, n), in any unit."""

FAMILIES: dict[str, Family] = {
    "walkers": walkers, "players": players, "drifters": drifters, "storms": storms, "streets": streets, "lanes": lanes,
    "wanderers": wanderers, "foragers": foragers,
}  # fmt: skip
SHARES = {
    "walkers": 0.2,
    "players": 0.08,
    "drifters": 0.12,
    "storms": 0.1,
    "streets": 0.14,
    "lanes": 0.12,
    "wanderers": 0.12,
    "foragers": 0.12,
}


@dataclass(frozen=True)
class Ways:
    """A simulated scene: positions float64 (t, n, 2), NaN where an object is not seen; its family; seconds of a step."""

    values: np.ndarray
    family: str
    step: float


def draw_ways(seed: int, family: str | None = None) -> Ways:
    """The scene of a seed; the same for the same seed."""
    rng = np.random.default_rng([seed, 7])
    name = family or pick(rng, SHARES)
    steps, objects = int(log_uniform(rng, 60, 400)), int(log_uniform(rng, 3, 48))
    at = FAMILIES[name](rng, steps, objects)
    at = at.conj() if chance(rng, 0.5) else at  # no side is the likelier one
    at = at * np.exp(1j * rng.uniform(0, 2 * np.pi)) * log_uniform(rng, 0.1, 1e4)
    return Ways(observed(rng, at), name, float(log_uniform(rng, 0.1, 90_000)))


def observed(rng: Generator, at: np.ndarray) -> np.ndarray:
    """What is seen of positions, complex (t, n): each object for a while, with noise and gaps; (t, n, 2)."""
    steps, objects = at.shape
    pace = np.nanmedian(np.abs(np.diff(at, axis=0))) or 1.0
    if chance(rng, 0.6):
        size = pace * log_uniform(rng, 0.003, 0.6)
        at = at + size * (rng.standard_normal(at.shape) + 1j * rng.standard_normal(at.shape))
    if chance(rng, 0.2):  # a coarse clock of positions
        grid = pace * log_uniform(rng, 0.02, 0.5)
        at = np.round(at / grid) * grid
    there = np.ones(at.shape, bool)
    if chance(rng, 0.7):
        length = log_uniform(rng, min(12, steps), steps, objects).astype(int)
        begin = rng.integers(-length // 2, steps - length // 2, objects)
        row = np.arange(steps)[:, None]
        there = (row >= begin) & (row < begin + length)
    if chance(rng, 0.4):
        there &= rng.random(at.shape) > rng.uniform(0, 0.25)
    return np.where(there[..., None], np.stack([at.real, at.imag], axis=-1), np.nan)
