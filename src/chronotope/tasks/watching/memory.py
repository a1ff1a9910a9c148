"""Memory: what a watch keeps of the past - the last rows, which of them are trusted, and the last departures - and nothing more."""

from __future__ import annotations

from collections import deque

import numpy as np

GROSS, PATIENCE = 8.0, 8  # usual sizes beyond which a value is not read later, unless the last so many of its series were all so


class Memory:
    """The last `rows` rows of a frame of n places and v variables.

    Attributes:
        values: rows (n, v), NaN where nothing was observed.
        gross, broken: bool rows (n, v), where that lies grossly off, or breaks what others tell exactly, and is not read later.
        times: their stamps.
        departures: rows (n, v) of departures from the expectation, in its widths; NaN where there was none.
    """

    def __init__(self, rows: int, shape: tuple[int, int]) -> None:
        self.values: deque[np.ndarray] = deque(maxlen=rows)
        self.gross: deque[np.ndarray] = deque(maxlen=rows)
        self.broken: deque[np.ndarray] = deque(maxlen=rows)
        self.times: deque[np.datetime64] = deque(maxlen=rows)
        self.departures: deque[np.ndarray] = deque(maxlen=rows)
        self._gross, self._broken = np.zeros(shape, int), np.zeros(shape, int)  # values in a row that were so

    def keep(self, time: np.datetime64, values: np.ndarray, departure: np.ndarray, standard: np.ndarray, broken: np.ndarray) -> None:
        """A row that was judged; `standard` (n, v) is its departure in usual sizes, NaN where not judged, `broken` bool (n, v)."""
        gross = np.abs(np.nan_to_num(standard)) > GROSS
        self._gross, self._broken = _in_a_row(self._gross, gross, values), _in_a_row(self._broken, broken, values)
        self.values.append(values)
        self.gross.append(gross & (self._gross <= PATIENCE))
        self.broken.append(broken & (self._broken <= PATIENCE))
        self.departures.append(departure)
        self.times.append(time)

    def trusted(self) -> np.ndarray:
        """Values (t, n, v) that later expectations may read, NaN elsewhere."""
        return np.where(np.stack(self.broken), np.nan, self.without_gross())

    def without_gross(self) -> np.ndarray:
        """Values (t, n, v) of which may be learnt what holds exactly, NaN elsewhere: those that break it count against it."""
        return np.where(np.stack(self.gross), np.nan, np.stack(self.values))

    @property
    def numbers(self) -> int:
        """How many numbers are kept."""
        return sum(row.size for kept in (self.values, self.departures) for row in kept)


def _in_a_row(count: np.ndarray, which: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(which, count + 1, np.where(np.isfinite(values), 0, count))
