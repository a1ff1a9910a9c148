"""Bridges: the seen rows on both sides of every cell, straight lines between them, and means of the same phase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FADING = 12.0  # steps over which a line fades to the mean where covariances are estimated
PHASES, PRIOR = 4, 0.3  # repetitions on each side in the mean of a phase, and repetitions' worth of the level in it


@dataclass(frozen=True)
class Sides:
    """Nearest seen rows of every cell, the cell itself left out: int (s, t), -1 before and t after where there is none."""

    before: np.ndarray
    after: np.ndarray

    @classmethod
    def of(cls, m: np.ndarray) -> Sides:
        """From masks (s, t), one where seen."""
        s, t = m.shape
        rows = np.arange(t)
        last = np.maximum.accumulate(np.where(m > 0, rows, -1), axis=1)
        following = np.minimum.accumulate(np.where(m > 0, rows, t)[:, ::-1], axis=1)[:, ::-1]
        none = np.full((s, 1), -1)
        return cls(np.concatenate([none, last[:, :-1]], axis=1), np.concatenate([following[:, 1:], none + 1 + t], axis=1))

    @property
    def is_bounded(self) -> np.ndarray:
        """bool (s, t): seen on both sides."""
        return (self.before >= 0) & (self.after < self.before.shape[1])

    @property
    def nearest(self) -> np.ndarray:
        """Steps (s, t) to the nearest seen row; the frame's length where there is none."""
        t = self.before.shape[1]
        back, ahead = np.arange(t) - self.before, self.after - np.arange(t)
        return np.minimum(np.where(self.before >= 0, back, t), np.where(self.after < t, ahead, t))

    def ends(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values (s, t) at the two rows; any where there is none."""
        low, high = np.maximum(self.before, 0), np.minimum(self.after, x.shape[1] - 1)
        return np.take_along_axis(x, low, axis=1), np.take_along_axis(x, high, axis=1)

    def line(self, x: np.ndarray) -> np.ndarray:
        """Straight lines (s, t) between the seen values of x (s, t); the only one goes on where there is one."""
        (low, high), t = self.ends(x), x.shape[1]
        part = (np.arange(t) - self.before) / (self.after - self.before)
        share = np.where(self.is_bounded, part, np.where(self.after < t, 1.0, 0.0))
        return (1 - share) * low + share * high


def filled(x: np.ndarray, m: np.ndarray, sides: Sides, far: np.ndarray | float = 0.0) -> np.ndarray:
    """Values (s, t) without gaps: straight lines, which fade to what is told `far` from what is seen, (s, t) or a number."""
    fade = np.exp(-np.maximum(sides.nearest - 2, 0) / FADING)
    return np.where(m > 0, x, sides.line(x) * fade + (1 - fade) * far)


def phase_mean(x: np.ndarray, m: np.ndarray, period: float) -> np.ndarray:
    """Means (s, t) of the same phase on both sides, each cell left out of its own, drawn to zero where there are few."""
    t = x.shape[1]
    total, count = np.zeros_like(x), np.zeros_like(x)
    for number in range(1, PHASES + 1):
        offset = int(round(number * period))
        if offset >= t:
            break
        for there, here in ((slice(None, -offset), slice(offset, None)), (slice(offset, None), slice(None, -offset))):
            total[:, here] += x[:, there] * m[:, there]
            count[:, here] += m[:, there]
    return total / (count + PRIOR)
