"""Running totals are told from what happens not to have fallen."""

import numpy as np
import pandas as pd
import pytest

import chronotope as ct
from chronotope.inspect.totals import may_be_total, never_fell, running_totals, starts_anew

RNG = np.random.default_rng(0)
DAY, HOUR, YEAR = 86400.0, 3600.0, 365.2425 * 86400.0
T = np.arange(400)


@pytest.mark.parametrize(
    ("x", "step", "expected"),
    [
        (np.cumsum(RNG.poisson(3, (400, 4)), 0), DAY, True),
        (np.cumsum(RNG.poisson(0.2, (400, 4)), 0), DAY, True),
        (1e5 + np.cumsum(300 + 150 * np.sin(T / 24 * 2 * np.pi))[:, None], HOUR, True),
        (np.cumsum(RNG.poisson(9, (400, 1)), 0) - 50 * (T[:, None] == 200), DAY, True),  # one correction
        (np.cumsum(RNG.normal(1, 1, (400, 4)), 0), DAY, False),
        (10 + 5 * np.sin(T / 24 * 2 * np.pi)[:, None], HOUR, False),
        (10 - 5 * np.cos(np.pi * np.arange(30) / 30)[:, None], HOUR / 3, False),  # a morning's rise
        (np.full((400, 2), 7.0), DAY, False),
        (np.where(T[:, None] > 200, np.nan, np.nan), DAY, False),
        (2000 - np.cumsum(RNG.poisson(3, (400, 1)), 0), DAY, False),  # a stock that only falls
        (np.cumsum(RNG.gamma(9, 1, 12))[:, None], YEAR, False),  # twelve years are few
        (np.arange(4000)[:, None] // 300 % 2, 60.0, False),  # falls in one step of 600, as often as it rises
        (np.cumsum(RNG.gamma(1, 1, (10, 144)), 1).reshape(-1, 1), 600.0, False),  # rain since midnight
        (np.cumsum(RNG.gamma(1, 1, (2, 720)), 1).reshape(-1, 1), 600.0, True),  # a meter that was changed once
    ],
    ids=["cases", "rare claims", "meter", "corrected", "walk", "tide", "morning", "constant", "nothing", "stock", "few",
         "switch", "since midnight", "changed"],
)  # fmt: skip
def test_totals(x, step, expected):
    assert running_totals(np.asarray(x, float)[..., None], step).tolist() == [expected]


def test_what_cannot_add_up_is_no_total():
    assert may_be_total("deaths") and may_be_total("meter", "kWh") and may_be_total("value")
    assert not any(may_be_total(*one) for one in (("temp", ""), ("x", "degC"), ("close", "USD"), ("water_level", "m"), ("cover", "%")))


def test_the_unit_one_is_of_fractions_and_of_counts():
    assert may_be_total("cases_total", "1", 7153.0) and not may_be_total("cloud_cover", "1", 1.0)


def test_never_fell_looks_past_gaps():
    x = np.array([[1.0, 1.0], [np.nan, np.nan], [2.0, 0.5], [3.0, np.nan]])[..., None]
    assert never_fell(x)[:, 0].tolist() == [True, False] and not never_fell(np.full((3, 1, 1), np.nan)).any()


def test_what_rose_once_is_no_total():
    once, often = np.repeat([5.0, 7.0], 60)[:, None, None], np.repeat(np.arange(8.0), 15)[:, None, None]
    assert not running_totals(once, HOUR)[0] and running_totals(often, HOUR)[0]


@pytest.mark.parametrize(
    ("starts", "resting", "expected"),
    [((0, 365, 730), 185, 2), ((0, 365, 730), 0, 2), ((0, 200, 900), 0, 0), ((0,), 0, 0)],
    ids=["seasons", "years", "meters changed", "meter"],
)
def test_a_count_of_every_season_is_no_total_though_it_falls_unseen(starts, resting, expected):
    seasons = np.split(RNG.gamma(9, 1, 1095), starts[1:])
    count = np.concatenate([np.where(np.arange(len(gains)) < len(gains) - resting, gains.cumsum(), np.nan) for gains in seasons])
    assert starts_anew(count[:, None], DAY) == expected
    assert running_totals(count[:, None, None], DAY).tolist() == [not expected]


def test_what_is_on_every_friday_is_no_count():
    assert starts_anew((np.arange(70) % 7 == 4).astype(float)[:, None], DAY) == 0


def test_a_count_that_seldom_started_anew_is_said():
    months = pd.date_range("2015-01-01", periods=48, freq="MS")
    cases = pd.Series(RNG.poisson(30, 48)).groupby(months.year).cumsum()
    assert "'cases' counts up and started anew 3 times" in str(ct.open(pd.DataFrame({"time": months, "cases": cases})))
