"""Tracks: positions of objects in rows of a regular clock, with short gaps closed, and the moments at which a rule is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

CLOSED = 6  # rows: a gap up to here does not break a track
LONGEST = 16  # rows that velocities look back


@dataclass(frozen=True)
class Moments:
    """Rows and objects, int (m,) each, at which something is asked; `row` is a row in which the object was seen."""

    row: np.ndarray
    who: np.ndarray

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class Tracks:
    """Positions of objects.

    Attributes:
        at: complex (t, n), NaN where an object is not; gaps inside are closed by straight lines up to `CLOSED` rows.
        seen: bool (t, n), True where a position was observed.
        longest: rows that a rule may look back; 0 for objects of which one position is known.
        where: complex (t, n), where in space the objects were, if `at` is a number that they carry; or None.
    """

    at: np.ndarray
    seen: np.ndarray
    longest: int = LONGEST
    where: np.ndarray | None = None

    @classmethod
    def of(cls, values: np.ndarray) -> Tracks:
        """From positions (t, n, 2), NaN where nothing is seen; or from carried numbers and, behind them, the positions, (t, n, 4)."""
        at, seen = _complex(values[..., :2])
        where = _closed(*_complex(values[..., 2:])) if values.shape[2] == 4 else None
        return cls(_closed(at, seen), seen, where=where)

    @cached_property
    def age(self) -> np.ndarray:
        """Rows (t, n) since a track began, counting itself; 0 where there is none."""
        there = np.isfinite(self.at)
        count = np.cumsum(there, axis=0)
        return count - np.maximum.accumulate(np.where(there, 0, count), axis=0)

    def newborn(self) -> Tracks:
        """The same tracks as seen by one who knows the last position alone."""
        return replace(self, longest=0)

    def back(self, moments: Moments, rows: int) -> np.ndarray:
        """Rows (m,) that can be looked back, at most `rows` and `longest`."""
        return np.minimum(np.minimum(rows, self.longest), self.age[moments.row, moments.who] - 1)

    def position(self, moments: Moments, back: np.ndarray | int = 0) -> np.ndarray:
        """Positions (m,) so many rows before each moment, which must lie in the same track."""
        return self.at[moments.row - back, moments.who]

    def velocity(self, moments: Moments, rows: int) -> np.ndarray:
        """Mean move per row (m,) over the last `rows`, or as many as there are; NaN where only one position is known."""
        back = self.back(moments, rows)
        move = self.position(moments) - self.position(moments, np.maximum(back, 0))
        return np.where(back > 0, move / np.maximum(back, 1), np.nan)

    def truth(self, moments: Moments, leads: np.ndarray) -> np.ndarray:
        """Displacements (m, h) that followed; NaN where no position was observed."""
        rows = moments.row[:, None] + leads
        inside = rows < len(self.at)
        rows = np.minimum(rows, len(self.at) - 1)
        good = inside & self.seen[rows, moments.who[:, None]]
        return np.where(good, self.at[rows, moments.who[:, None]] - self.position(moments)[:, None], np.nan)


def _complex(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (t, n), complex, from (t, n, 2), and where both numbers are known."""
    seen = np.isfinite(values).all(axis=2)
    return np.where(seen, values[..., 0] + 1j * values[..., 1], np.nan), seen


def _closed(at: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Positions with gaps inside of up to `CLOSED` rows closed by straight lines."""
    rows = np.arange(len(at))[:, None]
    before = np.maximum.accumulate(np.where(seen, rows, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, rows, len(at))[::-1], axis=0)[::-1]
    gap = ~seen & (before >= 0) & (after < len(at)) & (after - before <= CLOSED + 1)
    where, who = np.nonzero(gap)
    low, high = before[where, who], after[where, who]
    share = (where - low) / (high - low)
    out = at.copy()
    out[where, who] = at[low, who] * (1 - share) + at[high, who] * share
    return out
