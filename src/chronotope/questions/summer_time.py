"""Summer time: a question on the clock that people live by, where the past shows that its days follow that.

Frames are UTC, in which whoever rises at seven by the clock of a zone rises an hour earlier from spring on: all that repeats moves twice a
year. Rows are laid on a clock that is set with the zone's; in spring a row without a value comes in, in autumn the later of two equal hours
stays. What goes by the sun, as temperatures do, is left on UTC, and so is a past that shows no change of the clock.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.data.stamps import wall_clock
from chronotope.questions.question import Question

DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
WEEK, LEAST = 7, 4  # days after a change that are compared with the same days of the week before it, and the fewest
CHANGES = 4  # latest changes of the clock that are looked at
BETTER = 0.9  # of the difference between these days that may be left on the clock that is set
CAP = 4.0  # of the difference at a place, in variances of its day: one that went silent speaks for neither


def with_summer_time(question: Question) -> tuple[Question, np.ndarray] | None:
    """The question on the clock that is set, and which of its asked rows answers each asked row (h,); None where it stays on UTC."""
    frame, behind = question.frame, _rows_behind(question.frame)
    if behind is None or not len(question.rows):
        return None
    past = slice(None if question.both_sides else question.first)
    if not _follows(question.visible()[past][..., question.asked.any(axis=(0, 1))], frame, behind):
        return None
    laid, rows = _laid(frame, behind)
    seen, asked = np.zeros(laid.values.shape, bool), np.zeros(laid.values.shape, bool)
    np.logical_or.at(asked, rows, question.asked)
    seen[rows] = question.seen
    if not question.both_sides:  # the hour that is left out is asked too, so that leads stay leads
        for row in np.setdiff1d(np.arange(rows[question.first], len(asked)), rows).tolist():
            laid.values[row], seen[row], asked[row] = laid.values[row - 1], seen[row - 1], asked[row - 1]
    moved = Question(laid, seen & ~asked, asked, question.want)
    return moved, np.searchsorted(moved.rows, rows[question.rows])


def panel_with_summer_time(panel: Panel, wanted: np.ndarray) -> Panel:
    """A panel that is learned from on the clock that is set, where its wanted variables (v,) follow that."""
    behind = _rows_behind(panel)
    return panel if behind is None or not _follows(panel.values[..., wanted], panel, behind) else _laid(panel, behind)[0]


def _laid(frame: Panel, behind: np.ndarray) -> tuple[Panel, np.ndarray]:
    """The frame on the clock that is set, without a zone, and the row of each of its rows there (t,)."""
    rows = np.arange(len(behind)) - behind + behind[0]
    values = np.full((int(rows[-1]) + 1, *frame.values.shape[1:]), np.nan, frame.values.dtype)
    values[rows] = frame.values
    times = frame.times[0] + (frame.times[1] - frame.times[0]) * (np.arange(len(values)) - behind[0])
    return replace(frame, values=values, times=times, zone=None), rows


def _rows_behind(frame: Panel) -> np.ndarray | None:
    """By how many rows the zone's clock is behind its summer, int (t,); None where it is not set, or not by whole rows.

    A row so never comes to stand later than in UTC, and what is kept by its moment is not read before that.
    """
    if frame.zone is None or not frame.regular or frame.blocks is not None or frame.events is not None or len(frame.times) < 2:
        return None
    step = frame.times[1] - frame.times[0]
    if step > HOUR or DAY % step or frame.times[-1] - frame.times[0] != step * (len(frame.times) - 1):
        return None
    ahead = wall_clock(frame.times, frame.zone) - frame.times
    behind = ahead.max() - ahead
    return None if not behind.any() or (behind % step).any() else behind // step


def _follows(values: np.ndarray, frame: Panel, behind: np.ndarray) -> bool:
    """Whether days after the latest changes of the clock are like those a week before on the clock that is set, rather than on UTC."""
    per_day = int(DAY / (frame.times[1] - frame.times[0]))
    changes = np.flatnonzero(np.diff(behind)) + 1
    changes = changes[(changes >= WEEK * per_day) & (changes + LEAST * per_day <= len(values))][-CHANGES:]
    left = np.zeros(2)
    for row in changes.tolist():
        days = min((len(values) - row) // per_day, WEEK)
        before, after = (_day(values[start : start + days * per_day], per_day) for start in (row - WEEK * per_day, row))
        size = np.where(_variance(before) > 0, _variance(before), np.nan)
        for k, one in enumerate((after, np.roll(after, int(behind[row - 1] - behind[row]), axis=0))):
            left[k] += np.nansum(np.minimum(_variance(one - before) / size, CAP))
    return bool(left[1] < BETTER * left[0])


def _day(values: np.ndarray, per_day: int) -> np.ndarray:
    """The mean day (d, n, v) of values (t, n, v) of whole days; NaN where nothing was seen."""
    return _mean(values.reshape(-1, per_day, *values.shape[1:]))


def _variance(day: np.ndarray) -> np.ndarray:
    return _mean((day - _mean(day)) ** 2)


def _mean(values: np.ndarray) -> np.ndarray:
    """Over the first axis, of what was seen; NaN where nothing was."""
    seen = np.isfinite(values)
    return np.where(seen.any(axis=0), np.where(seen, values, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1), np.nan)
