"""Grid: the places of a panel that fill a grid, row by row."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel

LEAST_PLACES, LEAST_SIDE = 16, 4


def grid_order(panel: Panel) -> tuple[np.ndarray, tuple[int, ...]]:
    """The places of a full grid row by row (n,), and its rows and columns; () for any other panel.

    Cells go by the field's own rows and columns, places without any by their coordinates.
    """
    cells = panel.cells if panel.cells is not None else _by_coordinates(panel)
    if cells is None or len(cells) < LEAST_PLACES:
        return np.arange(0), ()
    (rows, i), (columns, j) = (np.unique(one, return_inverse=True) for one in cells.T)
    shape = len(rows), len(columns)
    order = np.lexsort((j, i))
    whole = shape[0] * shape[1] == len(cells) and (i[order] * shape[1] + j[order] == np.arange(len(cells))).all()
    return (order, shape) if whole and min(shape) >= LEAST_SIDE else (order, ())


def _by_coordinates(panel: Panel) -> np.ndarray | None:
    """(n, 2): south to north and west to east, rounded so that what is one row is one number."""
    if panel.latlon is not None:
        return np.round(panel.latlon, 6)
    return None if panel.xy is None else np.round(panel.xy[:, ::-1], 6)
