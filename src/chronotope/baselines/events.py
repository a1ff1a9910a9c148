"""What floors for events share: a window of events in the plane, and the promise of a rate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

import numpy as np

from chronotope.errors import DataError, DimensionError


@dataclass(frozen=True)
class Events:
    """Events of a window of time in a part of the plane.

    Attributes:
        times: float64 (e,), days from any midnight that began a Monday, not decreasing.
        xy: float64 (e, 2) in any plane unit, or None where all happen at one place.
        start, end: of the window, days.
        box: float64 (2, 2), lower and upper corner of the part of the plane; not read without places.
    """

    times: np.ndarray
    xy: np.ndarray | None
    start: float
    end: float
    box: np.ndarray | None = None

    def __post_init__(self) -> None:
        if (np.diff(self.times) < 0).any() or (self.xy is not None and self.xy.shape != (len(self.times), 2)):
            raise DimensionError("Events.times must not decrease, and Events.xy must have a row (x, y) for each; sort them by time.")
        if not self.end > self.start or not self.area > 0:
            raise DataError(f"Events must fill a window and an area; found {self.start:g} to {self.end:g} days and {self.area:g}.")

    @property
    def area(self) -> float:
        """Of the box, in squared units; 1 without places."""
        if self.xy is None:
            return 1.0
        low, high = self.corners
        return float(np.prod(high - low))

    @property
    def corners(self) -> np.ndarray:
        """The box, or that of the events themselves."""
        assert self.xy is not None
        return np.stack([self.xy.min(axis=0), self.xy.max(axis=0)]) if self.box is None else self.box

    def before(self, time: float) -> Events:
        """The part of the window before a time."""
        cut = int(np.searchsorted(self.times, time))
        return replace(self, times=self.times[:cut], xy=None if self.xy is None else self.xy[:cut], end=time)


class AbstractEventFloor(ABC):
    """A rate of events, fitted on one window and read in another.

    `fit` gives a new object; intensities are events per day and squared plane unit (per day without places).
    """

    name: str = ""

    @abstractmethod
    def fit(self, events: Events) -> AbstractEventFloor:
        """The same rule with its numbers taken from a window.

        Raises:
            DataError: the window has too few events.
        """

    @abstractmethod
    def intensity(self, events: Events) -> np.ndarray:
        """Rate (e,) at each event, from the earlier events of the same window only."""

    @abstractmethod
    def expected(self, events: Events, start: float, end: float) -> float:
        """Integral of the rate over the plane from `start` to `end`, given the events: each raises the rate only after itself."""


def enough(events: Events, least: int, name: str) -> None:
    """Refuse a window with too few events."""
    if len(events.times) < least:
        raise DataError(f"{name} needs at least {least} events to be fitted; found {len(events.times)}.")
