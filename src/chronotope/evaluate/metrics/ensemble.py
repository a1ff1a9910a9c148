"""Scores of samples: dims (member, ...) against truth (...); a missing member does not count, not even in the ensemble's size.

Scores of whole vectors (energy, variogram) take the vector along the last axis of both, or along the dims named by `over`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.evaluate.metrics.reduce import labelled_members, labelled_members_over, masked_mean


@labelled_members
def crps_ensemble(forecast: Any, truth: Any, fair: bool = True, *, axis: Any = None, weights: Any = None) -> Any:
    """CRPS of an ensemble, the fair estimator unless `fair=False`; smaller is better, best is 0. In the units of `truth`.

    The fair one compares ensembles of different sizes and needs two members (one gives the absolute error); the other is the CRPS of
    the members taken as the whole distribution, and favours large ensembles. Never compare one with the other.

    Source: Ferro (2014), doi:10.1002/qj.2270.
    """
    return masked_mean(_distance(forecast, truth) - _spread(forecast, fair), axis, weights)


@labelled_members
def pit(forecast: Any, truth: Any, *, axis: Any = ()) -> Any:
    """Rank of the truth among the members as a share from 0 to 1, ties in the middle; even if the ensemble means what it says.

    Nothing is averaged unless `axis` says so. No unit.
    """
    known = np.isfinite(forecast)
    count = known.sum(axis=0)
    below, same = ((known & found).sum(axis=0) for found in (forecast < truth, forecast == truth))
    with np.errstate(invalid="ignore", divide="ignore"):
        rank = np.where(np.isfinite(truth) & (count > 0), (below + 0.5 * same) / count, np.nan)
    return rank if axis == () else masked_mean(rank, axis)


@labelled_members_over
def energy_score(forecast: Any, truth: Any, fair: bool = True, *, axis: Any = None, weights: Any = None) -> Any:
    """Energy score of samples of a vector, fair unless `fair=False`; smaller is better, best is 0. In the units of `truth`.

    Args:
        forecast: (member, ..., d); truth: (..., d). Components that the truth or any member lacks are left out of the distance.

    Source: Gneiting and Raftery (2007), doi:10.1198/016214506000001437.
    """
    forecast, truth = _flat(forecast, truth)
    known = np.isfinite(truth) & np.isfinite(forecast).all(axis=0)
    x, y = np.where(known, forecast, 0.0), np.where(known, truth, 0.0)
    members = len(x)
    near = np.linalg.norm(x - y, axis=-1).mean(axis=0)
    apart = sum((np.linalg.norm(x - one, axis=-1).sum(axis=0) for one in x), np.zeros(near.shape))
    pairs = members * (members - 1) if fair else members**2
    score = near - apart / (2 * max(pairs, 1))
    return masked_mean(np.where(known.any(axis=-1), score, np.nan), axis, weights)


@labelled_members_over
def variogram_score(forecast: Any, truth: Any, p: float = 0.5, *, axis: Any = None, weights: Any = None) -> Any:
    """Variogram score of order `p` over all pairs of components; smaller is better, best is 0. In units of `truth` to the 2p.

    Args:
        forecast: (member, ..., d); truth: (..., d). Pairs that the truth or any member lacks are left out.
        p: order of the differences.

    Source: Scheuerer and Hamill (2015), doi:10.1175/MWR-D-14-00269.1.
    """
    forecast, truth = _flat(forecast, truth)
    known = np.isfinite(truth) & np.isfinite(forecast).all(axis=0)
    x, y = np.where(known, forecast, 0.0), np.where(known, truth, 0.0)
    score = np.zeros(known.shape[:-1])
    for i in range(x.shape[-1]):
        expected = (np.abs(x - x[..., i : i + 1]) ** p).mean(axis=0)
        gap = (np.abs(y - y[..., i : i + 1]) ** p - expected) ** 2
        score += np.where(known & known[..., i : i + 1], gap, 0.0).sum(axis=-1)
    return masked_mean(np.where(known.any(axis=-1), score, np.nan), axis, weights)


def _distance(forecast: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean distance of the members from the truth; NaN where either is missing."""
    known = np.isfinite(forecast)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, np.abs(forecast - truth), 0.0).sum(axis=0) / known.sum(axis=0)


def _spread(forecast: np.ndarray, fair: bool) -> np.ndarray:
    """Half the mean distance between two members, from their order (the i-th of m is lower in m - i pairs and upper in i - 1)."""
    ordered = np.sort(forecast, axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    place = np.arange(len(ordered)).reshape(-1, *[1] * (ordered.ndim - 1))
    total = np.where(place < count, (2 * place + 1 - count) * np.where(np.isfinite(ordered), ordered, 0.0), 0.0).sum(axis=0)
    pairs = count * (count - 1) if fair else count**2
    return total / np.maximum(pairs, 1)


def _flat(forecast: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (forecast[..., None], truth[..., None]) if truth.ndim == 0 else (forecast, truth)
