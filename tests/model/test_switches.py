"""Switches: a holiday that comes once a year is heard, one that says nothing is not, and an answer is as unsure as its episodes were."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.model.switches import gain, switches_of

DAYS = pd.date_range("2018-01-01", "2024-12-31", freq="D")


def shop(effect: float, seed: int = 0) -> tuple[xr.Dataset, int]:
    """Sales with weekends and a holiday of four days in each spring, and the row before the last of them."""
    rng = np.random.default_rng(seed)
    holiday = np.zeros(len(DAYS))
    for year in range(2018, 2025):
        first = DAYS.get_loc(f"{year}-03-10") + int(rng.integers(40))
        holiday[first : first + 4] = 1
    sales = 100 - 20 * (DAYS.day_of_week >= 5) + effect * holiday + 3 * rng.normal(size=len(DAYS))
    origin = int(np.flatnonzero(np.diff(holiday) > 0)[-1])
    rows = slice(None, origin + 8)
    variables = {"sales": (("time", "place"), sales[rows, None]), "holiday": (("time", "place"), holiday[rows, None])}
    return xr.Dataset(variables, {"time": DAYS[rows], "place": ["shop"]}), origin


@pytest.mark.parametrize("name", ["baseline:mix", "tiny"])
def test_a_holiday_once_a_year_is_heard(name: str) -> None:
    errors, held = [], []
    for seed in range(3):
        data, origin = shop(-50, seed)
        fc = ct.load(name).forecast(ct.open(data), 4, at=DAYS[origin], target="sales", known_future=["holiday"])
        came = data["sales"].values[origin + 1 : origin + 5, 0]
        errors.append(np.abs(fc.median["sales"].values[:, 0] - came).mean())
        low, high = (bound["sales"].values[:, 0] for bound in fc.interval(0.8))
        held.append(((low <= came) & (came <= high)).mean())
    assert np.mean(errors) < 8 and np.mean(held) >= 0.5  # unheard it errs by nearly 50


def test_a_holiday_without_effect_changes_nothing() -> None:
    for seed in range(3):
        data, origin = shop(0, seed)
        plain, known = (
            ct.load("baseline:mix").forecast(ct.open(data), 4, at=DAYS[origin], target="sales", known_future=names).median["sales"].values
            for names in ((), ["holiday"])
        )
        assert np.abs(plain - known).max() < 1.5


def test_what_is_on_often_or_was_on_too_seldom_or_is_not_met_is_no_switch() -> None:
    cut, asked = 400, np.arange(410) >= 400
    drivers = np.zeros((410, 2, 1))
    drivers[[50, 51, 150, 250, 402], :] = 1
    one = switches_of(drivers, cut, asked)
    assert len(one) == 1 and one[0].episodes.max() == 2 and one[0].episodes[51, 0] == 0
    assert not switches_of(drivers, cut, asked & (np.arange(410) > 402))
    twice, often, graded = drivers.copy(), drivers.copy(), drivers.copy()
    twice[250], often[::10], graded[51] = 0, 1, 2
    assert not any(switches_of(other, cut, asked) for other in (twice, often, graded))


def test_the_gain_of_a_known_effect_is_what_is_left_of_it() -> None:
    drivers = np.zeros((400, 2, 1))
    drivers[[50, 150, 250, 350]] = 1
    switch = switches_of(drivers, 400, np.arange(400) == 350)[0]
    wave = np.where(np.arange(400) % 2 == 0, 1e-3, -1e-3)[:, None]
    came = (10 * drivers[..., 0] + wave) * [1.0, 1000.0]
    log, spread = gain(switch, came, 9 * drivers[..., 0] * [1.0, 1000.0], 14)
    assert log == pytest.approx(np.log(0.1), rel=1e-3)
    np.testing.assert_allclose(spread, np.array([1.0, 1000.0]) / 1.2815516, rtol=0.01)  # each place in its own unit
    assert gain(switch, came, -came, 14)[0] == 0.0
