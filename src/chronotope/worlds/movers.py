"""Family: things that move - crowds that are counted where they are, storms that are felt where they pass."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter
from scipy.spatial import cKDTree

from chronotope.worlds.clock import Clock
from chronotope.worlds.dice import Generator, log_uniform, pick, standardise
from chronotope.worlds.dress import dress
from chronotope.worlds.world import Channel, Draft, Scene

KINDS = {"wanderers": 0.3, "commuters": 0.3, "storms": 0.4}
RASTER = 64  # cells per side of the map from position to nearest place


def movers(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """Counts of walkers or commuters per place, or the field of a few storms; kinds in `KINDS`."""
    params: dict = {"kind": kind or pick(rng, KINDS)}
    if params["kind"] == "commuters" and (scene.clock.cycle("day") is None or scene.clock.cycle("week") is None):
        params["kind"] = "wanderers"
    if params["kind"] == "storms":
        number = int(rng.integers(2, 12))
        paths = wander(rng, scene.clock.steps, number, float(log_uniform(rng, 5, 80)), params)
        field = felt(rng, paths, scene.layout.unit, params)
        return Draft(dress(rng, scene, standardise(field, axis=None), params, private=0.0), params)
    number = int(log_uniform(rng, 60, 400))
    if params["kind"] == "commuters":
        paths = commute(rng, scene.clock, number)
    else:
        paths = wander(rng, scene.clock.steps, number, float(log_uniform(rng, 10, 300)), params)
    present = counted(paths, scene.layout.unit)
    params["movers"] = number
    return Draft((Channel(present * float(np.round(log_uniform(rng, 1, 20))), "exact", 0.0),), params)


def wander(rng: Generator, steps: int, number: int, crossing: float, params: dict) -> np.ndarray:
    """Positions (t, p, 2) in the unit square of movers whose velocity slowly turns; they bounce at the border."""
    memory = float(log_uniform(rng, 2, 500))
    params.update(crossing=crossing, memory=memory, flock=float(rng.random()))
    keep = np.exp(-1 / memory)
    push = rng.standard_normal((steps, number, 2)) * np.sqrt(1 - params["flock"])
    push += rng.standard_normal((steps, 1, 2)) * np.sqrt(params["flock"])
    start = rng.standard_normal((1, number, 2)) * np.sqrt(1 - params["flock"]) + rng.standard_normal((1, 1, 2)) * np.sqrt(params["flock"])
    velocity = lfilter([np.sqrt(1 - keep**2)], [1.0, -keep], push, axis=0, zi=keep * start)[0] / crossing
    return bounce(rng.random((number, 2)) + np.cumsum(velocity, 0))


def bounce(position: np.ndarray) -> np.ndarray:
    """Positions of a free flight folded back into [0, 1]."""
    lap = position % 2.0
    return np.where(lap > 1, 2 - lap, lap)


def commute(rng: Generator, clock: Clock, number: int) -> np.ndarray:
    """Positions (t, p, 2) of people who live around, work in a few centres, and leave and return at their own hours."""
    centres = rng.random((int(rng.integers(1, 4)), 2))
    home = rng.random((number, 2))
    work = np.clip(centres[rng.integers(0, len(centres), number)] + rng.normal(0, 0.08, (number, 2)), 0, 1)
    leave, back = rng.normal(7.5, 1, number), rng.normal(17, 1.5, number)
    trip = 0.2 + 2 * np.hypot(*(home - work).T)
    hour = (clock.phase("day") % 1.0 * 24)[:, None]
    away = np.clip((hour - leave) / trip, 0, 1) - np.clip((hour - back) / trip, 0, 1)
    free = (np.floor(clock.phase("week") % 1.0 * 7) >= 5) | clock.holiday
    day = np.floor(clock.phase("day")).astype(int)
    works = rng.random((day[-1] - day[0] + 1, number))[day - day[0]] < np.where(free, 0.2, 0.9)[:, None]
    return home + (away * works)[..., None] * (work - home)


def counted(paths: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """How many movers are nearest to each place, (t, n); every mover is counted once at every step."""
    t, n = len(paths), len(unit)
    side = (np.arange(RASTER) + 0.5) / RASTER
    nearest = cKDTree(unit).query(np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 2))[1]
    cell = np.minimum((paths * RASTER).astype(int), RASTER - 1)
    place = nearest[cell[..., 0] * RASTER + cell[..., 1]]
    return np.bincount((place + np.arange(t)[:, None] * n).ravel(), minlength=t * n).reshape(t, n).astype(float)


def felt(rng: Generator, paths: np.ndarray, unit: np.ndarray, params: dict) -> np.ndarray:
    """Sum of the storms' Gaussian footprints at the places, (t, n); storms wax and wane."""
    t, number, _ = paths.shape
    params["width"] = float(log_uniform(rng, 0.06, 0.3))
    age = np.arange(t)[:, None] / log_uniform(rng, 20, 400, number) + rng.random(number)
    force = np.sin(np.pi * (age % 1.0)) * rng.lognormal(0, 0.5, number)
    field = np.zeros((t, len(unit)))
    for p in range(number):
        gap = ((paths[:, p, None] - unit) / params["width"]) ** 2
        field += force[:, p, None] * np.exp(-0.5 * gap.sum(-1))
    return field
