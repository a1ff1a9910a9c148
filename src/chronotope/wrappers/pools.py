"""Pools: whose past errors speak for a place - all places alike, its region, or those near it by their distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.baselines.intervals import nan_quantiles
from chronotope.data.panel import Panel
from chronotope.data.regions import quarters
from chronotope.errors import ArgumentError

POOLS = ("all", "region", "near")
_NEAREST = 16


@dataclass(frozen=True)
class Pool:
    """Places that speak for each place.

    Attributes:
        group: int (n,), or None: places of one group share all their scores.
        near: int (n, k) and weights (n, k), or None: the scores of so many places, weighted.
    """

    group: np.ndarray | None = None
    near: tuple[np.ndarray, np.ndarray] | None = None

    def quantiles(self, scores: np.ndarray, level: float, least: int) -> np.ndarray:
        """The level's quantile for each place (n,) of scores (o, n) over origins and its pool; NaN with fewer than `least` scores."""
        if self.near is not None:
            index, weights = self.near
            return _weighted(np.moveaxis(scores[:, index], 1, 0), weights, level, least)
        groups = np.zeros(scores.shape[1], int) if self.group is None else self.group
        out = np.full(scores.shape[1], np.nan)
        for one in np.unique(groups):
            mine = scores[:, groups == one]
            known = mine[np.isfinite(mine)]
            if len(known) >= least:
                out[groups == one] = nan_quantiles(known, (level,))[0]
        return out


def pool_of(panel: Panel, pool: str, regions: np.ndarray | None = None) -> Pool:
    """The pool of a panel's places by name.

    Raises:
        ArgumentError: there is no such pool, or places have no positions and no regions.
    """
    if pool not in POOLS:
        raise ArgumentError(f"pool must be one of {', '.join(POOLS)}; found {pool!r}.")
    count = panel.values.shape[1]
    if pool == "all":
        return Pool()
    if pool == "region":
        at = panel.latlon[:, ::-1] if panel.latlon is not None else panel.xy
        labels = quarters(at, count) if regions is None else np.asarray(regions).astype(str)
        if (labels == "").all() or len(labels) != count:
            raise ArgumentError(f"pool='region' needs positions, or regions= with a label for each of the {count} places.")
        return Pool(group=np.unique(labels, return_inverse=True)[1])
    if panel.xy is None:
        raise ArgumentError("pool='near' needs places with positions; they have none. Give sites= when you open.")
    return Pool(near=_near(panel.xy))


def _near(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest places (n, k) and Gaussian weights of half the distance of the farthest of them, never below a tenth."""
    from scipy.spatial import cKDTree

    count = min(_NEAREST, len(xy))
    far, index = (one.reshape(len(xy), count) for one in cKDTree(xy).query(xy, count))
    reach = np.maximum(far[:, -1:], 1e-12) / 2
    return index, np.maximum(np.exp(-0.5 * (far / reach) ** 2), 0.1)


def _weighted(scores: np.ndarray, weights: np.ndarray, level: float, least: int) -> np.ndarray:
    """Weighted quantiles (n,) of scores (n, o, k) with weights (n, k); few scores give width, as if one more lay outside."""
    flat = scores.reshape(len(scores), -1)
    known = np.isfinite(flat)
    heavy = np.where(known, np.broadcast_to(weights[:, None], scores.shape).reshape(flat.shape), 0.0)
    order = np.argsort(flat, axis=1)
    ordered, share = np.take_along_axis(flat, order, axis=1), np.take_along_axis(heavy, order, axis=1)
    total = share.sum(axis=1, keepdims=True)
    position = np.cumsum(share, axis=1) - 0.5 * share
    with np.errstate(invalid="ignore", divide="ignore"):
        extra = np.where(total > 0, (total + weights.max(axis=1, keepdims=True)) / total, 1.0)
        position = position / total
    aim = np.clip(0.5 + (level - 0.5) * extra[:, 0], 0.0, 1.0)  # outwards by what one more score would do
    count = known.sum(axis=1)
    out = np.full(len(flat), np.nan)
    for i in np.flatnonzero(count >= least):
        out[i] = np.interp(aim[i], position[i, : count[i]], ordered[i, : count[i]])
    return out
