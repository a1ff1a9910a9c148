"""Lattice: the places of a question as the cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.flow.grid import grid_order
from chronotope.questions import Question

LEAST_SIDE = 8  # cells of a grid in which motion can be tried


@dataclass(frozen=True)
class Lattice:
    """Places of a grid, row by row (n,), and its shape."""

    order: np.ndarray
    shape: tuple[int, ...]

    @classmethod
    def of(cls, question: Question) -> Lattice | None:
        """That of the question's places; None where they are no grid, or a small one."""
        order, shape = grid_order(question.frame)
        return cls(order, shape) if shape and min(shape) >= LEAST_SIDE else None

    def images(self, values: np.ndarray) -> np.ndarray:
        """Values (..., n) of places as (..., y, x)."""
        return values[..., self.order].reshape(*values.shape[:-1], *self.shape)

    def places(self, cells: np.ndarray) -> np.ndarray:
        """Row-major indices of cells as the places that they are, in rising order."""
        return np.sort(self.order[cells.ravel()])
