"""Sheet: a panel that remembers which native places and steps each of its cells stands for, so that splits can be audited across scales."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.harmonize.resample import reduce_rows


@dataclass(frozen=True)
class Sheet:
    """A set at some scale.

    Attributes:
        name: of the set.
        panel: values (t, n, v).
        first, last: native rows [first, last) of every step, int (t,).
        owner: for every native place the place of the panel that holds it, int (N,), -1 for none.
        shape: (rows, columns) of the places where they are cells of a raster, row by row; else None.
        moving: the places are objects that move: their values are positions, and they stand nowhere.
    """

    name: str
    panel: Panel
    first: np.ndarray
    last: np.ndarray
    owner: np.ndarray
    shape: tuple[int, int] | None = None
    moving: bool = False

    @property
    def native(self) -> tuple[int, int]:
        """Native (steps, places)."""
        return int(self.last[-1]), len(self.owner)

    def native_mask(self, mask: np.ndarray) -> np.ndarray:
        """A mask (t, n) of the panel's cells on the native frame, bool (T, N)."""
        rows = np.zeros((self.native[0], mask.shape[1]), bool)
        for k in np.flatnonzero(mask.any(axis=1)):
            rows[self.first[k] : self.last[k]] |= mask[k]
        out = np.zeros(self.native, bool)
        held = self.owner >= 0
        out[:, held] = rows[:, self.owner[held]]
        return out

    def take(self, index: np.ndarray) -> Sheet:
        """The sheet of places `index` alone."""
        new = np.full(self.panel.values.shape[1] + 1, -1)
        new[index] = np.arange(len(index))
        return replace(self, panel=self.panel.take_places(index), owner=new[self.owner], shape=None)


def sheet_of(name: str, panel: Panel, shape: tuple[int, int] | None = None, moving: bool = False) -> Sheet:
    """A set at its native scale."""
    t, n, _ = panel.values.shape
    return Sheet(name, panel, np.arange(t), np.arange(1, t + 1), np.arange(n), shape, moving)


def coarser_steps(sheet: Sheet, factor: int) -> Sheet:
    """Means over `factor` steps of which at least half were observed; a rest at the end is left out."""
    panel = sheet.panel
    t, n, v = panel.values.shape
    rows = t // factor
    values = panel.values[: rows * factor].reshape(rows * factor, -1).astype(float)
    made = reduce_rows(values, np.repeat(np.arange(rows), factor), rows, "mean", np.full(rows, max(factor / 2, 1)))
    coarse = replace(
        panel, values=made.reshape(rows, n, v).astype(np.float32), times=panel.times[: rows * factor : factor], freq=_longer(panel, factor)
    )
    return replace(sheet, panel=coarse, first=sheet.first[: rows * factor : factor], last=sheet.last[factor - 1 : rows * factor : factor])


def coarser_cells(sheet: Sheet, factor: int) -> Sheet:
    """Means over blocks of `factor` x `factor` cells of which at least half were observed; a rest at the border is left out."""
    assert sheet.shape is not None
    rows, columns = (size // factor for size in sheet.shape)
    at = np.arange(sheet.shape[0] * sheet.shape[1]).reshape(sheet.shape)[: rows * factor, : columns * factor]
    block = at.reshape(rows, factor, columns, factor).transpose(0, 2, 1, 3).reshape(rows * columns, factor**2)
    panel = sheet.panel
    t, _, v = panel.values.shape
    index = np.repeat(np.arange(len(block)), factor**2)
    cells = panel.values[:, block.ravel()].transpose(1, 0, 2).reshape(block.size, t * v).astype(float)
    made = reduce_rows(cells, index, len(block), "mean", np.full(len(block), factor**2 / 2))
    values = made.reshape(len(block), t, v).transpose(1, 0, 2).astype(np.float32)
    holder = np.full(at.max() + 2, -1)
    holder[block.ravel()] = index
    xy, latlon = (None if a is None else a[block].mean(axis=1) for a in (panel.xy, panel.latlon))
    coarse = replace(panel, values=values, edges=None, places=np.arange(len(block)).astype(object), xy=xy, latlon=latlon, cells=None)
    full = np.full(sheet.shape[0] * sheet.shape[1] + 1, -1)
    full[: len(holder)] = holder[: len(full)]
    return replace(sheet, panel=coarse, owner=full[sheet.owner], shape=(rows, columns))


def _longer(panel: Panel, factor: int) -> str:
    """The offset of `factor` steps."""
    digits = "".join(c for c in panel.freq if c.isdigit())
    unit = panel.freq[len(digits) :]
    return f"{int(digits or 1) * factor}{unit}"
