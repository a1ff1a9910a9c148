"""A CF standard name says that a variable is a direction, to every room alike."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import chronotope as ct
from chronotope.baselines import BASELINES
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.harmonize.turning import turns
from chronotope.inspect.circle import directions_of
from chronotope.inspect.support import is_direction
from chronotope.tasks.verbs import Model

CF = {"standard_name": "wind_from_direction", "units": "degree"}
MODELS = {"tiny": ct.load("tiny"), **{name: Model(BASELINES[name]()) for name in ("climatology", "neighbour_mean", "mix")}}


def winds(attrs=CF, centre=0.0, spread=8.0, shape=("place",)):
    """Winds from about north at four places, called so that the name says nothing."""
    values = np.mod(centre + np.random.default_rng(0).normal(0, spread, (96, 4)), 360)
    time = pd.date_range("2024-01-01", periods=96, freq="1h")
    if shape == ("place",):
        coords = {"lat": ("place", [50.0, 50.1, 50.2, 50.4]), "lon": ("place", [8.0, 8.2, 8.1, 8.3]), "place": list("abcd")}
        return ct.open(xr.Dataset({"v1": (("time", "place"), values, attrs)}, {"time": time, **coords}))
    grid = {"lat": [50.0, 51.0], "lon": [8.0, 9.0]}
    return ct.open(xr.Dataset({"v1": (("time", "lat", "lon"), values.reshape(96, 2, 2), attrs)}, {"time": time, **grid}))


def from_north(array):
    return np.abs(np.mod(np.asarray(array) + 180, 360) - 180)


ASKED = {
    "forecast": lambda model, field: model.forecast(field, 4),
    "interpolate": lambda model, field: model.interpolate(field, [(50.15, 8.15)]),
    "backcast": lambda model, field: model.backcast(field, 4),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("verb", ASKED)
def test_answers_about_a_wind_from_north_point_north(verb, name):
    assert from_north(ASKED[verb](MODELS[name], winds()).median["v1"].values).max() < 30


def test_drawn_detected_and_refined_winds_point_north():
    model = MODELS["tiny"]
    assert from_north(model.simulate(winds(), 3, 5).mean["v1"].values).max() < 30
    assert from_north(model.detect(winds()).dataset["v1_expected"].values).max() < 45
    assert from_north(model.downscale(winds(shape=("lat", "lon")), factor=2).median["v1"].values).max() < 45


def test_what_moving_sensors_carry_is_known_by_its_standard_name():
    rng = np.random.default_rng(1)
    where = np.cumsum(rng.normal(0.01, 0.02, (30, 3, 2)), axis=0) + [50, 8]
    data = {"v1": (("time", "object"), np.mod(rng.normal(0, 8, (30, 3)), 360), CF)}
    coords = {"time": pd.date_range("2024-01-01", periods=30, freq="1h"), "object": list("abc")}
    coords |= {"lat": (("time", "object"), where[..., 0]), "lon": (("time", "object"), where[..., 1])}
    field = ct.open(xr.Dataset(data, coords), kind="points")
    assert from_north(MODELS["mix"].forecast(field, 3).median["v1"].values).max() < 45


def test_all_rooms_decide_alike():
    field = winds()
    panel = field.panel()
    assert panel.called == ("wind_from_direction v1",) and field.panel().variables == ("v1",)
    assert directions_of(panel.values, panel.called, panel.units)[0] and turns(field.dataset["v1"])
    assert "'v1' taken for a direction in degrees" in str(field)
    assert not directions_of(panel.values, panel.variables, panel.units)[0]  # the name alone says nothing


def test_errors_across_north_are_small():
    table = backtest([MODELS["mix"]], winds(), 3, origins=4)
    assert table["mae"].max() < 20


def test_with_degrees_the_standard_name_says_it_whatever_was_seen():
    assert is_direction("wind_from_direction dd", "degree", 10, 40) and not is_direction("dd", "degree", 10, 40)
    assert not is_direction("cars_from_direction", "", 10, 40) and not is_direction("wind_from_direction", "m s-1", 10, 40)
    assert not is_direction("latitude", "degrees", 10, 80) and not is_direction("wind_from_direction", "degree", -20, 40)
