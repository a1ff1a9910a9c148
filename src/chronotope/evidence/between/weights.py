"""Weights: what each known place counts for another one - by kriging, or by distance alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from chronotope.evidence.between.covariance import Covariance
from chronotope.evidence.between.plane import Near

BATCH = 128  # systems solved at once
JITTER = 1e-8


@dataclass(frozen=True)
class Weights:
    """Weights of known places for m others.

    Attributes:
        index: int (m, k) of known places.
        weight: (m, k); rows sum to one.
        error: (m,) expected error in deviations of the field; ones where weights go by distance alone.
    """

    index: np.ndarray
    weight: np.ndarray
    error: np.ndarray

    def of(self, x: np.ndarray) -> np.ndarray:
        """Values (t, m) told from values (t, n) of the known places."""
        m, k = self.index.shape
        table = csr_array((self.weight.ravel(), self.index.ravel(), np.arange(0, m * k + 1, k)), (m, x.shape[1]))
        return np.ascontiguousarray((table @ x.T).T)


def kriged(covariance: Covariance, drift: np.ndarray, near: Near, near_drift: np.ndarray) -> Weights:
    """The best linear unbiased weights of the nearest places.

    Args:
        covariance: of the field.
        drift: (n, p), what a mean is made of, a column of ones first.
        near: which known places speak for which place.
        near_drift: (m, p) of the places themselves.
    """
    (m, k), p = near.index.shape, drift.shape[1]
    weight, variance = np.empty((m, k)), np.empty(m)
    for start in range(0, m, BATCH):
        part = slice(start, start + BATCH)
        index = near.index[part]
        system = np.zeros((len(index), k + p, k + p))
        system[:, :k, :k] = covariance(near.among[part]) + JITTER * np.eye(k)
        system[:, :k, k:] = drift[index]
        system[:, k:, :k] = drift[index].transpose(0, 2, 1)
        system[:, k:, k:] = -JITTER * np.eye(p)
        right = np.concatenate([covariance(near.distance[part]), near_drift[part]], axis=1)
        solved = np.linalg.solve(system, right[..., None])[..., 0]
        weight[part] = solved[:, :k]
        variance[part] = 1 + covariance.nugget - (solved * right).sum(axis=1)
    return Weights(near.index, weight, np.sqrt(np.maximum(variance, 1e-12)))


def by_edges(strength: csr_array, power: float, otherwise: Weights) -> Weights:
    """Strengths of edges (m, n) to a power; places without an edge go by `otherwise`."""
    table = strength.toarray() ** power
    most = max(int((table > 0).sum(axis=1).max(initial=0)), otherwise.index.shape[1])
    index = np.argsort(-table, axis=1, kind="stable")[:, :most]
    weight = np.take_along_axis(table, index, 1)
    alone = weight[:, 0] <= 0
    index[alone], weight[alone] = 0, 0.0
    index[alone, : otherwise.index.shape[1]], weight[alone, : otherwise.index.shape[1]] = otherwise.index[alone], otherwise.weight[alone]
    return Weights(index, weight / weight.sum(axis=1, keepdims=True), np.ones(len(index)))


def by_distance(near: Near, power: float, count: int) -> Weights:
    """One over a power of the distance to the nearest `count` places."""
    near = near.first(count)
    closeness = 1.0 / np.maximum(near.distance, 1e-9) ** power
    return Weights(near.index, closeness / closeness.sum(axis=1, keepdims=True), np.ones(len(near.index)))
