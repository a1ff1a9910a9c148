"""What a careful look finds, on fields whose faults are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import KindError
from chronotope.inspect.checks import value_findings
from chronotope.inspect.look import morans_i
from chronotope.opening.open import open_field


def hourly(values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, {"time": pd.date_range("2020-01-01", periods=len(values), freq="h")}, ("time", "place"), name="v")


def test_morans_i_by_hand():
    ring = np.array([[i, (i + 1) % 4] for i in range(4)] + [[(i + 1) % 4, i] for i in range(4)])
    assert morans_i(np.array([[1.0, -1.0, 1.0, -1.0]]), ring) == pytest.approx(-1.0)
    assert morans_i(np.array([[1.0, 1.0, -1.0, -1.0]]), ring) == pytest.approx(0.0)


def test_a_smooth_field_is_alike_and_noise_is_not():
    y, x = np.mgrid[:12, :12]
    smooth = np.sin(x / 4) + np.cos(y / 5)
    noise = np.random.default_rng(0).standard_normal((6, 12, 12))
    data = xr.Dataset(
        {"a": (("time", "lat", "lon"), smooth + 0 * noise), "b": (("time", "lat", "lon"), noise)},
        {"time": pd.date_range("2020", periods=6), "lat": np.arange(12.0), "lon": np.arange(12.0)},
    )
    table = open_field(data).inspect()
    assert table.loc["a", "moran"] > 0.8 and abs(table.loc["b", "moran"]) < 0.15


def test_shares_of_missing_by_place_and_hour():
    values = np.ones((48, 4))
    values[:, 2] = np.nan
    values[5::24] = np.nan
    row = open_field(hourly(values)).inspect().loc["v"]
    assert row["missing_worst_place"] == 1.0 and row["missing_worst_hour"] == 1.0
    assert row["missing"] == pytest.approx((48 + 2 * 3) / (48 * 4))


def test_persistence_of_alternation_is_minus_one():
    assert open_field(hourly(np.tile([[1.0], [-1.0]], (20, 3)))).inspect().loc["v", "persistence"] == pytest.approx(-1.0)


def test_moving_places_are_not_inspected():
    with pytest.raises(KindError):
        open_field(builders.events_table()).inspect()


def faults(values: np.ndarray) -> str:
    return " ".join(f.text for f in value_findings(open_field(hourly(values)))[1])


def test_faults_are_named_and_good_data_is_not_blamed():
    good = 20 + np.random.default_rng(0).standard_normal((600, 4))
    assert faults(good) == ""
    rain = np.maximum(0, np.random.default_rng(1).standard_normal((600, 4)) - 1)
    assert faults(rain) == ""
    coded, zeroed, constant, carried = (good.copy() for _ in range(4))
    coded[::50] = -999
    zeroed[::20] = 0
    constant[:, 3] = 7.5
    carried[100:500] = carried[100]
    assert "give missing=-999" in faults(coded)
    assert "give missing=0" in faults(zeroed)
    assert "never changes at 1 of 4" in faults(constant)
    assert "carried forward" in faults(carried)


def test_a_total_that_stands_still_is_not_blamed_for_it():
    gains = np.random.default_rng(2).poisson(4, (600, 4)) * (np.arange(600) % 150 < 90)[:, None]
    said = faults(50 + np.cumsum(gains, axis=0).astype(float))
    assert "running total" in said and "carried forward" not in said


def test_a_code_of_minus_one_among_counts_is_named():
    counts = np.random.default_rng(0).poisson(3, (600, 3)).astype(float)
    counts[::40] = -1
    assert "give missing=-1" in faults(counts)


def test_a_counter_that_falls_silent_is_named():
    counts = np.random.default_rng(0).poisson(3, (2000, 3)).astype(float)
    assert "faults" not in faults(counts)
    counts[300:700, 1] = 0
    assert "0 for up to" in faults(counts)


def test_counts_without_rows_of_zero_are_named_and_counts_with_gaps_are_not():
    rng = np.random.default_rng(0)
    counts = rng.poisson(1.0, (300, 6)).astype(float)
    assert "is a count that is never 0, and 3" in faults(np.where(counts == 0, np.nan, counts))
    assert "never 0" not in faults(np.where(rng.random(counts.shape) < 0.3, np.nan, counts))
    hours = rng.poisson(np.where(np.arange(720) % 24 < 5, 0.7, 9.0)[:, None], (720, 4)).astype(float)
    assert "is a count that is never 0, and" in faults(np.where(hours == 0, np.nan, hours)), "where only nights have next to nothing"
    lost = rng.random(720) < 0.2
    assert "never 0" not in faults(np.where(lost[:, None] & (rng.random(hours.shape) < 0.5), np.nan, np.maximum(hours, 1)))
    many = rng.poisson(40, (300, 6)).astype(float)
    assert "never 0" not in faults(np.where(rng.random(many.shape) < 0.3, np.nan, many))


def test_findings_alike_come_once():
    days = pd.date_range("2016-01-01", periods=60)
    still = pd.DataFrame({"time": days, "v": np.arange(60.0)} | dict.fromkeys("abcde", 7.0))
    texts = [note.text for note in value_findings(open_field(still, target=list("vabcde")))[1] if "never changes" in note.text]
    assert texts == ["'a' never changes at 1 of 1 places (likewise 4 more: 'b', 'c', 'd', ...)"]
