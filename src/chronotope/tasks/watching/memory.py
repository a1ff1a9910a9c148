"""Memory: what a watch keeps of the past - the last rows of values that are trusted, and the last departures - and nothing more."""

from __future__ import annotations

from collections import deque

import numpy as np

GROSS, PATIENCE = 8.0, 8  # usual sizes beyond which a value is not read later, unless the last so many of its series were all so


class Memory:
    """The last `rows` rows of a frame of n places and v variables.

    Attributes:
        values: rows (n, v) that later expectations may read; NaN where nothing was observed or what was lies grossly off.
        times: their stamps.
        departures: rows (n, v) of departures from the expectation, in its widths; NaN where there was none.
        gross: int (n, v), how many values in a row were grossly off.
    """

    def __init__(self, rows: int, shape: tuple[int, int]) -> None:
        self.values: deque[np.ndarray] = deque(maxlen=rows)
        self.times: deque[np.datetime64] = deque(maxlen=rows)
        self.departures: deque[np.ndarray] = deque(maxlen=rows)
        self.gross = np.zeros(shape, int)

    def keep(self, time: np.datetime64, values: np.ndarray, departure: np.ndarray, standard: np.ndarray) -> None:
        """A row that was judged; `standard` (n, v) is its departure in usual sizes, NaN where it was not judged."""
        off = np.abs(np.nan_to_num(standard)) > GROSS
        self.gross = np.where(off, self.gross + 1, np.where(np.isfinite(values), 0, self.gross))
        self.values.append(np.where(off & (self.gross <= PATIENCE), np.nan, values))
        self.departures.append(departure)
        self.times.append(time)

    @property
    def numbers(self) -> int:
        """How many numbers are kept."""
        return sum(len(kept) * self.gross.size for kept in (self.values, self.departures))
