"""Levels and members: axes of their own in every verb, in their order, read between where they are numbers."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct

LEVELS = np.array([1000.0, 850, 700, 500, 300, 250, 200, 150, 100, 50])
TIMES = pd.date_range("2024-01-01", periods=60, freq="6h")
LAT, LON = np.arange(40.0, 45), np.arange(5.0, 10)


def sounding(noise=0.2, levels=LEVELS):
    """Temperature that falls with the logarithm of pressure, a wave in time, and noise: (time, level, lat, lon)."""
    rng = np.random.default_rng(0)
    fall = 40 * np.log(levels / 1000)[None, :, None, None]
    wave = 3 * np.sin(2 * np.pi * np.arange(60) / 20)[:, None, None, None]
    values = 280 + fall + wave + LAT[:, None] - 42 + noise * rng.normal(size=(60, len(levels), 5, 5))
    coords = {"time": TIMES, "level": ("level", levels, {"units": "hPa"}), "lat": LAT, "lon": LON}
    return xr.Dataset({"t": (("time", "level", "lat", "lon"), values, {"units": "K"})}, coords)


MODEL = ct.load("baseline:mix")


def test_ten_levels_are_forecast_in_their_order_whatever_it_is():
    data = sounding()
    told = MODEL.forecast(ct.open(data), 4).to_xarray()
    assert told["t"].dims == ("quantile", "time", "level", "lat", "lon") and told["t"].attrs["units"] == "K"
    np.testing.assert_array_equal(told["level"], LEVELS)
    assert told["level"].attrs["units"] == "hPa"
    off = told["t"].sel(quantile=0.5).mean(("time", "lat", "lon")) - data["t"].isel(time=-1).mean(("lat", "lon"))
    assert float(np.abs(off).max()) < 5
    shuffled = MODEL.forecast(ct.open(data.isel(level=[3, 0, 9, 1, 2, 4, 8, 7, 6, 5])), 4).to_xarray()
    xr.testing.assert_allclose(shuffled["t"].sel(level=LEVELS), told["t"], atol=2e-2)


def test_places_between_stations_have_all_levels_or_the_one_that_is_asked():
    field = ct.open(sounding(noise=0.0))
    at = pd.DataFrame({"lat": [42.0, 41.5], "lon": [7.0, 7.5]})
    whole = MODEL.interpolate(field, at=at).to_xarray()["t"]
    assert whole.dims == ("quantile", "time", "level", "place") and whole.sizes["level"] == 10
    one = MODEL.interpolate(field, at=at.assign(level=[600.0, 850.0])).to_xarray()["t"]
    assert one.dims == ("quantile", "time", "place") and one["level"].dims == ("place",)
    wave = 3 * np.sin(2 * np.pi * np.arange(60) / 20)
    np.testing.assert_allclose(one.sel(quantile=0.5)[:, 0], 280 + 40 * np.log(0.6) + wave, atol=0.05)
    np.testing.assert_allclose(one[:, :, 1], whole.sel(level=850.0)[:, :, 1], atol=1e-6)
    xr.testing.assert_allclose(MODEL.interpolate(field, at=at.assign(**{"Level [hPa]": [600.0, 850.0]})).to_xarray()["t"], one)
    grid = MODEL.interpolate(field, at=xr.Dataset(coords={"lat": [41.5], "lon": [6.5, 7.5]})).to_xarray()["t"]
    assert grid.dims == ("quantile", "time", "level", "lat", "lon")


def test_rough_profiles_are_told_less_surely_between_levels():
    at = pd.DataFrame({"lat": [42.0, 42.0], "lon": [7.0, 7.0], "level": [600.0, 500.0]})
    told = MODEL.interpolate(ct.open(sounding(noise=1.0)), at=at).to_xarray()["t"]
    width = (told.sel(quantile=0.9) - told.sel(quantile=0.1)).mean("time").values
    assert width[0] > 0.5 > width[1]


@pytest.mark.parametrize(
    ("level", "words"), [(1200.0, "level must lie between 50 and 1000"), (np.nan, "level must lie between"), ("low", "level")]
)
def test_a_level_that_cannot_be_is_refused_in_a_sentence(level, words):
    at = pd.DataFrame({"lat": [42.0], "lon": [7.0], "level": [level]})
    with pytest.raises(ct.ChronotopeError, match=words):
        MODEL.interpolate(ct.open(sounding()), at=at)


def test_members_of_an_ensemble_stay_apart_and_draws_of_them_have_a_dim_of_their_own():
    data = sounding(levels=LEVELS[:3]).rename(level="member").assign_coords(member=[0, 1, 2])
    field = ct.open(data)
    assert MODEL.forecast(field, 2).to_xarray()["t"].dims == ("quantile", "time", "member", "lat", "lon")
    drawn = MODEL.simulate(field, 2, n=4)
    assert drawn.to_xarray()["t"].dims == ("draw", "time", "member", "lat", "lon") and drawn.members == 4
    assert drawn.median["t"].dims == ("time", "member", "lat", "lon")
    table = drawn.to_pandas()
    assert len(table) == 4 * 2 * 3 * 25 and set(table["draw"]) == {0, 1, 2, 3}
    at = pd.DataFrame({"lat": [42.0], "lon": [7.0], "member": [0.5]})
    with pytest.raises(ct.ChronotopeError, match="member must be a coordinate with numbers to be read between"):
        MODEL.interpolate(field, at=at)
