"""Planted periods, lengths, fills and shifts are recovered within five percent; noise has none of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import KindError
from chronotope.inspect.likeness import autocorrelation_length, variogram_range
from chronotope.inspect.periods import find_periods
from chronotope.inspect.stretches import parts, straight_stretches
from chronotope.opening.open import open_field
from chronotope.worlds.space import matern_root


def red(t: int, n: int, memory: float, seed: int = 0) -> np.ndarray:
    """Autoregression whose correlation falls to 1/e after `memory` steps, unit variance."""
    rng, r = np.random.default_rng(seed), np.exp(-1 / memory)
    out = np.empty((t, n))
    out[0] = rng.standard_normal(n)
    for k in range(1, t):
        out[k] = r * out[k - 1] + np.sqrt(1 - r * r) * rng.standard_normal(n)
    return out


def test_planted_periods_are_found_strongest_first():
    hours = np.arange(24 * 7 * 8)[:, None]
    values = 2 * np.sin(2 * np.pi * hours / 24) + 1.2 * np.cos(2 * np.pi * hours / 168) + 0.7 * red(len(hours), 5, 3.0)
    values[np.random.default_rng(1).random(values.shape) < 0.1] = np.nan
    found = find_periods(values)
    assert found[0][0] == pytest.approx(24, rel=0.05) and found[1][0] == pytest.approx(168, rel=0.05)
    assert found[0][1] > found[1][1] and all(p < 0.001 for *_, p in found)


def test_noise_has_no_period():
    for seed in range(5):
        assert find_periods(np.random.default_rng(seed).standard_normal((600, 1))) == []
        assert find_periods(red(600, 1, 5.0, seed)) == []
    assert find_periods(np.ones((100, 2))) == [] and find_periods(np.ones((5, 2))) == []


def counts(weeks: int, weekend: float, seed: int = 0) -> np.ndarray:
    """Hourly counts at twelve places: two sharp rush hours a day, fewer at weekends, more in one half of the year."""
    rng, hours = np.random.default_rng(seed), np.arange(168 * weeks)[:, None]
    rush = sum(size * np.exp(-((hours % 24 - peak) ** 2) / 3) for peak, size in ((8, 1.0), (17.5, 3.0)))
    rate = (0.1 + rush) * np.where(hours // 24 % 7 >= 5, weekend, 1.0) * (1 + 0.5 * np.sin(2 * np.pi * hours / 8766))
    return rng.poisson(rate * rng.uniform(0.2, 2.0, 12)).astype(float)


@pytest.mark.parametrize("weekend", [0.5, 0.7, 1.4])
def test_a_weak_week_of_counts_is_found_beside_sharp_days(weekend):
    found = find_periods(counts(104, weekend))
    for hours in (24, 168):
        assert any(steps == pytest.approx(hours, rel=0.02) for steps, *_ in found)


def test_counts_without_a_week_have_none():
    for seed in range(4):
        assert not any(100 < steps < 250 for steps, *_ in find_periods(counts(60, 1.0, seed)))


@pytest.mark.parametrize("places", [1, 12])
def test_a_random_walk_has_no_period(places):
    for seed in range(10):
        assert find_periods(np.random.default_rng(seed).standard_normal((3000, places)).cumsum(axis=0)) == []


def test_a_half_day_that_stands_alone_is_a_period():
    hours = np.arange(24 * 60)[:, None]
    tide = np.sin(2 * np.pi * hours / 12.42) + 0.3 * np.random.default_rng(3).standard_normal((len(hours), 4))
    assert [round(steps, 1) for steps, *_ in find_periods(tide)] == [12.4]
    both = tide + 0.8 * np.sin(2 * np.pi * hours / 24)
    assert sorted(round(steps, 1) for steps, *_ in find_periods(both)) == [12.4, 24.0]


@pytest.mark.data
@pytest.mark.parametrize("name", ["nyc_zones", "pittsburgh_bike"])
def test_the_week_of_shared_counts_is_named(name):
    path = builders.SHARED / name / "data.npz"
    if not path.exists():
        pytest.skip("the shared data are not here")
    panel = open_field(path).panel()
    week = np.timedelta64(7, "D") / panel.step
    for k in range(len(panel.variables)):
        assert any(steps == pytest.approx(week, rel=0.02) for steps, *_ in find_periods(panel.values[:, :, k].astype(float)))


@pytest.mark.parametrize("memory", [2.0, 6.5])
def test_the_autocorrelation_length_is_that_of_the_process(memory):
    values = red(4000, 30, memory)
    values[np.random.default_rng(2).random(values.shape) < 0.2] = np.nan
    assert autocorrelation_length(values) == pytest.approx(memory, rel=0.05)


def test_the_reach_of_a_simulated_world_is_recovered():
    rng = np.random.default_rng(4)
    xy = rng.random((250, 2))
    apart = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    for order, truth in ((0.5, 0.12), (1.5, 0.2)):
        field = (matern_root(apart, truth, order) @ rng.standard_normal((250, 800))).T
        covariance = np.cov(field.T)
        fallen = _fallen(apart, covariance)
        reach, nugget = variogram_range(field + 0.5 * rng.standard_normal(field.shape), xy * 1000)
        assert reach == pytest.approx(1000 * fallen, rel=0.05)
        assert nugget == pytest.approx(0.25 / (0.25 + np.diag(covariance).mean()), abs=0.05)


def _fallen(apart: np.ndarray, covariance: np.ndarray) -> float:
    """The distance at which the correlation of the noiseless draw crosses 1/e, straight from pairs near it."""
    scale = np.sqrt(np.diag(covariance))
    i, j = np.triu_indices(len(apart), 1)
    r, d = (covariance / scale[:, None] / scale)[i, j], apart[i, j]
    edges = np.arange(0, 0.6, 0.01)
    means = np.array([r[(d >= a) & (d < a + 0.01)].mean() for a in edges])
    return float(np.interp(-np.exp(-1), -means, edges + 0.005))


def test_lines_that_fill_gaps_are_counted_exactly():
    values = np.random.default_rng(5).standard_normal((400, 3))
    values[100:111, 1] = np.linspace(values[100, 1], values[110, 1], 11)
    flags = straight_stretches(values)
    assert flags[101:110, 1].all() and flags.sum() == 9
    counts = np.random.default_rng(6).poisson(3, (3000, 5)).astype(float)
    assert not straight_stretches(counts).any()
    assert not straight_stretches(np.ones((50, 2))).any()


def test_quarters_show_a_shift_and_a_wider_spread():
    values = np.random.default_rng(7).standard_normal((800, 4))
    values[600:] = 3 * values[600:] + 10
    rows = parts(values, pd.date_range("2020", periods=800, freq="h").values)
    whole = values.std()
    assert rows[3]["level"] == pytest.approx((values[600:].mean() - values.mean()) / whole) and rows[3]["level"] > 1
    assert rows[3]["spread"] / rows[0]["spread"] == pytest.approx(values[600:].std() / values[:200].std())


def test_quality_of_a_field_says_where_and_when_it_is_empty():
    hours = np.arange(24 * 30)[:, None]
    values = 10 + np.sin(2 * np.pi * hours / 24) + 0.1 * red(len(hours), 6, 2.0)
    values[:, 2] = np.nan
    values[50] = np.nan
    lonlat = {"lat": ("place", 50 + 0.01 * np.arange(6)), "lon": ("place", np.full(6, 8.0))}
    time = pd.date_range("2020-01-01", periods=len(hours), freq="h")
    data = xr.Dataset({"v": (("time", "place"), values)}, {"time": time, "place": list("abcdef"), **lonlat})
    quality = open_field(data).quality()
    assert quality.by_place.loc["c", "v"] == 1 and quality.by_place.loc["a", "v"] == pytest.approx(1 / 720)
    assert quality.by_time["v"].idxmax() == time[50] and quality.by_time["v"].iloc[0] == pytest.approx(1 / 6)
    first = quality.periods.iloc[0]
    assert first["length"] / pd.Timedelta("1D") == pytest.approx(1, rel=0.05) and first["share"] > 0.5
    assert {"missing", "moran", "straight", "memory", "reach", "nugget"} <= set(quality.table.columns) and len(quality.parts) == 4
    assert (quality.table["moves"] == 0).all() and len(quality.stationarity) == 25  # five places that hold values, the whole and quarters
    assert "the level moves" not in str(quality) and {"moran_null", "moran_spread", "moran_p", "moves"} <= set(quality.table.columns)
    drifting = open_field(data.assign(v=data["v"] + 5 * (data["place"] == "d") * (data["time"] > time[360]))).quality()
    assert "the level moves in 1 of 25 places and stretches (KPSS, q < 0.05), most at d" in str(drifting)
    assert "c (100%)" in str(quality) and "periods" in str(quality)
    with pytest.raises(KindError):
        open_field(builders.events_table()).quality()


@pytest.mark.data
def test_the_week_of_metr_la_was_filled_and_has_a_day():
    if not (builders.SHARED / "metr_la_week").exists():
        pytest.skip("metr_la_week is not here")
    field = open_field(builders.SHARED / "metr_la_week" / "los_speed.csv", start="2012-03-01", step="5min")
    quality = field.quality()
    assert quality.table.loc["value", "straight"] > 0.01
    assert any(abs(length / pd.Timedelta("1D") - 1) < 0.05 for length in quality.periods["length"])
