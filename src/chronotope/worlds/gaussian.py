"""Family: Gaussian fields - coregionalised, separable, or carried by a flow."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.clock import DAY
from chronotope.worlds.dice import Generator, chance, log_uniform, pick
from chronotope.worlds.dress import dress
from chronotope.worlds.kernel_paths import random_lines, spectral_paths
from chronotope.worlds.space import drifting_field, matern_root, smooth_fields
from chronotope.worlds.temporal import anomalies
from chronotope.worlds.world import Draft, Scene

KINDS = {"coregionalised": 0.4, "separable": 0.25, "drifting": 0.35}


def gaussian(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """A Gaussian anomaly over places; kinds in `KINDS`."""
    params: dict = {"kind": kind or pick(rng, KINDS)}
    anomaly = {"coregionalised": coregionalised, "separable": separable, "drifting": drifting}[params["kind"]](rng, scene, params)
    return Draft(dress(rng, scene, anomaly, params, moving=params["kind"] == "drifting"), params)


def coregionalised(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """One to six temporal paths with smooth loadings over places, (t, n)."""
    k = int(rng.integers(1, 7))
    params.update(paths=k, length=float(log_uniform(rng, 0.08, 1.2)))
    loadings = smooth_fields(rng, scene.layout.unit, k, params["length"], float(rng.choice([0.5, 1.5, np.inf])))
    field = anomalies(rng, scene.clock, k, params).T @ loadings.T
    return field / max(float(field.std()), 1e-9)


def separable(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """Matern in space times a random kernel in time, (t, n)."""
    params.update(length=float(log_uniform(rng, 0.05, 0.8)), order=float(rng.choice([0.5, 1.5, 2.5])))
    paths = spectral_paths(rng, random_lines(rng, scene.clock), scene.clock.steps, scene.layout.places)
    mixer = matern_root(scene.layout.distances(), params["length"], params["order"])
    return (mixer @ paths).T


def drifting(rng: Generator, scene: Scene, params: dict) -> np.ndarray:
    """A field that a steady flow carries across the square in 4 to 200 steps, faster on daily clocks, (t, n)."""
    quick = scene.clock.seconds >= DAY and chance(rng, 0.5)  # weather crosses a country in a day or two
    crossing, turn = float(log_uniform(rng, 0.7, 8) if quick else log_uniform(rng, 4, 200)), rng.uniform(0, 2 * np.pi)
    velocity = np.array([np.cos(turn), np.sin(turn)]) / crossing
    params.update(length=float(log_uniform(rng, 0.08, 0.6)), velocity=velocity.tolist(), memory=float(crossing * log_uniform(rng, 0.3, 10)))
    return drifting_field(rng, scene.layout.unit, scene.clock.steps, params["length"], velocity, params["memory"])
