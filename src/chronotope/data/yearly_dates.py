"""Dates that come back every year although no step leads from one to the next: dekads, the 1st and the 15th, composites of 16 days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.frame import advance

FEWEST, MOST = 2, 183  # stamps in a year
YEARS = 2  # whole ones between the first and the last stamp
LEAST_REST = 28  # days of every year without a stamp
_DAY = 86400 * 10**9
SHARE = 0.9  # of the dates between them that must be there

Dates = Callable[[pd.DatetimeIndex], np.ndarray]


def of_month(stamps: pd.DatetimeIndex) -> np.ndarray:
    """Month and day, the last day of a month counting as its 31st, int (t,)."""
    return np.where(stamps.is_month_end, 31, stamps.day) + 100 * stamps.month


def of_year(stamps: pd.DatetimeIndex) -> np.ndarray:
    """Days since the first of January, int (t,)."""
    return np.asarray(stamps.day_of_year)


def yearly_after(times: np.ndarray, last: np.datetime64, steps: int) -> np.ndarray | None:
    """The `steps` stamps after `last` on the dates at which rising `times` (t,) lie in every year; None where they keep no such dates."""
    found = _dates_of(times)
    if found is None:
        return None
    dates, kept = found
    stamps, last = pd.DatetimeIndex(times), pd.Timestamp(last)
    line = _line(stamps, dates, kept, max(stamps[-1], last).year + steps // len(kept) + 2)
    return line[line > last][:steps].to_numpy("datetime64[ns]")


def yearly_ranks(times: np.ndarray) -> tuple[np.ndarray, int] | None:
    """(which of the dates of every year each of rising `times` (t,) is, from 0; how many there are); None where they keep none."""
    found = _dates_of(times)
    return None if found is None else (np.searchsorted(found[1], found[0](pd.DatetimeIndex(times))), len(found[1]))


@dataclass(frozen=True)
class Season:
    """The months of the year in which stamps occur, as of growing seasons; asked as opening hours are.

    Attributes:
        times: the stamps, datetime64[ns] (k,).
        size: nanoseconds that no month is shorter than.
    """

    times: np.ndarray
    size: int = 28 * 24 * 3600 * 10**9

    def holds(self, times: np.ndarray) -> np.ndarray:
        """True where a stamp lies in a month of the season, (t,)."""
        return np.isin(pd.DatetimeIndex(times).month, pd.DatetimeIndex(self.times).month)

    def after(self, last: np.datetime64, steps: int) -> np.ndarray:
        """The `steps` stamps of the season after `last`, datetime64[ns]."""
        found = yearly_after(self.times, last, steps)
        assert found is not None
        return found


@dataclass(frozen=True)
class Rest:
    """The part of every year in which no stamp lies, as of measurements in winter alone; asked as opening hours are.

    Attributes:
        first, last: days of the year, month * 100 + day, of the season between two rests.
        size: nanoseconds of a step.
        freq: the step, as pandas writes it.
    """

    first: int
    last: int
    size: int
    freq: str

    def holds(self, times: np.ndarray) -> np.ndarray:
        """True where a stamp lies in the season, (t,)."""
        day = _day_of_month(times)
        inside = (day >= self.first) & (day <= self.last)
        return inside if self.first <= self.last else (day >= self.first) | (day <= self.last)

    @staticmethod
    def words(day: int) -> str:
        """A day of the year, as 1 November."""
        return pd.Timestamp(2000, day // 100, day % 100).strftime("%d %B").lstrip("0")

    def after(self, last: np.datetime64, steps: int) -> np.ndarray:
        """The `steps` stamps of the season after `last`, datetime64[ns]."""
        count = steps
        while True:
            line = advance(last, count, self.freq)
            if len(held := line[self.holds(line)]) >= steps:
                return held[:steps]
            count *= 2


def rest_of(times: np.ndarray, freq: str, size: int) -> Rest | None:
    """The season of rising stamps (t,) that are a day or less apart and leave out the same weeks of every year; None for none."""
    if times[-1] < times[0] + np.timedelta64(YEARS * 365, "D") or size > _DAY:
        return None
    whole = pd.date_range("2000-01-01", "2000-12-31")  # a leap year
    seen = np.isin(_day_of_month(whole.values), _day_of_month(times))
    held = np.flatnonzero(seen)
    apart = np.diff(np.append(held, held[0] + len(whole)))
    longest = int(np.argmax(apart))
    if apart[longest] <= LEAST_REST:
        return None
    days = _day_of_month(whole.values[held])
    return Rest(int(days[(longest + 1) % len(held)]), int(days[longest]), size, freq)


def _day_of_month(times: np.ndarray) -> np.ndarray:
    """Month * 100 + day of stamps, int (t,)."""
    days = np.asarray(times).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    return (months.astype(int) % 12 + 1) * 100 + (days - months.astype("datetime64[D]")).astype(int) + 1


def _dates_of(times: np.ndarray) -> tuple[Dates, np.ndarray] | None:
    """How the dates are told, and the numbers of those that are kept."""
    stamps = pd.DatetimeIndex(times)
    first, final = stamps[0], stamps[-1]
    if final < first + pd.DateOffset(years=YEARS) or len((stamps - stamps.normalize()).unique()) > 1:
        return None
    for dates in (of_month, of_year):
        kept = np.unique(dates(stamps))
        if not FEWEST <= len(kept) <= MOST:
            continue
        line = _line(stamps, dates, kept, final.year)
        if len(stamps) >= SHARE * ((line >= first) & (line <= final)).sum():
            return dates, kept
    return None


def _line(stamps: pd.DatetimeIndex, dates: Dates, kept: np.ndarray, until: int) -> pd.DatetimeIndex:
    """All such dates from the first year of the stamps to the year `until`, at their clock."""
    days = pd.date_range(f"{stamps[0].year}-01-01", f"{until}-12-31")
    return days[np.isin(dates(days), kept)] + (stamps[0] - stamps[0].normalize())
