"""Columns of stamps in the forms of many countries and tools; the truth is the moments that they were written from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.errors import ArgumentError, TimeError
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import looks_like_time, parse_times
from chronotope.opening.clocks.header_dates import header_dates
from chronotope.opening.clocks.numeric_stamps import elapsed_unit

HOURS = pd.date_range("2023-01-01", periods=960, freq="h")
MONTHS = pd.date_range("2019-01-01", periods=48, freq="MS")


def check(cells, truth, level="inferred", **options):
    times, notes = parse_times(cells, "when", OpenOptions(**options))
    np.testing.assert_array_equal(times, pd.DatetimeIndex(truth).values.astype("datetime64[ns]"))
    assert {note.level for note in notes} <= {level, "inferred"} and (level == "inferred" or any(n.level == level for n in notes)), notes


@pytest.mark.parametrize(
    "form",
    ["%d-%m-%Y %H:%M", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%y %H:%M", "%y-%m-%d %H:%M", "%m-%d-%Y %H:%M:%S", "%H:%M %d/%m/%Y"],
)
def test_days_above_twelve_or_even_steps_settle_which_number_is_the_day(form):
    check(HOURS.strftime(form).tolist(), HOURS)


def test_even_hours_settle_the_day_where_no_day_is_above_twelve():
    days = pd.date_range("2023-02-01", periods=24 * 10, freq="h")
    check(days.strftime("%d/%m/%Y %H:%M").tolist(), days)
    check(days.strftime("%m/%d/%Y %H:%M").tolist(), days)


def test_months_written_with_their_first_day_are_months():
    check(MONTHS.strftime("%d/%m/%Y").tolist(), MONTHS)
    check(MONTHS.strftime("%m/%d/%Y").tolist(), MONTHS)


def test_what_nothing_settles_is_warned_of_and_an_option_settles_it():
    days = pd.date_range("2023-02-01", periods=12)
    cells = days.strftime("%d/%m/%Y").tolist()
    _, notes = parse_times(cells, "when")
    assert notes[0].level == "warning" and "time_format='dmy'" in notes[0].text
    check(cells, days, time_format="dmy")
    check(cells, days, time_format="%d/%m/%Y")
    check(cells, [f"2023-{day}-02" for day in range(1, 13)], time_format="mdy")


def test_dates_that_were_half_exchanged_are_refused():
    with pytest.raises(TimeError, match="'25/02/2023' has the day first and '02/26/2023' the month"):
        parse_times(["01/02/2023", "25/02/2023", "02/26/2023"], "when")


@pytest.mark.parametrize("form", ["%b-%y", "%b %Y", "%Y/%m", "%m/%Y", "%YM%m", "%Y-%m", "%B %Y", "%Y%m", "%m-%Y"])
def test_months_and_years(form):
    check(MONTHS.strftime(form).tolist(), MONTHS)


def test_days_without_a_year_are_refused():
    for cells in (["Jan 01", "Jan 02", "Jan 03", "Feb 01"], ["01-Jan", "02-Jan", "03-Jan"], ["Jan 05", "Jan 06"]):
        with pytest.raises(TimeError, match="must hold a year"):
            parse_times(cells, "when")
    check(["Jan-95", "Jan-96", "Jan-97"], ["1995-01-01", "1996-01-01", "1997-01-01"])
    check(["Jan-05", "Jan-06"], ["2005-01-01", "2006-01-01"], time_format="%b-%y")


@pytest.mark.parametrize(
    ("cell", "truth"),
    [
        ("31.12.2022 24:00", "2023-01-01"),
        ("1.2.2023 5:30", "2023-02-01 05:30"),
        ("01JAN2023:05:00:00", "2023-01-01 05:00"),
        ("2023-W05", "2023-01-30"),
        ("2020-W53-7", "2021-01-03"),
        ("2023Q2", "2023-04-01"),
        ("Q4 2023", "2023-10-01"),
        ("2023-045", "2023-02-14"),
        ("02.01.2023 03:04:05,250", "2023-01-02 03:04:05.250"),
        ("2. März 2023 14:00 Uhr", "2023-03-02 14:00"),
        ("mar. 3 janv. 2023", "2023-01-03"),
        ("1 de agosto de 2023", "2023-08-01"),
        ("2023年1月2日 3時", "2023-01-02 03:00"),
        ("2023/1/2 下午 3:05", "2023-01-02 15:05"),
        ("Mon, 02 Jan 2023 05:00:00 GMT", "2023-01-02 05:00"),
        ("Sun Jan 01 05:00:00 2023", "2023-01-01 05:00"),
        ("2023-01-02T05:00:00.123456+02:00", "2023-01-02 03:00:00.123456"),
        ("2023-01-02T05:00+01:00[Europe/Berlin]", "2023-01-02 04:00"),
        ("2023-01-02 05:00 CEST", "2023-01-02 03:00"),
        ("20230102T0600Z", "2023-01-02 06:00"),
        ("2023-01-02 0600", "2023-01-02 06:00"),
        ("January 5, 2023", "2023-01-05"),
        ("5th March 2024", "2024-03-05"),
        ("01.05.2022 00:00 - 01.05.2022 01:00", "2022-05-01"),
        ("2022-05-01T03:00/PT1H", "2022-05-01 03:00"),
    ],
)
def test_a_form(cell, truth):
    check([cell], [truth])


def test_ends_of_spans_are_no_zones():
    check([f"2023-01-01 {hour:02d}:00-{hour + 1:02d}:00" for hour in range(9)], pd.date_range("2023-01-01", periods=9, freq="h"))


@pytest.mark.parametrize("cell", ["yesterday", "2023-02-30", "0001-01-01", "13:00", "2023-13-01", "31.04.2023", "25:00 01/01/2023", "A 12"])
def test_what_is_no_date_is_refused_by_its_line(cell):
    with pytest.raises(TimeError, match="must hold times"):
        parse_times([*["2023-01-01"] * 3, cell], "when")


@pytest.mark.parametrize(
    ("make", "step"),
    [
        (lambda t: t.year * 10**6 + t.month * 10**4 + t.day * 100 + t.hour, "h"),
        (lambda t: t.strftime("%Y%m%d%H%M").astype(np.int64), "15min"),
        (lambda t: t.strftime("%Y%m%d%H%M%S").astype(np.int64), "15min"),
        (lambda t: t.year * 100 + t.month, "MS"),
        (lambda t: t.year * 1000 + t.day_of_year, "D"),
        (lambda t: t.values.astype("datetime64[us]").astype(np.int64), "h"),
        (lambda t: np.round(t.year + (t.month - 1) / 12, 3), "MS"),
        (lambda t: np.round(t.month + t.year / 1e4, 4), "MS"),
        (lambda t: t.to_julian_date(), "6h"),
    ],
)
def test_numbers_that_are_dates(make, step):
    truth = pd.date_range("2019-03-01", periods=200, freq=step)
    check(np.asarray(make(truth)), truth)


def test_days_of_a_spreadsheet_are_a_told_guess():
    truth = pd.date_range("2020-01-01", periods=60)
    check(np.arange(43831, 43891), truth, "warning")
    check(np.arange(43831, 43891), truth, step="1D")
    check(np.arange(43831, 43891) + 0.25, truth + pd.Timedelta("6h"), time_format="excel")
    check(np.arange(43831, 43891), pd.date_range("2024-01-01", periods=60, freq="h"), step="1h", start="2024-01-01")


@pytest.mark.parametrize(
    ("step", "first"), [("1h", "2024-02-10 06:00"), ("15min", "2024-02-10"), ("MS", "2024-02-10"), ("YS", "2000-02-29")]
)
def test_a_count_is_laid_from_start_by_step(step, first):
    one = {"MS": pd.DateOffset(months=1), "YS": pd.DateOffset(months=12)}.get(step) or pd.Timedelta(step)
    truth = [pd.Timestamp(first) + k * one for k in range(30)]
    for numbers in (np.arange(30), np.arange(30) + 1, np.arange(30) * 600.0):
        check(numbers, truth, step=step, start=first)


def test_a_count_without_a_start_is_warned_of():
    check(np.arange(30), pd.date_range("1970-01-01", periods=30, freq="h"), "warning", step="1h")


def test_a_step_without_a_length_is_refused():
    with pytest.raises(ArgumentError, match="fixed length"):
        parse_times(np.arange(30), "when", OpenOptions(step="B", start="2024-01-01"))


def test_years_that_cannot_be_held_are_refused():
    with pytest.raises(TimeError, match="1678 to 2261"):
        parse_times([1500, 1501, 1502], "Year")


def test_repeated_cells_read_like_single_ones():
    cells = ["03/01/2020 10:00", None, "25/01/2020 11:00", "04/02/2020 00:30"]
    short, notes = parse_times(cells, "when")
    long, same = parse_times(cells * 3000, "when")
    np.testing.assert_array_equal(long, np.tile(short, 3000))
    assert np.isnat(short[1]) and str(short[0])[:16] == "2020-01-03T10:00" and [n.text for n in notes] == [n.text for n in same]


def test_a_bad_cell_far_down_is_named_by_its_line():
    cells = pd.Series(["2020-01-01", "2020-01-02"] * 6000)
    cells.iloc[11_000] = "yesterday"
    with pytest.raises(TimeError, match="line 11002 holds 'yesterday'"):
        parse_times(cells, "when")


def test_many_different_cells_read_as_few_do():
    many = pd.date_range("2001-03-04", periods=6000, freq="37min")
    check(many.strftime("%d.%m.%Y %H:%M").tolist(), many)


def test_headers_are_dates_in_rising_order_only():
    assert header_dates(["1/22/20", "1/23/20", "1/24/20"])[0][1] == np.datetime64("2020-01-23")
    assert header_dates(["1/2/20", "2/2/20", "3/2/20"])[1][0].level == "warning"
    assert str(header_dates(["1/2/20", "2/2/20", "3/2/20"], "dmy")[0][1]) == "2020-02-02T00:00:00.000000000"
    assert header_dates(["2020-01-03", "2020-01-02"]) is None and header_dates(["a1", "a2"]) is None


def test_words_are_no_times():
    assert not looks_like_time(["A 12", "B 13"]) and not looks_like_time(["12", "13"]) and looks_like_time(["2023-01-01", None])


def test_names_that_count_from_a_start():
    assert elapsed_unit("t_days") == (86400 * 10**9, "days") and elapsed_unit("Elapsed_ms") == (10**6, "milliseconds")
    assert elapsed_unit("time_s") == (10**9, "seconds") and elapsed_unit("time_min") == (60 * 10**9, "minutes")
    assert elapsed_unit("days") is None and elapsed_unit("time") is None and elapsed_unit("t_max") is None


@pytest.mark.parametrize("form", ["%d.%m.%Y", "X%Y.%m.%d", "%Y%m%d", "%m/%d/%y", "%Y_%m_%d", "%b-%y", "%YM%m", "%Y%m", "%b %Y"])
def test_a_column_per_date_in_any_form(form):
    truth = pd.date_range("2019-01-01", periods=14, freq="MS" if "d" not in form else "D")
    rows = pd.DataFrame({"county": ["Ash", "Birch"], **{cell: [1.0, 2.0] for cell in truth.strftime(form)}})
    np.testing.assert_array_equal(ct.open(rows).times, truth.values.astype("datetime64[ns]"))


def test_columns_named_by_numbers_of_sensors_are_no_dates():
    with pytest.raises(TimeError, match="must have a column of times"):
        ct.open(pd.DataFrame({"county": ["Ash", "Birch"], **{str(400001 + 16 * k): [1.0, 2.0] for k in range(5)}}))


def test_a_service_day_goes_on_beyond_midnight_and_that_is_said():
    cells = ["2024-03-04 05:30", "2024-03-04 24:10:00", "2024-03-04 25:30"]
    check(cells, ["2024-03-04 05:30", "2024-03-05 00:10", "2024-03-05 01:30"])
    assert any("'2024-03-04 24:10:00' lies in the next day" in note.text for note in parse_times(cells, "when")[1])
    for cell in ("2024-03-04 36:00", "2024-03-04 25", "2024-03-04 25:61"):
        with pytest.raises(TimeError, match="must hold times"):
            parse_times([*cells, cell], "when")


def test_a_quarter_may_be_called_by_t_behind_its_number():
    check(["1T2012", "2T2012", "3T2012"], ["2012-01-01", "2012-04-01", "2012-07-01"])


@pytest.mark.parametrize("form", ["{}/{:02d}", "{}-{:02d}", "{}/20{:02d}", "{} – {:02d}"])
def test_seasons_that_go_on_into_the_next_year_stand_at_their_first(form):
    cells = [form.format(year, (year + 1) % 100) for year in range(2003, 2010)]
    times, found = parse_times(cells, "season")
    assert [str(time)[:10] for time in times] == [f"{year}-01-01" for year in range(2003, 2010)]
    assert "seasons" in found[0].text
    assert str(parse_times(["2003-04", "2003-05"], "month")[0][1])[:10] == "2003-05-01"
    assert str(parse_times(["2009-10", "2009-10"], "month")[0][1])[:10] == "2009-10-01"


def test_days_before_and_after_1970_in_seconds_are_moments():
    months = pd.date_range("1969-01-01", "2022-08-01", freq="MS")
    check(pd.Series(months.values.astype("datetime64[s]").astype(np.int64)), months)


@pytest.mark.parametrize(("rate", "days"), [(52, 7), (365.25 / 7, 7), (365, 1), (365.25, 1)])
def test_even_fractions_of_years_are_days_or_weeks_apart(rate, days):
    times, notes = parse_times(1990.1346 + np.arange(700) / rate, "when", OpenOptions())
    assert (np.diff(times) == np.timedelta64(days, "D")).all() and f"rise by {days} day" in notes[0].text
    assert abs(times[350] - np.datetime64("1990-02-19") - np.timedelta64(round(350 / rate * 365.2425), "D")) <= np.timedelta64(2, "D")


def test_uneven_fractions_of_years_keep_their_moments():
    years = 2000 + np.cumsum(np.random.default_rng(0).uniform(0.01, 0.03, 60))
    times, notes = parse_times(years, "when", OpenOptions())
    assert len(np.unique(np.diff(times))) > 1 and "rise by" not in notes[0].text


def test_years_and_months_with_a_dot_in_single_precision_are_months():
    check((MONTHS.year + MONTHS.month / 100).to_numpy(np.float32).astype(float), MONTHS)


def test_packed_dates_of_two_digit_years_are_days_and_days_of_a_spreadsheet_stay():
    days = pd.date_range("1999-12-20", periods=400)
    times, notes = parse_times(days.strftime("%y%m%d").astype(int), "date", OpenOptions())
    assert (times == days.values).all() and "yymmdd" in notes[0].text
    times, _ = parse_times(np.arange(40101, 40132), "date", OpenOptions())
    assert times[0] == np.datetime64("2009-10-15")


def test_years_of_two_digits_are_refused_with_the_century():
    with pytest.raises(TimeError, match="Add the century"):
        parse_times(np.arange(63, 93), "year", OpenOptions())
