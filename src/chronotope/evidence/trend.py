"""Trend: how much a series gains a step, told apart from its phases, and how far that has carried on in trials.

A mean over repetitions is old: it stands where the series stood some cycles ago. What the series gained since then is
lifted onto it, by the share of such gains that trials at the same lead have kept. Slopes are means of differences between
equal phases, so that a season is no slope, and read only rows at or before their own.
"""

from __future__ import annotations

import numpy as np

from chronotope.evidence.clock import Period
from chronotope.evidence.series import by_variable

FEWEST = 4  # differences in a slope
BLOCKS = 8  # of the window of a slope
APART = 0.25  # how much the shares of series of one variable differ, as a standard deviation
SURE = 4.0  # a share counts for what it exceeds this many of its variances over itself
POOLING = 1.0  # places gain together, so many are not much surer than one


def slopes(x: np.ndarray, m: np.ndarray, low: int, offset: int) -> np.ndarray:
    """Gain a step at rows low .. t, from differences over `offset` steps in the rows up to each.

    The middle half of the means of a few blocks is taken, so that a jump of the level, which only some blocks see, is no slope.

    Args:
        x, m: (s, t) values and one where seen.
        low: first row that is answered.
        offset: a season, or another distance over which differences are taken.

    Returns:
        float32 (s, t - low), zero where unknown.
    """
    width = max(2 * offset, min(4 * offset, 64), 16)
    block = -(-width // BLOCKS)
    start = max(0, low - block * BLOCKS - offset)
    x, m = x[:, start:].astype(np.float64), m[:, start:]
    both, gain = np.zeros(m.shape), np.zeros(m.shape)
    both[:, offset:] = m[:, offset:] * m[:, :-offset]
    gain[:, offset:] = (x[:, offset:] - x[:, :-offset]) * both[:, offset:]
    total, count = _moving(gain, block), _moving(both, block)
    part = np.stack([_shifted(total, k * block) for k in range(BLOCKS)], axis=-1)[:, low - start :]
    seen = np.stack([_shifted(count, k * block) for k in range(BLOCKS)], axis=-1)[:, low - start :]
    middle = _middle(part / np.maximum(seen, 1), seen > 0)
    return np.where(seen.sum(axis=-1) >= FEWEST, middle / offset, 0.0).astype(np.float32)


def season(periods: list[Period], rows: int) -> int:
    """Steps over which gains are measured where no period is asked for: the longest period that comes four times, else few."""
    lengths = [int(period.offsets(1)[0]) for period in periods]
    often = [length for length in lengths if 4 * length <= rows]
    return max(often) if often else min([*lengths, max(1, min(rows // 8, 8))])


def kept_share(gain: np.ndarray, miss: np.ndarray, good: np.ndarray, variables: int) -> np.ndarray:
    """The share of `gain` that shows in `miss`, between 0 and 1, (s, l); 0 unless trials are sure of it.

    Args:
        gain, miss: (s, l, j) in trials.
        good: (s, l, j) one where a trial counts.
        variables: at each place; its series share what they cannot tell alone.
    """
    good = good * (gain != 0)  # where no slope was known yet, nothing can be told
    a, y = gain * good, miss * good
    top, bottom, count = (a * y).sum(2), (a * a).sum(2), good.sum(2)
    own = top / np.maximum(bottom, 1e-12)
    left = y - own[..., None] * a
    power = (left**2).sum(2)
    alike = np.clip((left[..., 1:] * left[..., :-1]).sum(2) / np.maximum(power, 1e-12), 0, 0.9)
    variance = power / np.maximum(count - 1, 1) * (1 + alike) / (1 - alike) / np.maximum(bottom, 1e-12)
    variance = np.where(count >= FEWEST, np.clip(variance, 1e-12, 1e6), 1e6)
    some = (count >= FEWEST) & (bottom > 1e-10)
    number = by_variable(some.astype(float), variables)
    pooled = by_variable(np.where(some, top, 0.0), variables) / np.maximum(by_variable(np.where(some, bottom, 0.0), variables), 1e-12)
    doubt = by_variable(np.where(some, np.minimum(variance, 1e3), 0.0), variables) / np.maximum(number, 1) ** POOLING
    pooled = _sure(pooled, np.where(number > 0, doubt, 1e6))
    mixed = (pooled / APART**2 + own / variance) / (1 / APART**2 + 1 / variance)
    return np.where(some, _sure(mixed, 1 / (1 / variance + 1 / (APART**2 + doubt))), pooled).clip(0, 1).astype(np.float32)


def _sure(share: np.ndarray, variance: np.ndarray) -> np.ndarray:
    return share * np.clip(1 - SURE * variance / np.maximum(share**2, 1e-12), 0, 1)


def _shifted(a: np.ndarray, back: int) -> np.ndarray:
    """Each column's value `back` columns before, zero before the first."""
    out = np.zeros_like(a)
    out[:, back:] = a[:, : max(a.shape[1] - back, 0)]
    return out


def _middle(a: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Mean of the middle half over the last axis of what is there; zero where nothing is."""
    ordered = np.sort(np.where(there, a, np.inf), axis=-1)
    count = there.sum(axis=-1, keepdims=True)
    rank = np.arange(a.shape[-1])
    cut = count // 4
    kept = (rank >= cut) & (rank < count - cut)
    return np.where(kept, ordered, 0.0).sum(axis=-1) / np.maximum(kept.sum(axis=-1), 1)


def _moving(a: np.ndarray, width: int) -> np.ndarray:
    """Sums over the last `width` columns up to each."""
    total = np.cumsum(a, axis=1)
    return np.concatenate([total[:, :width], total[:, width:] - total[:, :-width]], axis=1)
