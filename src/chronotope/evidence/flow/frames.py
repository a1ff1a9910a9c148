"""Frames without holes, so that a motion can be read from them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

BLANK, LEAST = 4, 8  # more blank frames in a row than these part what was from what is, where at least so many came since


def begin_of(values: np.ndarray) -> int:
    """The row of frames (t, y, x), NaN where not seen, at which the picture began that is there at the end.

    Frames whose cells are all alike, as of a sky without rain or a dark screen, show no motion: it begins anew behind a long run of them.
    """
    rows = np.flatnonzero(np.isfinite(values).any(axis=(1, 2)))
    shown = np.flatnonzero([np.nanmax(values[row]) > np.nanmin(values[row]) for row in rows])
    begun = shown[np.diff(shown, prepend=-1) > BLANK + 1]
    return int(rows[begun[-1]]) if len(begun) and len(rows) - begun[-1] >= LEAST else 0


def completed(values: np.ndarray) -> np.ndarray:
    """Frames (t, y, x) float64 whose missing cells show the nearest seen ones, and whose empty frames the one before (or after)."""
    out = np.full(values.shape, np.nan)
    filled = np.isfinite(values).any(axis=(1, 2))
    for row in np.flatnonzero(filled):
        missing = ~np.isfinite(values[row])
        where = distance_transform_edt(missing, return_distances=False, return_indices=True) if missing.any() else ...
        out[row] = values[row] if where is ... else values[row][tuple(where)]
    before = np.maximum.accumulate(np.where(filled, np.arange(len(values)), -1))
    return out[np.where(before >= 0, before, int(filled.argmax()))]


def at_frames(rows: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Rising rows moved back to the last of the filled ones, bool (t,), that has one before it; those without any are left out."""
    before = np.maximum.accumulate(np.where(filled & (np.cumsum(filled) > 1), np.arange(len(filled)), -1))
    moved = np.unique(before[rows])
    return np.asarray(moved[moved >= 0])
