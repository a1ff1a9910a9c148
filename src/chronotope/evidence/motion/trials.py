"""Trials: moments of the past at which every rule is tried, and how far it missed what followed."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.motion.tracks import Moments, Tracks

TRIED, KEPT = 2000, 4000  # moments that are tried, and that a library keeps
ALIKE = 150  # trials most alike that tell how far rules miss in a state
SHRINK = 10.0  # trials' worth of the common errors in those of a state
SHARE = 0.25  # of the trials that must reach a lead


def chosen(tracks: Tracks, most: int, shortest: int) -> Moments:
    """About `most` moments with a past of at least `shortest` rows and a known sequel, of rows evenly spread over the past.

    Of many objects those are taken whose speeds are evenly spread, so that neither their order nor the axes play a part.
    """
    good = tracks.seen & (tracks.age >= shortest)
    later = np.zeros_like(good)
    later[:-1] = np.maximum.accumulate(tracks.seen[::-1], axis=0)[::-1][1:]
    good &= later
    rows = np.flatnonzero(good.any(axis=1))
    share = most / max(int(good.sum()), 1)
    if share < 1 and len(rows):
        number = max(int(round(len(rows) * share)), min(len(rows), 8))
        rows = rows[len(rows) - 1 - np.unique(np.linspace(0, len(rows) - 1, number).round().astype(int))[::-1]]
    row, who = np.nonzero(good[rows])
    found = Moments(rows[row], who)
    if len(found) <= 2 * most:
        return found
    speed = np.abs(tracks.position(found) - tracks.position(found, np.minimum(1, tracks.age[found.row, found.who] - 1)))
    pick = np.argsort(speed, kind="stable")[np.linspace(0, len(found) - 1, most).round().astype(int)]
    return Moments(found.row[pick], found.who[pick])


def misses(said: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distances (m, h, c) between what rules say (m, h, c) and what followed (m, h); NaN where either is unknown."""
    return np.abs(said - truth[..., None])


def pooled(miss: np.ndarray) -> np.ndarray:
    """Mean miss (h, c) of every rule, over the trials in which it answered, set against what all rules missed in these."""
    known = np.isfinite(miss)
    usual = np.nanmean(np.where(known, miss, np.nan), axis=2, keepdims=True) if known.any() else np.zeros((*miss.shape[:2], 1))
    total, count = np.where(known, miss, 0).sum(0), known.sum(0)
    level = np.nanmean(usual, axis=0) if np.isfinite(usual).any() else np.zeros((miss.shape[1], 1))
    beside = np.where(known, np.broadcast_to(usual, miss.shape), 0).sum(0)
    return np.where(count > 0, total / np.maximum(beside, 1e-30) * level, np.nan)


def carried(error: np.ndarray) -> np.ndarray:
    """Errors (h, c) in which a lead that could not be tried has those of the one before."""
    out = error.copy()
    for k in range(1, len(out)):
        out[k] = np.where(np.isfinite(out[k]), out[k], out[k - 1])
    return np.ones_like(out) if not np.isfinite(out[0]).any() else out


def alike(features: np.ndarray, asked: np.ndarray, hidden: np.ndarray | None = None) -> np.ndarray:
    """Weights (k, m) of trials with log features (m, f) for moments with (k, f): the `ALIKE` nearest count; no trial for itself, and none
    that is `hidden` (k, m) from the moment."""
    itself, unit = features is asked, np.ones((len(asked), 1))
    centre, size = features.mean(axis=0), features.std(axis=0) + 1e-9
    one, two = (features - centre) / size, (asked - centre) / size
    away = np.maximum((two**2).sum(1)[:, None] - 2 * two @ one.T + (one**2).sum(1), 0)
    if itself:
        np.fill_diagonal(away, np.inf)
    if hidden is not None:
        away, unit = np.where(hidden, np.inf, away), np.where(hidden, 0.0, away).max(axis=1, keepdims=True)
    reach = np.partition(away, min(ALIKE, len(one) - 1), axis=1)[:, [min(ALIKE, len(one) - 1)]]
    return np.asarray(np.where(np.isfinite(away), np.exp(-2 * away / (np.where(np.isfinite(reach), reach, unit) + 1e-9)), 0.0))


def local(miss: np.ndarray, common: np.ndarray, weight: np.ndarray, shrink: float = SHRINK) -> np.ndarray:
    """Mean miss (k, h, c) of every rule over the trials by their weights (k, m), shrunk towards the common one (h, c) at its own level."""
    known = np.isfinite(miss)
    flat = (len(miss), common.size)
    total = (weight @ np.where(known, miss, 0).reshape(flat)).reshape(-1, *common.shape)
    count = (weight @ known.reshape(flat).astype(float)).reshape(-1, *common.shape)
    level = total.sum(2) / np.maximum((count * np.nan_to_num(common)).sum(2), 1e-30)
    level = np.where(count.sum(2) > 0, level, 1.0)[..., None]
    return np.asarray((total + shrink * level * common) / (count + shrink))


def enough(truth: np.ndarray) -> np.ndarray:
    """What followed (m, h), NaN at leads that so few trials reached that they tell of odd objects only."""
    count = np.isfinite(truth).sum(axis=0)
    return np.where(count >= SHARE * count.max(initial=0), truth, np.nan)
