"""Regressed: a series on its relatives at the same time, over the rows in which all of them are seen.

Covariances over filled gaps blur what holds exactly, such as a sum of parts; here no filled value is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.gaps.conditional import Cells

NUMBERS = (6, 3, 1)  # relatives that are read: the first of these for which enough rows show all
ROWS = 8  # rows that are needed for each coefficient
RIDGE = 1e-5  # of a relative's variance


@dataclass(frozen=True)
class Fit:
    """How relatives are fitted.

    Attributes:
        numbers: of relatives that are read: the first of these for which enough rows show all.
        rows: that are needed for each coefficient.
    """

    numbers: tuple[int, ...] = NUMBERS
    rows: int = ROWS


USUAL = Fit()


def regressed(
    x: np.ndarray, m: np.ndarray, near: np.ndarray, read: np.ndarray, cells: Cells, rows: np.ndarray | float = 1.0, fit: Fit = USUAL
) -> np.ndarray:
    """What relatives that are seen at the time say of cells together, (k,); NaN where none is, or too little is seen of all.

    Args:
        x: (s, t) scaled values that are fitted, any where not seen.
        m: (s, t) one where seen.
        near: int (s, r), as of `relatives`.
        read: (s, t) scaled values that are told from.
        cells: series and rows.
        rows: (t,) one where a row may be fitted.
        fit: how.
    """
    out = np.full(len(cells[0]), np.nan)
    for number in dict.fromkeys(min(one, near.shape[1]) for one in fit.numbers):
        left = np.flatnonzero(np.isnan(out))
        if len(left):
            who, which = np.unique(cells[0][left], return_inverse=True)
            out[left] = _by_so_many(x, m * rows, m, (who, near[who, :number]), read, (which, cells[1][left]), fit.rows)
    return out


def _by_so_many(
    x: np.ndarray, fitted: np.ndarray, m: np.ndarray, group: tuple[np.ndarray, np.ndarray], read: np.ndarray, cells: Cells, rows: int
) -> np.ndarray:
    """The same of cells of the series `group[0]`, counted within them, by all of the relatives `group[1]`."""
    who, near = group
    there, other = near >= 0, np.maximum(near, 0)
    whole = fitted[who] * np.where(there[..., None], m[other], 1.0).prod(axis=1)
    count = whole.sum(axis=1)
    own = (x[who] * whole).sum(axis=1) / np.maximum(count, 1)
    theirs = (x[other] * whole[:, None]).sum(axis=2) / np.maximum(count, 1)[:, None]
    apart = (x[other] - theirs[..., None]) * (whole[:, None] * there[..., None])
    gram = apart @ apart.swapaxes(1, 2)
    toward = (apart @ ((x[who] - own[:, None]) * whole)[..., None])[..., 0]
    series, row = cells
    seen = there[series] & (m[other[series], row[:, None]] > 0)
    told = own[series] + _told(gram[series], toward[series], np.where(seen, read[other[series], row[:, None]] - theirs[series], 0.0), seen)
    enough = count >= rows * (there.sum(axis=1) + 1)
    return np.where(seen.any(axis=1) & enough[series], told, np.nan)


def _told(gram: np.ndarray, toward: np.ndarray, apart: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Departures (k,) by least squares on those that are seen, (k, r)."""
    size = np.diagonal(gram, axis1=1, axis2=2)
    system = gram * (seen[:, :, None] & seen[:, None, :])
    column = np.arange(seen.shape[1])
    system[:, column, column] += np.where(seen, RIDGE * size + 1e-9, 1.0)
    weight = np.linalg.solve(system, (toward * seen)[..., None])[..., 0]
    return np.asarray((weight * apart).sum(axis=1))
