"""Judge: one row after the other, each told from the rows before it and from the other places of its own row.

every so many rows: memory --predictor--> quantiles of the next rows;  departures --> habit
every row: value --beside the quantiles--> departure --less what is usual after the last and with the others--> tail probability
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.support import Support, support_of
from chronotope.questions import Predictor, Quantiles
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.detecting.profile import profile
from chronotope.tasks.detecting.scale import Scale, scale_of
from chronotope.tasks.levels import predict
from chronotope.tasks.watching.habit import WEIGHTS, Habit, Slow, habit_of, slow_of
from chronotope.tasks.watching.memory import Memory

ROWS, FEWEST = 512, 24  # rows that are kept, and rows before anything is expected
BLOCK = 8  # rows that are expected at once
LEARN, SOON = 8, 64  # blocks after which the habit is learnt anew, and blocks from the start in which it is learnt every second time
LEVELS = (0.1, 0.5, 0.9)
REACH = 2.5631  # widths of the normal's 80 % interval in its deviations


@dataclass(frozen=True)
class Judged:
    """What is known of a row: (n, v) each; NaN where there is no expectation, score and flag only of what was observed."""

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    score: np.ndarray
    slow: np.ndarray


@dataclass(frozen=True)
class Expected:
    """What was expected of the next rows when they were last asked about.

    Attributes:
        middle, width: (k, n, v) in even numbers.
        scales: of the variables; `support`: where values can lie.
        usual: (k, n, v), what series are at that hour, in even numbers.
        habits, slow: of the variables.
    """

    middle: np.ndarray
    width: np.ndarray
    scales: list[Scale]
    support: Support
    usual: np.ndarray
    habits: list[Habit | None]
    slow: list[Slow | None]


class Judge:
    """Rows of a frame, one after the other.

    Args:
        predictor: gives quantiles of what comes next.
        frame: a panel whose places, variables, units and step all rows have; its values are not read.
        wanted: bool (v,), variables that are judged; the others are read.
        rate: share of clean cells that may be flagged.
        rows: of the past that are kept.
    """

    def __init__(self, predictor: Predictor, frame: Panel, wanted: np.ndarray, rate: float, rows: int = ROWS) -> None:
        self._predictor, self._frame, self._wanted, self.rate = predictor, frame, wanted, rate
        self._shape = frame.values.shape[1:]
        self.memory = Memory(rows, (self._shape[0], self._shape[1]))
        self._habits: list[Habit | None] = [None] * self._shape[1]
        self._expected: Expected | None = None
        self._row = 0

    def judge(self, time: np.datetime64, values: np.ndarray) -> Judged:
        """The next row (n, v) of the frame, NaN where nothing was observed; it is kept."""
        at = self._row % BLOCK
        if at == 0:
            self._expected = self._ask()
        self._row += 1
        nothing = np.full(self._shape, np.nan)
        if self._expected is None:
            self.memory.keep(time, values, nothing, nothing)
            return Judged(nothing, nothing, nothing, nothing, nothing)
        told = self._expected
        departure = np.stack([self._departure(told, at, k, values[:, k]) for k in range(self._shape[1])], axis=-1)
        judged, left = self._judged(told, at, values, departure)
        self.memory.keep(time, values, departure, left)
        return judged

    def _ask(self) -> Expected | None:
        """What is expected of the next rows, from what is kept."""
        memory = self.memory
        if len(memory.values) < FEWEST:
            return None
        past = np.stack(memory.values)
        panel = replace(self._frame, values=past, times=np.array(memory.times), edge_history=None)
        question = ahead(panel, len(past) - 1, BLOCK, target=self._wanted, want=Quantiles(LEVELS))
        if not question.asked.any():
            return None
        told = predict(self._predictor, question)
        support = support_of(past, panel.called, panel.units)
        scales = [scale_of(past[..., k], support.lower[:, k], bool(support.circle[k])) for k in range(past.shape[2])]
        even = np.stack([scale.to(told[..., k]) for k, scale in enumerate(scales)], axis=-1)
        width = np.stack([np.abs(scale.apart(even[2, ..., k], even[0, ..., k])) for k, scale in enumerate(scales)], axis=-1) / REACH
        block = self._row // BLOCK
        if block % (2 if block < SOON else LEARN) == 0:
            departures = np.stack(memory.departures)
            self._habits = [habit_of(departures[..., k]) if wanted else None for k, wanted in enumerate(self._wanted)]
        apart = [scale.to(past[..., k]) for k, scale in enumerate(scales)]
        usual = self._usual(np.stack(apart, axis=-1), question.frame.times)
        slow = [slow_of(scales[k].apart(apart[k], usual[: len(past), :, k])) if wanted else None for k, wanted in enumerate(self._wanted)]
        return Expected(even[1], self._floored(width), scales, support, usual[len(past) :], self._habits, slow)

    def _usual(self, even: np.ndarray, times: np.ndarray) -> np.ndarray:
        """What series are at the hour of each stamp (t + k, n, v), by even numbers (t, n, v) of the past."""
        longer = np.concatenate([even, np.full((len(times) - len(even), *even.shape[1:]), np.nan)])
        return profile(longer.reshape(len(longer), -1), times).reshape(longer.shape)

    def _floored(self, width: np.ndarray) -> np.ndarray:
        """No width below a twentieth of the variable's usual one."""
        usual = np.array([np.median(w[np.isfinite(w)]) if np.isfinite(w).any() else 1.0 for w in np.moveaxis(width, -1, 0)])
        return np.maximum(width, np.maximum(0.05 * usual, 1e-9))

    def _departure(self, told: Expected, at: int, k: int, values: np.ndarray) -> np.ndarray:
        """Departures (n,) of a variable from what was expected, in widths."""
        scale = told.scales[k]
        return scale.apart(scale.to(values), told.middle[at, :, k]) / told.width[at, :, k]

    def _judged(self, told: Expected, at: int, values: np.ndarray, departure: np.ndarray) -> tuple[Judged, np.ndarray]:
        out, left = np.full((5, *self._shape), np.nan), np.full(self._shape, np.nan)
        last = self.memory.departures[-1] if self.memory.departures else np.full(self._shape, np.nan)
        for k in map(int, np.flatnonzero(self._wanted)):
            habit, scale, width = told.habits[k], told.scales[k], told.width[at, :, k]
            if habit is None:
                out[0, :, k] = scale.back(told.middle[at, :, k])
                continue
            usual = habit.expected(departure[:, k], last[:, k])
            left[:, k] = habit.left(departure[:, k], last[:, k])
            alone, slow = habit.chance(left[:, k]), self._slow(told, at, k, values[:, k])
            chances = np.minimum(alone / WEIGHTS["alone"], slow / WEIGHTS["slow"])
            middle = told.middle[at, :, k] + usual * width
            reach = [tail.value(self.rate / 2) * habit.size * width for tail in habit.tails]
            out[0, :, k], out[1, :, k], out[2, :, k] = (scale.back(side) for side in (middle, middle - reach[0], middle + reach[1]))
            out[3, :, k] = np.where(np.isfinite(values[:, k]), -np.log10(np.clip(chances, 1e-300, 1.0)), np.nan)
            out[4, :, k] = slow / WEIGHTS["slow"] < alone / WEIGHTS["alone"]
        inside = np.clip(out[:3], told.support.lower, told.support.upper)
        out[:3] = np.where(told.support.circle, out[:3], inside)
        return Judged(*out), left

    def _slow(self, told: Expected, at: int, k: int, values: np.ndarray) -> np.ndarray:
        """Tail probability (n,) of the means that end at this row."""
        slow, scale = told.slow[k], told.scales[k]
        if slow is None:
            return np.ones(len(values))
        told.slow[k], chance = slow.next(scale.apart(scale.to(values), told.usual[at, :, k]))
        return chance
