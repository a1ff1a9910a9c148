"""Question: what may be seen of a frame, what is asked of it, and in which form the answer is wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from chronotope.data.panel import Panel
from chronotope.data.past_events import PastEvents
from chronotope.errors import DimensionError
from chronotope.questions.wants import QUANTILE_LEVELS, Quantiles, Want


@dataclass(frozen=True)
class Question:
    """A task: a pair of masks on a frame, and a want.

    Attributes:
        frame: for a forecast it has been extended by the steps that are asked.
        seen: bool (t, n, v); values of the frame outside it must not influence the answer.
        asked: bool (t, n, v); never true where `seen` is.
        want: the form of the answer.
    """

    frame: Panel
    seen: np.ndarray
    asked: np.ndarray
    want: Want = Quantiles()

    def __post_init__(self) -> None:
        if not self.frame.values.shape == self.seen.shape == self.asked.shape:
            raise DimensionError(
                f"Question.seen and Question.asked must have the shape of the frame {self.frame.values.shape}; "
                f"found {self.seen.shape} and {self.asked.shape}."
            )
        if (self.seen & self.asked).any():
            raise DimensionError("Question.asked must not overlap Question.seen; hide the asked cells first.")

    @cached_property
    def rows(self) -> np.ndarray:
        """Indices of the steps in which something is asked, (h,)."""
        return np.flatnonzero(self.asked.any(axis=(1, 2)))

    @property
    def first(self) -> int:
        """The first row after the past: the first one asked, or the frame's end where nothing is."""
        return int(self.rows[0]) if len(self.rows) else len(self.asked)

    @cached_property
    def both_sides(self) -> bool:
        """Whether an asked variable is seen at or after the first asked row, or nothing can be before it; False for a forecast.

        A question about what lies inside blocks has their means on both sides.
        """
        return self.first == 0 or self.frame.blocks is not None or bool(self.seen[self.first :, :, self.asked.any(axis=(0, 1))].any())

    @property
    def is_plain(self) -> bool:
        """Whether it is a forecast on a regular clock of nothing but numbers: no blocks, no single events, nothing known ahead."""
        frame = self.frame
        return frame.regular and frame.blocks is None and frame.events is None and not self.both_sides and not self.seen[self.first :].any()

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantile levels that are wanted, those of the house where the want has none."""
        return getattr(self.want, "levels", QUANTILE_LEVELS)

    def visible(self) -> np.ndarray:
        """Values (t, n, v) of the frame, NaN where they must not be seen."""
        return np.where(self.seen, self.frame.values, np.nan)

    def past_events(self) -> PastEvents | None:
        """The events behind a frame of counts up to the last row before what is asked; None where the frame has none."""
        events = self.frame.events
        if events is None or self.first == 0:
            return None
        return events.between(None, self.frame.times[self.first - 1])

    def wanting(self, want: Want | tuple[float, ...]) -> Question:
        """The same question with another want; a tuple stands for quantile levels."""
        return replace(self, want=Quantiles(tuple(want)) if isinstance(want, tuple) else want)

    def of_places(self, index: np.ndarray) -> Question:
        """The part about some places (integers)."""
        return replace(self, frame=self.frame.take_places(index), seen=self.seen[:, index], asked=self.asked[:, index])

    def of_rows(self, start: int, stop: int) -> Question:
        """The part about rows start : stop."""
        part = slice(start, stop)
        return replace(self, frame=self.frame.slice_time(start, stop), seen=self.seen[part], asked=self.asked[part])
