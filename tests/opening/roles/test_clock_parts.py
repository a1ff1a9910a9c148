"""Stamps that stand in several columns become one clock."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.errors import ArgumentError, TimeError

T = pd.date_range("2023-01-02", periods=24 * 20, freq="h")
DAYS = T.strftime("%d/%m/%Y")


def check(columns, truth=T, **options):
    field = ct.open(pd.DataFrame({**columns, "flow": np.arange(float(len(truth)))}), **options)
    np.testing.assert_array_equal(field.times, truth.values.astype("datetime64[ns]"))
    assert field.variables == ("flow",)
    return " ".join(note.text for note in field.findings)


@pytest.mark.parametrize(
    "columns",
    [
        {"Date": DAYS, "Hour": T.hour},
        {"Datum": T.strftime("%d.%m.%Y"), "Uhrzeit": T.strftime("%H:%M")},
        {"Fecha": DAYS, "Hora": T.strftime("%H:%M:%S")},
        {"DATE": T.strftime("%Y%m%d").astype(int), "HHMM": T.hour * 100},
        {"Date": DAYS, "Time": T.strftime("%I:%M %p")},
        {"date": T.normalize(), "hour": T.hour},
        {"day": T.strftime("%d-%b-%Y"), "clock": T.strftime("%H:%M")},
        {"YEAR": T.year, "MO": T.month, "DY": T.day, "HR": T.hour},
        {"YY": T.year % 100, "MM": T.month, "DD": T.day, "hh": T.hour, "mm": 0},
        {"Year": T.year, "DOY": T.day_of_year, "Hour": T.hour},
        {"Jahr": T.year, "Monat": T.month, "Tag": T.day, "Stunde": T.hour},
        {"Date": DAYS, "Time": [f"{t:%H:%M} - {t + pd.Timedelta('1h'):%H:%M}" for t in T]},
    ],
)
def test_parts_of_a_stamp_are_joined(columns):
    check(columns)


def test_the_evenness_of_hours_settles_the_day_of_joined_stamps():
    few = pd.date_range("2023-02-01", periods=24 * 9, freq="h")
    check({"Date": few.strftime("%d/%m/%Y"), "Hour": few.hour}, few)


def test_hours_one_to_twenty_four_begin_at_midnight_and_it_is_said():
    assert "1 is the hour (or period) from 00:00 on" in check({"Date": DAYS, "Hour": T.hour + 1})
    assert "from 00:00 on" in check({"Date": DAYS, "HE": T.hour + 1})


def test_settlement_periods_are_half_hours():
    halves = pd.date_range("2023-01-01", periods=480, freq="30min")
    check({"SETTLEMENT_DATE": halves.strftime("%d-%b-%Y"), "SETTLEMENT_PERIOD": halves.hour * 2 + halves.minute // 30 + 1}, halves)


def test_further_times_of_day_are_left_aside_and_it_is_said():
    ends = (T + pd.Timedelta("1h")).strftime("%H:%M")
    assert "'Ende' also holds times of day" in check({"Datum": T.strftime("%d.%m.%Y"), "Anfang": T.strftime("%H:%M"), "Ende": ends})


def test_a_day_of_25_hours_needs_the_name_of_its_clock():
    local = pd.date_range("2023-10-28", periods=73, freq="h", tz="Europe/Madrid")
    hour = pd.Series(1, index=range(73)).groupby(local.strftime("%Y-%m-%d").to_numpy()).cumsum().to_numpy()
    columns = {"fecha": local.strftime("%Y-%m-%d"), "hora": hour}
    with pytest.raises(TimeError, match="clock='Europe/Madrid'"):
        check(columns, local)
    check(columns, local.tz_convert("UTC").tz_localize(None), clock="Europe/Madrid")


def test_a_full_stamp_beside_an_hour_is_left_as_it_is():
    field = ct.open(pd.DataFrame({"time": T, "hour": T.hour, "flow": np.arange(480.0)}), target="flow")
    np.testing.assert_array_equal(field.times, T.values.astype("datetime64[ns]"))


def test_parts_that_make_no_date_are_told_by_their_line():
    with pytest.raises(TimeError, match="line 4 holds year 2023, month 2, day 30"):
        ct.open(pd.DataFrame({"year": [2023] * 4, "month": [1, 1, 2, 2], "day": [1, 2, 30, 4], "flow": 1.0}))


@pytest.mark.parametrize(
    ("columns", "freq"),
    [
        (lambda t: {"year": t.isocalendar().year.to_numpy(), "week": t.isocalendar().week.to_numpy()}, "7D"),
        (lambda t: {"Meldejahr": t.isocalendar().year.to_numpy(), "Meldewoche": t.isocalendar().week.to_numpy()}, "7D"),
        (lambda t: {"epiweek": (t.isocalendar().year * 100 + t.isocalendar().week).to_numpy()}, "7D"),
        (lambda t: {"year": t.year, "quarter": t.quarter}, "QS"),
        (lambda t: {"mjd": (t - pd.Timestamp("1858-11-17")).days}, "1D"),
        (lambda t: {"Fecha": t.strftime("%d/%m/%Y"), "Hora": [f"H{hour + 1:02d}" for hour in t.hour]}, "h"),
        (lambda t: {"Date": t.strftime("%m/%d/%Y"), "Hour": t.strftime("%I %p")}, "h"),
    ],
)
def test_weeks_quarters_and_hours_with_words(columns, freq):
    truth = pd.date_range("1998-01-05" if freq == "7D" else "1998-01-01", periods=120, freq=freq)
    check(columns(truth), truth)


def test_a_row_per_year_and_a_column_per_month_is_a_series_of_months():
    years = pd.DataFrame({"Year": range(1950, 1960)} | {f"{pd.Timestamp(2000, m, 1):%b}": np.arange(10) + m / 100 for m in range(1, 13)})
    field = ct.open(years)
    np.testing.assert_array_equal(field.times, pd.date_range("1950-01-01", periods=120, freq="MS").values.astype("datetime64[ns]"))
    assert field.panel().values[13, 0, 0] == np.float32(1.02)


def test_years_that_name_columns_as_banks_write_them():
    rows = pd.DataFrame({"Country": ["Peru", "Chile"], **{f"{year} [YR{year}]": [1.0, 2.0] for year in range(1990, 1996)}})
    assert [str(time)[:4] for time in ct.open(rows).times] == [str(year) for year in range(1990, 1996)]


def test_a_measured_period_is_no_hour():
    days = pd.date_range("2023-01-05", periods=20)
    for name in ("period", "time"):
        field = ct.open(pd.DataFrame({"date": days.strftime("%Y-%m-%d"), name: np.arange(20) % 5 + 8, "height": np.arange(20.0)}))
        np.testing.assert_array_equal(field.times, days.values.astype("datetime64[ns]"))
        assert field.dataset.sizes["place"] == 2


def test_packed_dates_under_another_name_are_time():
    check({"MESS_DATUM": T.strftime("%Y%m%d%H").astype(int)})


def test_periods_measured_at_several_sites_are_no_hours():
    days = np.repeat(pd.date_range("2023-01-05", periods=20).strftime("%Y-%m-%d"), 3)
    waves = pd.DataFrame({"date": days, "buoy": list("abc") * 20, "period": np.arange(60) * 7 % 11 + 4, "height": np.arange(60.0)})
    field = ct.open(waves)
    assert field.dataset.sizes["time"] == 20 and field.variables == ("period", "height")


def test_a_day_of_the_year_that_comes_once_a_year_is_what_was_seen():
    rows = [(1990 + y, site, "hazel", 60 - y + k) for y in range(6) for k, site in enumerate("ab")]
    table = pd.DataFrame(rows, columns=["year", "site_id", "species", "doy"])
    field = ct.open(table)
    assert (
        field.variables == ("doy",) and field.panel().freq == "YS" and any("no part of its stamp" in note.text for note in field.findings)
    )
    np.testing.assert_array_equal(field.dataset["doy"].values[:, 1], 61 - np.arange(6.0))
    assert ct.open(table.assign(peak=3.0)).variables == ("doy", "peak"), "beside other values too"
    days = pd.date_range("2020-01-01", "2022-12-31")
    check({"year": days.year, "doy": days.day_of_year}, days)


def numbered(count, first, days=30):
    """A row per day with bare numbers above a daily cycle, and the same as one series."""
    x = 50 + 20 * np.sin(np.arange(days * count) * 2 * np.pi / count)
    table = pd.DataFrame(x.reshape(days, count), columns=[str(k) for k in range(first, first + count)])
    table.insert(0, "date", pd.date_range("2024-01-01", periods=days).strftime("%Y-%m-%d"))
    return table, x


@pytest.mark.parametrize(("count", "first"), [(24, 0), (24, 1), (48, 0), (48, 1), (96, 1)])
def test_bare_numbers_above_what_goes_through_the_day_are_its_moments(count, first):
    table, x = numbered(count, first)
    field = ct.open(table)
    np.testing.assert_array_equal(field.times, pd.date_range("2024-01-01", periods=len(x), freq=f"{1440 // count}min"))
    np.testing.assert_allclose(field.panel(exact=True).values[:, 0, 0], x)
    assert "if they are numbers of places, give time='date'" in str(field)
    assert ct.open(table, time="date").dataset.sizes["place"] == count


def test_bare_numbers_of_places_stay_places():
    rng = np.random.default_rng(0)
    table, _ = numbered(24, 1)
    levels = rng.normal(50, 20, 24) + rng.normal(0, 5, (30, 1))  # each its level, all their days
    assert ct.open(table.assign(**{str(k + 1): levels[:, k] for k in range(24)})).dataset.sizes["place"] == 24
    weekly = table.assign(date=pd.date_range("2024-01-01", periods=30, freq="7D"))
    assert ct.open(weekly).dataset.sizes["place"] == 24
    assert ct.open(numbered(25, 1)[0]).dataset.sizes["place"] == 25


def test_a_row_per_month_with_a_column_per_day_is_a_series_of_days():
    days = pd.date_range("2023-01-01", "2024-12-31")
    flow = pd.Series(np.arange(float(len(days))), days)
    rows = [
        {"STATION_NUMBER": name, "YEAR": year, "MONTH": month, "MEAN": part.mean()}
        | {f"FLOW{k}": part.get(pd.Timestamp(year, month, min(k, len(part)))) if k <= len(part) else np.nan for k in range(1, 32)}
        | {f"SYMBOL{k}": "B" for k in range(1, 32)}
        for name in ("05AA024", "05AA025")
        for (year, month), part in flow.groupby([days.year, days.month])
    ]
    field = ct.open(pd.DataFrame(rows))
    assert field.times.tolist() == days.as_unit("ns").values.tolist() and field.panel().freq == "1D"
    assert list(field.dataset["place"].values) == ["05AA024", "05AA025"]
    np.testing.assert_array_equal(field.dataset["value"].values, np.stack([flow, flow], axis=1))


def test_parts_that_tell_the_stamps_again_are_no_values_also_on_another_clock():
    local = pd.DatetimeIndex(T).tz_localize("UTC").tz_convert("America/New_York")
    spring = pd.date_range("2023-03-10", periods=len(T), freq="h", tz="UTC")
    for stamps, there in ((T.tz_localize("UTC"), local), (spring, spring.tz_convert("America/New_York"))):
        columns = {"time": stamps, "month": there.month, "day_of_month": there.day, "hour": there.hour, "day_of_year": there.day_of_year}
        said = check(columns | {"day_of_week": (there.day_of_week + 1) % 7 + 1}, stamps.tz_localize(None))
        assert "tell the time again: month, day_of_month, hour, day_of_year, day_of_week" in said


def test_a_value_that_is_called_like_a_part_of_the_stamp_stays():
    hours = np.arange(len(T)) * 7 % 24
    assert ct.open(pd.DataFrame({"time": T, "hour": hours, "flow": np.arange(480.0)})).variables == ("hour", "flow")


def test_twelve_columns_that_tell_the_month_of_a_row_do_not_make_twelve_rows_of_it():
    months = pd.date_range("1980", periods=48, freq="MS")
    which = {f"{month:%b}".lower(): (months.month == month.month).astype(int) for month in months[:12]}
    table = pd.DataFrame({"year": months.year, "month": months.month, "claims": np.arange(48.0), **which})
    np.testing.assert_array_equal(ct.open(table).times, months.values.astype("datetime64[ns]"))


def test_months_and_days_without_a_year_are_refused():
    days = pd.date_range("1973-05-01", "1973-09-30")
    table = pd.DataFrame({"Ozone": np.arange(153.0), "Wind": np.arange(153.0) % 7, "Month": days.month, "Day": days.day})
    with pytest.raises(TimeError, match="name their year"):
        ct.open(table)
    assert len(ct.open(table.assign(Year=1973)).times) == 153


def test_a_time_that_was_measured_is_no_clock_beside_years():
    years = np.arange(1950, 1990)
    table = pd.DataFrame({"year": years, "time": 60 - np.sqrt(years - 1949.0)})
    assert ct.open(table).times[0] == np.datetime64("1950-01-01")


def test_row_names_number_the_rows():
    table = pd.DataFrame({"rownames": np.arange(1, 41), "time": 1950 + np.arange(40) / 4, "value": np.arange(40) % 7})
    field = ct.open(table)
    assert field.variables == ("value",) and any("numbers the rows" in note.text for note in field.findings)


def test_parts_of_the_stamp_are_read_where_they_are_named_and_else_told_of():
    times = pd.date_range("2024-01-01", periods=200, freq="h")
    table = pd.DataFrame({"time": times, "load": np.sin(np.arange(200.0)), "dow": times.dayofweek, "rain": np.arange(200) % 7.0})
    field = ct.open(table)
    assert field.variables == ("load", "rain")
    with pytest.raises(ArgumentError, match="'dow'. It was left out when the data was opened, as it tells the time again"):
        ct.load("baseline:mix").forecast(field, 5, known_future=["dow"])
    named = ct.open(table, future=["dow", "rain"])
    assert {"future_dow", "future_rain"} <= set(named.dataset.variables)


@pytest.mark.parametrize("option", ["future", "cumulative"])
def test_columns_of_which_an_option_names_some_as_variables_are_variables(option):
    table = pd.DataFrame({"time": T[:200], "sales": np.sin(np.arange(200.0)), "promo": np.cos(np.arange(200.0))})
    assert ct.open(table).variables == ("value",)  # places, which is said
    assert set(ct.open(table, **{option: ["promo"]}).variables) == {"sales", "promo"} - ({"promo"} if option == "future" else set())
