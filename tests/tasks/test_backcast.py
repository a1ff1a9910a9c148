"""What was before: mirrored in time, asked of the beginning, and never read from what is asked."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.baselines.naive import LastValue
from chronotope.tasks.verbs import Model

TINY = ct.load("tiny")


def record(steps=240, places=4, freq="1h", seed=0, name="flow", gain=1.0):
    """A daily wave with noise, places on a plane of degrees."""
    rng = np.random.default_rng(seed)
    wave = 50 + 20 * np.sin(2 * np.pi * np.arange(steps)[:, None] / 24 + np.arange(places))
    values = gain * (wave + rng.normal(0, 2, (steps, places)))
    coords = {"time": pd.date_range("2024-03-01", periods=steps, freq=freq), "place": [f"p{k}" for k in range(places)]}
    positions = {"lat": ("place", 50 + rng.random(places)), "lon": ("place", 8 + rng.random(places))}
    return ct.open(xr.Dataset({name: (("time", "place"), values)}, coords | positions))


def test_the_steps_end_right_before_the_first_and_keep_dims_and_units():
    field = record()
    made = TINY.backcast(field, "6h", quantiles=(0.1, 0.5, 0.9))
    out = made.to_xarray()["flow"]
    assert out.dims == ("quantile", "time", "place") and out.shape == (3, 6, 4)
    assert out["time"].values[-1] == field.times[0] - np.timedelta64(1, "h")
    assert (np.diff(out.values, axis=0) >= 0).all() and np.isfinite(out.values).all()
    assert made.meta["task"] == "backcast" and made.meta["horizon"] == 6


def test_a_hidden_day_comes_back_better_than_the_first_value_carried_back():
    field = record(seed=2)
    truth, later = field.dataset["flow"].values[:24], field.isel(time=slice(24, None))
    off = lambda model: float(np.abs(model.backcast(later, 24).median["flow"].values - truth).mean())  # noqa: E731
    assert off(TINY) < 0.4 * off(Model(LastValue()))


@pytest.mark.parametrize(("freq", "last"), [("MS", "2023-12-01"), ("ME", "2023-12-31"), ("YS", "2023-01-01"), ("7D", "2023-12-25")])
def test_calendar_steps_lead_back(freq, last):
    coords = {"time": pd.date_range("2024-01-01", periods=60, freq=freq)}
    field = ct.open(xr.Dataset({"x": ("time", np.random.default_rng(0).normal(size=60))}, coords))
    times = pd.DatetimeIndex(TINY.backcast(field, 3).to_xarray()["time"].values)
    assert str(times[-1].date()) == last and (np.diff(times.values) > np.timedelta64(0)).all()


def test_units_scale_the_answer_and_the_order_of_places_does_not_matter():
    field = record()
    told = TINY.backcast(field, 4).median["flow"]
    np.testing.assert_allclose(TINY.backcast(record(gain=1000.0), 4).median["flow"], 1000 * told, rtol=2e-3)
    turned = TINY.backcast(field.isel(place=[2, 0, 3, 1]), 4).median["flow"]
    np.testing.assert_allclose(turned.sel(place=told["place"]), told, rtol=1e-3)


def test_nothing_beyond_the_context_is_read():
    field = record()
    poisoned = ct.open(field.dataset.assign(flow=field.dataset["flow"].where(np.arange(240)[:, None] < 100, 1e6)))
    one, other = (TINY.backcast(each, 5, context=100).median["flow"].values for each in (field, poisoned))
    np.testing.assert_array_equal(one, other)


def test_a_wind_from_the_north_was_no_wind_from_the_south():
    rng = np.random.default_rng(4)
    way = np.mod(rng.normal(0, 15, (240, 2)), 360)
    coords = {"time": pd.date_range("2024-03-01", periods=240, freq="1h"), "place": list("ab")}
    field = ct.open(xr.Dataset({"wind_direction": (("time", "place"), way, {"units": "degree"})}, coords))
    told = TINY.backcast(field, 12).median["wind_direction"].values
    assert np.abs((told + 180) % 360 - 180).max() < 30


def test_counts_were_whole_and_rain_was_not_negative():
    rng = np.random.default_rng(0)
    coords = {"time": pd.date_range("2024-03-01", periods=200, freq="1D"), "place": list("abc")}
    counts, rain = rng.poisson(3, (200, 3)).astype(float), np.where(rng.random((200, 3)) < 0.7, 0, rng.gamma(1, 5, (200, 3)))
    made = TINY.backcast(
        ct.open(xr.Dataset({"visits": (("time", "place"), counts), "rain": (("time", "place"), rain)}, coords)), 4
    ).to_xarray()
    assert (made["visits"] == np.rint(made["visits"])).all() and float(made["rain"].min()) >= 0


def test_a_meter_was_never_above_its_first_value():
    rng = np.random.default_rng(1)
    total = 1000 + rng.gamma(2.0, 3.0, (300, 3)).cumsum(axis=0)
    coords = {"time": pd.date_range("2024-03-01", periods=300, freq="1h"), "place": list("abc")}
    field = ct.open(xr.Dataset({"meter": (("time", "place"), total)}, coords))
    told = TINY.backcast(field, 8).to_xarray()["meter"].values
    assert (told <= total[0] + 1e-6).all() and told[4, 0].mean() < total[0].mean() - 20


def test_only_what_was_asked_is_told_and_gaps_stay_harmless():
    field = record()
    values = field.dataset["flow"].values.copy()
    values[:5, 0], values[:, 3] = np.nan, np.nan
    dataset = field.dataset.assign(flow=(("time", "place"), values), other=field.dataset["flow"] * 2)
    made = TINY.backcast(ct.open(dataset), 3, target="flow").to_xarray()
    assert list(made.data_vars) == ["flow"]
    assert np.isfinite(made["flow"].values[:, :, :3]).all() and np.isnan(made["flow"].values[:, :, 3]).all()


def test_moving_things_and_empty_records_are_refused_in_a_sentence():
    with pytest.raises(ct.KindError, match="fixed places"):
        TINY.backcast(ct.sample("earthquakes"), 3)
    field = record()
    empty = ct.open(field.dataset.assign(flow=field.dataset["flow"].where(np.arange(240)[:, None] >= 50)))
    with pytest.raises(ct.DataError, match="must be observed"):
        TINY.backcast(empty, 3, context=20)
    with pytest.raises(ct.ArgumentError, match="horizon"):
        TINY.backcast(field, 0)
