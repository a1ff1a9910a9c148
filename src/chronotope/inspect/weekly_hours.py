"""The weekly hours of data that is never there at some hours: trading sessions, working days, nights without service.

What counts is strong evidence only: over at least three weeks the closed hours of the week hold no stamp at all, the open ones hold one in
most weeks, and so many empty hours cannot be chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WEEK = 7 * 86400 * 10**9
DAY = 86400 * 10**9
WEEKS, LEAST = (5, 12), 3  # the last weeks that are looked at, and how few are enough
_MONDAY = 4 * 86400 * 10**9  # 1970 began on a Thursday
_SLOTS = 20_160  # of a week, 30 seconds apart; finer clocks are not looked at
_CHANCE = 0.02


@dataclass(frozen=True)
class Opening:
    """The moments of the week at which stamps occur.

    Attributes:
        slots: int64 nanoseconds (k,) since Monday 00:00, rising.
        size: nanoseconds from one possible moment to the next.
    """

    slots: np.ndarray
    size: int

    def holds(self, times: np.ndarray) -> np.ndarray:
        """True where a stamp lies at an open moment, (t,)."""
        return np.isin(_of_week(times), self.slots)

    def after(self, last: np.datetime64, steps: int) -> np.ndarray:
        """The `steps` open moments after `last`, datetime64[ns]."""
        moment = int(last.astype("datetime64[ns]").astype(np.int64))
        week = (moment - _MONDAY) // WEEK
        count = steps // len(self.slots) + 2
        line = (_MONDAY + (week + np.arange(count)[:, None]) * WEEK + self.slots[None, :]).ravel()
        first = int(np.searchsorted(line, moment, side="right"))
        return line[first : first + steps].astype("datetime64[ns]")


def opening_of(times: np.ndarray) -> Opening | None:
    """The opening hours of strictly rising stamps datetime64[ns] (k,), or None where there is no strong evidence of any.

    The last weeks are looked at first, as hours change with the season.
    """
    found = (_in_weeks(times, weeks) for weeks in WEEKS)
    return next((opening for opening in found if opening is not None), None) if len(times) else None


def _in_weeks(times: np.ndarray, weeks: int) -> Opening | None:
    recent = times[times > times[-1] - np.timedelta64(weeks * WEEK, "ns")]
    ticks = recent.astype("datetime64[ns]").astype(np.int64)
    if len(recent) < 2 * LEAST:
        return None
    size = int(np.gcd.reduce(np.append(np.diff(ticks), WEEK)))
    count = WEEK // size
    if size > DAY or count > _SLOTS:
        return None
    possible = _possible(ticks, size, count)
    seen = np.bincount((ticks - _MONDAY) % WEEK // size, minlength=count)
    open_ = seen > 0
    if possible.min() < LEAST or open_.all():
        return None
    share = seen[open_] / possible[open_]
    chance = count * (1 - min(float(share.mean()), 1.0)) ** int(possible.min())
    if share.min() <= 0.5 or chance > _CHANCE:
        return None
    return Opening(np.flatnonzero(open_) * size + (int(ticks[0]) - _MONDAY) % size, size)


def _of_week(times: np.ndarray) -> np.ndarray:
    return (times.astype("datetime64[ns]").astype(np.int64) - _MONDAY) % WEEK


def _possible(ticks: np.ndarray, size: int, count: int) -> np.ndarray:
    """How often each moment of the week lies between the first and the last stamp, (count,)."""
    total = int(ticks[-1] - ticks[0]) // size + 1
    first = int((ticks[0] - _MONDAY) % WEEK // size)
    whole, rest = divmod(total, count)
    return whole + ((np.arange(count) - first) % count < rest)
