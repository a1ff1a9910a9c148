"""Still phases: where a series hardly moves at some phase of the day, week or year, like the sun at night, no answer moves either.

answer --what the same phases showed, in many repetitions--> that, where all of them are alike and not by chance
answer with what drivers do --the same--> that, where drivers as they will be moved nothing before: a shop is shut on Sundays, sale or not
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.evidence.clock import Period, calendar_periods
from chronotope.questions import Question
from chronotope.tokens.tokenizer import mean_step

CYCLES, FEWEST = 28, 10  # repetitions nearest to a cell that are looked at, and that must have been seen
NARROW = 0.02  # of the series' deviation, within which all repetitions lie
CHANCE = 1e-3  # that so many values would be alike although phases do not matter, at most
BESIDE = 24  # phases within this part of the period are still too: the sun rises earlier every day
SERIES, CELLS = 256, 65536  # looked at together


@dataclass(frozen=True)
class Repeated:
    """What was seen a whole number of periods from rows (h,) of series (s,): the least and the largest (h, s), and how often."""

    low: np.ndarray
    high: np.ndarray
    count: np.ndarray

    @property
    def width(self) -> np.ndarray:
        """How far what was seen differs (h, s)."""
        return self.high - self.low


def with_still(question: Question, ask: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v); those of still phases are the quantiles of what these showed."""
    told, frame = ask(question), question.frame
    if frame.blocks is not None or frame.events is not None or not frame.regular:
        return told
    rows, both_sides = question.rows, question.both_sides
    values = question.visible()[: len(question.seen) if both_sides else question.first].reshape(-1, question.asked[0].size)
    answer = told.reshape(*told.shape[:2], -1).copy()
    asked = np.flatnonzero(question.asked.any(axis=0).ravel())
    for period in calendar_periods(mean_step(frame, float(frame.step / np.timedelta64(1, "ns")) / 1e9), len(values)):
        if len(values) < FEWEST * period.steps:
            continue
        some = asked[_may_be_still(values[:, asked], int(period.steps))]
        for part in np.array_split(some, range(SERIES, len(some), SERIES)):
            x, offsets = values[:, part], _offsets(period, rows, len(values), both_sides)
            h, s = np.nonzero(_still(x, rows, offsets, period, both_sides))
            for few in np.array_split(np.arange(len(h)), range(CELLS, len(h), CELLS)):
                answer[:, h[few], part[s[few]]] = _quantiles(x, rows[h[few]], s[few], offsets, question.levels)
    return np.where(question.asked[rows], answer.reshape(told.shape), told)


