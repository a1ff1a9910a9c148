"""Phases: what series showed at the same phase of a period before (and after, where that may be read)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.clock import Period
from chronotope.evidence.series import Series

REPEATS = 16  # repetitions in the long mean
MANY_PHASES, BRIDGED = 12, 12  # steps of a period from which gaps are bridged, and the part of it that they may be long
LONG_REPEATS = 32  # and of periods long enough to be smoothed, such as a year of days


class Smoothed:
    """Sums of values and masks over the neighbouring phases of a period, at any rows, from one running sum."""

    def __init__(self, series: Series, period: Period) -> None:
        self.series, self.period = series, period
        self.limit = series.x.shape[1]
        # phases that miss another repetition each would jump from one to the next, as levels of days do
        self.x, self.m = series.bridged(int(period.steps // BRIDGED) if period.steps >= MANY_PHASES else 0)
        if period.smooth:
            self.x, self.m = self._running(self.x), self._running(self.m)

    def at(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums (s, *rows.shape) of values and of masks; zero outside the frame."""
        inside = (rows >= 0) & (rows < self.limit)
        row = np.clip(rows, 0, self.limit - 1)
        if not self.period.smooth:
            return self.x[:, row] * inside, self.m[:, row] * inside
        stride, w = self.period.stride, self.period.smooth
        block, phase = row // stride, row % stride
        high, low = np.minimum(block + w + 1, self.x.shape[1] - 1), np.maximum(block - w, 0)
        pick = lambda a: ((a[:, high, phase] - a[:, low, phase]) * inside).astype(np.float32)  # noqa: E731
        return pick(self.x), pick(self.m)

    def _running(self, a: np.ndarray) -> np.ndarray:
        s, t = a.shape
        stride = self.period.stride
        blocks = -(-t // stride)
        padded = np.zeros((s, blocks * stride), a.dtype)
        padded[:, :t] = a
        out = np.zeros((s, blocks + 1, stride))  # float64: differences of long sums stay exact
        np.cumsum(padded.reshape(s, blocks, stride), axis=1, out=out[:, 1:])
        return out


@dataclass
class Repeated:
    """What repetitions say at cells, (s, n) each: their mean, whether there are any, and how many steps they lie back on average."""

    value: np.ndarray
    ok: np.ndarray
    age: np.ndarray


class Phases:
    """Repetitions of one period around given rows.

    Args:
        smoothed: the period's sums.
        rows: int (k,) rows of the frame.
        longest: the longest lead that will be asked of them.
    """

    def __init__(self, smoothed: Smoothed, rows: np.ndarray, longest: int) -> None:
        series, period = smoothed.series, smoothed.period
        self.repeats = LONG_REPEATS if period.smooth * period.stride > 6 else REPEATS
        offsets = period.offsets(self.repeats + int(longest // period.steps) + 1)
        oldest = max(series.x.shape[1], int(rows.max(initial=0)))  # rows may lie beyond the frame
        self.offsets = offsets[: max(period.recent, int(np.searchsorted(offsets, oldest + 1)))]
        self.recent = period.recent
        self.reach = period.smooth * period.stride
        plain = Smoothed(series, Period(period.steps, period.stride, recent=period.recent)) if period.smooth else smoothed
        value, count = self._both(smoothed, rows)
        self.raw, self.raw_count = self._both(plain, rows) if period.smooth else (value, count)
        self.value, self.count = _cumulative(value), _cumulative(count)
        self.age = None if series.both_sides else _cumulative(count * self.offsets.astype(np.float32))

    def _both(self, sums: Smoothed, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, count = sums.at(rows[:, None] - self.offsets)
        if sums.series.both_sides:
            ahead = sums.at(rows[:, None] + self.offsets)
            value, count = value + ahead[0], count + ahead[1]
        return value, count

    def at(self, which: np.ndarray, lead: np.ndarray) -> tuple[Repeated, Repeated, Repeated]:
        """The last repetition, the recent ones, and all.

        Args:
            which: int (n,) positions among the rows this was made with.
            lead: int (s, n); repetitions nearer than this are not read.
        """
        s, j = np.arange(len(self.value))[:, None], which[None, :]
        top = self.value.shape[2] - 1
        first = np.minimum(np.searchsorted(self.offsets, lead + self.reach), top)
        recent, every = (self._between(s, j, first, np.minimum(first + many, top)) for many in (self.recent, self.repeats))
        begin = np.minimum(np.searchsorted(self.offsets, lead), top - 1)
        second = np.minimum(begin + 1, top - 1)
        c1, c2 = self.raw_count[s, j, begin], self.raw_count[s, j, second]
        last = np.where(c1 > 0, self.raw[s, j, begin] / np.maximum(c1, 1), self.raw[s, j, second] / np.maximum(c2, 1))
        age = np.where(c1 > 0, self.offsets[begin], self.offsets[second]).astype(np.float32)
        return Repeated(last, (c1 > 0) | (c2 > 0), age), recent, every

    def _between(self, s: np.ndarray, j: np.ndarray, first: np.ndarray, stop: np.ndarray) -> Repeated:
        start = self.count[s, j, first]
        count = self.count[s, j, stop] - start
        mean = lambda a: (a[s, j, stop] - a[s, j, first]) / np.maximum(count, 1e-9)  # noqa: E731
        age = np.zeros_like(count) if self.age is None else mean(self.age)
        return Repeated(mean(self.value), count > 0, age)


def _cumulative(a: np.ndarray) -> np.ndarray:
    out = np.zeros((*a.shape[:2], a.shape[2] + 1), np.float32)
    np.cumsum(a, axis=2, out=out[..., 1:])
    return out
