"""Onward: what moves so smoothly that its last steps tell the next goes on by a regression on them.

Candidates repeat values of the past or carry them along one slope, and their mix blurs what follows from the last few values almost
exactly, as in simulated fields, orbits or oversampled signals. A regression on recent differences is tried on the half of the past that it
was not fitted on, and heard alone where its misses spread at most half as wide as what is told, from three quarters on not at all.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels

LAGS, RECENT, FEWEST = 7, 1024, 60  # differences read, rows of the past, and rows of it at least
LONGEST, SHARE = 64, 0.25  # leads, also as a share of the past
SMOOTH = 0.7  # deviation of second differences over that of first ones; a walk has 1.4
ALL, NONE = 0.5, 0.75  # width of its misses over the told one up to which the regression is heard alone, and from which not at all
OUTER = (QUANTILE_LEVELS[0], QUANTILE_LEVELS[-1])
RIDGE = 1e-9  # of the mean variance of the differences, so that a plain line can be solved
AT_ONCE = 256  # series


def onward(question: Question, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule, of which those that a regression on the last steps tells far more sharply are its own."""
    first, lead = question.first, question.rows - (question.first - 1)
    leads = int(min(LONGEST, SHARE * min(first, RECENT), lead.max(initial=0)))
    if question.both_sides or not question.frame.regular or first < FEWEST or lead.min(initial=leads) < 1:
        return answer(question)
    past = slice(max(0, first - RECENT), first)
    seen = question.seen[past].reshape(past.stop - past.start, -1)
    x = np.where(seen, question.frame.values[past].reshape(seen.shape), np.nan).astype(float)
    smooth = _smooth(x)
    if not len(smooth):
        return answer(question)
    levels = tuple(sorted({*question.levels, *OUTER}))
    out = answer(question.wanting(levels)).copy()
    flat = out.reshape(*out.shape[:2], -1)
    near = np.flatnonzero(lead <= leads)
    for some in np.split(smooth, range(AT_ONCE, len(smooth), AT_ONCE)):
        told = [flat[levels.index(level)][near] for level in OUTER]
        wide = np.maximum(told[1] - told[0], 1e-30)
        some = some[_heard(x[:, some], wide[:1, some], lead[near[:1]])[2][0] > 0]  # what is not at the first lead is not later
        if len(some):
            centre, spread, heard = _heard(x[:, some], wide[:, some], lead[near])
            before, own = flat[:, near][..., some], at_levels(spread, QUANTILE_LEVELS, levels) + centre
            flat[:, near[:, None], some] = np.where(np.isfinite(before), (1 - heard) * before + heard * own, before)
    return out[[levels.index(level) for level in question.levels]]


def _heard(x: np.ndarray, wide: np.ndarray, lead: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Next values (h, n) of series (t, n) at leads (h,), quantiles (q, h, n) of their misses, and how much they are heard beside what is
    told so `wide` (h, n)."""
    centre, miss = _continued(x.T, int(lead[-1]))
    spread = np.swapaxes(np.quantile(miss[..., lead - 1], QUANTILE_LEVELS, axis=1), 1, 2)
    heard = np.clip((NONE - (spread[-1] - spread[0]) / wide) / (NONE - ALL), 0, 1)
    return centre.T[lead - 1], spread, np.minimum.accumulate(heard, axis=0)


def _smooth(x: np.ndarray) -> np.ndarray:
    """Series of (t, k) without a gap whose steps go on as they went."""
    steps = np.diff(x, axis=0)
    return np.flatnonzero(np.diff(steps, axis=0).std(axis=0) < SMOOTH * steps.std(axis=0))


def _continued(x: np.ndarray, leads: int) -> tuple[np.ndarray, np.ndarray]:
    """Next values (n, h) of series (n, t), and misses (n, j, h) to either side: of that half of the past which the other tells worse."""
    windows = np.lib.stride_tricks.sliding_window_view(x, LAGS + 1, axis=1)
    recent = windows[..., -1:] - windows[..., :-1]
    ahead = np.lib.stride_tricks.sliding_window_view(x[:, LAGS + 1 :], leads, axis=1) - x[:, LAGS : LAGS + x.shape[1] - LAGS - leads, None]
    rows = recent[:, : ahead.shape[1]]
    half = ahead.shape[1] // 2
    parts = slice(None, half), slice(half, None)
    sums = [(rows[:, p].swapaxes(1, 2) @ rows[:, p], rows[:, p].swapaxes(1, 2) @ ahead[:, p]) for p in parts]
    one, other = (ahead[:, p][:, -half:] - rows[:, p][:, -half:] @ _solved(*told) for p, told in zip(parts, sums[::-1]))
    worse = np.abs(one).mean(axis=1, keepdims=True) > np.abs(other).mean(axis=1, keepdims=True)
    worse_half = np.where(worse, one, other)
    whole = _solved(sums[0][0] + sums[1][0], sums[0][1] + sums[1][1])
    return x[:, -1:] + (recent[:, -1:] @ whole)[:, 0], np.concatenate([worse_half, -worse_half], axis=1)


def _solved(gram: np.ndarray, aim: np.ndarray) -> np.ndarray:
    bound = RIDGE * np.trace(gram, axis1=1, axis2=2)[:, None, None] / LAGS + 1e-300
    return np.asarray(np.linalg.solve(gram + bound * np.eye(LAGS), aim))
