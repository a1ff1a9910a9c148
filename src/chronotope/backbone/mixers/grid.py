"""Tokens on a regular grid of positions, for mixers that convolve: absent and unreadable tokens are zeros there."""

from __future__ import annotations

import torch
from torch import Tensor


def lay(x: Tensor, position: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """The readable tokens on a grid, and where each token stands on it.

    Args:
        x: (s, t, d).
        position: (s, t), near whole numbers; tokens that round to one cell add up.
        mask: bool (s, t), True where a token may be read by others.

    Returns:
        grid: (s, l, d), l from the earliest to the latest position. cell: int (s, t).
    """
    cell = (position - position.amin(1, keepdim=True)).round().long()
    grid = x.new_zeros(x.shape[0], int(cell.max()) + 1, x.shape[2])
    return grid.scatter_add(1, cell[..., None].expand_as(x), x * mask[..., None]), cell


def read(grid: Tensor, cell: Tensor) -> Tensor:
    """What stands on the grid (s, l, d) at the cells (s, t): (s, t, d)."""
    return torch.gather(grid, 1, cell[..., None].expand(-1, -1, grid.shape[-1]))
