"""Downscaling by interpolation, corrected so that the mean of every block is the coarse value it came from."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from chronotope.errors import ArgumentError


class AbstractRefiner(ABC):
    """From coarse cells to `factor` x `factor` fine ones inside each; what was missing stays missing."""

    name: str = ""

    @abstractmethod
    def kernel(self, distance: np.ndarray) -> np.ndarray:
        """Weight of a coarse cell so many coarse cells away, along one axis."""

    def refine(self, coarse: np.ndarray, factor: int) -> np.ndarray:
        """Fine values (..., y * factor, x * factor) of coarse ones (..., y, x); block means are exact, edges repeat the last cell.

        Raises:
            ArgumentError: `factor` is below 1, or `coarse` is no field.
        """
        coarse = np.asarray(coarse, float)
        if factor < 1 or coarse.ndim < 2:
            raise ArgumentError(f"factor must be at least 1 and coarse (..., y, x); found {factor} and shape {coarse.shape}.")
        rows, columns = (self._weights(size, factor) for size in coarse.shape[-2:])
        known = np.isfinite(coarse)
        share = rows @ known.astype(float) @ columns.T
        total = rows @ np.where(known, coarse, 0.0) @ columns.T
        plain = spread_out(coarse, factor)
        fine = np.where(share > 0.5, total / np.where(share > 0.5, share, 1.0), plain)
        return fine + spread_out(coarse - block_mean(fine, factor), factor)

    def _weights(self, size: int, factor: int) -> np.ndarray:
        """(size * factor, size), rows sum to 1."""
        centre = (np.arange(size * factor) + 0.5) / factor - 0.5
        out = np.zeros((len(centre), size))
        for shift in range(-2, 3):
            at = np.floor(centre + 0.5).astype(int) + shift
            np.add.at(out, (np.arange(len(centre)), np.clip(at, 0, size - 1)), self.kernel(np.abs(centre - at)))
        return out / out.sum(axis=1, keepdims=True)


class NearestCell(AbstractRefiner):
    """Every fine cell has the value of its coarse one."""

    name = "nearest"

    def kernel(self, distance: np.ndarray) -> np.ndarray:
        return (distance <= 0.5).astype(float)


class Bilinear(AbstractRefiner):
    """Straight lines between the centres of coarse cells, then the block means put right."""

    name = "bilinear"

    def kernel(self, distance: np.ndarray) -> np.ndarray:
        return np.maximum(1 - distance, 0.0)


class Bicubic(AbstractRefiner):
    """Cubic convolution between the centres of coarse cells, then the block means put right.

    Source: Keys (1981), doi:10.1109/TASSP.1981.1163711.
    """

    name = "bicubic"

    def kernel(self, distance: np.ndarray) -> np.ndarray:
        d = distance
        near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
        return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


DOWNSCALE_FLOORS: dict[str, type[AbstractRefiner]] = {one.name: one for one in (NearestCell, Bilinear, Bicubic)}


def block_mean(fine: np.ndarray, factor: int) -> np.ndarray:
    """Means (..., y, x) over blocks of `factor` x `factor` cells of (..., y * factor, x * factor); NaN where a cell is missing."""
    *lead, y, x = fine.shape
    return fine.reshape(*lead, y // factor, factor, x // factor, factor).mean(axis=(-3, -1))


def spread_out(coarse: np.ndarray, factor: int) -> np.ndarray:
    """Each value over its block of `factor` x `factor` cells."""
    return coarse.repeat(factor, axis=-2).repeat(factor, axis=-1)
