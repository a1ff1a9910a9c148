"""Borne out: how much of a difference that a model tells came true at past origins, with what is unsure of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 5  # past origins that tell anything


@dataclass(frozen=True)
class BorneOut:
    """The share of told differences that came true.

    Attributes:
        share: by all origins; 1 where what was told came, 0 where nothing of it did.
        error: its standard error, by leaving out one origin after the other.
        origins: how many told anything.
    """

    share: float
    error: float
    origins: int

    @property
    def sureness(self) -> float:
        """The share in standard errors."""
        return self.share / self.error if self.error > 0 else 0.0

    def score(self, level: float | np.ndarray) -> np.ndarray:
        """How many standard errors a quantile lies beside the share, by Student's distribution."""
        from scipy.stats import t as student

        return np.asarray(student.ppf(level, max(self.origins - 1, 1)))


def borne_out(parts: list[tuple[float, float]]) -> BorneOut:
    """From each origin's products: of what was told with what came beside it, and of what was told with itself."""
    known = np.array([part for part in parts if part[1] > 0]).reshape(-1, 2)
    n = len(known)
    if n < FEWEST:
        return BorneOut(0.0, float("inf"), n)
    both, own = known.sum(axis=0)
    without = (both - known[:, 0]) / np.maximum(own - known[:, 1], 1e-300)
    error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return BorneOut(float(both / own), max(error, 1e-9), n)
