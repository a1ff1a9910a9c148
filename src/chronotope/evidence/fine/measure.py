"""Measure: how values are read before kernels guess - directions by the shorter way, and what has a floor by a root of its height above it.

Rain and its like are peaks over much that is nearly nothing. Their roots are nearer to the even fields that kernels assume, and what is
guessed for a root and raised again is a peak inside a cell instead of a slope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.fine.blocks import kept_means


@dataclass(frozen=True)
class Measure:
    """How values are read.

    Attributes:
        turn: of a direction, one full turn; None for all else.
        floor: what no value is below; None for no such bound.
        root: power of the height above the floor, in (0, 1]; 1 reads values as they are.
    """

    turn: float | None = None
    floor: float | None = None
    root: float = 1.0

    def read(self, coarse: np.ndarray) -> np.ndarray:
        """What kernels are given for coarse values."""
        if self.floor is None or self.root == 1.0:
            return coarse
        return np.maximum(coarse - self.floor, 0.0) ** self.root

    def detail(self, guessed: np.ndarray, coarse: np.ndarray) -> np.ndarray:
        """Detail (..., k) in the units of `coarse` (...), with the mean nothing, from the detail that kernels guessed of what they read."""
        if self.floor is None or self.root == 1.0:
            return guessed
        raised = np.maximum(self.read(coarse)[..., None] + guessed, 0.0) ** (1 / self.root)
        return self.above_floor(self.floor + raised - coarse[..., None], coarse)

    def above_floor(self, detail: np.ndarray, coarse: np.ndarray) -> np.ndarray:
        """Detail (..., k) of `coarse` (...) that goes below no floor, with the mean nothing."""
        if self.floor is None:
            return detail
        lower, upper = np.full(coarse.shape, self.floor), np.full(coarse.shape, np.inf)
        return kept_means(coarse[..., None] + detail, coarse, lower, upper) - coarse[..., None]
