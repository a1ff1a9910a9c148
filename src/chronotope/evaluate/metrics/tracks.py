"""Scores of paths: how far the forecast positions lie from the true ones. Paths are (..., time, 2) in metres, or any plane unit.

On DataArrays `over` names the two dims, time first, such as `over=("time", "xy")`. Steps without a forecast or true position are
left out; alternatives (best of k) lie in a leading axis or a dim `alternative`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.evaluate.metrics.metric import Sum
from chronotope.evaluate.metrics.reduce import labelled_members_over, labelled_over, masked_mean


@labelled_over
def ade(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean distance from the true path, over steps and then paths; smaller is better, best is 0. In the units of `truth`."""
    return masked_mean(masked_mean(_gap(forecast, truth), -1), axis, weights)


@labelled_over
def fde(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Distance from the last known true position of each path; smaller is better, best is 0. In the units of `truth`."""
    return masked_mean(_final(_gap(forecast, truth), truth), axis, weights)


@labelled_members_over
def best_ade(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Smallest `ade` of each path among alternatives (k, ..., time, 2); smaller is better, best is 0. In the units of `truth`."""
    return masked_mean(_least(masked_mean(_gap(forecast, truth), -1)), axis, weights)


@labelled_members_over
def best_fde(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Smallest `fde` of each path among alternatives (k, ..., time, 2); smaller is better, best is 0. In the units of `truth`.

    Chosen on its own: another alternative than that of `best_ade` may have it.
    """
    return masked_mean(_least(_final(_gap(forecast, truth), truth)), axis, weights)


def _gap(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.sqrt(((forecast - truth) ** 2).sum(axis=-1))


def _final(gap: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The gap at the last step whose true position is known."""
    known = np.isfinite(truth).all(axis=-1)
    last = known.shape[-1] - 1 - np.argmax(known[..., ::-1], axis=-1)
    return np.take_along_axis(gap, np.broadcast_to(last[..., None], (*gap.shape[:-1], 1)), axis=-1)[..., 0]


def _least(scores: np.ndarray) -> np.ndarray:
    """Smallest along the first axis, NaN left out; NaN where all are."""
    least = np.where(np.isfinite(scores), scores, np.inf).min(axis=0)
    return np.where(np.isfinite(least), least, np.nan)


GAP = Sum("gap", "paths", lambda paths, truth: ade(paths, truth, axis=()))
FINAL = Sum("final_gap", "paths", lambda paths, truth: fde(paths, truth, axis=()))
PATHS = Sum("n", "paths", lambda paths, truth: np.ones(truth.shape[:-2]))
