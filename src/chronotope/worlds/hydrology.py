"""Family: rain on a river tree - storms cross the basin, reservoirs empty exponentially, floods run downstream."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from chronotope.data.panel import Edges
from chronotope.worlds.clock import YEAR
from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.layout import Layout
from chronotope.worlds.space import drifting_field
from chronotope.worlds.world import Channel, Draft, Scene


def hydrology(rng: Generator, scene: Scene) -> Draft:
    """Discharge at gauges of a tree, sometimes with the rain that makes it."""
    t, n = scene.shape
    params: dict = {"fast": float(log_uniform(rng, 1, 20)), "slow": float(log_uniform(rng, 30, t)), "share": rng.uniform(0.2, 0.9)}
    params["delay"] = float(log_uniform(rng, 0.3, 8))
    rain = storms(rng, scene, params)
    wet = rain * (1 + rng.uniform(0, 0.8) * np.cos(2 * np.pi * (np.arange(t) * scene.clock.seconds / YEAR + rng.random())))[:, None]
    area = rng.lognormal(0, 0.8, n)
    local = area * (params["share"] * reservoir(wet, params["fast"]) + (1 - params["share"]) * reservoir(wet, params["slow"]))
    discharge = route(local, downstream(scene.layout), params["delay"] * rng.lognormal(0, 0.4, n))
    river = Channel(discharge + 0.02 * discharge.mean(0), "real", 0.0)
    if chance(rng, 0.3):  # stage instead of discharge
        river = Channel(discharge.mean(0) ** 0.5 * rng.uniform(0, 2) + (discharge + 0.02) ** rng.uniform(0.4, 0.7), "real", 0.0)
    params["shows"] = pick(rng, {"river": 0.65, "river and rain": 0.25, "rain": 0.1})
    channels = {"river": (river,), "river and rain": (river, Channel(rain, "real", 0.0)), "rain": (Channel(rain, "real", 0.0),)}
    into = downstream(scene.layout)
    here = np.flatnonzero(into >= 0)
    return Draft(channels[params["shows"]], params, Edges(here, into[here], np.ones(len(here))))


def storms(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """Rain (t, n): the upper tail of a field that crosses the basin, zero elsewhere."""
    crossing, turn = float(log_uniform(rng, 2, 30)), rng.uniform(0, 2 * np.pi)
    velocity = np.array([np.cos(turn), np.sin(turn)]) / crossing
    length, memory = log_uniform(rng, 0.15, 1), crossing * log_uniform(rng, 0.3, 3)
    field = drifting_field(rng, scene.layout.unit, scene.clock.steps, length, velocity, memory, 0.5)
    params.update(crossing=crossing, dry=float(rng.uniform(0.3, 1.6)))
    return np.expm1(rng.uniform(0.5, 1.5) * np.maximum(0, field - params["dry"]))


def reservoir(inflow: np.ndarray, memory: float) -> np.ndarray:
    """Outflow of linear reservoirs along axis 0, started from their mean; what flows in flows out."""
    keep = np.exp(-1 / memory)
    start = keep * inflow.mean(0, keepdims=True)
    return lfilter([1 - keep], [1.0, -keep], inflow, axis=0, zi=start)[0]


def downstream(layout: Layout) -> np.ndarray:
    """The next gauge downstream of each, (n,), -1 at the mouth; always an index below its own."""
    into = np.full(layout.places, -1)
    into[1:] = layout.parent[1:] if layout.parent is not None else np.arange(layout.places - 1)
    return into


def route(local: np.ndarray, into: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """Discharge (t, n): local runoff plus what came from upstream; a lag and a reservoir delay each reach by `delay` steps."""
    total = local.copy()
    for i in range(len(into) - 1, 0, -1):
        lag = int(delay[i] / 2)
        moved = reservoir(total[:, i : i + 1], delay[i] / 2)[:, 0]
        total[:, into[i]] += np.concatenate([np.full(lag, moved[0]), moved])[: len(moved)]
    return total
