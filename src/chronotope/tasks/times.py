"""What users say about time - a horizon, an origin, a context - in rows of the frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.frame import calendar_months
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, TimeError


def steps_of(length: Any, panel: Panel, name: str) -> int:
    """Steps of the panel in `length`: a whole number, or a duration such as "1h" that is a multiple of the step.

    Raises:
        ArgumentError: it is neither, or not positive.
    """
    if isinstance(length, (int, np.integer)) and not isinstance(length, bool):
        steps = int(length)
    elif isinstance(length, float) and length.is_integer():
        steps = int(length)
    else:
        steps = _steps_in_duration(length, panel, name)
    if steps < 1:
        raise ArgumentError(f"{name} must be at least one step; found {length!r}.")
    return steps


def _steps_in_duration(length: Any, panel: Panel, name: str) -> int:
    months = calendar_months(panel.freq)
    wrong = ArgumentError(
        f"{name} must be a whole number of steps or a duration that is a multiple of the step ({panel.freq}); found {length!r}."
    )
    try:
        if months:
            asked = calendar_months(length)
            if asked < 1 or asked % months:
                raise wrong
            return asked // months
        duration, step = pd.Timedelta(length), pd.Timedelta(panel.step)
    except (ValueError, TypeError, AttributeError):
        raise wrong from None
    if pd.isna(duration) or duration % step:
        raise wrong
    return int(duration // step)


def origins_of(at: Any, panel: Panel) -> tuple[list[int], bool]:
    """Rows of the origins, and whether a list was asked for; the last step for None.

    A moment between two steps stands for the step before it, so that nothing after it is read.

    Raises:
        ArgumentError: `at` is not a time stamp.
        TimeError: it lies outside the span.
    """
    if at is None:
        return [len(panel.times) - 1], False
    many = isinstance(at, (list, tuple, np.ndarray, pd.Index, pd.Series)) and np.ndim(at) > 0
    stamps = list(at) if many else [at]
    if not stamps:
        raise ArgumentError("at must name at least one time stamp; found an empty list.")
    rows = [_row_of(stamp, panel) for stamp in stamps]
    if len(set(rows)) < len(rows):
        raise ArgumentError(f"at must name different steps; found {len(rows)} stamps at {len(set(rows))} steps.")
    return rows, many


def _row_of(stamp: Any, panel: Panel) -> int:
    moment = _moment(stamp)
    first, last = pd.Timestamp(panel.times[0]), pd.Timestamp(panel.times[-1])
    if not first <= moment <= last:
        raise TimeError(f"at must lie within the data, {first} to {last}; found {moment}.")
    return int(np.searchsorted(panel.times, moment.to_datetime64().astype("datetime64[ns]"), side="right")) - 1


def _moment(stamp: Any) -> pd.Timestamp:
    try:
        if isinstance(stamp, (bool, int, float, np.number)):
            raise TypeError
        moment = pd.Timestamp(getattr(stamp, "values", stamp))
    except (ValueError, TypeError):
        raise ArgumentError(f"at must be a time stamp such as '2024-03-01 12:00', or a list of them; found {stamp!r}.") from None
    if pd.isna(moment):
        raise ArgumentError(f"at must be a time stamp; found {stamp!r}.")
    if moment.tzinfo is not None:
        raise ArgumentError(f"at must be on the clock of the data, without a time zone; found {stamp!r}. Drop the zone first.")
    return moment


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
