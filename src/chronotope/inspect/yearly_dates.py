"""Dates that come back every year although no step leads from one to the next: dekads, the 1st and the 15th, composites of 16 days."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

FEWEST, MOST = 2, 183  # stamps in a year
YEARS = 2  # whole ones between the first and the last stamp
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
    found = (_after(times, last, steps, dates) for dates in (of_month, of_year))
    return next((stamps for stamps in found if stamps is not None), None)


def _after(times: np.ndarray, last: np.datetime64, steps: int, dates: Dates) -> np.ndarray | None:
    stamps = pd.DatetimeIndex(times)
    clock = stamps - stamps.normalize()
    first, final = stamps[0], stamps[-1]
    if final < first + pd.DateOffset(years=YEARS) or len(clock.unique()) > 1:
        return None
    kept = np.unique(dates(stamps))
    if not FEWEST <= len(kept) <= MOST:
        return None
    years = steps // len(kept) + 2
    days = pd.date_range(f"{first.year}-01-01", f"{max(final, pd.Timestamp(last)).year + years}-12-31")
    line = days[np.isin(dates(days), kept)] + clock[0]
    between = line[(line >= first) & (line <= final)]
    if len(stamps) < SHARE * len(between):
        return None
    return line[line > pd.Timestamp(last)][:steps].to_numpy("datetime64[ns]")
