"""Lagged: which series are most like each series, and how they vary together at every lag."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

RELATIVES = 6
REACH = 48  # steps to either side that are read
CYCLE = 170  # steps of a period that is read
LAGS = 2 * CYCLE
FEW = 20  # common rows' worth of no likeness
LATER = 0.9  # what a likeness one step apart counts for


def relatives(x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """The series most like each: in how they bend from step to step, and in how they go; int (s, r), -1 where there are no more.

    Args:
        x: (s, t) departures, zero where not seen.
        m: (s, t) one where seen.
    """
    bend, whole = np.zeros_like(x), np.zeros_like(m)
    bend[:, 1:-1] = x[:, 1:-1] - (x[:, :-2] + x[:, 2:]) / 2
    whole[:, 1:-1] = m[:, 1:-1] * m[:, :-2] * m[:, 2:]
    later = _likeness(bend, whole, 1)
    quick, slow = np.maximum(_likeness(bend, whole, 0), LATER * np.maximum(later, later.T)), _likeness(x, m, 0)
    orders = []
    for likeness in (quick, slow):
        np.fill_diagonal(likeness, -1.0)
        orders.append(np.argsort(-likeness, axis=1, kind="stable")[:, : len(x) - 1])
    turns = np.stack(orders, axis=2).reshape(len(x), -1)[:, : 4 * RELATIVES]
    out = np.full((len(x), RELATIVES), -1)
    for series, turn in enumerate(turns):
        found = list(dict.fromkeys(turn.tolist()))[:RELATIVES]
        out[series, : len(found)] = found
    return out


def in_common(x: np.ndarray, m: np.ndarray, near: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What relatives say of every series at all rows, by lines fitted on the rows that both are seen: (s, t), and whether any says it.

    Args:
        x: (s, t) values, any where not seen.
        m: (s, t) one where seen.
        near: int (s, r), as of `relatives`.
    """
    total, weight = np.zeros_like(x), np.zeros_like(x)
    for other in near.T:
        there = np.maximum(other, 0)
        both = m * m[there] * (other >= 0)[:, None]
        count = both.sum(axis=1)
        mine, theirs = ((a * both).sum(axis=1) / np.maximum(count, 1) for a in (x, x[there]))
        a, b = (x - mine[:, None]) * both, (x[there] - theirs[:, None]) * both
        product, size, own = (a * b).sum(axis=1), (b * b).sum(axis=1), (a * a).sum(axis=1)
        square = np.clip(product**2 / np.maximum(size * own, 1e-12), 0.0, 0.999) * count / (count + FEW)
        slope = product / np.maximum(size, 1e-9) * count / (count + FEW / 10)
        worth = (square / (1 - square))[:, None] * m[there] * (count > 1)[:, None]
        total += worth * (mine[:, None] + slope[:, None] * (x[there] - theirs[:, None]))
        weight += worth
    return total / np.maximum(weight, 1e-12), weight > 1e-6


def _likeness(x: np.ndarray, m: np.ndarray, lag: int) -> np.ndarray:
    """Absolute correlations (s, s) of series with those `lag` steps before, drawn to zero where they have few rows in common."""
    late, early = slice(lag, None), slice(None, x.shape[1] - lag)
    a, b, there, then = (x * m)[:, late], (x * m)[:, early], m[:, late], m[:, early]
    count = there @ then.T
    size = np.sqrt(((a**2) @ then.T) * (there @ (b**2).T)) + 1e-9
    return np.asarray(np.abs(a @ b.T) / size * np.sqrt(count / (count + FEW)))


@dataclass(frozen=True)
class Lagged:
    """Covariances of each series and its relatives at all lags, positive definite, since they are those of series without gaps.

    Attributes:
        relatives: int (s, r).
        covariance: float32 (s, 1 + r, 1 + r, 2 * LAGS + 1), of member i of a group with member j so many steps later.
    """

    relatives: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, near: np.ndarray, whole: np.ndarray) -> Lagged:
        """From relatives (s, r) and departures (s, t) whose gaps are filled."""
        t = whole.shape[1]
        size = next_fast_len(t + LAGS + 1, real=True)
        waves = rfft((whole - whole.mean(axis=1, keepdims=True)).astype(np.float32), size)
        group = np.concatenate([np.arange(len(whole))[:, None], np.maximum(near, 0)], axis=1)
        there = np.concatenate([np.ones((len(whole), 1), bool), near >= 0], axis=1)
        k = group.shape[1]
        out = np.zeros((len(whole), k, k, 2 * LAGS + 1), np.float32)
        for i in range(k):
            for j in range(i, k):
                product = irfft(waves[group[:, j]] * np.conj(waves[group[:, i]]), size)
                lags = np.concatenate([product[:, -LAGS:], product[:, : LAGS + 1]], axis=1) / t
                out[:, i, j] = lags * (there[:, i] & there[:, j])[:, None]
                out[:, j, i] = out[:, i, j, ::-1]
        return cls(near, out)

    @property
    def variance(self) -> np.ndarray:
        """Of every member of every group, (s, 1 + r)."""
        return np.maximum(np.diagonal(self.covariance[..., LAGS], axis1=1, axis2=2), 1e-9)

    def between(self, series: np.ndarray, first: np.ndarray, second: np.ndarray, lag: np.ndarray) -> np.ndarray:
        """Covariances of members `first` with members `second` so many steps later, no more than `LAGS`, of the groups of `series`."""
        return self.covariance[series, first, second, lag + LAGS]
