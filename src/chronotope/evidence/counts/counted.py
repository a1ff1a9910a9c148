"""Counted: counts of one variable at many places before an origin, and what of them every rule of rates reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.clock import Period
from chronotope.evidence.neighbours import Neighbours

MOST_PHASES, FEW_PHASES = 200, 24  # a period of more steps is read in so many phases
ROWS = 1024  # last rows that are read


@dataclass(frozen=True)
class Counted:
    """What was counted before an origin.

    Attributes:
        y: float64 (t, n) counts, zero where not seen.
        m: float64 (t, n), one where seen.
        periods: that they may repeat with.
        near: neighbours of the places.
    """

    y: np.ndarray
    m: np.ndarray
    periods: list[Period]
    near: Neighbours

    @classmethod
    def of(cls, values: np.ndarray, periods: list[Period], near: Neighbours) -> Counted:
        """From the last `ROWS` of values (t, n), NaN where not seen."""
        values = values[-ROWS:].astype(float)
        seen = np.isfinite(values)
        return cls(np.where(seen, values, 0.0), seen.astype(float), periods, near)

    def phase(self, period: Period, rows: np.ndarray) -> tuple[np.ndarray, int]:
        """Phases (k,) of rows in a period, and how many there are."""
        count = int(round(period.steps)) if period.steps <= MOST_PHASES else FEW_PHASES
        return (np.mod(rows, period.steps) / period.steps * count + 1e-9).astype(int) % count, count

    def season(self, rows: np.ndarray, mean: np.ndarray, belief: float) -> np.ndarray:
        """How much more than usual all places together count at the phases of rows (k,); `belief` events speak for no season.

        `mean` (n,) is usual at each place. Periods take turns, each explaining what those before it left.
        """
        past, found, expected = np.arange(len(self.y)), self.y.sum(axis=1), self.m @ mean
        inside, out = np.ones(len(past)), np.ones(len(rows))
        for period in self.periods:
            phase, count = self.phase(period, past)
            ratio = (np.bincount(phase, found, count) + belief) / (np.bincount(phase, expected * inside, count) + belief)
            inside, out = inside * ratio[phase], out * ratio[self.phase(period, rows)[0]]
        return out

    def by_phase(self, period: Period) -> tuple[np.ndarray, np.ndarray]:
        """Counts (p, n) of each phase, and how often it was seen."""
        phase, count = self.phase(period, np.arange(len(self.y)))
        total, number = np.zeros((2, count, self.y.shape[1]))
        np.add.at(total, phase, self.y)
        np.add.at(number, phase, self.m)
        return total, number


def fading(a: np.ndarray, life: float) -> np.ndarray:
    """Sums (t, n) of a and all before it, which count for half after `life` steps."""
    keep, total, out = 0.5 ** (1 / life), np.zeros(a.shape[1]), np.empty_like(a)
    for row, value in enumerate(a):
        total = keep * total + value
        out[row] = total
    return out
