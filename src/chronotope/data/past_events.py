"""Past events beside a panel of their counts: when and where each happened, and how the places of the panel lie on the lattice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from chronotope.errors import DimensionError


@dataclass(frozen=True)
class PastEvents:
    """Events in the cells of a lattice, of which the places of a panel are those where something happened and their neighbours.

    Attributes:
        times: datetime64[ns] (e,), not decreasing.
        yx: float64 (e, 2), row and column as numbers of cells from the corner of the lattice; whole parts are those of the cell.
        place: int (e,), the place of the panel in which each happened.
        lattice: int (n, 2), row and column of every place.
        shape: rows and columns of the lattice.
        elsewhere: cells of the lattice that are no places of the panel: nothing happened in or beside them.
        aspect: width of a cell over its height, both in metres.
        marks: numbers (e,) that events carry, by name.
    """

    times: np.ndarray
    yx: np.ndarray
    place: np.ndarray
    lattice: np.ndarray
    shape: tuple[int, int]
    elsewhere: int
    aspect: float = 1.0
    marks: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.times[1:] < self.times[:-1]).any() or self.yx.shape != (len(self.times), 2):
            raise DimensionError("PastEvents.times must not decrease, and yx must have a row for each; sort the events by time.")

    def between(self, after: np.datetime64 | None, last: np.datetime64) -> PastEvents:
        """Those later than `after` (None: from the first on) and not later than `last`."""
        low = 0 if after is None else int(np.searchsorted(self.times, after, side="right"))
        return self._part(slice(low, int(np.searchsorted(self.times, last, side="right"))))

    def take_places(self, index: np.ndarray) -> PastEvents:
        """Those of the places `index` (integers), which are the places of the part."""
        new = np.full(len(self.lattice), -1)
        new[index] = np.arange(len(index))
        kept = self._part(new[self.place] >= 0)
        return replace(kept, place=new[kept.place], lattice=self.lattice[index])

    def _part(self, which: slice | np.ndarray) -> PastEvents:
        marks = {name: values[which] for name, values in self.marks.items()}
        return replace(self, times=self.times[which], yx=self.yx[which], place=self.place[which], marks=marks)
