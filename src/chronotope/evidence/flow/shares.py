"""Shares: how much of what is carried and how much of another answer did best in trials, for each lead and speed."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.distributions import pinball_loss

SHARES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])  # of what is carried
SPEEDS = (0.2, 1.0)  # cells a step, between slow, moving and fast
KINDS = len(SPEEDS) + 2  # slow, moving, fast, and what is not in sight yet
POOLED = 300.0  # cells' worth of all kinds in the choice for each
GAIN, SURE, SAME = 0.01, 1.0, 0.02  # least share of the loss that must be gained, in standard errors too; what is as good as the best
SPARED = 0.05  # of the loss, for which all of the other's time is spared


def kind_of_cell(speed: np.ndarray, known: np.ndarray) -> np.ndarray:
    """int (...): 0, 1, 2 for slow, moving and fast cells, 3 for those to which something comes that is not in sight."""
    return np.where(known, np.searchsorted(SPEEDS, speed), KINDS - 1)


class Ledger:
    """Losses of every share, in every kind and lead, group by group of cells that miss together.

    Args:
        leads: how many.
        levels: of the quantiles, (q,).
    """

    def __init__(self, leads: int, levels: tuple[float, ...]) -> None:
        self._levels = np.array(levels)[:, None]
        self._loss: list[np.ndarray] = []  # of each group (w, l, c)
        self._count = np.zeros((leads, KINDS))

    def open(self) -> None:
        """Start a group."""
        self._loss.append(np.zeros((len(SHARES), *self._count.shape)))

    def add(self, lead: int, carried: np.ndarray, other: np.ndarray, truth: np.ndarray, kind: np.ndarray) -> None:
        """Quantiles (q, m) of both, what came (m,) and the kinds of the cells, of one lead (by its index); NaN is left out."""
        good = np.isfinite(truth) & np.isfinite(carried[0]) & np.isfinite(other[0])
        for w, share in enumerate(SHARES):
            off = truth - (share * carried + (1 - share) * other)
            loss = pinball_loss(off, self._levels).mean(axis=0)
            self._loss[-1][w, lead] += np.bincount(kind[good], loss[good], KINDS)
        self._count[lead] += np.bincount(kind[good], minlength=KINDS)

    def chosen(self) -> np.ndarray:
        """The share (l, c) of what is carried; zero throughout where the other answer alone was as good."""
        loss = np.sum(self._loss, axis=0)
        scale = np.where(self._count > 0, loss[0] / np.maximum(self._count, 1), 0.0)
        around = _around(loss)
        all_kinds = around.sum(axis=2, keepdims=True) / np.maximum(_around(self._count).sum(axis=1, keepdims=True), 1)
        best = _as_good(around + POOLED * all_kinds)
        ours = sum(loss[best[k, c], k, c] for k, c in np.ndindex(best.shape))
        if loss[-1].sum() <= (1 + SPARED) * ours:  # nowhere need the other be asked
            best = np.full(best.shape, len(SHARES) - 1)
        gain = np.array([sum(one[0, k, c] - one[best[k, c], k, c] for k, c in np.ndindex(best.shape)) for one in self._loss])
        error = gain.std(ddof=1) * np.sqrt(len(gain)) if len(gain) > 1 else np.inf
        sure = scale.any() and gain.sum() > max(GAIN * loss[0].sum(), SURE * error)
        return SHARES[best] if sure else np.zeros(best.shape)


def _around(per_lead: np.ndarray) -> np.ndarray:
    """Sums (..., l, c) with half of what the leads beside hold."""
    beside = np.zeros_like(per_lead)
    beside[..., 1:, :] += per_lead[..., :-1, :]
    beside[..., :-1, :] += per_lead[..., 1:, :]
    return np.asarray(per_lead + 0.5 * beside)


def _as_good(loss: np.ndarray) -> np.ndarray:
    """The index (l, c) of the lowest loss (w, l, c); the last one, carrying alone, where it is next to it: the other need not be asked."""
    best = loss.argmin(axis=0)
    return np.where(loss[-1] <= (1 + SAME) * loss.min(axis=0), len(loss) - 1, best)
