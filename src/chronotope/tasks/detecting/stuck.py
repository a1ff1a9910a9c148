"""Stuck: runs of one value, longer than the series' own habit of repeating itself makes likely."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.runs import continuation, returns, runs_of, usual_constants

CERTAIN = 0.9  # chance of going on above which a series stands still by nature
SHORTEST = 4
FEWEST = 8  # runs that tell a habit


def stuck_chances(values: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """The chance (t, n) that a series had such a run at all, for cells within one; one elsewhere.

    A series may rest at its lowest possible value, `lower` (n,): no rain, no echo on a radar. One that never changes, or hardly ever,
    has no habit to break; that it never does is said of the data.
    """
    out = np.ones(values.shape)
    for i, series in enumerate(values.T):
        rows = np.flatnonzero(np.isfinite(series))
        if len(rows) < 2 * SHORTEST:
            continue
        runs = runs_of(series[rows])
        if len(runs.length) < FEWEST or runs.length.max(initial=0) < SHORTEST:
            continue
        rest = usual_constants(runs, (lower[i],))
        if rest.all():
            continue
        chance = continuation(runs.length[~rest] if (~rest).sum() >= FEWEST else runs.length)
        if chance > CERTAIN:
            continue
        for k in np.flatnonzero(~rest & (runs.length >= SHORTEST)):
            likely = len(runs.length) * chance ** (runs.length[k] - 1)
            if likely < 0.05 and not returns(runs, int(k)):
                cells = rows[runs.first[k] : runs.first[k] + runs.length[k]]
                out[cells, i] = likely
    return out
