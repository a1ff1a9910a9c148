"""Walls: values past a border at which a series piles up and which all others keep, as rain below zero or a view past the longest."""

from __future__ import annotations

import numpy as np

CHANCE = 1e-6  # of a value past a wall
PILE, LEAST, VISITS = 0.05, 20, 3  # share and number of the values that stand at a wall, and the times they came to it
STEEP = 1.2  # times as many at the wall as at the value beside it
FEW, AT, INSIDE = 0.01, 10, 5  # most that lie past it: share, and how many more must stand at the wall and inside
FAINT = 0.1  # of the mean distance from the wall: past it by no more than rounding


def past_walls(values: np.ndarray) -> np.ndarray:
    """Where values (t, n, v) lie past a wall of their series, bool."""
    out = np.zeros(values.shape, bool)
    for at in np.ndindex(values.shape[1:]):
        series = values[:, *at]
        known = np.isfinite(series)
        if known.sum() >= LEAST / max(PILE, FEW):
            out[known, *at] = _past(series[known]) | _past(-series[known])
    return out


def _past(series: np.ndarray) -> np.ndarray:
    """Where a series (k,) without gaps lies below a wall."""
    value, count = np.unique(series, return_counts=True)
    below = np.cumsum(count) - count
    inside = len(series) - below - count
    beside = np.append(count[1:], 0)
    pile = (count >= max(LEAST, PILE * len(series))) & (count >= AT * below) & (count >= STEEP * beside)
    walls = np.flatnonzero(pile & (below > 0) & (below <= FEW * len(series)) & (inside >= INSIDE * below))
    for k in walls:
        wall = value[k]
        arrivals = (np.diff((series == wall).astype(int), prepend=0) > 0).sum()
        past = wall - series > FAINT * (series[series > wall] - wall).mean()
        if arrivals >= VISITS and past.any():
            return past
    return np.zeros(len(series), bool)
