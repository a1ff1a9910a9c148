"""Is a difference between two models more than luck of the origins? Block bootstrap and the Diebold-Mariano test."""

from __future__ import annotations

import numpy as np

from chronotope.errors import ArgumentError

_LEAST = 5


def block_rows(count: int, draws: int, length: int | None = None) -> np.ndarray:
    """Rows (draws, count) of a series drawn anew in circular blocks of neighbours, of root of `count` rows unless told otherwise."""
    length = max(round(count**0.5), 1) if length is None else min(max(length, 1), count)
    starts = np.random.default_rng(0).integers(0, count, (draws, -(-count // length)))
    return ((starts[:, :, None] + np.arange(length)) % count).reshape(draws, -1)[:, :count]


def block_interval(
    sums: np.ndarray, counts: np.ndarray, share: float = 0.9, length: int | None = None, draws: int = 1000
) -> tuple[float, float]:
    """Central interval of sum over count when blocks of neighbouring rows are drawn anew; NaN with fewer than five rows.

    Args:
        sums, counts: (o,) per origin, such as the sum of errors and the number of cells.
        share: of the draws inside.
        length: rows of a block; the root of their number by default. Blocks should be longer than errors remember.
        draws: how many.
    """
    if len(sums) < _LEAST:
        return float("nan"), float("nan")
    rows = block_rows(len(sums), draws, length)
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = sums[rows].sum(axis=1) / counts[rows].sum(axis=1)
    low, high = np.nanquantile(drawn, [(1 - share) / 2, (1 + share) / 2]) if np.isfinite(drawn).any() else (np.nan, np.nan)
    return float(low), float(high)


def diebold_mariano(first: np.ndarray, second: np.ndarray, overlap: int = 1) -> tuple[float, float]:
    """Test that two series of losses have one mean: (statistic, two-sided p); a negative statistic says that `first` is better.

    Args:
        first, second: losses (o,) from origins in order; NaN in either leaves the origin out.
        overlap: forecasts that share steps with one origin's, itself included (horizon over the steps between origins): so many
            neighbouring losses may be correlated.

    Returns:
        The statistic with the correction for few origins, and p from Student's distribution. Alike series give 0 and 1; fewer than five
        origins, or not more than `overlap`, give NaN.

    Source: Diebold and Mariano (1995), doi:10.1080/07350015.1995.10524599; Harvey, Leybourne and Newbold (1997),
    doi:10.1016/S0169-2070(96)00719-4.
    """
    if overlap < 1 or first.shape != second.shape:
        raise ArgumentError(f"overlap must be at least 1 and both series alike; found {overlap}, {first.shape} and {second.shape}.")
    gap = first - second
    gap = gap[np.isfinite(gap)]
    n = len(gap)
    if n < max(_LEAST, overlap + 1):
        return float("nan"), float("nan")
    if not gap.any():
        return 0.0, 1.0
    variance = _long_run_variance(gap, overlap - 1)
    if variance <= 0:  # one constant difference: as sure as can be
        return float(np.sign(gap.mean()) * np.inf), 0.0
    few = max((n + 1 - 2 * overlap + overlap * (overlap - 1) / n) / n, 1 / n)
    statistic = float(gap.mean() / np.sqrt(variance / n) * np.sqrt(few))
    from scipy.special import stdtr

    return statistic, float(2 * stdtr(n - 1, -abs(statistic)))


def _long_run_variance(gap: np.ndarray, lags: int) -> float:
    """Variance of the root of n times the mean: plain sums of covariances, tapered ones where those are not positive."""
    centred, n = gap - gap.mean(), len(gap)
    if np.abs(centred).max() <= 1e-12 * np.abs(gap).max():
        return 0.0
    covariance = np.array([centred[k:] @ centred[: n - k] / n for k in range(lags + 1)])
    plain = covariance[0] + 2 * covariance[1:].sum()
    if plain > 0.01 * covariance[0]:
        return float(plain)
    return float(covariance[0] + 2 * ((1 - np.arange(1, lags + 1) / (lags + 1)) * covariance[1:]).sum())
