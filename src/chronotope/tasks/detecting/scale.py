"""Scale: the numbers in which residuals of a variable are even: as they are, going round, or stretched where they pile up at zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.inspect.support import TURN

SKEWED = 1.25  # mean over median beyond which a variable bounded by zero is stretched


@dataclass(frozen=True)
class Scale:
    """Values of one variable to even numbers and back.

    Attributes:
        bend: the value about which a stretched variable turns from linear to logarithmic; 0 for one that is left alone.
        circle: whether it is a direction in degrees.
    """

    bend: float = 0.0
    circle: bool = False

    def to(self, values: np.ndarray) -> np.ndarray:
        """Even numbers."""
        return np.arcsinh(np.asarray(values, float) / self.bend) if self.bend else np.asarray(values, float)

    def back(self, even: np.ndarray) -> np.ndarray:
        """The values that even numbers stand for."""
        if self.circle:
            return np.mod(even, TURN)
        return np.sinh(np.clip(even, -300, 300)) * self.bend if self.bend else even

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """one - other in even numbers; of directions the shorter way round."""
        gap = one - other
        return (gap + TURN / 2) % TURN - TURN / 2 if self.circle else gap


def scale_of(values: np.ndarray, lower: np.ndarray, circle: bool) -> Scale:
    """The scale of a variable, from its values (t, n) and their lower bounds (n,)."""
    known = values[np.isfinite(values)]
    if circle or not len(known) or not (lower == 0).all():
        return Scale(circle=circle)
    middle, positive = float(np.median(known)), known[known > 0]
    if not len(positive) or float(known.mean()) < SKEWED * middle:
        return Scale()
    return Scale(bend=float(np.median(positive)))
