"""Dependence: normal scores of all cells after the past that belong together as past misses did.

Both ways to learn it draw sums of what was seen with random weights, so that more members than templates can
be drawn, every cell has the standard normal distribution, and nothing as large as a matrix of all cells is
ever made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Dependence(Protocol):
    """Where normal scores come from."""

    def scores(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """Normal scores float32 (m, h, s), each cell standard normal over the members."""
        ...


@dataclass(frozen=True)
class Alone:
    """Every series on its own: over leads its scores belong together as `roots[kind]` (h, h) says.

    Attributes:
        roots: one for each kind of series.
        kind: int (s,), rising.
    """

    roots: tuple[np.ndarray, ...]
    kind: np.ndarray

    def scores(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """See `Dependence`; series draw one after the other, in their order."""
        out = np.empty((number, len(self.roots[0]), len(self.kind)), np.float32)
        for k, root in enumerate(self.roots):
            mine = np.flatnonzero(self.kind == k)
            drawn = rng.standard_normal((len(mine), number, len(root)), np.float32)
            out[:, :, mine] = (drawn @ root.T.astype(np.float32)).transpose(1, 2, 0)
        return out


@dataclass(frozen=True)
class Templates:
    """Whole misses (k, h, s) at past origins, mixed with random weights: leads and places as they were."""

    misses: np.ndarray

    def scores(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """See `Dependence`."""
        k, h, s = self.misses.shape
        return (rng.standard_normal((number, k), np.float32) @ self.misses.reshape(k, -1)).reshape(number, h, s)


@dataclass(frozen=True)
class Apart:
    """Leads and places apart: maps (j, s) of past misses, mixed with weights that `root` joins over leads."""

    maps: np.ndarray
    root: np.ndarray

    def scores(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """See `Dependence`."""
        weights = rng.standard_normal((number, len(self.maps), len(self.root)), np.float32) @ self.root.T.astype(np.float32)
        return weights.transpose(0, 2, 1) @ self.maps


@dataclass(frozen=True)
class Mixed:
    """A dependence `shared` by all, and each cell's `own`, which is a `share` (h, s) of the variance."""

    shared: Dependence
    own: Dependence
    share: np.ndarray

    def scores(self, number: int, rng: np.random.Generator) -> np.ndarray:
        """See `Dependence`."""
        together = self.shared.scores(number, rng)
        together *= np.sqrt(1 - self.share).astype(np.float32)
        together += np.sqrt(self.share).astype(np.float32) * self.own.scores(number, rng)
        return together


def standardised(misses: np.ndarray) -> np.ndarray:
    """Signed roots of misses (k, ...) in each cell's deviations from zero; unknown ones are 0.

    The root keeps one storm from being all that members know, and tells calm from calm where most misses are small.
    """
    filled = np.nan_to_num(misses)
    count = np.maximum(np.isfinite(misses).sum(axis=0), 1)
    size = np.sqrt((filled**2).sum(axis=0) / count)
    share = filled / np.where(size > 0, size, 1.0)
    return np.sign(share) * np.sqrt(np.abs(share))


def normed(templates: np.ndarray) -> np.ndarray:
    """Templates (k, ...) float32 whose squares sum to one in every cell; a cell without any stays 0."""
    length = np.sqrt((templates**2).sum(axis=0))
    return (templates / np.where(length > 0, length, 1.0)).astype(np.float32)


def root_over_leads(templates: np.ndarray) -> np.ndarray:
    """A root (h, h) of the correlation over leads of templates (k, h, s), pooled over all series."""
    flat = templates.transpose(1, 0, 2).reshape(templates.shape[1], -1).astype(np.float64)
    both = flat @ flat.T
    size = np.sqrt(np.diag(both))
    known = size > 0
    even = np.where(known[:, None] & known, both / np.outer(np.where(known, size, 1.0), np.where(known, size, 1.0)), 0.0)
    np.fill_diagonal(even, 1.0)
    value, vector = np.linalg.eigh(even)
    root = vector * np.sqrt(np.maximum(value, 0.0))
    return root / np.sqrt((root**2).sum(axis=1, keepdims=True))
