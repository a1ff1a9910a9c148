"""Phases against the calendar."""

from dataclasses import replace

import numpy as np
import pandas as pd

from chronotope.baselines.phases import phases
from panels import panel_of


def test_five_minutes_have_an_hour_a_day_and_a_week():
    found = phases(panel_of(np.zeros(288 * 8), "5min"))
    assert {name: found[name].size for name in ("hour", "day", "week")} == {"hour": 12, "day": 288, "week": 2016}


def test_a_week_starts_over_after_seven_days_and_rows_run_in_order():
    week = phases(panel_of(np.zeros(24 * 30)))["week"]
    order = week.cycle * week.size + week.phase
    assert (np.diff(order) == 1).all()
    assert (week.phase[168:] == week.phase[:-168]).all()


def test_the_first_of_march_has_one_phase_in_leap_years_and_others():
    panel = panel_of(np.zeros(366 * 4), "1D", "2019-01-01")
    year = phases(panel)["year"]
    dates = pd.DatetimeIndex(panel.times)
    march = year.phase[(dates.month == 3) & (dates.day == 1)]
    assert len(march) == 4 and len(set(march)) == 1
    assert set(year.phase[(dates.month == 2) & (dates.day == 29)]).isdisjoint(year.phase[(dates.month != 2) | (dates.day != 29)])


def test_months_have_a_year_of_twelve_and_years_have_nothing():
    assert phases(panel_of(np.zeros(30), "MS"))["year"].size == 12
    assert phases(panel_of(np.zeros(30), "YS")) == {}


def test_latest_never_reaches_past_the_origin_and_is_the_newest():
    day = phases(panel_of(np.zeros(24 * 5)))["day"]
    origins = np.arange(20, 80, 7)
    rows = origins[:, None] + np.arange(1, 30)
    at = day.latest(origins, rows) * 24 + day.phase[rows]
    assert (at <= origins[:, None]).all() and (at > origins[:, None] - 24).all()


def test_stamps_without_a_step_have_no_phases():
    panel = panel_of(np.zeros(100))
    object.__setattr__(panel, "regular", False)
    assert phases(panel) == {}


def test_dates_that_come_back_every_year_have_its_phase():
    dekads = np.array([f"{2010 + i // 36}-{i // 3 % 12 + 1:02}-{(1, 11, 21)[i % 3]:02}" for i in range(110)], "datetime64[ns]")
    panel = replace(panel_of(np.zeros(110)), times=dekads, freq="10D", regular=False)
    year = phases(panel)["year"]
    assert year.size == 36 and (year.phase == np.arange(110) % 36).all() and (year.cycle == np.arange(110) // 36).all()
    ahead = panel.extend(3).times[-3:].astype("datetime64[D]").astype(str)
    assert ahead.tolist() == ["2013-01-21", "2013-02-01", "2013-02-11"]
