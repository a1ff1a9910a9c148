"""Judge: one row after the other, each told from the rows before it and from the other places of its own row.

every so many rows: memory --predictor--> quantiles of the next rows;  departures --> habit;  memory --seldom--> what holds exactly
every row: what breaks what holds exactly is silent for others
           value --beside the quantiles--> departure --less what is usual after the last and with the others--> tail probability
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.support import Support, support_of
from chronotope.questions import Predictor, Quantiles
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.detecting.inconsistent import Inconsistent, Told
from chronotope.tasks.detecting.profile import profile
from chronotope.tasks.detecting.scale import Scale, scale_of
from chronotope.tasks.levels import predict
from chronotope.tasks.watching.exact import Exact
from chronotope.tasks.watching.habit import WEIGHTS, Habit, Slow, habit_of, slow_of
from chronotope.tasks.watching.memory import Memory

ROWS, FEWEST = 512, 24  # rows that are kept, and rows before anything is expected
BLOCK = 8  # rows that are expected at once
LEARN, SOON = 8, 64  # blocks after which the habit is learnt anew, and blocks from the start in which it is learnt every second time
LEVELS = (0.1, 0.5, 0.9)
TOLD = 0.1  # of the habit's two views, as they are weighted, what others tell exactly
REACH = 2.5631  # widths of the normal's 80 % interval in its deviations


@dataclass(frozen=True)
class Judged:
    """What is known of a row: (n, v) each; NaN where there is no expectation, score and flag only of what was observed.

    `told` is by (place, variable), what others tell exactly of a value that is something else.
    """

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    score: np.ndarray
    slow: np.ndarray
    told: dict[tuple[int, int], Told] = field(default_factory=dict)


@dataclass(frozen=True)
class Expected:
    """What was expected of the next rows when they were last asked about.

    Attributes:
        middle, width: (k, n, v) in even numbers.
        scales: of the variables; `support`: where values can lie.
        usual: (t + k, n, v), what series are at the hours of the rows kept and the next ones, in even numbers.
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
        self._exact = Exact()
        self._row = 0

    def judge(self, time: np.datetime64, values: np.ndarray) -> Judged:
        """The next row (n, v) of the frame, NaN where nothing was observed; it is kept."""
        at = self._row % BLOCK
        if at == 0:
            self._expected = self._ask()
        self._row += 1
        nothing = np.full(self._shape, np.nan)
        if self._expected is None:
            self.memory.keep(time, values, nothing, nothing, np.zeros(self._shape, bool))
            return Judged(nothing, nothing, nothing, nothing, nothing)
        told = self._expected
        broken = self._broken(told, at, values)
        departure = np.stack([self._departure(told, at, k, values[:, k]) for k in range(self._shape[1])], axis=-1)
        judged, left = self._judged(told, at, values, departure, broken)
        wrong = broken.where[0]
        self.memory.keep(time, values, np.where(wrong, np.nan, departure), left, wrong)
        return judged

    def _ask(self) -> Expected | None:
        """What is expected of the next rows, from what is kept."""
        memory = self.memory
        if len(memory.values) < FEWEST:
            return None
        past = memory.trusted()
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
        learnt = np.where(support.circle, np.nan, memory.without_gross())
        if self._exact.is_due(self._row):
            self._exact.find(learnt, _values(scales, usual[: len(past)]), self._row)
        else:
            self._exact.drop_ended(learnt)
        return Expected(even[1], self._floored(width), scales, support, usual, self._habits, slow)

    def _broken(self, told: Expected, at: int, values: np.ndarray) -> Inconsistent:
        """What others tell exactly to be something else, of one row (1, n, v)."""
        row = np.where(told.support.circle, np.nan, values)
        if not self._exact.breaks(row):
            return Inconsistent(np.ones((1, *self._shape)), {})
        rows = np.where(told.support.circle, np.nan, np.stack([*self.memory.values, row]))
        usual = told.usual[: len(told.usual) - BLOCK + at + 1][-len(rows) :]
        return self._exact.broken(rows, _values(told.scales, usual)).last()

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

    def _judged(
        self, told: Expected, at: int, values: np.ndarray, departure: np.ndarray, broken: Inconsistent
    ) -> tuple[Judged, np.ndarray]:
        """What is known of a row of values and departures (n, v), and what is left of these; what is broken speaks for no other."""
        chance, wrong = broken.chance[0], broken.where[0]
        read, speaking = np.where(wrong, np.nan, values), np.where(wrong, np.nan, departure)
        out, left = np.full((5, *self._shape), np.nan), np.full(self._shape, np.nan)
        last = self.memory.departures[-1] if self.memory.departures else np.full(self._shape, np.nan)
        for k in map(int, np.flatnonzero(self._wanted)):
            habit, scale, width = told.habits[k], told.scales[k], told.width[at, :, k]
            if habit is None:
                out[0, :, k] = scale.back(told.middle[at, :, k])
                continue
            usual = habit.expected(speaking[:, k], last[:, k])
            left[:, k] = (departure[:, k] - usual) / habit.size
            alone, slow = habit.chance(left[:, k]), self._slow(told, at, k, read[:, k])
            chances = np.minimum(alone / WEIGHTS["alone"], slow / WEIGHTS["slow"])
            chances = np.where(wrong[:, k], np.fmin(chances, chance[:, k] / TOLD), chances)
            middle = told.middle[at, :, k] + usual * width
            reach = [tail.value(self.rate / 2) * habit.size * width for tail in habit.tails]
            out[0, :, k], out[1, :, k], out[2, :, k] = (scale.back(side) for side in (middle, middle - reach[0], middle + reach[1]))
            out[3, :, k] = np.where(np.isfinite(values[:, k]), -np.log10(np.clip(chances, 1e-300, 1.0)), np.nan)
            out[4, :, k] = slow / WEIGHTS["slow"] < alone / WEIGHTS["alone"]
        inside = np.clip(out[:3], told.support.lower, told.support.upper)
        out[:3] = np.where(told.support.circle, out[:3], inside)
        by_others = {cell[1:]: one for cell, one in broken.told.items() if np.isfinite(out[3][cell[1:]])}
        for cell, one in by_others.items():
            out[:3, *cell] = one.value, one.value - one.reach, one.value + one.reach
        return Judged(out[0], out[1], out[2], out[3], out[4], by_others), left

    def _slow(self, told: Expected, at: int, k: int, values: np.ndarray) -> np.ndarray:
        """Tail probability (n,) of the means that end at this row."""
        slow, scale = told.slow[k], told.scales[k]
        if slow is None:
            return np.ones(len(values))
        told.slow[k], chance = slow.next(scale.apart(scale.to(values), told.usual[at - BLOCK, :, k]))
        return chance


def _values(scales: list[Scale], even: np.ndarray) -> np.ndarray:
    """Even numbers (t, n, v) in the unit of the values."""
    return np.stack([scale.back(even[..., k]) for k, scale in enumerate(scales)], axis=-1)
