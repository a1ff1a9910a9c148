"""Rule: from signs to quantiles, as what came after earlier origins says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVELS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99)
MIDDLE = LEVELS.index(0.5)
CENTRES, UNRESTS = 24, 4  # bins of what is expected, and of how restless its surroundings are
FEWEST = 60  # cells in a bin


@dataclass(frozen=True)
class Rule:
    """A weighing of the signs for what is expected, and how far off what came was where as much was expected from such surroundings.

    Attributes:
        mean, weight, bias: of the weighing, (f,), (f,) and a number.
        centre, unrest: (b,), what was expected in each bin, and (b, u) how restless its parts were.
        off: (b, u, q), how far off what came was, at `LEVELS`.
    """

    mean: np.ndarray
    weight: np.ndarray
    bias: float
    centre: np.ndarray
    unrest: np.ndarray
    off: np.ndarray

    @classmethod
    def fit(cls, signs: np.ndarray, unrest: np.ndarray, truth: np.ndarray, stiff: float) -> Rule:
        """From signs (f, m), the first of which is the plainly carried value, unrest (m,) and what came (m,).

        `stiff` holds the weighing at the plainly carried value, in units of the signs' variance.
        """
        mean, bias = signs.mean(axis=1), float(truth.mean())
        x, plain = (signs - mean[:, None]).T, np.eye(len(mean))[0]
        gram = x.T @ x / len(truth)
        hold = stiff * (float(np.trace(gram)) / len(mean) + 1e-12) * np.eye(len(mean))
        weight = plain + np.linalg.solve(gram + hold, x.T @ (truth - bias - x @ plain) / len(truth))
        expected = x @ weight + bias
        count = max(1, min(CENTRES, len(truth) // (FEWEST * UNRESTS)))
        size = len(truth) // (count * UNRESTS)  # what is left over is left out, evenly
        kept = np.unique(np.linspace(0, len(truth) - 1, count * UNRESTS * size).astype(int))
        bins = np.argsort(expected, kind="stable")[kept].reshape(count, -1)
        parts = np.take_along_axis(bins, np.argsort(unrest[bins], axis=1, kind="stable"), axis=1).reshape(count, UNRESTS, size)
        off = np.moveaxis(np.quantile((truth - expected)[parts], LEVELS, axis=-1), 0, -1)
        return cls(mean, weight, bias, np.median(expected[bins], axis=1), np.median(unrest[parts], axis=-1), off)

    def quantiles(self, signs: np.ndarray, unrest: np.ndarray) -> np.ndarray:
        """(q, m) at `LEVELS`: offsets are straight between bins, and beyond the last the same as there."""
        expected = self.weight @ (signs - self.mean[:, None]) + self.bias
        inner = np.clip(expected, self.centre[0], self.centre[-1])
        low, part = _between(np.broadcast_to(self.centre, (len(inner), len(self.centre))), inner)
        high = np.minimum(low + 1, len(self.centre) - 1)
        return np.asarray(expected + (1 - part) * self._off_by(low, unrest).T + part * self._off_by(high, unrest).T)

    def _off_by(self, row: np.ndarray, unrest: np.ndarray) -> np.ndarray:
        """(m, q) of bins (m,) at how restless it is around each cell (m,)."""
        low, part = _between(self.unrest[row], unrest)
        return np.asarray((1 - part[:, None]) * self.off[row, low] + part[:, None] * self.off[row, low + 1])


def _between(edges: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the rising edges (m, e) lies below each value (m,), and the share of the way to the next."""
    low = np.clip((value[:, None] >= edges).sum(axis=1) - 1, 0, max(edges.shape[1] - 2, 0))
    high = np.minimum(low + 1, edges.shape[1] - 1)
    a, b = (np.take_along_axis(edges, at[:, None], axis=1)[:, 0] for at in (low, high))
    return low, np.clip(np.where(b > a, (value - a) / np.where(b > a, b - a, 1.0), 0.0), 0.0, 1.0)
