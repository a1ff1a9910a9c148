"""Profile: what a series is at this time of the day, week or year - the expectation that reads nothing of the steps around."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

KEPT = 2.0  # values' worth of "no departure" in the median of a phase
DAY, YEAR = 86400.0, 365.25 * 86400.0


def phases_of(times: np.ndarray) -> list[np.ndarray]:
    """Phases int (t,) that the stamps have gone through often enough, the slowest first."""
    index = pd.DatetimeIndex(times)
    seconds = (times - times[0]) / np.timedelta64(1, "s")
    if len(times) < 2:
        return []
    step, span = float(np.median(np.diff(seconds))), float(seconds[-1])
    out = [index.month.to_numpy()] if span >= 2.5 * YEAR and step < 32 * DAY else []
    if step < 0.9 * DAY and span >= 3 * DAY:
        slot = np.round((index.hour * 3600 + index.minute * 60 + index.second).to_numpy() / max(step, 300.0)).astype(int)
        week = span >= 5 * 7 * DAY
        out.append(slot + (10_000 * index.day_of_week.to_numpy() if week else 0))
    elif 0.9 * DAY <= step < 1.1 * DAY and span >= 8 * 7 * DAY:
        out.append(index.day_of_week.to_numpy())
    return out


def profile(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The usual value (t, s) of values (t, s) at their phases: medians, shrunk to that of the series."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        out = np.broadcast_to(np.nan_to_num(np.nanmedian(values, axis=0)), values.shape).copy()
        for phase in phases_of(times):
            left = values - out
            for rows in pd.Series(phase).groupby(phase).indices.values():
                part = left[rows]
                number = np.isfinite(part).sum(axis=0)
                out[rows] += np.nan_to_num(np.nanmedian(part, axis=0)) * number / (number + KEPT)
    return out