def with_still_despite(question: Question, drivers: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Quantiles (q, h, n, v) to which the effect of variables `drivers` was added, without it in still phases at which drivers went as far.

    Each driver, as it will be, lies within what it was at rows at which the series showed what the phase shows.
    """
    kept = with_still(question, lambda _: told)
    changed = (kept != told).any(axis=0)
    if not changed.any():
        return told
    past = question.visible()[: question.first]
    ahead, middle = question.frame.values[question.rows][..., drivers], kept[len(kept) // 2]
    for place, k in zip(*np.nonzero(changed.any(axis=0))):
        h = np.flatnonzero(changed[:, place, k])
        y, d = past[:, place, k, None], past[:, None, place, drivers]
        there = (np.abs(y - middle[h, place, k]) <= NARROW * _deviation(y))[..., None] & np.isfinite(d)
        low, high = np.where(there, d, np.inf).min(axis=0), np.where(there, d, -np.inf).max(axis=0)
        changed[h, place, k] = ((low <= ahead[h, place]) & (ahead[h, place] <= high)).all(axis=-1)
    return np.where(changed, kept, told)


def _may_be_still(values: np.ndarray, cycle: int) -> np.ndarray:
    """Series (s,) of values (t, s) that repeat themselves in at least half as many phases as must be still together."""
    near = values[-CYCLES * cycle :]
    return np.asarray((np.abs(near[cycle:] - near[:-cycle]) <= NARROW * _deviation(near)).mean(axis=0) > 1 / BESIDE)


def _offsets(period: Period, rows: np.ndarray, length: int, both_sides: bool) -> np.ndarray:
    """Shifts to the nearest repetitions of rows (h,) in so many rows."""
    behind = -period.offsets(CYCLES + int(max(rows[-1] - length, 0) // period.steps))
    return np.concatenate([[0], behind, -behind]) if both_sides else behind


def _still(values: np.ndarray, rows: np.ndarray, offsets: np.ndarray, period: Period, both_sides: bool) -> np.ndarray:
    """Rows (h,) at which values (t, s) are in a still phase, bool (h, s)."""
    reach, cycle = int(period.steps // BESIDE), int(np.ceil(period.steps))
    around = np.arange(rows[0] - (reach if both_sides else cycle), rows[-1] + reach + 1)
    near = values[max(0, rows[0] - CYCLES * cycle) : rows[-1] + CYCLES * cycle]
    seen, deviation = _repeated(values, around, offsets), _deviation(near)
    out = (seen.count >= FEWEST) & (seen.width <= NARROW * deviation) & (deviation > 0)
    middle = np.where(out, (seen.low + seen.high) / 2, np.nan)
    level = _median(middle)
    share = (np.abs(near - level) <= 2 * NARROW * deviation).sum(axis=0) / np.maximum(np.isfinite(near).sum(axis=0), 1)
    out &= (np.abs(middle - level) <= NARROW * deviation) & (share**seen.count <= CHANCE)
    if not both_sides:
        out &= ~_has_left(values[-cycle:], Repeated(seen.low[:cycle], seen.high[:cycle], seen.count[:cycle]), out[:cycle])
    return _eroded(out, reach)[rows - around[0]]


def _repeated(values: np.ndarray, rows: np.ndarray, offsets: np.ndarray) -> Repeated:
    shape = (len(rows), values.shape[1])
    low, high, count = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, int)
    for offset in offsets:
        there = np.flatnonzero((rows + offset >= 0) & (rows + offset < len(values)))
        part = values[rows[there] + offset]
        low[there], high[there] = np.fmin(low[there], part), np.fmax(high[there], part)
        count[there] += np.isfinite(part)
    return Repeated(low, high, count)


def _quantiles(values: np.ndarray, rows: np.ndarray, series: np.ndarray, offsets: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, m) of what values (t, s) showed at shifts from cells (m,), as of one more draw."""
    there = rows + offsets[:, None]
    inside = (there >= 0) & (there < len(values))
    ordered = np.sort(np.where(inside, values[np.where(inside, there, 0), series], np.nan), axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    at = np.clip(np.multiply.outer(levels, count + 1) - 1, 0, count - 1)
    low, cells = np.floor(at).astype(int), np.arange(len(rows))
    below, above = ordered[low, cells], ordered[np.minimum(low + 1, count - 1), cells]
    return np.asarray(below + (at - low) * (above - below))


def _has_left(now: np.ndarray, seen: Repeated, is_still: np.ndarray) -> np.ndarray:
    """Series (s,) whose last period (h, s) lies elsewhere than its still phases did."""
    outside = (now < seen.low - seen.width) | (now > seen.high + seen.width)
    return np.asarray((outside & is_still).any(axis=0))


def _eroded(flags: np.ndarray, reach: int) -> np.ndarray:
    """True (h, s) where all flags within `reach` rows are."""
    moving = np.cumsum(np.pad(~flags, ((reach + 1, reach), (0, 0))), axis=0)
    return np.asarray(moving[2 * reach + 1 :] == moving[: len(flags)])


def _deviation(values: np.ndarray) -> np.ndarray:
    """Standard deviation (s,) of what is known of values (t, s); 0 where nothing is."""
    return np.asarray(np.nanstd(np.where(np.isfinite(values).any(axis=0), values, 0.0), axis=0))


def _median(values: np.ndarray) -> np.ndarray:
    """Median over rows of what is known, (s,); NaN where nothing is."""
    ordered, count = np.sort(values, axis=0), np.isfinite(values).sum(axis=0)
    return np.asarray(np.where(count > 0, np.take_along_axis(ordered, np.maximum(count - 1, 0)[None] // 2, axis=0)[0], np.nan))
