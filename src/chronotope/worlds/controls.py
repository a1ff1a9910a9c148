"""Family: negative controls - places that tell nothing about each other, whatever the map says."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, pick
from chronotope.worlds.dress import dress
from chronotope.worlds.temporal import anomalies
from chronotope.worlds.world import Draft, Scene

KINDS = {"one base": 0.6, "many bases": 0.4}


def controls(rng: Generator, scene: Scene, kind: str | None = None) -> Draft:
    """Independent series on an arbitrary map: one temporal base with independent paths, or another base per place.

    Shared is only what clocks share: day, week and year; even their profiles are each place's own.
    """
    params: dict = {"kind": kind or pick(rng, KINDS)}
    t, n = scene.shape
    if params["kind"] == "one base":
        anomaly = anomalies(rng, scene.clock, n, params).T
    else:
        parts = np.array_split(rng.permutation(n), min(n, 6))
        anomaly = np.empty((t, n))
        for part in parts:
            anomaly[:, part] = anomalies(rng, scene.clock, len(part)).T
    return Draft(dress(rng, scene, anomaly, params, private=0.0, alone=True), params, control=True)
