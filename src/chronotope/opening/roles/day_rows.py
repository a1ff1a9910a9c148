"""A row per day with a column for each hour, half hour or quarter of an hour, as load profiles are written."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd

_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?::00)?(?:\s*[-–]\s*\d{1,2}[:.h]\d{2}(?::00)?)?")
_NUMBERED = re.compile(
    r"((?:he|hour_?ending|h|hr|hour|std|stunde|heure|hora|ora|uur|q|qh|quarter|interval|periodo?|sp)[ _]?|)0*(\d{1,3})", re.IGNORECASE
)
_PERIODS = {24: "hour_ending", 25: "hour_ending", 48: "period", 50: "period", 96: "period", 100: "period"}  # by how many a day has at most
LEAST = 4
SELDOM = 0.1  # days on which clocks are set back, of all
NEAR = 0.8  # of the difference to columns that are farther off


def columns_of_the_day(names: list[str]) -> tuple[dict[str, str | int], str] | None:
    """(what each such column stands for: a time of day, or the number of a period; the name of a column of these); None for none.

    They are evenly apart and fill the day; the last may be 24:00 or 00:00, the end of the day.
    """
    clocks = {name: match for name in names if (match := _CLOCK.fullmatch(name.strip())) is not None}
    minutes = [60 * int(match[1]) + int(match[2]) for match in clocks.values()]
    minutes[-1:] = [1440 if last == 0 else last for last in minutes[-1:]] if len(minutes) > 1 else minutes[-1:]
    apart = {later - one for one, later in zip(minutes, minutes[1:])}
    if len(minutes) >= LEAST and len(apart) == 1 and min(apart) * len(minutes) == 1440:
        return {name: f"{minute // 60:02d}:{minute % 60:02d}" for name, minute in zip(clocks, minutes)}, "clock"
    found = {name: match for name in names if (match := _NUMBERED.fullmatch(name.strip())) is not None}
    numbers = [int(match[2]) for match in found.values()]
    alike = len({match[1].lower() for match in found.values()}) == 1
    if alike and numbers == list(range(24)):
        return dict(zip(found, numbers)), "hour"
    if alike and len(numbers) in _PERIODS and numbers == list(range(len(numbers))):
        numbers = [number + 1 for number in numbers]
    if alike and len(numbers) in _PERIODS and numbers == list(range(1, len(numbers) + 1)):
        return dict(zip(found, numbers)), _PERIODS[len(numbers)]
    return None


def are_moments(values: np.ndarray) -> bool:
    """Whether the numbers (d, n) of a row are nearer to those beside them than to those farther off, as moments of a day are and places
    need not be; the last of a day is then near to the first of the next as well. A 25th hour is mostly empty."""
    whole = max(count for count in (24, 48, 96) if count <= values.shape[1])
    if np.isfinite(values[:, whole:]).sum() > SELDOM * values[:, whole:].size:
        return False
    values = values[:, :whole]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns that are empty
        far = np.nanmean([np.nanmean(np.abs(values - np.roll(values, values.shape[1] // part, axis=1))) for part in (2, 3, 4)])
        beside = np.nanmean(np.abs(np.diff(values, axis=1)))
        overnight = np.nanmean(np.abs(values[1:, 0] - values[:-1, -1])) if len(values) > 1 else np.nan
    return bool(beside < NEAR * far and overnight < far)


def hours_below_each_other(table: pd.DataFrame, date: str, clock: str, of: dict[str, str | int]) -> pd.DataFrame:
    """A row per day and moment: the columns `of` as one, `value`, beside a column `clock` of them; empty cells are left out."""
    kept = [date, *(name for name in table.columns if name not in (*of, date) and not pd.api.types.is_float_dtype(table[name]))]
    long = table.reset_index(drop=True).melt(kept, list(of), clock, "value", ignore_index=False).sort_index(kind="stable")
    long = long[long["value"].notna()].reset_index(drop=True)
    long.attrs = table.attrs
    return long.assign(**{clock: long[clock].map(of)})
