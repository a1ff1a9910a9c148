"""Multivariatizer: from one field to several variables that are mixed, lagged or cointegrated."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.dice import Generator, chance, pick, standardise
from chronotope.worlds.temporal import anomalies
from chronotope.worlds.world import Scene

KINDS = {"mixed": 0.4, "lagged": 0.35, "cointegrated": 0.1, "unrelated": 0.15}


def multivariate(rng: Generator, scene: Scene, anomaly: np.ndarray, params: dict, alone: bool = False) -> list[np.ndarray]:
    """The field itself and, in a fifth of the draws, one to five related fields, each (t, n)."""
    fields = [anomaly]
    extra = int(rng.integers(1, 6)) if chance(rng, 0.2) else 0
    for _ in range(extra):
        kind = pick(rng, KINDS)
        params.setdefault("channels", []).append(kind)
        fields.append(_other(rng, scene, fields, kind, alone))
    order = rng.permutation(len(fields))  # the first variable need not be the source
    return [fields[i] for i in order]


def _other(rng: Generator, scene: Scene, fields: list[np.ndarray], kind: str, alone: bool) -> np.ndarray:
    t, n = scene.shape
    source = fields[int(rng.integers(len(fields)))]
    fresh = anomalies(rng, scene.clock, n if alone else int(rng.integers(1, 4)))
    fresh = fresh.T if alone else fresh.T @ rng.standard_normal((len(fresh), n)) / np.sqrt(len(fresh))
    if kind == "unrelated":
        return fresh
    if kind == "cointegrated":
        common = np.cumsum(rng.standard_normal((t, n if alone else 1)), 0)
        fields[0] = standardise(fields[0] + 0.1 * common, axis=None)
        return standardise(0.1 * common + 0.3 * fresh, axis=None)
    if kind == "lagged":
        source = np.roll(source, int(rng.integers(1, 13)) * int(rng.choice([-1, 1])), axis=0)
    share = rng.uniform(0.3, 1.0)
    mixed = np.sqrt(1 - share) * fresh + np.sqrt(share) * _bend(rng, source)
    return standardise(mixed, axis=None)


def _bend(rng: Generator, x: np.ndarray) -> np.ndarray:
    if chance(rng, 0.5):
        return x * rng.choice([-1.0, 1.0])
    bends = {"tanh": lambda: np.tanh(1.5 * x), "square": lambda: x * np.abs(x), "softplus": lambda: np.logaddexp(0, 2 * x)}
    return standardise(bends[pick(rng, {"tanh": 1, "square": 1, "softplus": 1})](), axis=None)
