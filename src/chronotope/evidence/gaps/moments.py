"""Moments: the steps at which all else that is seen looked most alike say what a gap held."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.gaps.conditional import Cells

NEAREST, LOOKED_AT = 12, 96  # moments that speak for a cell, of so many that are most alike
FEWEST = 3  # series that two moments must share
BATCH = 8192  # cells told at once
NEAR = 0.05  # a mean square difference, in scaled units, that is as good as none


def alike_moments(x: np.ndarray, m: np.ndarray, read: np.ndarray, cells: Cells) -> np.ndarray:
    """Mean values (k,) of the series of cells at the moments most alike; NaN where nothing is.

    Args:
        x: (s, t) scaled values that are compared, any where not seen.
        m: (s, t) one where seen.
        read: (s, t) scaled values that are told.
        cells: series and rows.

    Source: Troyanskaya et al. (2001), doi:10.1093/bioinformatics/17.6.520.
    """
    asked, at = np.unique(cells[1], return_inverse=True)
    apart, order = _most_alike((x * m).T, m.T.astype(float), asked)
    out = np.full(len(at), np.nan)
    for start in range(0, len(at), BATCH):
        part = slice(start, start + BATCH)
        series, away, row = cells[0][part, None], apart[at[part]], order[at[part]]
        there = (m[series, row] > 0) & np.isfinite(away)
        weight = (there & (np.cumsum(there, axis=1) <= NEAREST)) / (np.minimum(away, 1e9) + NEAR)
        total = weight.sum(axis=1)
        told = (weight * read[series, row]).sum(axis=1) / np.maximum(total, 1e-12)
        out[part] = np.where(total > 0, told, np.nan)
    return out


def _most_alike(x: np.ndarray, seen: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean square differences (h, l), rising, of rows `asked` of x (t, s) from those most alike, infinite where too little is shared; and
    which these are."""
    shared = seen[asked] @ seen.T
    apart = (x[asked] ** 2) @ seen.T + seen[asked] @ (x**2).T - 2 * x[asked] @ x.T
    enough = shared >= max(1, min(FEWEST, seen.shape[1] - 1))
    apart = np.where(enough, np.maximum(apart, 0.0) / np.maximum(shared, 1), np.inf)
    apart[np.arange(len(asked)), asked] = np.inf
    order = np.argsort(apart, axis=1, kind="stable")[:, :LOOKED_AT]
    return np.take_along_axis(apart, order, axis=1), order
