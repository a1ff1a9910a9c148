"""The clock: calendar periods per step, detected periods, phases of day, week and year."""

import numpy as np
import pandas as pd
import pytest

from chronotope.evidence.clock import Period, calendar_features, calendar_periods, detected_periods
from chronotope.tokens.tokenizer import make_tile
from panels import ahead, panel_of

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def _steps(step, rows):
    return [round(p.steps, 2) for p in calendar_periods(step, rows)]


@pytest.mark.parametrize(
    "step, rows, expected",
    [
        (5 * MINUTE, 288 * 30, [288, 2016]),
        (HOUR, 24 * 800, [24, 168, 8765.82]),
        (DAY, 1000, [7, 365.24]),
        (7 * DAY, 300, [52.18]),
        (365.2425 / 12 * DAY, 120, [12]),
        (365 * DAY, 100, []),
        (HOUR, 100, [24]),
        (HOUR, 20, []),
    ],
    ids=["5min", "hour", "day", "week", "month", "year", "four days of hours", "twenty hours"],
)
def test_periods_are_those_that_the_step_resolves_and_the_rows_hold(step, rows, expected):
    assert _steps(step, rows) == expected


def test_a_year_of_hours_keeps_the_hour_of_the_day():
    year = calendar_periods(HOUR, 24 * 800)[2]
    offsets = year.offsets(16)
    assert (offsets % 24 == 0).all()
    assert (np.abs(offsets / 24 - np.arange(1, 17) * 365.2425) <= 0.5).all()


def test_a_week_of_five_minutes_is_exact():
    assert calendar_periods(5 * MINUTE, 288 * 30)[1].offsets(3).tolist() == [2016, 4032, 6048]


def test_months_come_back_in_the_same_month_however_long_ago():
    question = ahead(panel_of(np.random.default_rng(0).normal(size=(240, 2)), "MS"), 12)
    year = make_tile(question, 239).series.periods[0]
    months = pd.DatetimeIndex(question.frame.times).month
    for back in year.offsets(16):
        assert months[251 - back] == months[251]


@pytest.mark.parametrize("series", [1, 6])
@pytest.mark.parametrize("seed", range(4))
def test_a_planted_period_is_found_within_one_percent(series, seed):
    rng = np.random.default_rng(seed)
    phase = rng.uniform(0, 6, (series, 1))
    x = np.sin(2 * np.pi * np.arange(1500) / 37 + phase) + rng.normal(size=(series, 1500))
    found = detected_periods(x.astype(np.float32), np.ones(x.shape, np.float32), [], 3)
    assert found and found[0].steps == pytest.approx(37, rel=0.01)


@pytest.mark.parametrize("series", [1, 6])
def test_white_noise_has_no_period_in_at_least_eighteen_of_twenty_draws(series):
    quiet = 0
    for seed in range(20):
        x = np.random.default_rng(100 + seed).normal(size=(series, 1000)).astype(np.float32)
        quiet += not detected_periods(x, np.ones_like(x), [], 3)
    assert quiet >= 18


def test_a_period_already_known_is_not_found_again():
    x = np.sin(2 * np.pi * np.arange(1000)[None] / 24) + 0.3 * np.sin(2 * np.pi * np.arange(1000)[None] / 12)
    x = (x + 0.1 * np.random.default_rng(0).normal(size=x.shape)).astype(np.float32)
    assert detected_periods(x, np.ones_like(x), [], 3)[0].steps == pytest.approx(24, rel=0.01)
    assert detected_periods(x, np.ones_like(x), [Period(24.0)], 3) == []


def test_values_that_are_not_seen_do_not_make_a_period():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2, 1000)).astype(np.float32)
    seen = (rng.random((2, 1000)) < 0.8).astype(np.float32)
    wave = 1e6 * np.sin(2 * np.pi * np.arange(1000) / 37).astype(np.float32)
    assert detected_periods(np.where(seen > 0, x, wave), seen, [], 3) == detected_periods(x, seen, [], 3)


def test_phases_of_day_and_week_start_on_monday_at_midnight():
    times = np.array(["2024-01-01T00:00", "2024-01-01T06:00", "2024-01-08T00:00", "2024-01-04T12:00"], "datetime64[ns]")
    found = calendar_features(times, HOUR)
    np.testing.assert_allclose(found[0, :4], [0, 1, 0, 1], atol=1e-5)
    np.testing.assert_allclose(found[1, :2], [1, 0], atol=1e-5)
    np.testing.assert_allclose(found[2, :4], [0, 1, 0, 1], atol=1e-5)
    np.testing.assert_allclose(found[3, :4], [0, -1, 0, -1], atol=1e-5)  # Thursday noon: half a day, half a week


def test_phases_that_a_step_hides_are_zero():
    times = pd.date_range("2024-01-01", periods=4, freq="D").values
    assert (calendar_features(times, DAY)[:, :2] == 0).all() and (calendar_features(times, DAY)[:, 2:] != 0).any()
    assert (calendar_features(times, 7 * DAY)[:, :4] == 0).all()


def test_four_hundred_years_are_whole_days_weeks_and_years():
    times = pd.date_range("1700-03-01", periods=50, freq="7h").values.astype("datetime64[ns]")
    later = times + np.timedelta64(146097, "D").astype("timedelta64[ns]")
    np.testing.assert_allclose(calendar_features(times, HOUR), calendar_features(later, HOUR), atol=1e-5)


def test_of_years_slow_swings_are_no_period_and_cycles_are():
    def found(values, step):
        tile = make_tile(ahead(panel_of(values, step, "1900-01-01"), 5), len(values))
        return [round(p.steps) for p in tile.series.periods if p.steps > 8]

    swings = before = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        walk = np.cumsum(np.cumsum(rng.normal(size=(90, 1)), axis=0), axis=0) + np.cumsum(rng.normal(size=(90, 6)), axis=0)
        swings += len(found(walk, "YS"))
        before += len(found(walk, "17D"))
    assert swings <= 2 and before >= 6
    rng = np.random.default_rng(0)
    assert 11 in found(np.sin(2 * np.pi * np.arange(100) / 10.7)[:, None] + 0.3 * rng.normal(size=(100, 6)), "YS")
