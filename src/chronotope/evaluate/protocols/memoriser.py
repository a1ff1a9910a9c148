"""Memoriser: remembers everything it was given and nothing else; a split that lets it win out of distribution is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chronotope.baselines import BASELINES
from chronotope.baselines.gaps import interpolate
from chronotope.evaluate.asking import values_of
from chronotope.evaluate.protocols.splits import Part
from chronotope.questions import AbstractQuantilePredictor, Question

WINDOW = 24  # seen steps by which a stored window is recognised, whenever it was
EXACT = 0.999  # correlation from which such a window is taken for the same
MEMORY = 256  # seen steps, at the same instants, on which a stored series is compared
MOST = 20_000  # stored windows that are looked through
LONGEST = 64  # steps of one answer, and of a hole that is closed
BETTER = 0.6  # a memory is used if its expected miss is so much smaller than the floor's


@dataclass(frozen=True)
class Stored:
    """A part as it is remembered: stamps (t,), values (t, s) with short holes closed by straight lines, which are real, and the miss of
    such a line for each series (s,)."""

    times: np.ndarray
    values: np.ndarray
    real: np.ndarray
    line: np.ndarray


@dataclass
class Recall:
    """What is remembered of asked rows (h,) of k series, and how far it may be off; NaN and infinity where nothing is."""

    values: np.ndarray
    miss: np.ndarray

    def better(self, values: np.ndarray, miss: np.ndarray, at: np.ndarray) -> None:
        """Take values (h, j) for the series `at` (j,) wherever they promise a smaller miss."""
        take = (miss < self.miss[at]) & np.isfinite(values).all(axis=0)
        self.values[:, at[take]], self.miss[at[take]] = values[:, take], miss[take]


class Memoriser(AbstractQuantilePredictor):
    """The nearest stored window and what followed it, at the same instants or at any time; a floor where none is near enough.

    Args:
        train: what it may remember.
    """

    name, kind = "memoriser", "trained"

    def __init__(self, train: Sequence[Part] = ()) -> None:
        self.stored = [stored for part in train if (stored := _stored(part)) is not None]
        self._known: dict[int, tuple[np.ndarray, ...]] = {}

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        answer = floor_answer(question)
        rows = question.rows
        if not len(rows) or not self.stored:
            return answer
        t, n, v = panel.values.shape
        values = question.visible().astype(float).reshape(t, n * v)
        flat = answer.reshape(len(levels), len(rows), n * v)
        at_row = np.full(t, -1)
        at_row[rows] = np.arange(len(rows))
        for (start, stop), columns in _runs((question.asked & question.seen.any(axis=0)).reshape(t, n * v)):
            recall = Recall(np.full((stop - start, len(columns)), np.nan), np.full(len(columns), np.inf))
            self._same_instants(panel.times, values[:, columns], start, stop, recall)
            self._any_time(values[:, columns], start, stop, recall)
            _write(flat, at_row[start:stop], columns, recall, levels)
        return np.where(question.asked[rows], np.maximum.accumulate(answer, axis=0), np.nan).astype(np.float32)

    def _same_instants(self, times: np.ndarray, seen: np.ndarray, start: int, stop: int, recall: Recall) -> None:
        """A stored series that went along with the seen one for `MEMORY` steps, at the asked steps."""
        low, high = max(0, start - MEMORY), min(len(times), stop + MEMORY)
        for stored in self.stored:
            at = np.searchsorted(stored.times, times[low:high])
            there = (at < len(stored.times)) & (stored.times[np.minimum(at, len(stored.times) - 1)] == times[low:high])
            asked = np.arange(start, stop) - low
            if not there[asked].all():
                continue
            past = np.setdiff1d(np.flatnonzero(there), asked)
            x, y = stored.values[at[past]], seen[low:high][past]
            gain, offset, miss = _regressions(x, y)
            real = np.asarray(stored.real[at[asked]].all(axis=0))
            miss = np.where(real[:, None], miss, np.hypot(miss, np.abs(gain) * stored.line[:, None]))
            best = miss.argmin(axis=0)
            k = np.arange(seen.shape[1])
            recall.better(stored.values[at[asked]][:, best] * gain[best, k] + offset[best, k], miss[best, k], k)

    def _any_time(self, seen: np.ndarray, start: int, stop: int, recall: Recall) -> None:
        """A stored window that is the same but for scale and offset, whenever it was, and what followed; for forecasts."""
        if start < WINDOW or np.isfinite(seen[start:]).any():
            return
        past = seen[start - WINDOW : start]
        good = np.flatnonzero(np.isfinite(past).all(axis=0) & (np.std(past, axis=0) > 0))
        windows, store, mean, spread = self._windows(WINDOW + stop - start)
        if not len(good) or not len(windows):
            return
        wanted = (past[:, good] - past[:, good].mean(axis=0)) / past[:, good].std(axis=0)
        alike = store @ wanted / WINDOW
        best = alike.argmax(axis=0)
        score = alike[best, np.arange(len(good))]
        gain = past[:, good].std(axis=0) / spread[best]
        followed = (windows[best, WINDOW:].T - mean[best]) * gain + past[:, good].mean(axis=0)
        miss = np.where(score >= EXACT, 4 * np.sqrt(np.maximum(1 - score**2, 0)) * past[:, good].std(axis=0), np.inf)
        recall.better(followed, miss, good)

    def _windows(self, length: int) -> tuple[np.ndarray, ...]:
        """Stored windows (k, length) without gaps, their first `WINDOW` steps made alike (mean 0, spread 1), means and spreads."""
        if length not in self._known:
            long = [column for stored in self.stored for column in stored.values.T if len(column) >= length]
            stride = max(1, -(-sum(len(column) - length + 1 for column in long) // MOST))
            views = [np.lib.stride_tricks.sliding_window_view(column, length)[::stride] for column in long]
            made = np.concatenate(views) if views else np.empty((0, length))
            made = made[np.isfinite(made).all(axis=1)]
            mean, spread = made[:, :WINDOW].mean(axis=1), made[:, :WINDOW].std(axis=1)
            made, mean, spread = (a[spread > 0] for a in (made, mean, spread))
            self._known[length] = made, (made[:, :WINDOW] - mean[:, None]) / spread[:, None], mean, spread
        return self._known[length]


def floor_answer(question: Question) -> np.ndarray:
    """What the memoriser says of what it does not know: the mix, straight lines in gaps, neighbours where a place has nothing."""
    return values_of(BASELINES[floor_name(question)](), question)


def floor_name(question: Question) -> str:
    """The floor of a question."""
    if (question.asked.any(axis=0) & ~question.seen.any(axis=0)).any():
        return "neighbour_mean" if question.frame.xy is None else "inverse_distance"
    return "linear" if len(question.rows) and question.seen[question.rows[0] :].any() else "mix"


def _write(flat: np.ndarray, rows: np.ndarray, columns: np.ndarray, recall: Recall, levels: tuple[float, ...]) -> None:
    """Put what is remembered into answers (q, h, s), where it promises less than the floor; its spread shrinks with the promise."""
    low, middle, high = (int(np.abs(np.array(levels) - q).argmin()) for q in (0.1, 0.5, 0.9))
    old = flat[:, rows[:, None], columns]
    floor_miss = (old[high] - old[low]).mean(axis=0) / 2.56
    take = np.flatnonzero(recall.miss < BETTER * floor_miss)
    if len(take):
        width = np.clip(recall.miss[take] / floor_miss[take], 0.05, 1.0)
        flat[:, rows[:, None], columns[take]] = recall.values[:, take] + width * (old - old[middle])[..., take]


def _regressions(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gain, offset and root mean square miss (m, k) of every column of y (r, k) on every one of x (r, m), where both are known."""
    a, b = np.isfinite(x), np.isfinite(y)
    centre_x, centre_y = (np.nansum(z, axis=0) / np.maximum(known.sum(axis=0), 1) for z, known in ((x, a), (y, b)))
    x, y = np.where(a, x - centre_x, 0.0), np.where(b, y - centre_y, 0.0)
    a, b = a.astype(float), b.astype(float)
    n = a.T @ b
    count = np.maximum(n, 1)
    sx, sy, sxx, syy = x.T @ b, a.T @ y, (x**2).T @ b, a.T @ y**2
    vx, vy, cov = sxx - sx**2 / count, syy - sy**2 / count, x.T @ y - sx * sy / count
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = cov / vx
        miss = np.sqrt(np.maximum(vy - gain * cov, 0) / np.maximum(n - 2, 1))
    good = (n >= 2 * WINDOW) & (vx > 1e-12 * np.maximum(sxx, 1e-300)) & np.isfinite(gain)
    offset = centre_y[None] - gain * centre_x[:, None] + sy / count - gain * sx / count
    return np.where(good, gain, 0.0), np.where(good, offset, 0.0), np.where(good, miss, np.inf)


