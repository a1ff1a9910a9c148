"""Series: the scaled series of one tile of places, with what is known of their repetition and neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chronotope.evidence.clock import Period
from chronotope.evidence.neighbours import Neighbours


@dataclass
class Series:
    """Scaled series, place-major (place * variables + variable).

    Attributes:
        x: float32 (s, t), zero where not seen.
        m: float32 (s, t), one where seen.
        variables: variables at each place.
        periods: the periods they may repeat with.
        xy: (n, 2) coordinates of the places, in typical distances between neighbours.
        near, ring: neighbours of the places, and those beyond them.
        location, spread: (s,) of the scaling, needed where neighbours speak in raw units.
        known: bool (s,), False where a series was never seen.
        both_sides: the question lies inside the seen time, so later repetitions count too.
        cut: first row after what a forecast may read.
    """

    x: np.ndarray
    m: np.ndarray
    variables: int
    periods: list[Period]
    xy: np.ndarray
    near: Neighbours
    ring: Neighbours
    location: np.ndarray
    spread: np.ndarray
    known: np.ndarray
    both_sides: bool
    cut: int
    kept: dict[tuple[str, int], Any] = field(default_factory=dict, repr=False)  # what was worked out once for the series

    @property
    def stop(self) -> int:
        """First row that the past does not hold: the frame's end when both sides may be read."""
        return self.x.shape[1] if self.both_sides else self.cut

    def bridged(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Values and masks (s, t) with straight lines over gaps of at most `most` steps between seen values."""
        if ("bridged", most) not in self.kept:
            self.kept["bridged", most] = (self.x, self.m) if most < 1 else bridged(self.x, self.m, most)
        return self.kept["bridged", most]

    def near_mean(self, x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean over seen neighbours of values (s, k) with mask (s, k), and the weight that was seen."""
        shape = (-1, self.variables, x.shape[1])
        mean, mass = self.near.mean(x.reshape(shape), m.reshape(shape))
        return mean.reshape(x.shape), mass.reshape(x.shape)

    def near_others(self, x: np.ndarray, m: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Like `near_mean`: the close neighbours counting for more, and the median of the neighbours."""
        shape = (-1, self.variables, x.shape[1])
        found = [how(x.reshape(shape), m.reshape(shape)) for how in (self.near.sharper().mean, self.near.median)]
        return [(value.reshape(x.shape), mass.reshape(x.shape)) for value, mass in found]

    def ring_mean(self, x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Like `near_mean`, over the places beyond the neighbours."""
        shape = (-1, self.variables, x.shape[1])
        mean, mass = self.ring.mean(x.reshape(shape), m.reshape(shape))
        return mean.reshape(x.shape), mass.reshape(x.shape)

    def all_mean(self, x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Like `near_mean`, over all other places."""
        total, count = by_variable(x * m, self.variables) - x * m, by_variable(m, self.variables) - m
        return total / np.maximum(count, 1e-9), count


def bridged(x: np.ndarray, m: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Straight lines over gaps of at most `most` steps between seen values of x (s, t), and one where there is a value now."""
    s, t = x.shape
    rows = np.arange(t)
    before = np.maximum.accumulate(np.where(m > 0, rows, -1), axis=1)
    after = np.minimum.accumulate(np.where(m > 0, rows, t)[:, ::-1], axis=1)[:, ::-1]
    fill = (m == 0) & (before >= 0) & (after < t) & (after - before <= most + 1)
    if not fill.any():
        return x, m
    i, j = np.nonzero(fill)
    low, high = before[i, j], after[i, j]
    share = ((j - low) / (high - low)).astype(np.float32)
    out, there = x.copy(), m.copy()
    out[i, j] = (1 - share) * x[i, low] + share * x[i, high]
    there[i, j] = 1.0
    return out, there


def by_variable(a: np.ndarray, variables: int) -> np.ndarray:
    """Sum over the places of each variable, given back to every series: (s, ...) -> (s, ...)."""
    grouped = a.reshape(-1, variables, *a.shape[1:])
    return np.broadcast_to(grouped.sum(axis=0, keepdims=True), grouped.shape).reshape(a.shape).copy()
