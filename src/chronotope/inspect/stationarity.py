"""Does the level of a record stay where it is? KPSS by place and stretch of time, corrected for how many are looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gamma, gammaincinv, kv

BLOCKS = 100  # means over blocks of steps that are tested, at most; fast memory is averaged away inside them
LEAST = 24  # blocks with a value that a test needs
LEVEL = 0.05  # share of false discoveries


def stationarity(values: np.ndarray, times: np.ndarray, places: np.ndarray, stretches: int = 4) -> pd.DataFrame:
    """One row per place and stretch (the whole record first, then its quarters): KPSS statistic, p, q, and whether the level stays.

    The test is that of Kwiatkowski et al. for a constant level, on means over blocks of steps, with a Bartlett window whose width
    follows Andrews' rule for a first-order autoregression (at most 12 (T/100)^(1/4)). Its limit under a constant level is the
    integral of a squared Brownian bridge, so that p comes from the Cramer-von Mises law, widened by the doubt of the variance (chi-square).
    `q` is p corrected for all places of a stretch after Benjamini and Hochberg, for tests that are independent or go together, as those
    of neighbours do; `stays` is q >= 0.05.

    Args:
        values: (t, n), NaN where missing, on a regular clock.
        times: datetime64 (t,).
        places: names (n,).

    Source: Kwiatkowski, Phillips, Schmidt and Shin (1992), doi:10.1016/0304-4076(92)90104-Y; Andrews (1991), doi:10.2307/2938229;
    Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    parts = [np.arange(len(values)), *np.array_split(np.arange(len(values)), stretches)]
    rows = []
    for number, part in enumerate(parts):
        if len(part) < LEAST:
            continue
        statistic, p = kpss(block_means(values[part]))
        span = {"stretch": "whole" if not number else f"{number} of {stretches}", "from": times[part[0]], "to": times[part[-1]]}
        rows += [{"place": place, **span, "statistic": s, "p": tail} for place, s, tail in zip(places, statistic.tolist(), p.tolist())]
    table = pd.DataFrame(rows, columns=["place", "stretch", "from", "to", "statistic", "p"]).dropna(subset=["p"]).reset_index(drop=True)
    table["q"] = table.groupby("stretch")["p"].transform(lambda p: corrected(p.to_numpy(float)))
    return table.assign(stays=table["q"] >= LEVEL)


def block_means(values: np.ndarray) -> np.ndarray:
    """Means over at most `BLOCKS` blocks of equal length (b, n); NaN where a block holds no value, the rest at the end is left out."""
    size = -(-len(values) // BLOCKS)
    whole = values[: len(values) // size * size].reshape(-1, size, values.shape[1])
    count = np.isfinite(whole).sum(axis=1)
    return np.where(count > 0, np.where(np.isfinite(whole), whole, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)


def kpss(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Statistic and p of each column of (t, n); NaN where fewer than `LEAST` values are known or none differs."""
    statistic, freedom = np.full((2, series.shape[1]), np.nan)
    for i, column in enumerate(series.T):
        known = column[np.isfinite(column)]
        if len(known) >= LEAST and np.ptp(known) > 1e-12 * (1 + np.abs(known).max()):
            variance, freedom[i] = _long_run_variance(known)
            statistic[i] = np.square(np.cumsum(known - known.mean())).sum() / (len(known) ** 2 * variance)
    return statistic, _tail(statistic, freedom)


def _long_run_variance(known: np.ndarray) -> tuple[float, float]:
    """Bartlett-weighted sum of autocovariances, and its degrees of freedom.

    They are taken about the means of the two halves, for a step in the middle would otherwise hide itself in the spread; what this
    takes from the sum is given back.
    """
    count = len(known)
    away = np.concatenate([half - half.mean() for half in np.array_split(known, 2)])
    power = max(float(away @ away), 1e-300)
    memory = float(np.clip(away[1:] @ away[:-1] / power + 2 / count, -0.97, 0.97))
    alpha = 4 * memory**2 / ((1 - memory) ** 2 * (1 + memory) ** 2)
    width = int(min(1.1447 * (alpha * count) ** (1 / 3), 12 * (count / 100) ** 0.25))
    lags = np.arange(1, width + 1)
    shared = np.array([away[lag:] @ away[:-lag] for lag in lags])
    total = (power + 2 * float((1 - lags / (width + 1)) @ shared)) / (1 - 2 * (width + 1) / count)
    return max(total, 1e-3 * power) / count, 1.5 * (count - 2) / (width + 1)


def _tail(statistic: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """p of each statistic: the bridge's tail, averaged over how far the variance below it may be off (chi-square by its freedom)."""
    out = np.full(len(statistic), np.nan)
    known = np.flatnonzero(np.isfinite(statistic))
    level = 1 / (1 + np.exp(-np.linspace(-14, 14, 57)))
    edges = np.concatenate([[0.0], (level[1:] + level[:-1]) / 2, [1.0]])
    for i in known:
        off = gammaincinv(freedom[i] / 2, level) / (freedom[i] / 2)
        out[i] = np.diff(edges) @ bridge_tail(statistic[i] * off)
    return out


def bridge_tail(x: np.ndarray) -> np.ndarray:
    """P(integral of a squared Brownian bridge > x), the limit law of Cramer and von Mises.

    Source: Anderson and Darling (1952), doi:10.1214/aoms/1177729437, equation 4.35.
    """
    x = np.asarray(x, float)
    j = np.arange(20)
    low = np.clip(x, 0.02, 5.0)  # below it is 1 but for 1e-5 and beyond it less than 1e-10, where the series wants more terms
    size = (4 * j + 1) ** 2 / (16 * low[..., None])
    with np.errstate(under="ignore"):
        terms = gamma(j + 0.5) / (gamma(0.5) * gamma(j + 1.0)) * np.sqrt(4 * j + 1) * np.exp(-size) * kv(0.25, size)
    return np.where(x < 0.02, 1.0, np.clip(1 - terms.sum(axis=-1) / (np.pi * np.sqrt(low)), 0, 1))


def corrected(p: np.ndarray) -> np.ndarray:
    """Benjamini and Hochberg's q-values of p-values (m,)."""
    count = len(p)
    if not count:
        return np.empty(0)
    order = np.argsort(p)
    q = p[order] * count / np.arange(1, count + 1)
    out = np.empty(count)
    out[order] = np.minimum(np.minimum.accumulate(q[::-1])[::-1], 1)
    return out
