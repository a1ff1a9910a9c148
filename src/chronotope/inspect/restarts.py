"""Restarts: series that fell to values that are nothing beside what they were, as after a change of unit or of currency."""

from __future__ import annotations

import numpy as np

FEWEST, DISTINCT = 24, 8  # values since the restart, and different ones among them
FAR, NEAR = 100.0, 3.0  # times their largest departure from their median: what went before lies beyond, what belongs to them within
SHARE = 0.5  # of as many values before them that lie beyond
OFTEN = 2  # times that a series may have come back from far away, at most
JUMP = 10.0  # all since over all before, where values rise
LONGER = 1.5  # from one length that is tried to the next
DAY, WEEK, YEAR = (np.timedelta64(hours, "h") for hours in (24, 168, 8766))


def restarts(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """First row (n,) from which values (t, n), NaN where unknown, are alike; 0 where nothing restarts.

    What came back from far away more than twice is no restart: floods recede again and again. Nor is what has not lasted for the longest
    cycle of the clock that fits: days and weeks of steps of hours, years of days and longer steps. A night is no restart.
    """
    out, least = np.zeros(values.shape[1], int), fewest_since(times)
    if len(values) < least + FEWEST // 2:
        return out
    for place in np.flatnonzero(_may_restart(values, least)):
        seen = np.flatnonzero(np.isfinite(values[:, place]))
        first = _restart(values[seen, place])
        out[place] = seen[first] if first and len(values) - seen[first] >= least else 0
    return out


def rises(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """First row (n,) from which all values (t, n) are ten times all before or more, as in a smaller unit; 0 where there is none.

    What went before must be long enough to be known, as what comes since must be for `restarts`; what grows from step to step is no rise.
    """
    out = np.zeros(values.shape[1], int)
    for place, left in enumerate(restarts(values[::-1], times)):
        first = len(values) - left
        if left and np.nanmin(values[first:, place]) > JUMP * np.nanmax(np.abs(values[:first, place])):
            out[place] = first + int(np.argmax(np.isfinite(values[first:, place])))
    return out


def fewest_since(times: np.ndarray) -> int:
    """Rows that hold the longest cycle of the clock, at least `FEWEST`."""
    if len(times) < 2:
        return FEWEST
    step, length = np.median(np.diff(times)), times[-1] - times[0]
    fitting = [cycle for cycle in ((DAY, WEEK) if step < DAY else (YEAR,)) if cycle <= length]
    return max(FEWEST, *(int(np.ceil(cycle / step)) for cycle in fitting), 0)


def _may_restart(values: np.ndarray, least: int) -> np.ndarray:
    """Places (n,) whose values once varied so much more than the last of them that a restart is possible."""
    back = values[::-1]
    width = np.fmax.accumulate(back, axis=0) - np.fmin.accumulate(back, axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(width[-1] > FAR / 2 * width[least - 1])


def _restart(x: np.ndarray) -> int:
    """First value of known ones (t,) that belongs to the last, or 0."""
    count = FEWEST
    while count <= len(x) - FEWEST // 2:
        middle = np.median(x[-count:])
        reach = np.abs(x[-count:] - middle).max()
        if reach > 0 and len(np.unique(x[-count:])) >= DISTINCT:
            far, near = np.abs(x - middle) > FAR * reach, np.abs(x - middle) <= NEAR * reach
            state = far[far | near]
            if far[max(0, len(x) - 2 * count) : -count].mean() > SHARE and (state[:-1] & ~state[1:]).sum() <= OFTEN:
                return int(np.flatnonzero(~near)[-1]) + 1
        count = int(count * LONGER)
    return 0
