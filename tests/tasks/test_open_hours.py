"""Forecasts answer at the next session, start after the last value, and refuse what no machine holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.errors import ArgumentError

MODEL = ct.load("baseline:last_value")


def series(times, values=None):
    return ct.open(pd.DataFrame({"time": times, "price": np.arange(float(len(times))) if values is None else values}))


def stamps(field, horizon, **options) -> list[str]:
    return [str(stamp)[:16] for stamp in MODEL.forecast(field, horizon, **options).to_xarray()["time"].values]


def half_hours() -> pd.DatetimeIndex:
    whole = pd.date_range("2023-01-02", periods=48 * 40, freq="30min")
    return whole[(whole.day_of_week < 5) & (whole.hour >= 10) & (whole.hour < 16)]


def test_after_friday_comes_monday():
    field = series(pd.bdate_range("2022-01-03", periods=160))
    assert stamps(field, 3) == ["2022-08-15T00:00", "2022-08-16T00:00", "2022-08-17T00:00"]
    assert stamps(field, "7D")[-1] == "2022-08-19T00:00" and len(stamps(field, "7D")) == 5
    with pytest.raises(ArgumentError, match="the next is 2022-08-15"):
        stamps(field, "2D")


def test_after_the_close_comes_the_next_open_with_the_values_of_the_steps_in_order():
    field = series(half_hours())
    assert stamps(field, 2) == ["2023-02-13T10:00", "2023-02-13T10:30"]
    night = pd.date_range("2023-01-02", periods=144 * 30, freq="10min")
    assert stamps(series(night[(night.hour >= 5) & (night.hour < 23)]), 1) == ["2023-02-01T05:00"]


def test_several_origins_have_their_own_next_sessions():
    field = series(pd.bdate_range("2022-01-03", periods=160))
    made = MODEL.forecast(field, 2, at=["2022-06-03", "2022-06-07"]).to_xarray()
    assert [str(stamp)[:10] for stamp in made["valid_time"].values.ravel()] == ["2022-06-06", "2022-06-07", "2022-06-08", "2022-06-09"]


def test_gaps_of_closed_days_are_not_filled():
    times = pd.bdate_range("2022-01-03", periods=100).delete(40)
    filled = MODEL.impute(series(times)).to_xarray()
    assert set(pd.DatetimeIndex(filled["time"].values).day_of_week) == {0, 1, 2, 3, 4} and filled.sizes["time"] == 100


def test_a_backtest_of_working_days_still_scores():
    table = ct.backtest(["baseline:last_value"], series(pd.bdate_range("2022-01-03", periods=160)), horizon=4, every=4)
    assert np.isfinite(table["wql"]).all()


def test_a_forecast_starts_after_the_last_value_and_opening_warns():
    values = np.where(np.arange(31) < 24, np.arange(31.0), np.nan)
    field = series(pd.date_range("2021-03-01", periods=31), values)
    assert stamps(field, 2) == ["2021-03-25T00:00", "2021-03-26T00:00"]
    assert stamps(field, 1, at="2021-03-28") == ["2021-03-29T00:00"]
    assert any(note.level == "warning" and "starts after 2021-03-24" in note.text for note in field.findings)


@pytest.mark.parametrize(("freq", "horizon"), [("h", 10**9), ("MS", 10**5), ("YS", 900)])
def test_a_horizon_that_no_machine_holds_is_refused_with_what_fits(freq, horizon):
    with pytest.raises(ArgumentError, match="horizon must be at most"):
        MODEL.forecast(series(pd.date_range("2001-01-01", periods=60, freq=freq)), horizon)


def test_an_origin_may_name_its_zone_where_stamps_are_utc():
    field = series(pd.date_range("2024-06-01", periods=60, freq="h", tz="Europe/Madrid"))
    assert stamps(field, 1, at="2024-06-02T12:00+02:00") == ["2024-06-02T11:00"]


def test_the_thirtieth_of_a_month_comes_back_after_february():
    times = [pd.Timestamp("2022-01-30") + pd.DateOffset(months=k) for k in range(14)]
    assert stamps(series(times), 2) == ["2023-03-30T00:00", "2023-04-30T00:00"]


def test_dekads_go_on_as_dekads():
    days = [pd.Timestamp(2010 + i // 36, i // 3 % 12 + 1, (1, 11, 21)[i % 3]) for i in range(144)]
    assert stamps(series(days), 3) == ["2014-01-01T00:00", "2014-01-11T00:00", "2014-01-21T00:00"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (
            pd.date_range("2023-06-01", periods=150, freq="D", tz="Europe/Berlin"),
            ["2023-10-29 00:00:00+02:00", "2023-10-30 00:00:00+01:00"],
        ),
        (
            pd.date_range("2022-01-01", periods=22, freq="MS", tz="Europe/Berlin"),
            ["2023-11-01 00:00:00+01:00", "2023-12-01 00:00:00+01:00"],
        ),
        (pd.date_range("2023-06-01", periods=150, freq="D", tz="UTC"), ["2023-10-29 00:00:00+00:00", "2023-10-30 00:00:00+00:00"]),
        (
            pd.date_range("2023-06-01", periods=150, freq="D", tz="UTC").tz_convert("Europe/Berlin"),
            ["2023-10-29 02:00:00+02:00", "2023-10-30 01:00:00+01:00"],
        ),
    ],
    ids=["days", "months", "days of UTC", "days of UTC on another clock"],
)
def test_local_days_begin_at_midnight_after_the_clocks_are_set(days, expected):
    assert [str(stamp) for stamp in MODEL.forecast(series(days), 2).to_pandas()["time"]] == expected


def test_local_days_before_the_first_begin_at_midnight_too():
    days = pd.date_range("2023-03-28", periods=60, freq="D", tz="Europe/Berlin")
    made = MODEL.backcast(series(days), 3).to_pandas()["time"]
    assert [str(stamp) for stamp in made] == [f"2023-03-{day} 00:00:00+0{2 if day > 26 else 1}:00" for day in (25, 26, 27)]


def test_after_the_last_month_of_a_season_comes_the_next_season():
    months = [pd.Timestamp(year, month, 1) for year in range(2018, 2024) for month in range(4, 11)]
    field = series(months)
    assert stamps(field, 3) == ["2024-04-01T00:00", "2024-05-01T00:00", "2024-06-01T00:00"]
    assert stamps(field, 2, at="2022-10-01") == ["2023-04-01T00:00", "2023-05-01T00:00"]
    assert stamps(series(np.delete(months, 9)), 1) == ["2024-04-01T00:00"], "a month that is missing once"
    all_year = pd.date_range("2018-01-01", periods=70, freq="MS").delete(range(5, 12))
    assert stamps(series(all_year), 1) == ["2023-11-01T00:00"], "a gap is no end of a season"


def test_after_a_winter_of_days_or_hours_comes_the_next_winter_where_every_year_shows_the_rest():
    days = pd.date_range("2019-11-01", "2023-04-30")
    winter = days[(days.month >= 11) | (days.month <= 4)]
    field = series(winter)
    assert stamps(field, 2) == ["2023-11-01T00:00", "2023-11-02T00:00"]
    assert stamps(field, 2, at="2022-04-29") == ["2022-04-30T00:00", "2022-11-01T00:00"]
    with pytest.raises(ArgumentError, match="the next is 2023-11-01"):
        stamps(field, "7D")
    assert "after 30 April and before 1 November" in MODEL.forecast(field, 2).meta["warnings"][0]
    assert not MODEL.forecast(field, 2, at="2022-01-10").meta["warnings"]
    assert [str(stamp)[:10] for stamp in MODEL.backcast(field, 1).to_pandas()["time"]] == ["2019-04-30"]
    assert len(MODEL.impute(series(winter.delete(5))).median["time"]) == len(winter), "a gap is filled, the rest of the year is not"
    hours = pd.date_range("2020-06-01", "2023-09-30 23:00", freq="h")
    assert stamps(series(hours[(hours.month >= 6) & (hours.month <= 9)]), 1) == ["2024-06-01T00:00"]
    assert stamps(series(days[(days.month != 7) | (days.year == 2021)]), 1) == ["2023-05-01T00:00"], "one year had no rest"
    assert stamps(series(winter[winter > "2022-06-01"]), 1) == ["2023-05-01T00:00"], "one winter tells no rest"
