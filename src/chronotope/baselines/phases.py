"""Phases: where each step stands in the hour, day, week and year of its clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.data.yearly_dates import yearly_ranks

_DAY = 86400 * 10**9
_HOUR = 3600 * 10**9
_SMOOTH_DAYS = 10  # half width of the window over which a long yearly cycle is averaged


@dataclass(frozen=True)
class Phase:
    """A period of the clock: row t stands at `phase[t]` of cycle `cycle[t]`; both rise with t, phase first.

    Attributes:
        name: "hour", "day", "week" or "year".
        cycle: int (t,), from 0.
        phase: int (t,), 0 <= phase < size.
        size: number of phases in a cycle.
        stride, width: neighbours phase +- stride * (1..width) are alike (days of the same season); width 0 for none.
    """

    name: str
    cycle: np.ndarray
    phase: np.ndarray
    size: int
    stride: int = 1
    width: int = 0

    def table(self, x: np.ndarray) -> np.ndarray:
        """Rows (t, s) laid out as (cycle, phase, s); NaN where no row falls."""
        out = np.full((int(self.cycle[-1]) + 1, self.size, x.shape[1]), np.nan)
        out[self.cycle[: len(x)], self.phase[: len(x)]] = x
        return out

    def latest(self, origins: np.ndarray, rows: np.ndarray, back: int = 0) -> np.ndarray:
        """Last cycle whose cell at the phase of `rows` (k, h) lies at or before `origins` - back (k,); -1 for none."""
        known = origins - back
        at = np.maximum(known, 0)[:, None]
        last = np.where(self.phase[rows] <= self.phase[at], self.cycle[at], self.cycle[at] - 1)
        return np.where(known[:, None] < 0, -1, last)


def phases(panel: Panel) -> dict[str, Phase]:
    """Natural periods of the panel's clock that hold at least two steps (four for the hour and the year), shortest first.

    A panel whose stamps follow no step has none but the year, where their dates come back in it, as dekads do.
    """
    if len(panel.times) < 3:
        return {}
    if not panel.regular:
        ranks = yearly_ranks(panel.times)
        years = panel.times.astype("datetime64[Y]").astype(int)
        return {} if ranks is None else {"year": Phase("year", years - years[0], *ranks)}
    step = int(panel.step.astype("timedelta64[ns]").astype(np.int64))
    stamps = _on_step(panel.times, step)
    short = (("hour", _HOUR, 4), ("day", _DAY, 2), ("week", 7 * _DAY, 2))
    found = [_short(name, period, least, stamps, step) for name, period, least in short]
    found.append(_year(stamps, step))
    return {phase.name: phase for phase in found if phase is not None and len(np.unique(phase.phase)) > 1}


def _on_step(times: np.ndarray, step: int) -> np.ndarray:
    """Nanoseconds (t,) of the stamps; stamps of a fixed step that lie slightly beside it are put on it."""
    raw = times.astype("datetime64[ns]").astype(np.int64)
    ideal = raw[0] + np.arange(len(raw)) * step
    return ideal if np.abs(raw - ideal).max() <= 0.1 * step else raw


def _short(name: str, period: int, least: int, stamps: np.ndarray, step: int) -> Phase | None:
    size = -(-period // step)
    if size < least or (period % step and size < 8):
        return None
    cycle = stamps // period
    return Phase(name, cycle - cycle[0], (stamps % period) // step, size)


def _year(stamps: np.ndarray, step: int) -> Phase | None:
    dates = pd.DatetimeIndex(stamps.astype("datetime64[ns]"))
    cycle = (dates.year - dates.year[0]).to_numpy()
    if 27 * _DAY <= step <= 190 * _DAY:
        months = round(step / (30.44 * _DAY))
        return Phase("year", cycle, (dates.month.to_numpy() - 1) // months, -(-12 // months))
    if step > 60 * _DAY:
        return None
    after_february = (dates.month > 2) & ~dates.is_leap_year  # 29 February keeps a phase of its own
    day = dates.day_of_year.to_numpy() - 1 + after_february.astype(int)
    phase = (day * _DAY + stamps % _DAY) // step
    stride = max(_DAY // step, 1)
    return Phase("year", cycle, phase, -(-366 * _DAY // step), stride, _SMOOTH_DAYS * _DAY // max(step, _DAY))
