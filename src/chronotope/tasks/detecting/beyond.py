"""Beyond: stretches that lie farther from what is usual than all else of their series ever did; nothing may be fitted to them."""

from __future__ import annotations

import numpy as np

from chronotope.tasks.detecting.kinds import SHORT

APART = 2.5  # times the largest other departure of the series
SHARE = 0.25  # of the departures of a series that may be so
FEWEST = 24  # departures that say what else there is
TINY = 1e-6  # of the mean departure: none
STRETCHES, PAUSE = 3, 2  # most of them, and the departures in a row of the usual size that may lie within one


def beyond(residual: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Where residuals (t, s) lie beyond all others of their series and `least`, bool; zeros are no departures.

    Few stretches, as a state that comes again is usual, however far out it lies.
    """
    out = np.zeros(residual.shape, bool)
    for s in range(residual.shape[1]):
        size = np.nan_to_num(np.abs(residual[:, s]))
        at = np.flatnonzero(size > TINY * size.mean())
        out[at[_outer(size[at], least)], s] = True
    return out


def _outer(size: np.ndarray, least: float) -> np.ndarray:
    """Rows of departures (n,), all above zero, beyond the widest break in their sizes that leaves few stretches; none where none does."""
    order = np.sort(size)
    first = max(int(np.ceil(len(size) * (1.0 - SHARE))), FEWEST)
    ratio = order[first : len(size) - SHORT] / order[first - 1 : len(size) - SHORT - 1]
    for k in np.argsort(-ratio, kind="stable"):
        if ratio[k] < APART:
            break
        rows = np.flatnonzero(size >= order[first + k])
        if order[first + k] >= least and (np.diff(rows) > PAUSE + 1).sum() < STRETCHES:
            return rows
    return np.zeros(0, int)
