"""Stretches that nobody measured: gaps that were filled with straight lines, and records whose level or spread moved."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.runs import stretches_of

PARTS = 4


def straight_stretches(values: np.ndarray) -> np.ndarray:
    """True where a value lies inside a sloping straight line of at least four steps, as linear filling leaves; (t, n).

    Where values stand on a lattice (counts, rounded readings), a line by chance is likely, so that it must go on for eight steps.
    """
    values = np.asarray(values, float)
    out = np.zeros(values.shape, bool)
    if len(values) < 4:
        return out
    slope = np.diff(values, axis=0)
    seen = np.maximum(np.isfinite(slope).sum(axis=0), 1)
    spread = np.sqrt(np.nansum(slope**2, axis=0) / seen)
    bend = np.abs(np.diff(slope, axis=0))
    straight = (bend <= 2e-4 * spread) & (np.abs(slope[1:]) > 1e-3 * spread)  # of the step before and after one value
    known = values[np.isfinite(values)]
    least = 7 if len(known) and len(np.unique(known[:20000])) < 0.2 * min(len(known), 20000) else 3
    for i in np.flatnonzero(straight.any(axis=0)):
        for first, last in zip(*stretches_of(straight[:, i])):
            if last - first >= least - 1:
                out[first + 1 : last + 1, i] = True
    return out


def parts(values: np.ndarray, times: np.ndarray) -> list[dict[str, object]]:
    """Mean and spread of each quarter of the record, in units of the whole: level (shift of the mean) and spread (ratio).

    A shift of more than half a standard deviation, or a spread that doubles, says that what was learnt early misleads later.
    """
    whole = np.nanstd(values)
    rows = []
    for rows_of in np.array_split(np.arange(len(values)), PARTS):
        part = values[rows_of]
        if not np.isfinite(part).any() or not whole > 0:
            continue
        level, spread = (np.nanmean(part) - np.nanmean(values)) / whole, np.nanstd(part) / whole
        rows.append({"from": times[rows_of[0]], "to": times[rows_of[-1]], "level": float(level), "spread": float(spread)})
    return rows
