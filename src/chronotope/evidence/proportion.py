"""Proportion: series whose swings grow with their level, as sales and passengers do; their logarithm is what is even."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.clock import Period

WINDOWS, FEWEST = 24, 5  # windows of a series that are compared, at most and at least
RISE = 1.6  # level of the highest window over that of the lowest, at least
POWER = (0.6, 1.5)  # of the level with which swings grow
ALIKE = 0.8  # correlation of log swing and log level, at least
LOWEST = 0.02  # smallest value over the mean: a logarithm would make much of values near zero


def in_proportion(x: np.ndarray, seen: np.ndarray, periods: list[Period]) -> np.ndarray:
    """Whether the swings of each series grow with its level, on strong evidence, bool (s,).

    Args:
        x: float (s, t) raw values, any number where not seen.
        seen: bool (s, t).
        periods: of the clock; windows hold a whole one where enough of them fit.
    """
    s, t = x.shape
    width = _width(periods, t)
    count = min(WINDOWS, t // width) if width else 0
    mean = np.where(seen, x, 0.0).sum(axis=1, dtype=np.float64) / np.maximum(seen.sum(axis=1), 1)
    fit = (mean > 0) & (np.where(seen, x, np.inf).min(axis=1, initial=np.inf) > LOWEST * mean)
    if count < FEWEST or not fit.any():
        return np.zeros(s, bool)
    part = np.where(seen, x, np.nan)[:, t - count * width :].reshape(s, count, width)
    enough = np.isfinite(part).sum(axis=2) >= max(3, 0.7 * width)
    level, swing = _levels_and_swings(part)
    good = enough & (level > 0) & (swing > 0)
    a, b = (np.where(good, np.log(np.where(good, many, 1.0)), np.nan) for many in (level, swing))
    fit &= good.sum(axis=1) >= FEWEST
    out = np.zeros(s, bool)
    for i in np.flatnonzero(fit):
        u, w = a[i, good[i]], b[i, good[i]]
        if np.ptp(u) < np.log(RISE) or w.std() == 0:
            continue
        power, alike = np.polyfit(u, w, 1)[0], np.corrcoef(u, w)[0, 1]
        out[i] = alike >= ALIKE and POWER[0] <= power <= POWER[1]
    return out


def _width(periods: list[Period], rows: int) -> int:
    """Steps in a window: the longest period that fits often enough, else a tenth of the record."""
    lengths = [int(period.offsets(1)[0]) for period in periods]
    often = [length for length in lengths if FEWEST * length <= rows and length >= 4]
    return max(often) if often else (rows // 10 if rows >= 60 else 0)


def _levels_and_swings(part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each window, and the deviation from its own straight line, (s, w) each."""
    seen = np.isfinite(part)
    n = np.maximum(seen.sum(axis=2), 1)
    filled = np.where(seen, part, 0.0)
    level = filled.sum(axis=2) / n
    ramp = np.broadcast_to(np.arange(part.shape[2], dtype=float), part.shape)
    at = (np.where(seen, ramp, 0).sum(axis=2) / n)[..., None]
    away, run = np.where(seen, part - level[..., None], 0.0), np.where(seen, ramp - at, 0.0)
    slope = (away * run).sum(axis=2) / np.maximum((run**2).sum(axis=2), 1e-12)
    return level, np.sqrt(((away - slope[..., None] * run) ** 2).sum(axis=2) / n)
