"""Margins: normal scores to values, by each cell's own quantiles."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.support import TURN, Support
from chronotope.questions import QUANTILE_LEVELS

LEVELS = (0.01, 0.025, 0.05, *QUANTILE_LEVELS, 0.95, 0.975, 0.99)
"""At which a predictor is asked; between them and outside values are straight in normal scores."""


def evened(scores: np.ndarray) -> np.ndarray:
    """Scores (m, ...) in the order of the first m of (m + 1, ...), but evenly spread in every cell.

    The members of a cell stand in the m equal parts of the distribution, one in each, so that few of them
    have the quantiles of many; the last score says where in the parts, and with it a single member is a fair
    draw.
    """
    from scipy.special import ndtr, ndtri

    members, within = scores[:-1], ndtr(scores[-1])
    rank = np.argsort(np.argsort(members, axis=0, kind="stable"), axis=0, kind="stable")
    return ndtri(np.clip((rank + within) / len(members), 1e-7, 1 - 1e-7))


def values_at(scores: np.ndarray, quantiles: np.ndarray, support: Support) -> np.ndarray:
    """Values float32 (m, n, v) of normal scores by quantiles (q, n, v) at `LEVELS`, inside the support.

    Quantiles of a direction run clockwise, and past north.
    """
    from scipy.special import ndtri

    known = ndtri(np.asarray(LEVELS))
    told = np.where(support.circle, _unturned(quantiles), quantiles) if support.circle.any() else quantiles
    below = np.clip(np.searchsorted(known, scores, side="right") - 1, 0, len(known) - 2)
    low, high = (np.take_along_axis(told, at, axis=0) for at in (below, below + 1))
    share = (scores - known[below]) / (known[below + 1] - known[below])
    return support.kept(low + share * (high - low)).astype(np.float32)


def scores_of(values: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Normal scores (...) of values (...) among quantiles (q, ...) at `LEVELS`; NaN where either is unknown.

    Straight between them and a little beyond; where many quantiles are one value, in their middle.
    """
    scores = 0.5 * (_score(values, quantiles, below=True) + _score(values, quantiles, below=False))
    return np.where(np.isfinite(values) & np.isfinite(quantiles).all(axis=0), scores, np.nan)


def _score(values: np.ndarray, quantiles: np.ndarray, below: bool) -> np.ndarray:
    """Among equal quantiles the lowest or the highest score."""
    from scipy.special import ndtri

    known = ndtri(np.asarray(LEVELS))
    less = (values > quantiles if below else values >= quantiles).sum(axis=0)
    low = np.clip(less - 1, 0, len(known) - 2)
    a, b = (np.take_along_axis(quantiles, at[None], axis=0)[0] for at in (low, low + 1))
    share = np.where(b > a, (values - a) / np.where(b > a, b - a, 1.0), 0.5)
    return np.asarray(known[low] + np.clip(share, -1.0, 2.0) * (known[low + 1] - known[low]))


def _unturned(quantiles: np.ndarray) -> np.ndarray:
    """Degrees (q, ...) that rise along q: what falls has gone past north."""
    step = np.mod(np.diff(quantiles, axis=0), TURN)
    return np.concatenate([quantiles[:1], quantiles[:1] + np.cumsum(step, axis=0)])
