"""KPSS by place and stretch: its limit law, its size, what it finds, and the correction for many tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from chronotope.inspect.stationarity import block_means, bridge_tail, corrected, kpss, stationarity


def red(t: int, n: int, memory: float, seed: int = 0) -> np.ndarray:
    """Autoregression whose correlation falls to 1/e after `memory` steps, unit variance."""
    rng, r = np.random.default_rng(seed), np.exp(-1 / memory) if memory else 0.0
    out = np.empty((t, n))
    out[0] = rng.standard_normal(n)
    for k in range(1, t):
        out[k] = r * out[k - 1] + np.sqrt(1 - r * r) * rng.standard_normal(n)
    return out


def tails(values: np.ndarray) -> np.ndarray:
    return kpss(block_means(values))[1]


@pytest.mark.parametrize(("statistic", "level"), [(0.347, 0.10), (0.463, 0.05), (0.574, 0.025), (0.739, 0.01)])
def test_the_limit_law_has_the_critical_values_of_the_paper(statistic, level):
    assert bridge_tail(statistic) == pytest.approx(level, rel=0.05)  # the paper's table was simulated and has three digits


def test_the_limit_law_is_monotone_and_spans_zero_to_one():
    x = np.append(np.linspace(0.001, 6, 400), [50.0, 1e6])
    tail = bridge_tail(x)
    assert tail[0] == 1 and tail[-1] < 1e-9 and (np.diff(tail) <= 1e-5).all()


@pytest.mark.parametrize(("steps", "memory"), [(200, 0.0), (200, 3.0), (2000, 20.0)])
def test_a_level_that_stays_is_doubted_one_time_in_twenty(steps, memory):
    assert 0.025 < (tails(red(steps, 600, memory)) < 0.05).mean() < 0.085  # of 600 series; two standard errors are 0.018


def test_random_walks_and_trends_are_found():
    rng = np.random.default_rng(0)
    assert (tails(np.cumsum(rng.standard_normal((2000, 200)), axis=0)) < 0.05).mean() > 0.5
    assert (tails(rng.standard_normal((400, 100)) + np.linspace(0, 1, 400)[:, None]) < 0.05).mean() > 0.95


def test_a_planted_shift_is_found_at_its_place_and_nowhere_else():
    values = red(800, 40, 2.0, seed=3)
    values[400:, 7] += 2.0
    values[np.random.default_rng(1).random(values.shape) < 0.2] = np.nan
    table = stationarity(values, pd.date_range("2020", periods=800, freq="h").values, np.array([f"s{i}" for i in range(40)]))
    moved = table[~table["stays"]]
    assert set(zip(moved["place"], moved["stretch"])) == {("s7", "whole")} and len(table) == 200
    assert (table["q"] >= table["p"]).all()


def test_places_that_stay_hardly_ever_raise_an_alarm():
    times, places = pd.date_range("2020", periods=400, freq="h").values, np.arange(20)
    tables = [stationarity(red(400, 20, 2.0, seed), times, places) for seed in range(16)]
    alarms = [not stays.all() for table in tables for _, stays in table.groupby("stretch")["stays"]]
    assert len(alarms) == 80 and np.mean(alarms) < 0.12  # 0.05 in the limit; two standard errors are 0.05


def test_the_correction_by_hand():
    np.testing.assert_allclose(corrected(np.array([0.01, 0.04, 0.03])), [0.03, 0.04, 0.04])


def test_short_and_still_records_are_left_out():
    times = pd.date_range("2020", periods=60, freq="h").values
    assert set(stationarity(red(60, 2, 0.0), times, np.arange(2))["stretch"]) == {"whole"}
    assert not len(stationarity(np.ones((60, 2)), times, np.arange(2)))
