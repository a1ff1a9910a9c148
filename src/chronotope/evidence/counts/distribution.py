"""Counts: the negative binomial distribution around a rate - its quantiles, and the dispersion that what was counted speaks for."""

from __future__ import annotations

import numpy as np

DISPERSIONS = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 5.0, 10.0, 20.0, 50.0])
"""Variance = rate + dispersion x rate^2; 0 is Poisson."""
_MOST = 20_000_000  # numbers that a sum over cells reads


def count_quantiles(rate: np.ndarray, dispersion: float | np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, ...) of counts, whole numbers in float32, around a rate (...); NaN where it is NaN."""
    from scipy.special import nbdtrik, pdtr, pdtrik

    out = np.zeros((len(levels), *rate.shape), np.float32)
    wide = np.broadcast_to(dispersion, rate.shape) > 1e-6
    size = 1 / np.where(wide, dispersion, 1.0)
    none = np.where(wide, (1 + np.where(wide, rate, 0.0) / size) ** -size, np.exp(-rate))  # the chance of no event
    for i, level in enumerate(levels):
        for which in (wide & (none < level), ~wide & (none < level)):
            mean, shape = rate[which], size[which]
            if not len(mean):
                continue
            odds = shape / (shape + mean)
            spread = wide[which][0]
            found = np.ceil(nbdtrik(level, shape, odds) if spread else pdtrik(level, mean))
            below = np.maximum(found - 1, 0)  # rounding may have gone one too far
            enough = (_below(below, shape, odds) if spread else pdtr(below, mean)) >= level
            out[i][which] = np.where(enough, below, found)
    return np.where(np.isfinite(rate), np.maximum.accumulate(out, axis=0), np.nan).astype(np.float32)


def _below(count: np.ndarray, size: np.ndarray, odds: np.ndarray) -> np.ndarray:
    """The chance of at most `count` events of a negative binomial distribution of any size above 0."""
    from scipy.special import betainc

    return np.asarray(betainc(size, count + 1, odds))


def log_probability(counts: np.ndarray, rate: np.ndarray, dispersion: float) -> np.ndarray:
    """Logarithm of the probability of counts (...) under a rate of the same shape."""
    from scipy.special import gammaln, xlogy

    rate = np.maximum(rate, 1e-300)
    if dispersion < 1e-6:
        return xlogy(counts, rate) - rate - gammaln(counts + 1)
    size = 1 / dispersion
    ways = gammaln(counts + size) - gammaln(size) - gammaln(counts + 1)
    return ways - size * np.log1p(rate / size) + xlogy(counts, rate / (size + rate))


def fitted_dispersion(counts: np.ndarray, rate: np.ndarray) -> float:
    """The dispersion out of `DISPERSIONS` under which counts (...) are likeliest; 0 where nothing was counted."""
    counts, rate = counts.ravel()[-_MOST:], rate.ravel()[-_MOST:]
    if not counts.any():
        return 0.0
    hit = counts > 0  # a cell without events costs a logarithm, one with events the whole formula
    return float(max(DISPERSIONS, key=lambda one: _likelihood(counts[hit], rate[hit], rate[~hit], one)))


def _likelihood(counts: np.ndarray, rate: np.ndarray, empty: np.ndarray, dispersion: float) -> float:
    none = -empty.sum() if dispersion < 1e-6 else -np.log1p(empty * dispersion).sum() / dispersion
    return float(log_probability(counts, rate, dispersion).sum() + none)


def mixed(
    rates: np.ndarray, counts: np.ndarray, totals: np.ndarray, start: np.ndarray, belief: float = 0.0, rounds: int = 300
) -> np.ndarray:
    """Weights (f,) of rates whose weighted sum makes the counts likeliest, none below 0: the Poisson likelihood's maximum, by EM.

    Args:
        rates: (k, f), of each part in the cells where something was counted.
        counts: (k,), in those cells.
        totals: (f,), sum of each part's rates over all cells, also the empty ones.
        start: (f,), weights above 0 to begin with, towards which `belief` pulls with the strength of so many events.
    """
    weights = start.astype(float).copy()
    pull = belief * start / max(start.sum(), 1e-300)
    for _ in range(rounds):
        part = counts / np.maximum(rates @ weights, 1e-300)
        new = (weights * (rates.T @ part) + pull) / np.maximum(totals + belief / max(start.sum(), 1e-300), 1e-300)
        done = np.abs(new - weights).max() <= 1e-5 * max(new.max(), 1e-300)
        weights = new
        if done:
            break
    return weights
