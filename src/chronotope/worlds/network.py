"""Family: linear dynamics on a network, x(t+1) = sum over lags of A x + noise, with a lag per edge."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from chronotope.data.panel import Edges
from chronotope.worlds.dice import Generator, chance, log_uniform, pick, standardise
from chronotope.worlds.dress import dress
from chronotope.worlds.temporal import anomalies
from chronotope.worlds.world import Draft, Scene

FILTERS = {"walk": 0.3, "chain": 0.5, "laplacian": 0.2}


def network(rng: Generator, scene: Scene) -> Draft:
    """A stable vector autoregression whose couplings run along the edges."""
    kind = pick(rng, FILTERS)
    radius, lags = float(log_uniform(rng, 0.002, 0.3)), int(rng.integers(1, 7))
    params: dict = {"kind": kind, "radius": 1 - radius, "lags": lags}
    matrices = couplings(rng, scene, kind, 1 - radius, lags, params)
    shocks = _shocks(rng, scene, matrices, params)
    anomaly = simulate(matrices, shocks)
    anomaly = standardise(anomaly, axis=0) if chance(rng, 0.7) else standardise(anomaly, axis=None)
    channels = dress(rng, scene, anomaly, params, private=float(rng.choice([0.0, rng.beta(1, 8)])), moving=kind == "chain")
    return Draft(channels, params, _edges(matrices))


def couplings(rng: Generator, scene: Scene, kind: str, radius: float, lags: int, params: dict) -> np.ndarray:
    """Matrices (lags, n, n): row i says how place i follows others; absolute row sums are at most `radius`, so it is stable."""
    layout, n = scene.layout, scene.layout.places
    source, target = layout.source, layout.target
    if kind == "chain" and layout.kind not in ("tree", "ring"):  # an arrow per pair, in the direction of a wind
        turn = rng.uniform(0, 2 * np.pi)
        height = layout.unit @ np.array([np.cos(turn), np.sin(turn)])
        keep = height[source] < height[target]
        source, target = source[keep], target[keep]
    weight = rng.lognormal(0, 0.5, len(source)) if kind != "laplacian" else np.ones(len(source))
    inflow = np.bincount(target, weight, n)
    weight = weight / np.maximum(inflow[target], 1e-12)
    own = {"walk": rng.uniform(0.1, 0.9), "chain": rng.uniform(0.0, 0.3), "laplacian": 1 - rng.uniform(0.05, 0.5)}[kind]
    params["own"] = float(own)
    matrices = np.zeros((lags, n, n))
    lag = rng.integers(0, lags, len(source)) if chance(rng, 0.7) else np.zeros(len(source), int)
    matrices[lag, target, source] = radius * (1 - own) * weight
    matrices[0, np.arange(n), np.arange(n)] += radius * own
    return matrices


def simulate(matrices: np.ndarray, shocks: np.ndarray) -> np.ndarray:
    """Run x(t) = sum_l A_l x(t-1-l) + shocks(t) from rest; shocks (t, n) -> x (t, n)."""
    lags, n, _ = matrices.shape
    flat = matrices[::-1].transpose(1, 0, 2).reshape(n, lags * n)  # oldest first, as the rows of the record lie
    step = flat if n <= 40 else csr_array(flat)
    record = np.zeros((len(shocks) + lags, n))
    for i, shock in enumerate(shocks):
        record[i + lags] = step @ record[i : i + lags].ravel() + shock
    return record[lags:]


def _shocks(rng: Generator, scene: Scene, matrices: np.ndarray, params: dict) -> np.ndarray:
    """Noise (t, n), mostly with a few driving places, preferably such that follow nobody."""
    t, n = scene.shape
    shocks = rng.standard_normal((t, n)) * rng.lognormal(0, 0.3, n)
    if chance(rng, 0.75):
        follows = matrices.sum(0)
        np.fill_diagonal(follows, 0)
        springs = np.flatnonzero(follows.sum(1) == 0)
        pool = springs if len(springs) and chance(rng, 0.8) else np.arange(n)
        drivers = rng.permutation(pool)[: int(rng.integers(1, max(2, n // 4)))]
        shocks *= log_uniform(rng, 0.01, 0.4)
        shocks[:, drivers] += anomalies(rng, scene.clock, len(drivers), params).T
        params["drivers"] = len(drivers)
    return shocks


def _edges(matrices: np.ndarray) -> Edges:
    total = np.abs(matrices).sum(0)
    np.fill_diagonal(total, 0)
    target, source = np.nonzero(total)
    return Edges(source, target, total[target, source])
