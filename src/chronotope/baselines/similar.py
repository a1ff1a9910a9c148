"""Similar places: those that moved together with a place say what it does now, wherever they are."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.floor import round_the_circle
from chronotope.baselines.intervals import deviation, nan_quantiles, one_sided
from chronotope.baselines.spatial import NeighbourMean, directions, own_level, straightened
from chronotope.inspect.circle import beside
from chronotope.questions import Question

_MOST = 2000  # places; the table of likeness has a number for every pair
_LEAST = 8  # steps that two places must share
_TEST_ROWS = 200


class SimilarPlaces(NeighbourMean):
    """Asked cells get the weighted mean departure of the most alike places in the same step, in units of each place's own spread.

    Alike are the places with the highest correlation over the steps in which both are seen. Places without a history, and more than
    2000 of them, are answered by the neighbour mean.
    """

    name = "similar_places"

    def __init__(self, nearest: int = 8) -> None:
        self.nearest = nearest

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        out, rows = super().quantiles(question), question.rows
        if not 2 <= panel.values.shape[1] <= _MOST or not question.seen[rows].any():
            return out
        values, circle = question.visible(), directions(question)
        for v in range(values.shape[2]):
            way, x = straightened(values[..., v].astype(float), circle[v])
            level = own_level(x, circle[v])
            departure = beside(x - level, 0.0, circle[v])
            spread = deviation(departure)
            z = departure / np.where(spread > 0, spread, np.nan)
            weights = likeness(z, self.nearest)
            tests = np.unique(np.linspace(0, len(x) - 1, _TEST_ROWS).astype(int))
            missed = beside(departure[tests] - spread * _around(z[tests], weights), 0.0, circle[v])
            offset = one_sided(nan_quantiles(missed, levels), levels)
            found = level + spread * _around(z[rows], weights) + offset[:, None] + way[rows]
            out[..., v] = np.where(question.asked[rows, :, v] & np.isfinite(found), found, out[..., v])
        return round_the_circle(out, circle)


def likeness(z: np.ndarray, nearest: int) -> np.ndarray:
    """Weights (n, n): squared correlation of departures z (t, n) with the `nearest` most alike places, 0 for the others."""
    seen = np.isfinite(z).astype(float)
    filled = np.where(seen > 0, z, 0.0)
    shared, squares = seen.T @ seen, (filled**2).T @ seen
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = (filled.T @ filled) / np.sqrt(squares * squares.T)
    correlation = np.where((shared >= _LEAST) & (correlation > 0), correlation, 0.0)
    np.fill_diagonal(correlation, 0.0)
    if len(correlation) > nearest + 1:
        least = np.partition(correlation, -nearest, axis=1)[:, [-nearest]]
        correlation = np.where(correlation >= least, correlation, 0.0)
    return correlation**2


def _around(z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean (h, n) of the departures that are seen; NaN where none is."""
    seen = np.isfinite(z)
    share = seen @ weights.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(share > 0, np.where(seen, z, 0.0) @ weights.T / share, np.nan)
