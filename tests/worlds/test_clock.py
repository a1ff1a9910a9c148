"""Clocks: stamps are regular, and the calendar cycles agree with them."""

import numpy as np
import pandas as pd
import pytest

from chronotope.errors import ArgumentError
from chronotope.worlds.clock import STEPS, draw_clock


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("freq", STEPS)
def test_stamps_follow_the_step_pandas_knows_under_that_name(freq):
    clock = draw_clock(_rng(), 60, freq)
    assert (pd.date_range(clock.times[0], periods=60, freq=freq).values.astype("datetime64[ns]") == clock.times).all()


@pytest.mark.parametrize(("freq", "name", "period"), [
    ("5min", "day", 288), ("5min", "week", 2016), ("h", "day", 24), ("h", "week", 168), ("D", "week", 7), ("D", "year", 365.2425),
    ("7D", "year", 52.1775), ("MS", "year", 12),
])  # fmt: skip
def test_calendar_periods_in_steps(freq, name, period):
    assert draw_clock(_rng(), 2048, freq, "calendar").cycle(name).period == pytest.approx(period)


def test_a_daily_clock_has_no_day_cycle():
    assert draw_clock(_rng(), 400, "D", "calendar").cycle("day") is None


def test_the_day_cycle_has_one_phase_per_hour_of_the_day_and_the_week_one_per_weekday():
    clock = draw_clock(_rng(3), 24 * 21, "h", "calendar")
    phase = np.round(clock.cycle("day").phase % 1.0, 9) % 1.0
    assert len(np.unique(phase)) == 24
    local = clock.times + np.timedelta64(int(round((phase[0] * 24 - pd.Timestamp(clock.times[0]).hour) % 24)), "h")
    ahead = np.floor(clock.cycle("week").phase % 1.0 * 7 + 1e-9)
    shift = (ahead - pd.DatetimeIndex(local).day_of_week.values) % 7
    assert len(np.unique(shift)) == 1 and shift[0] in (0, 6)  # a zone west of the stamps reads as the day before


def test_padding_continues_the_cycles_backwards():
    clock = draw_clock(_rng(1), 100, "h", "calendar")
    longer = clock.padded(24)
    assert np.allclose(np.diff(longer.cycle("day").phase), 1 / 24) and (longer.times[24:] == clock.times).all()


def test_long_steps_are_not_drawn_for_long_records():
    assert all(draw_clock(_rng(s), 8192).times[-1] < np.datetime64("2220-01-01") for s in range(40))


def test_a_cycle_that_is_not_there_is_named():
    with pytest.raises(ArgumentError, match="'day'.*calendar clock of 7D"):
        draw_clock(_rng(), 50, "7D", "calendar").phase("day")
