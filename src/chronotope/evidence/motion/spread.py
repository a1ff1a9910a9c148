"""Spread of paths: how far the mix missed in its trials, along and across the heading, at the size of what an object does now."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.motion.tracks import Moments

FEWEST = 12  # trials of which a distribution is made
DRAWS, CELLS = 401, 1_000_000  # misses that an object's quantiles are read from: all, or of very many at least so many
LIMIT = 0.8  # share of misses that are no longer than the longest that was tried
RIDGE = 4.0  # trials' worth of no effect in the effects on the size of misses


@dataclass(frozen=True)
class Spread:
    """Misses of the trials at one lead.

    Attributes:
        unit: misses along and across the path, complex (j,), in units of the size expected of each.
        centre, effect: of the log features on the log of the size (f,); level: the log size where all features are at their centre.
        farthest: the longest of the misses.
    """

    unit: np.ndarray
    centre: np.ndarray
    effect: np.ndarray
    level: float
    farthest: float

    def size(self, features: np.ndarray) -> np.ndarray:
        """Expected size (m,) of misses from log features (m, f)."""
        return np.exp(self.level + np.clip((features - self.centre) @ self.effect, -4, 4))

    def limited(self, size: np.ndarray, path: np.ndarray) -> np.ndarray:
        """Sizes (m,) of which no more than a fifth of the misses is longer than any that was tried, and than the displacement `path` (m,).

        Few trials, of other objects, say little about what differs from them all.
        """
        usual = float(np.quantile(np.abs(self.unit), LIMIT))
        return np.minimum(size, np.maximum(self.farthest, np.abs(path)) / usual) if usual > 0 else size


@dataclass(frozen=True)
class Widths:
    """How far paths miss.

    Attributes:
        tried: moments (m,) of the trials.
        unit: misses (m, h) of the trials along and across their path, complex, in units of the size expected of each; NaN unknown.
        turn: headings (m, h) of the trials' paths; unit x turn is a miss in the directions of the plane.
        size, heading: (k, h) of the asked paths; a miss is unit x size x heading.
        spreads: of the misses at each lead (h,); None where nothing could be tried.
        features: of trials (m, f) and of asked paths (k, f), logs, at a lead in the middle.
    """

    tried: Moments
    unit: np.ndarray
    turn: np.ndarray
    size: np.ndarray
    heading: np.ndarray
    spreads: tuple[Spread | None, ...]
    features: tuple[np.ndarray, np.ndarray]


def learnt(miss: np.ndarray, features: np.ndarray) -> Spread | None:
    """From complex misses (m,) along and across the path, NaN where unknown, and log features (m, f); None where they are too few."""
    known = np.isfinite(miss) & np.isfinite(features).all(axis=1)
    if known.sum() < FEWEST:
        return None
    miss, features = miss[known], features[known]
    size = np.abs(miss)
    log = np.log(np.maximum(size, 1e-3 * size.mean() + 1e-12))
    centre = features.mean(axis=0)
    x = features - centre
    effect = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]) * max(float(x.var(axis=0).mean()), 1e-9), x.T @ (log - log.mean()))
    first = Spread(np.zeros(0, complex), centre, effect, float(log.mean()), float(size.max()))
    unit = miss / first.size(features)
    return replace(first, unit=unit[np.argsort(np.abs(unit), kind="stable")])


def axis_quantiles(spread: Spread, size: np.ndarray, heading: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Offsets (q, m, 2) along the axes for paths of a size and heading (m,), unit numbers; misses are taken as they are and mirrored."""
    number = min(max(DRAWS, CELLS // max(len(size), 1)), len(spread.unit))
    pick = np.unique(np.linspace(0, len(spread.unit) - 1, number).round().astype(int))
    unit = spread.unit[pick]
    both = np.concatenate([unit, unit.conj()])  # no side of the path is the likelier one
    turned = both * heading[:, None] * size[:, None] * (1 + 1 / len(pick))
    return np.stack([np.quantile(part, levels, axis=1) for part in (turned.real, turned.imag)], axis=-1)