def _stored(part: Part) -> Stored | None:
    """A part as it is remembered, or None if it holds too little."""
    values = np.where(part.cells[..., None], part.sheet.panel.values, np.nan).astype(float)
    flat = values.reshape(len(values), -1)
    flat = flat[:, np.isfinite(flat).sum(axis=0) >= WINDOW]
    if not flat.shape[1]:
        return None
    closed = _closed(flat)
    return Stored(part.sheet.panel.times, closed, np.isfinite(flat), _line_miss(flat))


def _closed(x: np.ndarray) -> np.ndarray:
    """Holes of at most `LONGEST` steps by straight lines; longer ones, and the ends, stay NaN."""
    known = np.isfinite(x)
    at = np.arange(len(x))[:, None]
    before = np.maximum.accumulate(np.where(known, at, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, at, len(x))[::-1], axis=0)[::-1]
    inner = (before >= 0) & (after < len(x)) & (after - before <= LONGEST + 1)
    return np.where(known | inner, interpolate(x), np.nan)


def _line_miss(x: np.ndarray, length: int = 8) -> np.ndarray:
    """Typical miss (s,) of a straight line over a hole of `length` steps, in its middle."""
    if len(x) < 3 * length:
        return np.full(x.shape[1], np.inf)
    miss = x[length // 2 : -length // 2] - (x[:-length] + x[length:]) / 2
    count = np.isfinite(miss).sum(axis=0)
    return np.where(count >= 8, np.sqrt(np.nansum(miss**2, axis=0) / np.maximum(count, 1)), np.inf)


def _runs(asked: np.ndarray) -> list[tuple[tuple[int, int], np.ndarray]]:
    """Rows [start, stop) of asked (t, s) that are asked in one go, with the columns (k,) for which they are."""
    edge = np.zeros((1, asked.shape[1]), bool)
    change = np.diff(np.concatenate([edge, asked, edge]).astype(int), axis=0)
    groups: dict[tuple[int, int], list[int]] = {}
    for column in np.flatnonzero(asked.any(axis=0)):
        for start, stop in zip(np.flatnonzero(change[:, column] == 1), np.flatnonzero(change[:, column] == -1)):
            for first in range(int(start), int(stop), LONGEST):
                groups.setdefault((first, min(int(stop), first + LONGEST)), []).append(int(column))
    return [(run, np.array(columns)) for run, columns in groups.items()]
