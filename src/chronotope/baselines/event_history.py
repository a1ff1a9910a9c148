"""What floors of events read of a question: counts by step and cell, the events themselves, the clock, and who lies beside whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.data.past_events import PastEvents
from chronotope.errors import KindError
from chronotope.questions import Question


@dataclass(frozen=True)
class EventHistory:
    """The past of a question about counts of events.

    Attributes:
        counts: float64 (t, n), events in each step and place up to the origin.
        events: those up to the origin, also such as fell before the first whole step.
        times: datetime64[ns] (t + a,), the ends of the steps, past and ahead.
        asked: int (h,), the asked rows of `times`.
    """

    counts: np.ndarray
    events: PastEvents
    times: np.ndarray
    asked: np.ndarray

    @classmethod
    def of(cls, question: Question, name: str) -> EventHistory:
        """Of a question about what comes after an origin.

        Raises:
            KindError: its frame does not carry events, or it asks inside the seen time.
        """
        events = question.past_events()
        if events is None or question.both_sides:
            raise KindError(f"{name} needs counts of events with the events behind them, and the steps after an origin asked; open events.")
        past = question.visible()[: question.first, :, 0]
        return cls(np.nan_to_num(past, nan=0.0).astype(float), events, question.frame.times, question.rows)

    @property
    def steps(self) -> int:
        """Rows of the past."""
        return len(self.counts)

    @property
    def cells(self) -> int:
        """Of the whole lattice, those that are no places too."""
        return len(self.events.lattice) + self.events.elsewhere

    @cached_property
    def middles(self) -> np.ndarray:
        """Days (t + a,) since a Monday's midnight, of the middle of each step."""
        days = (self.times - np.datetime64("1970-01-05", "ns")) / np.timedelta64(1, "D")
        return days - self.step_days / 2

    @cached_property
    def step_days(self) -> float:
        """Length of a step in days."""
        return float(np.median(np.diff(self.times)) / np.timedelta64(1, "D"))

    @cached_property
    def rows(self) -> np.ndarray:
        """The row (e,) in which each event fell; -1 before the first whole step."""
        rows = np.searchsorted(self.times, self.events.times, side="left")
        before = self.events.times <= self.times[0] - (self.times[1] - self.times[0])
        return np.where(before, -1, rows)

    def rings(self, distance: int) -> np.ndarray:
        """Places (n, k) of the k = 8 x distance cells around each place; -1 where there is no place."""
        low, shape = self.events.lattice + distance, np.array(self.events.shape) + 2 * distance
        known = np.full(shape, -1)
        known[low[:, 0], low[:, 1]] = np.arange(len(low))
        side = np.arange(-distance, distance + 1)
        moves = [(dy, dx) for dy in side for dx in side if max(abs(dy), abs(dx)) == distance]
        return np.stack([known[low[:, 0] + dy, low[:, 1] + dx] for dy, dx in moves], axis=1)
