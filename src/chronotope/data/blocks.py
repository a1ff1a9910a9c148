"""Blocks: which fine cells of a panel lie inside which coarse one, and which of its variables are the coarse ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Blocks:
    """The places of a panel as cells of a fine grid that is laid over a coarse one.

    Attributes:
        row, column: int (n,), of each place on the fine grid; the block of a place is (row // factor[0], column // factor[1]).
        factor: fine cells along the two sides of a block.
        coarse: int (v,), for each variable the one that holds its block means, -1 for those themselves.
    """

    row: np.ndarray
    column: np.ndarray
    factor: tuple[int, int]
    coarse: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Fine rows and columns, in whole blocks, that hold all places."""
        fy, fx = self.factor
        return (int(self.row.max(initial=-1)) // fy + 1) * fy, (int(self.column.max(initial=-1)) // fx + 1) * fx

    def take_places(self, index: np.ndarray) -> Blocks:
        """Of some places (integers)."""
        return replace(self, row=self.row[index], column=self.column[index])

    def on_grid(self, values: np.ndarray) -> np.ndarray:
        """Values (..., n) as (..., rows, columns), NaN where there is no place."""
        grid = np.full((*values.shape[:-1], *self.shape), np.nan)
        grid[..., self.row, self.column] = values
        return grid

    def block_values(self, values: np.ndarray) -> np.ndarray:
        """Values (..., n), alike within a block, as (..., y, x); NaN where no place of a block holds one."""
        fy, fx = self.factor
        grid = self.on_grid(values)
        *lead, rows, columns = grid.shape
        cells = np.moveaxis(grid.reshape(*lead, rows // fy, fy, columns // fx, fx), -3, -2).reshape(*lead, rows // fy, columns // fx, -1)
        known = np.isfinite(cells)
        first = np.take_along_axis(cells, known.argmax(axis=-1)[..., None], -1)[..., 0]
        return np.where(known.any(axis=-1), first, np.nan)

    def at_places(self, grid: np.ndarray) -> np.ndarray:
        """The inverse of `on_grid`: (..., n) of (..., rows, columns)."""
        return grid[..., self.row, self.column]
