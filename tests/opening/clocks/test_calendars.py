"""CF time axes, against cftime and against dates written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chronotope.errors import TimeError
from chronotope.opening.clocks.calendars import decode_time

CASES = [
    "days since 1850-01-01",
    "hours since 1970-01-01 06:00:00",
    "minutes since 1999-12-31T23:30:00Z",
    "seconds since 2000-02-28 12:00:00",
]


@pytest.mark.parametrize("units", CASES)
@pytest.mark.parametrize("calendar", ["standard", "proleptic_gregorian"])
def test_standard_axes_agree_with_cftime(units, calendar):
    cftime = pytest.importorskip("cftime")
    numbers = np.arange(0, 60000, 997, dtype=float)
    times, note = decode_time(numbers, units, calendar)
    truth = cftime.num2date(numbers, units, calendar, only_use_cftime_datetimes=False, only_use_python_datetimes=True)
    assert note is None
    np.testing.assert_array_equal(times.astype("datetime64[s]"), np.array([np.datetime64(t, "s") for t in truth]))


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "all_leap"])
def test_monthly_model_dates_stay_as_written(calendar):
    cftime = pytest.importorskip("cftime")
    dates = [cftime.datetime(1900 + m // 12, m % 12 + 1, 16, 12, calendar=calendar) for m in range(30)]
    units = "days since 1890-01-01"
    times, note = decode_time(cftime.date2num(dates, units, calendar), units, calendar)
    assert calendar in note
    assert [str(t)[:13] for t in times.astype("datetime64[h]")] == [d.strftime("%Y-%m-%dT%H") for d in dates]


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "all_leap"])
def test_daily_model_dates_rise_strictly_and_keep_the_season(calendar):
    cftime = pytest.importorskip("cftime")
    units = "days since 2000-01-01"
    numbers = np.arange(4 * 360, dtype=float)
    times, _ = decode_time(numbers, units, calendar)
    days = np.diff(times).astype("timedelta64[D]").astype(int)
    assert days.min() >= 1 - (calendar == "all_leap") and days.max() <= 2
    truth = cftime.num2date(numbers, units, calendar)
    wrong = [
        (t.astype("datetime64[D]") - np.datetime64(f"{d.year}-{d.month:02d}-01")).astype(int) - d.day + 1 for t, d in zip(times, truth)
    ]
    assert max(map(abs, wrong)) <= 3


def test_julian_reference_before_1582_agrees_with_cftime():
    cftime = pytest.importorskip("cftime")
    numbers, units = np.array([17066460.0, 17067180.0]), "hours since 1-1-1 00:00:0.0"
    truth = cftime.num2date(numbers, units.replace("1-1-1", "0001-01-01"), "standard")
    assert [str(t)[:19] for t in decode_time(numbers, units, "standard")[0]] == [d.strftime("%Y-%m-%dT%H:%M:%S") for d in truth]


def test_months_since_count_calendar_months():
    times, _ = decode_time(np.array([0, 1, 13]), "months since 1999-12-15")
    assert times.astype("datetime64[D]").astype(str).tolist() == ["1999-12-15", "2000-01-15", "2001-01-15"]


def test_a_zone_in_the_reference_is_taken_off():
    assert str(decode_time(np.array([0.0]), "hours since 2000-01-01 00:00:00 +02:00")[0][0])[:16] == "1999-12-31T22:00"


@pytest.mark.parametrize(
    ("units", "calendar"),
    [("fortnights since 1970-01-01", "standard"), ("days since then", "standard"), ("days since 1970-01-01", "lunar")],
)
def test_an_unreadable_axis_is_refused(units, calendar):
    with pytest.raises(TimeError):
        decode_time(np.array([0.0, 1.0]), units, calendar)


def test_years_out_of_reach_are_refused_by_name():
    with pytest.raises(TimeError, match="1678"):
        decode_time(np.array([0.0]), "days since 0850-01-01", "proleptic_gregorian")


@pytest.mark.parametrize("calendar", ["noleap", "360_day", "all_leap", "standard", "julian"])
@pytest.mark.parametrize("units", ["days since 0001-01-01", "hours since 0500-01-01", "months since 0001-01-01", "years since 3000-01-01"])
def test_years_that_cannot_be_held_are_refused_on_every_calendar(calendar, units):
    with pytest.raises(TimeError, match="between 1678 and 2261"):
        decode_time(np.arange(12) * 30.0 + 15, units, calendar)


def test_years_of_a_model_can_be_moved_to_a_year_that_stands_for_the_first():
    times, note = decode_time(np.array([15.0, 45.0, 380.0, np.nan]), "days since 0001-01-01", "noleap", "2001-01-01")
    assert [str(time)[:10] for time in times] == ["2001-01-16", "2001-02-15", "2002-01-16", "NaT"] and "moved by 2000" in note


def test_nanoseconds_are_whole_and_count_from_a_fraction_of_a_second():
    numbers = np.array([0, 1, 86_400_000_000_001 * 400])
    times, _ = decode_time(numbers, "nanoseconds since 2024-03-05 23:01:23.491236873")
    np.testing.assert_array_equal(times, np.datetime64("2024-03-05T23:01:23.491236873") + numbers.astype("timedelta64[ns]"))
