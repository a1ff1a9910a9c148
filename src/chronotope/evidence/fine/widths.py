"""Widths: how far the truth lay from the guess where both are known, in units of how rough it was there and is there as a rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.fine.school import Lesson

CLASSES = 10  # of size
FEW = 40  # misses that a class must have, else it borrows from all
NOTHING = 1e-3  # of the mean size: where neighbours are alike nothing is certain all the same
BLENDS = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of the roughness of the moment, the rest that of the place


@dataclass(frozen=True)
class Widths:
    """Quantiles of the misses in units of size, for classes of size.

    Attributes:
        offsets: (c, q).
        blend: share of the roughness of the moment in a size.
        trend: by how much misses are larger where this is used than where it was learned.
    """

    offsets: np.ndarray
    blend: float
    trend: float = 1.0

    def around(self, rough: np.ndarray, usual: np.ndarray, sd: np.ndarray) -> np.ndarray:
        """What to add to the guess, (q, ..., k), of roughness (...) now and as a rule, and deviations (..., k)."""
        size = sizes(rough, usual, self.blend)
        offsets, width = np.moveaxis(self.offsets[size_classes(size)], -1, 0), self.trend * size[..., None] * sd
        out = np.empty((len(offsets), *sd.shape))
        for k, one in enumerate(offsets):
            np.multiply(one[..., None], width, out=out[k])
        return out


def sizes(rough: np.ndarray, usual: np.ndarray, blend: float) -> np.ndarray:
    """Geometric means of two roughnesses, nowhere nothing unless nothing is rough."""
    least = NOTHING * np.sqrt((rough**2).mean()) + np.finfo(float).tiny
    return np.maximum(rough, least) ** blend * np.maximum(usual, least) ** (1 - blend)


def widths_of(known: Lesson, weights: np.ndarray, levels: tuple[float, ...]) -> Widths:
    """Learned from blocks of which the inside is known; the guess itself stays the median."""
    miss, sd = known.truth - known.said @ weights, known.sd @ weights
    blend = min(BLENDS, key=lambda share: surprise(miss, sizes(known.rough, known.usual, share)[:, None] * sd))
    size = sizes(known.rough, known.usual, blend)
    return Widths(offsets_of(miss / (size[:, None] * sd), size_classes(size), levels), blend)


def surprise(miss: np.ndarray, size: np.ndarray) -> float:
    """How little a size says about misses, as the likelihood of Laplace's law sees it; smaller is better."""
    return float(np.log(size).mean() + np.log((np.abs(miss) / size).mean() + np.finfo(float).tiny))


def offsets_of(scaled: np.ndarray, kind: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (c, q) of scaled misses (m, k) of each class (m,)."""
    offsets = np.zeros((CLASSES, len(levels)))
    for k in range(CLASSES):
        part = scaled[kind == k]
        offsets[k] = np.quantile(part if part.size >= FEW else scaled, levels)
    return one_sided(offsets, levels)


def one_sided(offsets: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Offsets (..., q) not above zero below the median and not below it above."""
    level = np.array(levels)
    return np.where(level < 0.5, np.minimum(offsets, 0), np.where(level > 0.5, np.maximum(offsets, 0), 0.0))


def size_classes(size: np.ndarray, ranked: np.ndarray | None = None) -> np.ndarray:
    """The class of each size, by its rank among sizes that are sorted; by default among all that are not the least of them."""
    flat = size.ravel()
    ranked = np.sort(flat[flat > flat.min(initial=np.inf)]) if ranked is None else ranked
    share = np.searchsorted(ranked, flat) / max(len(ranked), 1)
    return np.minimum((share * CLASSES).astype(int), CLASSES - 1).reshape(size.shape)
