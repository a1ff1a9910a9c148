"""Quantile levels: a distribution told at some levels, read at others."""

from __future__ import annotations

import numpy as np


def at_levels(values: np.ndarray, have: tuple[float, ...], want: tuple[float, ...], axis: int = 0) -> np.ndarray:
    """Quantiles along `axis` at the levels `want` from those at `have`: straight between, and on along the normal's tail outside."""
    if tuple(have) == tuple(want):
        return values
    from scipy.special import ndtri

    known, wanted = ndtri(np.asarray(have)), ndtri(np.asarray(want))
    k = np.clip(np.searchsorted(known, wanted, side="right") - 1, 0, len(known) - 2)
    first = np.moveaxis(values, axis, 0)
    share = ((wanted - known[k]) / (known[k + 1] - known[k])).reshape(-1, *[1] * (values.ndim - 1))
    return np.moveaxis(first[k] * (1 - share) + first[k + 1] * share, 0, axis)
