"""Dress: an anomaly that moves over places + a calendar + trends + what is private to a place, through a margin."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.channels import multivariate
from chronotope.worlds.dice import Generator, chance, log_uniform, pick, standardise
from chronotope.worlds.margins import apply_margin
from chronotope.worlds.profiles import seasonal
from chronotope.worlds.space import smooth_fields
from chronotope.worlds.stochastic import autoregression, random_walk, steps
from chronotope.worlds.temporal import anomalies, trend
from chronotope.worlds.world import Channel, Scene

REGIMES = {"season": 0.28, "balanced": 0.3, "anomaly": 0.3, "trend": 0.12}
MOVING = {"season": 0.12, "balanced": 0.35, "anomaly": 0.45, "trend": 0.08}  # for anomalies that neighbours show first


def dress(
    rng: Generator,
    scene: Scene,
    anomaly: np.ndarray,
    params: dict,
    *,
    private: float | None = None,
    alone: bool = False,
    moving: bool = False,
) -> tuple[Channel, ...]:
    """Channels whose latent field is the anomaly plus everything else a real series has.

    Args:
        anomaly: (t, n) or (v, t, n), about unit spread: the part that places share.
        params: receives what was drawn.
        private: share of the anomaly's variance that each place has for itself; drawn if None (often none).
        alone: True where nothing, not even the calendar, may be shared by places.
        moving: True where the anomaly travels; it is then more often the main part.
    """
    fields = anomaly if anomaly.ndim == 3 else multivariate(rng, scene, anomaly, params, alone)
    kind = params.setdefault("margin_kind", None)
    private = private if private is not None else float(rng.choice([0.0, rng.beta(1, 6), rng.beta(1, 1.5)], p=[0.4, 0.35, 0.25]))
    params["regime"], params["private"] = pick(rng, MOVING if moving else REGIMES), private
    return tuple(apply_margin(rng, _latent(rng, scene, field, params, private, alone), kind, params) for field in fields)


def _latent(rng: Generator, scene: Scene, anomaly: np.ndarray, params: dict, private: float, alone: bool) -> np.ndarray:
    t, n = scene.shape
    if private > 0:
        anomaly = np.sqrt(1 - private) * anomaly + np.sqrt(private) * anomalies(rng, scene.clock, n).T
    weight = {
        "season": lambda: (1.0, log_uniform(rng, 0.05, 0.5), 0.0),
        "balanced": lambda: (1.0, log_uniform(rng, 0.4, 2), rng.choice([0.0, 0.3])),
        "anomaly": lambda: (rng.choice([0.0, 0.3]), 1.0, 0.0),
        "trend": lambda: (rng.uniform(0, 1), rng.uniform(0.1, 0.7), rng.uniform(0.5, 2)),
    }[params["regime"]]()
    latent = weight[0] * calendar(rng, scene, alone) + weight[1] * anomaly
    if weight[2] > 0:
        latent += weight[2] * drifts(rng, scene, alone)
    return latent / max(float(latent.std()), 1e-6)


def calendar(rng: Generator, scene: Scene, alone: bool = False) -> np.ndarray:
    """The calendar of every place (t, n): one of a few profiles per place, or a smooth mixture of them."""
    t, n = scene.shape
    if not scene.clock.cycles:
        return np.zeros((t, n))
    if alone:
        return seasonal(rng, scene.clock, n).T
    k = int(rng.integers(1, 5))
    paths = seasonal(rng, scene.clock, k)
    mood = smooth_fields(rng, scene.layout.unit, k, log_uniform(rng, 0.1, 1)) if chance(rng, 0.6) else rng.standard_normal((n, k))
    if chance(rng, 0.3):  # days differ in size
        paths = paths * np.exp(rng.uniform(0.05, 0.4) * autoregression(rng, scene.clock, 1))
    share = np.exp(rng.uniform(0.5, 6) * (mood - mood.max(1, keepdims=True)))
    share *= rng.lognormal(0, rng.uniform(0, 0.4), (n, 1)) / share.sum(1, keepdims=True)
    return (share @ paths).T


def drifts(rng: Generator, scene: Scene, alone: bool = False) -> np.ndarray:
    """Slow changes (t, n): a trend, a walk or shifts of level, common or private."""
    t, n = scene.shape
    base = {"trend": trend, "walk": random_walk, "steps": steps}[pick(rng, {"trend": 1, "walk": 1, "steps": 1})]
    if alone or chance(rng, 0.4):
        return base(rng, scene.clock, n).T
    loading = rng.uniform(0, 1) + smooth_fields(rng, scene.layout.unit, 1, log_uniform(rng, 0.2, 1))
    return standardise((loading @ base(rng, scene.clock, 1)).T, axis=None)
