"""Moments: the steps at which all else that is seen looked most alike say what a gap held."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.gaps.conditional import Cells

NEAREST, LOOKED_AT = 12, 96  # moments that speak for a cell, of so many that are most alike
FEWEST = 3  # series that two moments must share
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
    series, rows = cells
    asked, at = np.unique(rows, return_inverse=True)
    x = (x * m).T
    seen = m.T.astype(float)
    shared = seen[asked] @ seen.T
    apart = (x[asked] ** 2) @ seen.T + seen[asked] @ (x**2).T - 2 * x[asked] @ x.T
    apart = np.where(shared >= min(FEWEST, len(m) - 1), np.maximum(apart, 0.0) / np.maximum(shared, 1), np.inf)
    apart[np.arange(len(asked)), asked] = np.inf
    order = np.argsort(apart, axis=1, kind="stable")[:, :LOOKED_AT]
    apart = np.take_along_axis(apart, order, axis=1)
    there = (m[series[:, None], order[at]] > 0) & np.isfinite(apart[at])
    there &= np.cumsum(there, axis=1) <= NEAREST
    weight = there / (apart[at].clip(max=1e9) + NEAR)
    total = weight.sum(axis=1)
    told = (weight * read[series[:, None], order[at]]).sum(axis=1) / np.maximum(total, 1e-12)
    return np.where(total > 0, told, np.nan)
