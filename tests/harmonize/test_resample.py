"""Resampling against hand-computed steps, conserved totals and pandas' own resampling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import ArgumentError, KindError
from chronotope.harmonize.bins import bins_of
from chronotope.harmonize.resample import resample
from chronotope.opening.open import open_field


def at(times, values) -> xr.Dataset:
    values = np.asarray(values, float).reshape(len(times), -1)
    return xr.Dataset({"v": (("time", "place"), values)}, {"time": pd.DatetimeIndex(times), "place": np.arange(values.shape[1])})


def quarter_hours(count: int = 96 * 3, places: int = 3) -> xr.Dataset:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 50, (count, places)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    return at(pd.date_range("2020-02-28 06:15", periods=count, freq="15min"), values)


def test_each_rule_by_hand():
    times = ["2020-01-01 00:00", "2020-01-01 00:20", "2020-01-01 00:40", "2020-01-01 01:00", "2020-01-01 01:20", "2020-01-01 01:40"]
    field = open_field(at(times, [1, 5, 3, np.nan, 7, np.nan]))
    truth = {"mean": [3, 7], "sum": [9, 7], "first": [1, 7], "last": [3, 7], "max": [5, 7], "min": [1, 7]}
    for how, values in truth.items():
        out = resample(field, "1h", how, least=0.3)
        np.testing.assert_array_equal(out.dataset["v"].values.ravel(), values, err_msg=how)
        assert np.isnan(resample(field, "1h", how, least=0.5).dataset["v"].values[1, 0]), "one of three is less than half"
    assert list(out.times) == [np.datetime64("2020-01-01T00:00"), np.datetime64("2020-01-01T01:00")] and out.step == "1h"


def test_sums_conserve_totals_exactly():
    data = quarter_hours()
    out = resample(open_field(data), "1D", "sum", least=0)
    assert float(out.dataset["v"].sum()) == float(data["v"].sum()) and out.dataset["v"].dtype == np.float64
    monthly = resample(open_field(data), "MS", "sum", least=0)
    assert float(monthly.dataset["v"].sum()) == float(data["v"].sum())


@pytest.mark.parametrize("step", ["1h", "6h", "1D", "MS", "YS"])
@pytest.mark.parametrize("how", ["mean", "sum", "max", "min", "first", "last"])
def test_the_same_as_pandas_where_nothing_is_required(step, how):
    data = quarter_hours()
    out = resample(open_field(data), step, how, least=0).dataset["v"].transpose("time", "place").to_pandas()
    plain = data["v"].transpose("time", "place").to_pandas()
    truth = getattr(plain.resample(step), how)(**({"min_count": 1} if how == "sum" else {}))
    np.testing.assert_allclose(out.to_numpy(), truth.to_numpy(), rtol=1e-12)
    np.testing.assert_array_equal(out.index.to_numpy(), truth.index.to_numpy().astype("datetime64[ns]"))


def test_steps_cut_by_the_ends_of_the_record_count_as_partly_observed():
    field = open_field(at(pd.date_range("2020-01-01 18:00", periods=30, freq="h"), np.ones(30)))
    out = resample(field, "1D", "sum").dataset["v"].values.ravel()
    assert np.isnan(out[0]) and out[1] == 24, "six of 24 hours are no day"
    assert resample(field, "1D", "sum", least=0.25).dataset["v"].values[0, 0] == 6


def test_a_sum_over_an_end_of_the_record_says_too_little():
    """Four weeks and five days: the last week's sum would be five sevenths of the others."""
    field = open_field(at(pd.date_range("2024-01-01", periods=33, freq="D"), np.ones(33)))
    out = resample(field, "7D", "sum")
    np.testing.assert_array_equal(out.dataset["v"].values.ravel(), [7, 7, 7, 7, np.nan])
    assert any("2024-01-29" in finding.text and "in part" in finding.text for finding in out.findings)
    assert resample(field, "7D", "sum", least=0.5).dataset["v"].values[-1, 0] == 5, "kept on demand"
    assert resample(field, "7D", "mean").dataset["v"].values[-1, 0] == 1, "a mean over most of a week stands for it"


def test_a_month_is_as_long_as_it_is():
    days = pd.date_range("2021-02-01", "2021-03-31", freq="D")
    values = np.ones(len(days))
    values[14:28] = np.nan  # 14 of February's 28 days are left: just half
    assert resample(open_field(at(days, values)), "MS", "sum").dataset["v"].values[0, 0] == 14
    values[13] = np.nan
    assert np.isnan(resample(open_field(at(days, values)), "MS", "sum").dataset["v"].values[0, 0])


def test_stamps_that_mark_ends():
    field = open_field(at(["2020-01-01 01:00", "2020-01-01 02:00", "2020-01-01 03:00", "2020-01-01 04:00"], [1, 2, 3, 4]))
    out = resample(field, "2h", "sum", stamps="end")
    np.testing.assert_array_equal(out.dataset["v"].values.ravel(), [3, 7])
    assert list(out.times) == [np.datetime64("2020-01-01T02:00"), np.datetime64("2020-01-01T04:00")]
    midnight = open_field(at(pd.date_range("2020-01-02 00:00", periods=3, freq="h"), [1, 2, 3]))
    out = resample(midnight, "1D", "sum", least=0, stamps="end")
    np.testing.assert_array_equal(out.dataset["v"].values.ravel(), [1, 5])


