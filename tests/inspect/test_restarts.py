"""What is in another unit than before is told from floods, trends, lulls and what stands still."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.inspect.restarts import restarts, rises
from chronotope.inspect.spikes import leaps
from chronotope.opening.open import open_field

RNG = np.random.default_rng(0)
STEPS = 240


def kilowatts(at: int = 150) -> np.ndarray:
    watts = 3000 + 1000 * np.sin(np.arange(STEPS) / 4) + 50 * RNG.standard_normal(STEPS)
    return np.where(np.arange(STEPS) < at, watts, watts / 1000)


def stamps(count: int, minutes: int = 60) -> np.ndarray:
    return np.datetime64("2024-06-01", "ns") + np.arange(count) * np.timedelta64(minutes, "m")


def first(x: np.ndarray, minutes: int = 15) -> int:
    return int(restarts(np.asarray(x, float)[:, None], stamps(len(x), minutes))[0])


def test_another_unit():
    assert first(kilowatts(130)) == 130
    assert restarts(np.stack([np.ones(STEPS), kilowatts(144), np.full(STEPS, np.nan)], axis=1), stamps(STEPS, 30)).tolist() == [0, 144, 0]


def test_a_smaller_unit_is_a_rise_and_growth_is_none():
    hours = np.arange(700)
    x = 2 + np.sin(hours / 24 * 2 * np.pi) + np.random.default_rng(0).normal(0, 0.1, 700)
    changed = np.where(hours >= 500, 1024 * x, x)
    assert rises(np.stack([changed, x, np.exp(hours / 60)], axis=1), stamps(700, 60)).tolist() == [500, 0, 0]
    field = open_field(pd.DataFrame({"time": stamps(700, 60), "traffic": changed}))
    assert any("rises to many times what it was" in text for text in field.warnings)


def test_gaps_do_not_hide_it():
    x = kilowatts(130)
    x[[120, 129, 130, 131, 200]] = np.nan
    assert first(x) == 132


def test_few_values_since_are_not_enough():
    assert first(kilowatts(STEPS - 20)) == 0


def test_floods_recede_again_and_again():
    x = 1 + 0.01 * RNG.standard_normal(STEPS)
    for start in (20, 70, 120, 170):
        x[start : start + 30] += 500
    assert first(x) == 0


def test_trends_steps_and_lulls_are_read():
    assert first(np.arange(STEPS) + RNG.standard_normal(STEPS)) == 0
    assert first(np.where(np.arange(STEPS) < 150, 80.0, 20.0) + RNG.standard_normal(STEPS)) == 0
    assert first(np.where(np.arange(STEPS) < 150, RNG.poisson(300, STEPS), RNG.poisson(3, STEPS))) == 0


def test_what_stands_still_since_is_no_restart():
    assert first(np.where(np.arange(STEPS) < 150, 500 + RNG.standard_normal(STEPS), 2.0)) == 0


def test_a_night_is_no_restart():
    steps = np.arange(2 * 288 - 24)
    hour = steps / 12 % 24
    sun = 600 * np.clip(np.cos((hour - 12) / 8 * np.pi), 0, None) * (np.abs(hour - 12) < 4) + 0.3 * np.abs(RNG.standard_normal(len(steps)))
    assert first(sun, 5) == 0


def test_a_cycle_must_have_passed():
    assert first(kilowatts(STEPS - 95)) == 0 and first(kilowatts(STEPS - 96)) == STEPS - 96


def test_what_is_said_of_leaps_is_what_forecasts_do_where_seasons_have_gaps():
    rng = np.random.default_rng(0)
    months = [pd.Timestamp(year, month, 1) for year in range(2005, 2024) for month in range(4, 11)]
    ndvi = [0.3 + 0.4 * np.exp(-(((stamp.month - 7) / 1.8) ** 2)) + rng.normal(0, 0.01) for stamp in months]
    field = open_field(pd.DataFrame({"month": months, "ndvi": ndvi}))
    assert leaps(np.array(ndvi)[:, None], field.times, lambda: None).any(), "read in their order alone, years have no length"
    assert not any("leaps" in note.text for note in field.findings) and "leaps" not in str(field)


def test_a_leap_among_seconds_is_looked_for_where_there_are_steps_alone(monkeypatch):
    x = np.random.default_rng(3).standard_normal((2000, 3))
    x[700, 1] = 90
    looked = []
    monkeypatch.setattr("chronotope.inspect.spikes.np.sign", lambda a: looked.append(1) or np.divide(a, np.abs(a)))
    seconds = np.datetime64("2024-06-01", "ns") + np.arange(2000) * np.timedelta64(1, "s")
    assert leaps(x, seconds, lambda: None).sum() == 1 and not looked  # a day, a week and a year away there is none
