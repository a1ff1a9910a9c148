"""Closing: stretches of the past in which a place was closed, and what others are to it."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Edges
from chronotope.errors import DataError
from chronotope.inspect.runs import stretches_of
from chronotope.tasks.responding.features import RECENT, before

LEAST_RUN, LEAST_RUNS, LEAST_STEPS = 3, 2, 12  # steps of a stretch, stretches, and steps of all of them
USUAL = 0.2  # of the mean: what a place usually has at an hour at which zero means closed
NEAR = 6  # places that count as next door where there are no edges


def closures(y: np.ndarray, cycle: int, name: str) -> np.ndarray:
    """bool (t,): the steps in which a place with values y (t,) was closed: zero, or unseen, for long, when it usually is not.

    Raises:
        DataError: there are too few of them to learn from.
    """
    seen = np.isfinite(y)
    mean = float(y[seen].mean()) if seen.any() else 0.0
    still = (~seen | (y == 0)) & (_phase_means(y, cycle) > USUAL * mean) & (mean > 0)
    runs = [(low, high) for low, high in zip(*stretches_of(still)) if high - low >= LEAST_RUN]
    out = np.zeros(len(y), bool)
    for low, high in runs:
        out[low:high] = True
    if len(runs) < LEAST_RUNS or out.sum() < LEAST_STEPS:
        raise DataError(
            f"A place that is closed must have been closed before, to show what follows: at least {LEAST_RUNS} stretches and {LEAST_STEPS} "
            f"steps of zeros or gaps when it usually has values; {name} has {len(runs)} with {int(out.sum())} in {len(y)} steps. "
            "To see what it is to the answer of others, ask explain."
        )
    return out


def _phase_means(y: np.ndarray, cycle: int) -> np.ndarray:
    padded = np.concatenate([y, np.full(-len(y) % cycle, np.nan)]).reshape(-1, cycle)
    known = np.isfinite(padded)
    mean = np.where(known, padded, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.resize(mean, len(y))


def features_of(closed: np.ndarray, place: int, count: int, xy: np.ndarray | None, edges: Edges | None) -> np.ndarray:
    """What is read of a place that is closed (t,): now and lately, for places next door and for all, (t, n, 4)."""
    flag = closed.astype(float)[:, None]
    pair = np.concatenate([flag, before(flag, RECENT)], axis=1)
    beside = next_door(place, count, xy, edges).astype(float)
    every = np.broadcast_to(pair[:, None], (len(flag), count, 2))
    return np.concatenate([every * beside[:, None], every], axis=2)


def next_door(place: int, count: int, xy: np.ndarray | None, edges: Edges | None) -> np.ndarray:
    """bool (n,): the places with an edge from or to a place, else the nearest ones."""
    out = np.zeros(count, bool)
    if edges is not None:
        out[edges.target[edges.source == place]] = out[edges.source[edges.target == place]] = True
    if not out.any() and xy is not None:
        out[np.argsort(((xy - xy[place]) ** 2).sum(axis=1), kind="stable")[1 : NEAR + 1]] = True
    out[place] = False
    return out
