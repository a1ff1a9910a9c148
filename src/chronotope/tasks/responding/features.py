"""Features: what is read of a variable that is to be set - now, in the steps before and over a day, bent where it was low and high."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RECENT = 3  # steps before that are averaged
FEW = 2  # different values: a switch, which is not bent
BENDS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95)  # shares of the past values below each bend
FORMS = {"now": 0, "before": 1, "square": 2, "bends": 3, "left": 4}
WAYS = ((0, 1), (0, 1, 4), (0, 1, 2), (0, 1, 2, 4), (0, 1, 2, 3), (0, 1, 2, 3, 4))  # forms that are read together, from plain to rich
FARTHEST = 6.0  # deviations from the mean beyond which a square grows no more


@dataclass(frozen=True)
class Reading:
    """How a variable is read, settled by its past alone.

    Attributes:
        centre, spread: of its past values.
        bends: standardised values beyond which it may do more or less.
        day: steps over which its slow part is averaged; 0 for none.
    """

    centre: float
    spread: float
    bends: tuple[float, ...]
    day: int

    @property
    def forms(self) -> list[str]:
        """What kind of feature each is, a key of `FORMS`."""
        bent = ["bends"] * len(self.bends) + ["square"] * bool(self.bends)
        return ["now", *bent, "before", "before", *(["before"] if self.day else [])]

    def features(self, x: np.ndarray) -> np.ndarray:
        """Values (t, n) as features (t, n, f); not finite where the value is not."""
        z = (x - self.centre) / self.spread
        now = [z, *(np.maximum(z - bend, 0.0) for bend in self.bends)]
        if self.bends:
            now.append(np.clip(z, -FARTHEST, FARTHEST) ** 2)
        slow = [before(z, 1), before(z, RECENT), *([before(z, self.day)] if self.day else [])]
        return np.stack([*now, *slow], axis=-1)


def reading_of(past: np.ndarray, day: int) -> Reading:
    """How to read a variable with past values (t, n), `day` steps of which are a day (0: none)."""
    known = past[np.isfinite(past)]
    centre, spread = float(known.mean()), float(known.std())
    z = (known - centre) / max(spread, 1e-12)
    bends = tuple(float(one) for one in np.quantile(z, BENDS)) if len(np.unique(z[:5000])) > FEW else ()
    return Reading(centre, max(spread, 1e-12), bends, day if RECENT < day <= len(past) // 8 else 0)


def before(z: np.ndarray, steps: int) -> np.ndarray:
    """The mean (t, n) of the last `steps` rows before each row, of those that are finite; zero where there are none."""
    known = np.isfinite(z)
    total, count = (_running(np.where(known, z, 0.0), steps), _running(known.astype(float), steps))
    return total / np.maximum(count, 1.0)


def _running(a: np.ndarray, steps: int) -> np.ndarray:
    """Sums (t, n) of the `steps` rows before each row."""
    summed = np.concatenate([np.zeros((1, *a.shape[1:])), np.cumsum(a, axis=0)])
    rows = np.arange(len(a))
    return summed[rows] - summed[np.maximum(rows - steps, 0)]
