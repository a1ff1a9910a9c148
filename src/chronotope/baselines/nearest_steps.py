"""Nearest steps (k-nearest-neighbour imputation): the moments that looked most alike elsewhere say what a gap held."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.floor import round_the_circle
from chronotope.baselines.intervals import deviation, nan_quantiles
from chronotope.baselines.spatial import NeighbourMean, directions, own_level
from chronotope.questions import Question

_MOST_ROWS = 4000  # steps that are searched; of more, so many evenly spaced ones
_LEAST = 3  # columns that two steps must share


class NearestSteps(NeighbourMean):
    """Asked cells get the quantiles of their own series at the k steps whose other cells look most alike.

    Likeness is the mean squared difference, in units of each series' spread, over the series that are seen in both steps. Series without
    a history, and steps of which nothing is seen, are answered by the neighbour mean.

    Source: Troyanskaya et al. (2001), doi:10.1093/bioinformatics/17.6.520.
    """

    name = "knn"
    reads_known = True

    def __init__(self, nearest: int = 12) -> None:
        self.nearest = nearest

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        out, rows = super().quantiles(question), question.rows
        if not question.seen[rows].any():
            return out
        x = question.visible().astype(float).reshape(len(panel.times), -1)
        asked = question.asked[rows].reshape(len(rows), -1)
        circle = directions(question)
        turns = np.tile(circle, question.asked.shape[1])
        z = _standard(x, turns)
        pool = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST_ROWS)).astype(int))
        distance = distances(z, rows, pool)
        flat = out.reshape(len(levels), len(rows), -1)
        for i in np.flatnonzero(np.isfinite(distance).any(axis=1)):
            columns = np.flatnonzero(asked[i])
            near = pool[np.argsort(distance[i])[: min(np.isfinite(distance[i]).sum(), 8 * self.nearest)]]
            found = nan_quantiles(_first(x[near][:, columns], self.nearest), levels, turns[columns])
            flat[:, i, columns] = np.where(np.isfinite(found), found, flat[:, i, columns])
        return round_the_circle(flat.reshape(out.shape), circle)


def _standard(x: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Departures of x (t, s) in units of each series' spread; directions as their sines and cosines."""
    angle = np.deg2rad(x[:, turns])
    parts = np.concatenate([x[:, ~turns], np.sin(angle), np.cos(angle)], axis=1)
    spread = deviation(parts)
    return (parts - own_level(parts)) / np.where(spread > 0, spread, np.nan)


def distances(z: np.ndarray, rows: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """Mean squared difference (h, p) of rows and pool of z (t, s) over the columns seen in both; inf where they share too few."""
    seen = np.isfinite(z)
    value, mask = np.where(seen, z, 0.0), seen.astype(float)
    shared = mask[rows] @ mask[pool].T
    gaps = (value[rows] ** 2) @ mask[pool].T + mask[rows] @ (value[pool] ** 2).T - 2 * value[rows] @ value[pool].T
    return np.where((shared >= min(_LEAST, z.shape[1] - 1)) & (shared > 0), np.maximum(gaps, 0.0) / np.maximum(shared, 1), np.inf)


def _first(values: np.ndarray, count: int) -> np.ndarray:
    """The first `count` finite values of each column, NaN elsewhere."""
    seen = np.isfinite(values)
    return np.where(seen & (np.cumsum(seen, axis=0) <= count), values, np.nan)
