"""What users say about time - a horizon, an origin, a context - in rows of the frame."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.frame import calendar_months, days_as_pandas_writes
from chronotope.data.panel import Panel
from chronotope.data.stamps import on_local_days
from chronotope.data.yearly_dates import Rest, Season, yearly_after
from chronotope.errors import ArgumentError, TimeError
from chronotope.inspect.weekly_hours import Opening

MOST_STEPS, MOST_VALUES = 100_000, 1_000_000_000  # of one answer: what a machine of our days still holds


def steps_of(length: Any, panel: Panel, name: str) -> int:
    """Steps of the panel in `length`: a whole number, or a duration such as "1h" that is a multiple of the step.

    Raises:
        ArgumentError: it is neither, or not positive, or a horizon that no machine holds.
    """
    steps = _whole(length)
    if steps is None:
        steps = _steps_in_duration(length, panel, name)
    if steps < 1:
        raise ArgumentError(f"{name} must be at least one step; found {length!r}.")
    if name == "horizon":
        _check_most(steps, length, panel)
    return steps


def context_of(context: Any, panel: Panel) -> int | None:
    """Steps of the panel in what a user gives as `context`, as in `steps_of`; None, all there are, for None."""
    return None if context is None else steps_of(context, panel, "context")


def several(at: Any) -> tuple[list[Any], bool]:
    """The stamps of `at`, and whether it was a list of them.

    Raises:
        ArgumentError: it is an empty list.
    """
    many = isinstance(at, (list, tuple, np.ndarray, pd.Index, pd.Series)) and np.ndim(at) > 0
    if many and not len(at):
        raise ArgumentError("at must name at least one time stamp; found an empty list.")
    return list(at) if many else [at], many


def open_steps_of(length: Any, panel: Panel, origins: list[int], opening: Opening | Season | Rest) -> int:
    """Steps of a horizon where stamps keep opening hours: as many as are asked, or those within a duration after the origin.

    Raises:
        ArgumentError: it is no length, or nothing is open within it.
    """
    if _whole(length) is not None:
        return steps_of(length, panel, "horizon")
    try:
        duration = pd.Timedelta(length).to_timedelta64().astype("timedelta64[ns]")
    except (ValueError, TypeError, AttributeError):
        return steps_of(length, panel, "horizon")
    if duration % np.timedelta64(opening.size, "ns") or duration > 50_000 * panel.step:
        return steps_of(length, panel, "horizon")
    most = int(duration / np.timedelta64(opening.size, "ns"))
    counts = [int((opening.after(panel.times[row], most) <= panel.times[row] + duration).sum()) for row in origins] if most > 0 else [0]
    if max(counts) < 1:
        origin = panel.times[origins[0]]
        raise ArgumentError(
            f"horizon must reach a moment at which the data has stamps; {length!r} after {str(origin)[:16]} does not, the next is "
            f"{str(opening.after(origin, 1)[0])[:16]}. Give a number of steps or a longer time."
        )
    return max(counts)


def _whole(length: Any) -> int | None:
    if isinstance(length, (int, np.integer)) and not isinstance(length, (bool, np.timedelta64)):
        return int(length)
    return int(length) if isinstance(length, float) and length.is_integer() else None


def _check_most(steps: int, length: Any, panel: Panel) -> None:
    """A horizon ends in the years that stamps can hold, and its answer fits into memory.

    Raises:
        ArgumentError: it does not.
    """
    months, series = calendar_months(panel.freq), int(np.prod(panel.values.shape[1:]))
    step = months * 30.44 * 86400e9 if months else float(panel.step.astype("timedelta64[ns]").astype(np.int64))
    left = (2261 - pd.Timestamp(panel.times[-1]).year) * 365.25 * 86400e9 / step  # steps until stamps end
    most = int(min(MOST_STEPS, max(MOST_VALUES // (9 * series), 1), max(left, 1)))
    if steps > most:
        raise ArgumentError(
            f"horizon must be at most {most} steps of {panel.freq} for {series} series, so that its answer can be held; found {length!r}. "
            "Give a shorter one, or average the data to longer steps first."
        )


def _steps_in_duration(length: Any, panel: Panel, name: str) -> int:
    months = calendar_months(panel.freq)
    wrong = ArgumentError(
        f"{name} must be a whole number of steps or a duration that is a multiple of the step ({panel.freq}); found {length!r}."
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of words that pandas reads as something else than they say, "3MS" as milliseconds
            if months:
                asked = calendar_months(length)
                if asked < 1 or asked % months:
                    raise wrong
                return asked // months
            duration, step = pd.Timedelta(days_as_pandas_writes(length)), pd.Timedelta(panel.step)
    except (ValueError, TypeError, AttributeError, Warning):
        raise wrong from None
    if pd.isna(duration) or duration % step:
        raise wrong
    return int(duration // step)


def origins_of(at: Any, panel: Panel, wanted: np.ndarray | None = None, utc: bool = False) -> tuple[list[int], bool]:
    """Rows of the origins, and whether a list was asked for; for None the last step at which a channel of `wanted` (v,) has a value.

    A moment between two steps stands for the step before it, so that nothing after it is read. One that names a zone is understood
    where the stamps are UTC (`utc`).

    Raises:
        ArgumentError: `at` is not a time stamp.
        TimeError: it lies outside the span.
    """
    if at is None:
        seen = np.isfinite(panel.values if wanted is None else panel.values[..., wanted]).any(axis=(1, 2))
        return [int(np.flatnonzero(seen)[-1]) if wanted is not None and seen.any() else len(panel.times) - 1], False
    stamps, many = several(at)
    rows = [_row_of(stamp, panel, utc) for stamp in stamps]
    if len(set(rows)) < len(rows):
        raise ArgumentError(f"at must name different steps; found {len(rows)} stamps at {len(set(rows))} steps.")
    return rows, many


def _row_of(stamp: Any, panel: Panel, utc: bool) -> int:
    moment = moment_of(stamp, utc)
    first, last = pd.Timestamp(panel.times[0]), pd.Timestamp(panel.times[-1])
    if not first <= moment <= last:
        raise TimeError(f"at must lie within the data, {first} to {last}; found {moment}.")
    return int(np.searchsorted(panel.times, moment.to_datetime64().astype("datetime64[ns]"), side="right")) - 1


def moment_of(stamp: Any, utc: bool) -> pd.Timestamp:
    """A time stamp on the clock of the data.

    Raises:
        ArgumentError: it is none, or names a zone where the stamps have none.
    """
    try:
        if isinstance(stamp, (bool, int, float, np.number)):
            raise TypeError
        moment = pd.Timestamp(getattr(stamp, "values", stamp))
    except (ValueError, TypeError):
        raise ArgumentError(f"at must be a time stamp such as '2024-03-01 12:00', or a list of them; found {stamp!r}.") from None
    if pd.isna(moment):
        raise ArgumentError(f"at must be a time stamp; found {stamp!r}.")
    if moment.tzinfo is not None and utc:
        return moment.tz_convert("UTC").tz_localize(None)
    if moment.tzinfo is not None:
        raise ArgumentError(f"at must be on the clock of the data, without a time zone; found {stamp!r}. Drop the zone first.")
    return moment


def dated(times: np.ndarray, panel: Panel, origin: int, opening: Opening | Season | Rest | None, zone: str | None) -> np.ndarray:
    """Stamps (h,) after a row as the data would write them: on the dates that come back every year, at the local clock of its days."""
    start = panel.times[origin]
    if not panel.regular and opening is None:
        yearly = yearly_after(panel.times, start, len(times))
        return times if yearly is None else yearly
    return in_days(times, panel, start, zone)


def in_days(times: np.ndarray, panel: Panel, origin: np.datetime64, zone: str | None) -> np.ndarray:
    """Stamps (h,) that were counted from `origin`, at the local clock of the data where a step is a day or longer."""
    hour, day = (np.timedelta64(hours, "h").astype("timedelta64[ns]") for hours in (1, 24))
    whole = calendar_months(panel.freq) > 0 or panel.step >= day - hour
    return on_local_days(times, panel.times, origin, zone) if whole else times


def check_levels(quantiles: Any) -> tuple[float, ...]:
    """Quantile levels as a tuple.

    Raises:
        ArgumentError: they are not increasing numbers between 0 and 1.
    """
    try:
        levels = tuple(float(level) for level in np.atleast_1d(quantiles))
    except (ValueError, TypeError):
        levels = ()
    if not levels or not all(0 < level < 1 for level in levels) or any(b <= a for a, b in zip(levels, levels[1:])):
        raise ArgumentError(f"quantiles must be increasing numbers between 0 and 1, such as (0.1, 0.5, 0.9); found {quantiles!r}.")
    return levels
