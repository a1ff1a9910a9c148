"""Neighbour mean: what the places around show in the same step."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from chronotope.baselines.floor import round_the_circle
from chronotope.baselines.intervals import nan_quantiles, one_sided
from chronotope.baselines.naive import LastValue
from chronotope.data.panel import Panel
from chronotope.harmonize.turning import averaged
from chronotope.inspect.circle import beside, directions_of, way_of
from chronotope.questions import AbstractQuantilePredictor, Question

NEAREST = 8
_TEST_ROWS = 200


class NeighbourMean(AbstractQuantilePredictor):
    """Asked cells with seen neighbours in the same step get their mean; a place with a history keeps its own level.

    Neighbours are those of the edges, else the eight nearest places, else all others. Where no neighbour is seen, as in
    a forecast, the last value answers.
    """

    name = "neighbour_mean"
    kind = "floor"
    reads_known = False

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        out = LastValue().quantiles(question)
        rows = question.rows
        if panel.values.shape[1] < 2 or not question.seen[rows].any():
            return out
        weights = self.weights(panel, np.asarray(question.seen.any(axis=(0, 2))))
        values, circle = question.visible(), directions(question)
        for v in range(values.shape[2]):
            way, x = straightened(values[..., v].astype(float), circle[v])
            found = _estimate(x, rows, weights, circle[v]) + _offsets(x, weights, levels, circle[v])[:, None] + way[rows]
            out[..., v] = np.where(question.asked[rows, :, v] & np.isfinite(found), found, out[..., v])
        return round_the_circle(out, circle)

    def weights(self, panel: Panel, known: np.ndarray) -> csr_array:
        """Weights (n, n) of the places that speak for a place; `known` (n,) were ever seen."""
        return neighbour_weights(panel)


def directions(question: Question) -> np.ndarray:
    """Which variables (v,) of a question are directions in degrees."""
    return directions_of(question.visible(), question.frame.called, question.frame.units)


def straightened(x: np.ndarray, circle: np.bool_) -> tuple[np.ndarray, np.ndarray]:
    """The mean direction (t, 1) of all places in each step, 0 for what is no direction, and x (t, n) less it, within half a turn."""
    way = way_of(x.T)[:, None] if circle else np.zeros((len(x), 1))
    return way, beside(x - way, 0.0, circle)


def neighbour_weights(panel: Panel) -> csr_array:
    """Weights (n, n) of the places that speak for a place, without itself."""
    count = panel.values.shape[1]
    if panel.edges is not None and len(panel.edges.source):
        source, target = panel.edges.source, panel.edges.target
        both = csr_array((np.tile(panel.edges.weight, 2).astype(float), (np.r_[target, source], np.r_[source, target])), (count, count))
        both.setdiag(0)
        return both
    if panel.xy is None:
        return csr_array(1.0 - np.eye(count)) if count <= 2000 else csr_array((count, count))
    from scipy.spatial import cKDTree

    near = cKDTree(panel.xy).query(panel.xy, min(NEAREST + 1, count))[1].reshape(count, -1)  # a row of one for a place alone
    weights = csr_array((np.ones(near.size), (np.repeat(np.arange(count), near.shape[1]), near.ravel())), (count, count))
    weights.setdiag(0)
    return weights


def _estimate(x: np.ndarray, rows: np.ndarray, weights: csr_array, circle: np.bool_) -> np.ndarray:
    """Guess (h, n) for every place in `rows` from its neighbours alone; NaN where none of them is seen."""
    own = own_level(x, circle)
    level = np.where(np.isfinite(own), own, 0.0)
    plain, departure = (averaged(part, bool(circle), lambda one: around(one, weights)) for part in (x[rows], x[rows] - level))
    return np.where(np.isfinite(own), level + departure, plain)


def around(values: np.ndarray, weights: csr_array) -> np.ndarray:
    """Weighted mean (t, n) of what the neighbours of each place show; NaN where none is seen."""
    seen = np.isfinite(values)
    share = (weights @ seen.astype(float).T).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share > 0, (weights @ np.where(seen, values, 0).T).T / share, np.nan)


def _offsets(x: np.ndarray, weights: csr_array, levels: tuple[float, ...], circle: np.bool_) -> np.ndarray:
    """Error quantiles (q, n) on seen cells; places without a history take those of plain means over all places."""
    rows = np.unique(np.linspace(0, len(x) - 1, _TEST_ROWS).astype(int))
    guesses = _estimate(x, rows, weights, circle), averaged(x[rows], bool(circle), lambda one: around(one, weights))
    offset, plain = (beside(x[rows] - guess, 0.0, circle) for guess in guesses)
    offset, plain = nan_quantiles(offset, levels), plain.ravel()
    pooled = nan_quantiles(plain, levels) if np.isfinite(plain).any() else np.zeros(len(levels))
    return one_sided(np.where(np.isfinite(offset), offset, pooled[:, None]), levels)


def own_level(x: np.ndarray, circle: bool | np.bool_ = False) -> np.ndarray:
    """Mean (n,) of the seen values of each place, or its mean direction; NaN with fewer than two."""
    seen = np.isfinite(x)
    if circle:
        return np.where(seen.sum(axis=0) >= 2, way_of(x), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(seen.sum(axis=0) >= 2, np.where(seen, x, 0).sum(axis=0) / seen.sum(axis=0), np.nan)
