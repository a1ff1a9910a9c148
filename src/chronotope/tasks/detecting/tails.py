"""Tails: the share of a clean field that lies as far out, from its own ranks in the middle and a generalised Pareto law beyond.

Peaks over a threshold (Pickands 1975; Davison and Smith 1990): what exceeds the 90 % quantile is fitted, the outermost hundredth only by
how many they are, so that anomalies do not widen the law that is to find them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHARE, CENSORED = 0.1, 0.01  # of the values that are fitted, and of those among them whose size is not read
FEWEST = 30  # values beyond the threshold that carry a law
SHAPES = (-0.15, 0.6)
NEAREST = 0.05  # of the way that is left to the end of a law that ends, where its chances stop falling
SAMPLE = 20_000


@dataclass(frozen=True)
class Tail:
    """The upper tail of a distribution.

    Attributes:
        ranks: sorted values.
        start: threshold.
        share: of the values above it.
        scale, shape: of the law of what exceeds it.
    """

    ranks: np.ndarray
    start: float
    share: float
    scale: float
    shape: float

    def chance(self, value: np.ndarray) -> np.ndarray:
        """Share of clean values at least as large; ties count half."""
        n = len(self.ranks)
        above = n - 0.5 * (np.searchsorted(self.ranks, value, "left") + np.searchsorted(self.ranks, value, "right"))
        inner = (above + 0.5) / (n + 1.0)
        over = np.maximum(value - self.start, 0.0) / self.scale
        law = np.exp(-over) if abs(self.shape) < 1e-6 else np.maximum(1.0 + self.shape * over, NEAREST) ** (-1.0 / self.shape)
        return np.where(value > self.start, np.minimum(self.share * law, self.share), np.maximum(inner, self.share))

    def value(self, chance: float) -> float:
        """The value that so large a share exceeds."""
        if chance >= self.share:
            return float(np.quantile(self.ranks, 1.0 - chance))
        over = self.share / chance
        return self.start + self.scale * (np.log(over) if abs(self.shape) < 1e-6 else (over**self.shape - 1.0) / self.shape)


def tail_of(values: np.ndarray, share: float = SHARE, censored: float = CENSORED, shapes: tuple[float, float] = SHAPES) -> Tail:
    """The upper tail of values (m,), all finite; `shapes` are the smallest and largest that are taken: from 0 on a law has no end."""
    ranks = np.sort(values)
    n = len(ranks)
    share = min(max(share, FEWEST / max(n, 1)), 0.5)
    start = float(np.quantile(ranks, 1.0 - share)) if n else 0.0
    over = ranks[ranks > start] - start
    if len(over) < 5:
        spread = float(ranks.std()) if n > 1 else 1.0
        return Tail(ranks, start, max(share, 1e-9), 0.5 * spread or 1.0, 0.0)
    held = len(over) / n
    hidden = int(min(np.ceil(censored * n), len(over) // 3))
    thin = max(1, len(over) // SAMPLE)
    scale, shape = _law(over[: len(over) - hidden][::thin], over[len(over) - hidden - 1], hidden / thin, shapes)
    return Tail(ranks, start, held, scale, shape)


def _law(over: np.ndarray, last: float, hidden: float, shapes: tuple[float, float]) -> tuple[float, float]:
    """Scale and shape of greatest likelihood for excesses, of which `hidden` more lie beyond `last`; shapes lean to zero."""
    from scipy.optimize import minimize

    typical = float(over.mean()) or 1.0
    over, last = over / typical, last / typical

    def loss(at: np.ndarray) -> float:
        scale, shape = np.exp(at[0]), float(np.clip(at[1], *shapes))
        inside = 1.0 + shape * over / scale
        edge = 1.0 + shape * last / scale
        if inside.min() <= 1e-6 or edge <= 1e-6:
            return 1e9
        if abs(shape) < 1e-4:
            return float(over.sum() / scale + len(over) * at[0] + hidden * last / scale)
        body = (1.0 / shape + 1.0) * np.log(inside).sum() + len(over) * at[0]
        return float(body + hidden * np.log(edge) / shape + 8.0 * (shape - 0.1) ** 2 + 1e3 * (at[1] - shape) ** 2)

    found = minimize(loss, np.array([0.0, 0.1]), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3, "maxiter": 200})
    return float(np.exp(found.x[0])) * typical, float(np.clip(found.x[1], *shapes))