def test_irregular_stamps_become_regular_with_empty_steps_as_gaps():
    times = ["2020-01-01 00:03:17", "2020-01-01 00:41:09", "2020-01-01 03:12:55", "2020-01-01 04:00:01", "2020-01-01 04:48:40"]
    out = resample(open_field(at(times, [1, 3, 5, 6, 8])), "1h")
    np.testing.assert_array_equal(out.dataset["v"].values.ravel(), [2, np.nan, np.nan, 5, 7])
    assert out.panel().freq == "1h" and out.panel().regular


def test_weeks_quarters_and_anchored_years():
    times = pd.date_range("2020-01-01", "2021-12-31", freq="D").values  # a Wednesday
    assert bins_of(times, "W").edges[0] == np.datetime64("2019-12-30")
    assert [str(e)[:7] for e in bins_of(times, "QS").edges[:3]] == ["2020-01", "2020-04", "2020-07"]
    assert [str(e)[:7] for e in bins_of(times, "YS-OCT").edges] == ["2019-10", "2020-10", "2021-10", "2022-10"]
    assert [str(e)[:7] for e in bins_of(times, "YE-SEP").edges] == ["2019-10", "2020-10", "2021-10", "2022-10"]


def test_grids_levels_rules_per_variable_and_dtype():
    field = open_field(builders.levels(t=6))
    out = resample(field, "3h", {"water": "max"}, least=0)
    assert out.kind == "grid" and out.dataset["water"].dims == field.dataset["water"].dims and out.dataset["water"].dtype == np.float32
    assert out.dataset["water"].attrs["cell_methods"] == "time: maximum" and out.dataset["sst"].attrs["cell_methods"] == "time: mean"
    np.testing.assert_array_equal(out.dataset["water"].values[0], np.nanmax(field.dataset["water"].values[:2], axis=0))
    np.testing.assert_array_equal(out.dataset["lon"].values, field.dataset["lon"].values)


def test_refusals():
    field = open_field(quarter_hours())
    with pytest.raises(ArgumentError, match="coarser"):
        resample(field, "5min")
    with pytest.raises(ArgumentError, match="how"):
        resample(field, "1h", "median")
    with pytest.raises(ArgumentError, match="least"):
        resample(field, "1h", least=50)
    with pytest.raises(ArgumentError, match="'w'"):
        resample(field, "1h", {"w": "sum"})
    with pytest.raises(KindError, match="events_to_counts"):
        resample(open_field(builders.events_table()), "1h")


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("step", ["1D", "W", "MS", "6h"])
def test_days_weeks_and_months_are_those_of_the_zone(zone, step):
    hours = pd.date_range("2023-03-01", "2023-04-30 23:00", freq="h", tz=zone)
    table = pd.DataFrame({"time": hours, "v": np.random.default_rng(0).integers(0, 9, len(hours)).astype(float)})
    rule = {"rule": "W-MON", "closed": "left", "label": "left"} if step == "W" else {"rule": step}
    truth = table.set_index("time")["v"].resample(**rule).sum()
    out = resample(open_field(table), step, "sum", least=0).to_pandas()
    assert (out["time"].to_numpy() == truth.index.to_numpy()).all()
    np.testing.assert_array_equal(out["value"], truth)


def test_samples_twice_a_week_make_weeks_and_hours_before_quarters_make_hours():
    days = pd.date_range("2024-01-01", periods=28 * 7)
    twice = days[np.isin(days.day_of_week, (0, 3))]
    weeks = resample(open_field(at(twice, np.arange(len(twice)))), "7D")
    np.testing.assert_array_equal(weeks.dataset["v"].values[:, 0], np.arange(28) * 2 + 0.5)
    clock = pd.date_range("2024-01-01", periods=96, freq="h").union(pd.date_range("2024-01-05", periods=96, freq="15min"))
    field = resample(open_field(at(clock, np.arange(len(clock)))), "1h")
    assert np.isfinite(field.dataset["v"].values).all() and len(field.times) == 120
    assert any("96 of 120 steps hold fewer stamps" in note.text for note in field.findings)
    gap = np.isin(np.arange(24 * 30), np.arange(200, 220))
    kept = pd.date_range("2024-01-01", periods=24 * 30, freq="h")[~gap]
    assert np.isnan(resample(open_field(at(kept, np.ones(len(kept)))), "1D").dataset["v"].values[8:9]).all()


@pytest.mark.parametrize(
    ("name", "unit", "methods", "adds"),
    [
        ("rain", "mm", "", True),
        ("energy", "kWh", "", True),
        ("v", "W m-2", "time: sum", True),
        ("rain", "mm h-1", "", False),
        ("depth", "mm", "", False),
    ],
)
def test_means_of_amounts_are_said(name, unit, methods, adds):
    data = quarter_hours().rename(v=name)
    data[name].attrs = {"units": unit, "cell_methods": methods}
    told = [resample(open_field(data), "1D", how).dataset.attrs["history"] for how in ("mean", "sum")]
    assert (f"resample: {name} holds amounts" in told[0]) == adds
    assert "holds amounts" not in told[1]
