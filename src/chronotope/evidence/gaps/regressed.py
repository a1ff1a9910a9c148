"""Regressed: a series on its relatives at the same time, over the rows in which all of them are seen.

Covariances over filled gaps blur what holds exactly, such as a sum of parts; here no filled value is read.
"""

from __future__ import annotations

import numpy as np

from chronotope.evidence.gaps.conditional import Cells

NUMBERS = (6, 3, 1)  # relatives that are read: the first of these for which enough rows show all
ROWS = 8  # rows that are needed for each coefficient
RIDGE = 1e-5  # of a relative's variance


def regressed(x: np.ndarray, m: np.ndarray, near: np.ndarray, read: np.ndarray, cells: Cells, rows: np.ndarray | float = 1.0) -> np.ndarray:
    """What relatives that are seen at the time say of cells together, (k,); NaN where none is, or too little is seen of all.

    Args:
        x: (s, t) scaled values that are fitted, any where not seen.
        m: (s, t) one where seen.
        near: int (s, r), as of `relatives`.
        read: (s, t) scaled values that are told from.
        cells: series and rows.
        rows: (t,) one where a row may be fitted.
    """
    out = np.full(len(cells[0]), np.nan)
    for number in dict.fromkeys(min(one, near.shape[1]) for one in NUMBERS):
        left = np.flatnonzero(np.isnan(out))
        out[left] = _by_so_many(x, m, near[:, :number], read, (cells[0][left], cells[1][left]), rows)
    return out


def _by_so_many(x: np.ndarray, m: np.ndarray, near: np.ndarray, read: np.ndarray, cells: Cells, fitted: np.ndarray | float) -> np.ndarray:
    there, other = near >= 0, np.maximum(near, 0)
    whole = fitted * m * np.where(there[..., None], m[other], 1.0).prod(axis=1)
    count = whole.sum(axis=1)
    own = (x * whole).sum(axis=1) / np.maximum(count, 1)
    theirs = (x[other] * whole[:, None]).sum(axis=2) / np.maximum(count, 1)[:, None]
    apart = (x[other] - theirs[..., None]) * (whole[:, None] * there[..., None])
    gram = apart @ apart.swapaxes(1, 2)
    toward = (apart @ ((x - own[:, None]) * whole)[..., None])[..., 0]
    series, rows = cells
    seen = there[series] & (m[other[series], rows[:, None]] > 0)
    told = own[series] + _told(gram[series], toward[series], np.where(seen, read[other[series], rows[:, None]] - theirs[series], 0.0), seen)
    enough = count >= ROWS * (there.sum(axis=1) + 1)
    return np.where(seen.any(axis=1) & enough[series], told, np.nan)


def _told(gram: np.ndarray, toward: np.ndarray, apart: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Departures (k,) by least squares on those that are seen, (k, r)."""
    size = np.diagonal(gram, axis1=1, axis2=2)
    system = gram * (seen[:, :, None] & seen[:, None, :])
    column = np.arange(seen.shape[1])
    system[:, column, column] += np.where(seen, RIDGE * size + 1e-9, 1.0)
    weight = np.linalg.solve(system, (toward * seen)[..., None])[..., 0]
    return np.asarray((weight * apart).sum(axis=1))
