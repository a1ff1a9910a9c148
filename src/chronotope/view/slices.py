"""Slice: one variable of an answer from one origin as plain arrays, beside what was read and what came true."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from chronotope.errors import ArgumentError, listed
from chronotope.view.plane import Plane
from chronotope.view.style import unit_words

DEGREES = ("longitude", "latitude")
RANKS = {
    "change": "that change most from the last value read",
    "width": "that are least certain",
    "largest": "with the largest values",
    "worst": "where the median missed most",
    "surprise": "with the most surprising values",
    "filled": "with most values filled",
}
"""Ways to choose the places worth seeing, and the words for them."""
FIRST = {
    "change": "changes most",
    "width": "least certain",
    "largest": "largest values",
    "worst": "missed most",
    "surprise": "most surprising",
    "filled": "most values filled",
}
"""The same of the first of them alone."""


@dataclass(frozen=True)
class Slice:
    """What a picture needs of one answer.

    Attributes:
        name: the variable, with its level or member where the input has them.
        units: its units, "" where unknown.
        levels: quantile levels (q,), increasing.
        times: datetime64[ns] (h,), the valid times.
        values: float (q, h, n).
        past_times: datetime64[ns] (t,), the stamps read, up to the origin; of a backcast those of the record that follows.
        past: float (t, n), NaN where nothing was observed.
        truth: float (h, n), what was observed at `times`; NaN where nothing is known.
        labels: names of the places, object (n,).
        shape: lengths of the place dims; two of them for a grid.
        east, north: positions of the cells or places for a map, (n,), degrees or the data's own units.
        axes: words for the axes of a map (east, north).
        clock: what the stamps are, "UTC+02:00"; "" where the source names no zone.
        edges: int (e, 2), positions of the places that an edge joins; None without any.
        members: float (m, h, n) of a simulation.
        score, flag: float and bool (h, n) of a detection.
        filled: bool (h, n), True where a gap was filled.
        expected: float (h, n), the mean where that says more than the median: the rate of events.
        long_name: the variable in the source's own words, "" where it has none.
        names: what people call the places, object (n,), where the source says it.
        is_backcast: True where the answer lies before what was read.
    """

    name: str
    units: str
    levels: np.ndarray
    times: np.ndarray
    values: np.ndarray
    past_times: np.ndarray
    past: np.ndarray
    truth: np.ndarray
    labels: np.ndarray
    shape: tuple[int, ...]
    east: np.ndarray | None
    north: np.ndarray | None
    axes: tuple[str, str]
    clock: str = ""
    edges: np.ndarray | None = None
    members: np.ndarray | None = None
    score: np.ndarray | None = None
    flag: np.ndarray | None = None
    filled: np.ndarray | None = None
    expected: np.ndarray | None = None
    long_name: str = ""
    names: np.ndarray | None = None
    is_backcast: bool = False

    def beside(self, steps: int) -> slice:
        """At most so many rows of `past`, those next to the answer."""
        return slice(0, steps) if self.is_backcast else slice(max(len(self.past) - steps, 0), None)

    @property
    def joint(self) -> tuple[int, int]:
        """Where the answer joins what was read: the row of `past`, and that of `times`."""
        return (0, -1) if self.is_backcast else (-1, 0)

    @property
    def nearest_word(self) -> str:
        """Which of the values read is the nearest: the last, or the first of the record that follows."""
        return "first" if self.is_backcast else "last"

    @property
    def label(self) -> str:
        """The variable with its units, for an axis."""
        return f"{self.words} ({unit_words(self.units)})" if self.units else self.words

    @property
    def words(self) -> str:
        """What people call the variable: the source's long name where that is short, else its name."""
        return self.long_name if 0 < len(self.long_name) <= 40 else self.name

    @property
    def middle(self) -> np.ndarray:
        """What a map shows first (h, n): the median, or the mean of counts of events."""
        return self.quantile(0.5) if self.expected is None else self.expected

    @property
    def titles(self) -> list[str]:
        """What the places are called, in the words of the source where it has some."""
        labels = [str(label) for label in self.labels]
        if len(self.shape) == 2 and labels and "°" not in labels[0]:
            labels = [f"cell {label}" for label in labels]
        names = labels if self.names is None else [str(name) for name in self.names]
        return names if len(set(names)) == len(labels) else labels

    @cached_property
    def plane(self) -> Plane:
        """How the places are laid out on a map."""
        east, north = (np.zeros(0) if a is None else a for a in (self.east, self.north))
        return Plane.of(east, north, self.is_geographic)

    @cached_property
    def is_whole(self) -> bool:
        """True for counts: all values, those read and those answered, are whole numbers of at least 0."""
        known = np.concatenate([a[np.isfinite(a)].ravel() for a in (self.values, self.past[self.beside(2000)])])
        return bool(len(known) and (known >= 0).all() and (known == np.rint(known)).all())

    @cached_property
    def is_anomaly(self) -> bool:
        """True where zero is the middle: departures from what is usual, by the name or the source's words."""
        return any(word in f"{self.name} {self.long_name}".lower() for word in ("anomal", "departure", "deviation"))

    @property
    def last(self) -> np.ndarray:
        """The value read at each place (n,) that is nearest to the answer, the last or of a backcast the first; NaN where there is none."""
        if not len(self.past):
            return np.full(len(self.labels), np.nan)
        past = self.past if self.is_backcast else self.past[::-1]
        return past[np.isfinite(past).argmax(axis=0), np.arange(len(self.labels))]

    def change(self) -> np.ndarray:
        """Median less the nearest value read (h, n); without a past, less the mean of the medians."""
        median = self.middle
        start = self.last if len(self.past) else _mean(median)
        return median - start

    @property
    def is_geographic(self) -> bool:
        """True if a map has degrees on its axes."""
        return self.axes == DEGREES

    def quantile(self, level: float) -> np.ndarray:
        """Values at the level of the forecast that is nearest to `level`, (h, n)."""
        return self.values[int(np.argmin(np.abs(self.levels - level)))]

    def bands(self) -> list[tuple[float, np.ndarray, np.ndarray]]:
        """Central intervals from the widest to the narrowest: (share covered, lower (h, n), upper (h, n))."""
        low = [i for i, level in enumerate(self.levels) if level < 0.5]
        pairs = [(i, int(np.argmin(np.abs(self.levels - (1 - self.levels[i]))))) for i in low]
        return [
            (float(self.levels[j] - self.levels[i]), self.values[i], self.values[j])
            for i, j in pairs
            if abs(self.levels[i] + self.levels[j] - 1) < 1e-6
        ]

    def place(self, place: Any) -> int:
        """Position of a place given by its name or by its number.

        Raises:
            ArgumentError: there is no such place.
        """
        by_name = {title: i for i, title in enumerate(self.titles)} | {str(label): i for i, label in enumerate(self.labels)}
        if str(place) in by_name:
            return by_name[str(place)]
        if isinstance(place, (int, np.integer)) and 0 <= place < len(self.labels):
            return int(place)
        shown = listed(self.labels, 5)
        raise ArgumentError(f"place must be one of the forecast's places ({shown}) or a number below {len(self.labels)}; found {place!r}.")

    @property
    def ranks_by(self) -> str:
        """How places are ranked where nobody says how."""
        if self.score is not None:
            return "surprise"
        return "filled" if self.filled is not None else "largest" if self.expected is not None else "change"

    def rank(self, by: str | None = None) -> tuple[np.ndarray, str]:
        """All places, those worth seeing first, and the words for how they were chosen; places without an answer come last.

        Args:
            by: one of `RANKS`; by default what suits the answer.

        Raises:
            ArgumentError: `by` is another word, or the answer has not what it needs.
        """
        by = by or self.ranks_by
        if by not in RANKS:
            raise ArgumentError(f"by must be one of {', '.join(RANKS)}; found {by!r}.")
        size = self._size(by)
        if size is None or not np.isfinite(size).any():
            raise ArgumentError(f"by={by!r} needs what this answer has not. Take another of {', '.join(RANKS)}.")
        words = RANKS[by].replace("last", self.nearest_word) if by != "change" or len(self.past) else "that change most over time"
        return np.argsort(-np.where(np.isfinite(size), size, -np.inf), kind="stable"), words

    def _size(self, by: str) -> np.ndarray | None:
        if by == "surprise":
            return None if self.score is None else _most(self.score)
        if by == "filled":
            return None if self.filled is None else self.filled.sum(axis=0).astype(float)
        if by == "worst":
            return _mean(np.abs(self.quantile(0.5) - self.truth))
        if by == "width":
            bands = self.bands()
            return _mean(bands[0][2] - bands[0][1]) if bands else None
        return _most(np.abs(self.change())) if by == "change" else _most(self.middle)


def _mean(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _most(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    return np.where(known.any(axis=0), np.where(known, values, -np.inf).max(axis=0, initial=-np.inf), np.nan)
