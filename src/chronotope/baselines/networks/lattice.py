"""Lattice: places that stand on a grid, laid out as the frames of a film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from chronotope.data.panel import Panel

MOST_HOLES = 0.5  # share of a grid's cells that may hold no place


@dataclass(frozen=True)
class Lattice:
    """Which place stands in each cell: `place` (f, y, x), -1 for none; `frame`, `row`, `column` (n,) say the same from the place.

    Places on a grid make one frame of it; all others are frames of one cell each.
    """

    place: Tensor
    frame: Tensor
    row: Tensor
    column: Tensor

    def frames(self, x: Tensor) -> Tensor:
        """(b, t, n, c) -> (b * f, t, c, y, x), zeros where no place stands."""
        padded = torch.cat([x, x.new_zeros(*x.shape[:2], 1, x.shape[3])], dim=2)
        return padded[:, :, self.place].permute(0, 2, 1, 5, 3, 4).flatten(0, 1)

    def places(self, x: Tensor) -> Tensor:
        """(b * f, t, c, y, x) -> (b, t, n, c)."""
        x = x.unflatten(0, (-1, len(self.place)))
        return x.permute(0, 2, 1, 4, 5, 3)[:, :, self.frame, self.row, self.column]


def lattice(panel: Panel) -> Lattice:
    """The grid on which the panel's places stand; north is up where they have latitudes."""
    n = panel.values.shape[1]
    at = panel.latlon if panel.latlon is not None else None if panel.xy is None else panel.xy[:, ::-1]
    if at is not None:
        (_, row), (_, column) = (np.unique(np.round(at[:, axis], 6), return_inverse=True) for axis in (0, 1))
        y, x = row.max() + 1, column.max() + 1
        place = np.full((1, y, x), -1)
        place[0, row, column] = np.arange(n)
        if n >= 4 and min(y, x) > 1 and (place >= 0).sum() == n >= (1 - MOST_HOLES) * y * x:
            return _lattice(place, np.zeros(n, int), y - 1 - row, column)
    return _lattice(np.arange(n).reshape(n, 1, 1), np.arange(n), np.zeros(n, int), np.zeros(n, int))


def _lattice(place: np.ndarray, frame: np.ndarray, row: np.ndarray, column: np.ndarray) -> Lattice:
    turned = np.full_like(place, -1)
    turned[frame, row, column] = np.arange(len(frame))
    return Lattice(*(torch.from_numpy(np.ascontiguousarray(a)) for a in (turned, frame, row, column)))
