"""Numbers that stand far from zero keep their digits; numbers that float32 holds are not touched."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, stations
from chronotope.baselines import BASELINES
from chronotope.baselines.mix import Mix
from chronotope.opening.open import open_field
from chronotope.tasks.levels import as_double, levels_of
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model

RNG = np.random.default_rng(0)
HOURS = 400


def hourly(values, places=None, **coords):
    values = np.asarray(values).reshape(HOURS, -1)
    time = pd.date_range("2024-01-01", periods=HOURS, freq="1h")
    names = places or [f"s{i}" for i in range(values.shape[1])]
    return open_field(xr.Dataset({"z": (("time", "place"), values)}, {"time": time, "place": names, **coords}))


def daily(places=1):
    t = np.arange(HOURS)[:, None]
    return 10 * np.sin(2 * np.pi * t / 24 + np.arange(places)) + RNG.normal(size=(HOURS, places))


@pytest.mark.parametrize("level", [1e9, 1.7e12, -3e10])
@pytest.mark.parametrize("model", [Mix(), BASELINES["last_value"](), BASELINES["seasonal_naive"]()])
def test_a_forecast_far_from_zero_is_the_forecast_near_zero_moved(model, level):
    near = daily(2)
    plain, far = (Model(model).forecast(hourly(near + shift), 12).median["z"].values for shift in (0, level))
    np.testing.assert_allclose(far - level, plain, atol=0.02)  # float64 knows steps of 2e-4 at 1.7e12


def test_degrees_of_seven_digits_keep_the_last_of_them():
    track = 48.1234567 + 1e-6 * daily()
    out = Model(BASELINES["last_value"]()).forecast(hourly(track), 3).median["z"].values
    np.testing.assert_allclose(out, track[-1, 0], atol=1e-9)


def test_each_meter_keeps_its_own_level():
    use = np.cumsum(RNG.integers(1, 9, (HOURS, 3)), axis=0)
    meters = use + np.array([123_457_065, 987_654_321, 40_000_000_000])
    out = Model(BASELINES["last_value"]()).forecast(hourly(meters), 2).median["z"].values
    np.testing.assert_array_equal(out[0], meters[-1])


def test_places_are_read_between_on_one_level():
    lat, lon = RNG.random(9), RNG.random(9)
    values = 1e9 + daily() + 100 * lon
    field = hourly(np.broadcast_to(values, (HOURS, 9)), lat=("place", lat), lon=("place", lon))
    out = Model(BASELINES["inverse_distance"]()).interpolate(field, [(0.5, 0.5)]).median["z"].values
    assert np.abs(out[:, 0] - values.mean(axis=1)).max() < 60


def test_a_level_is_read_from_what_is_seen_alone():
    values = 1e9 + daily()[:, :, None]
    seen = np.ones(values.shape, bool)
    seen[300:] = False
    poisoned = np.where(seen, values, -1e300)
    assert levels_of(values, seen) == levels_of(poisoned, seen) != 0


@pytest.mark.parametrize(
    "values",
    [
        daily(),  # around zero
        300 + daily(),  # float32 holds these well
        np.maximum(1e9 * daily(), 0),  # zero is a bound, and the movements are large
        np.full((HOURS, 1), 1e9),  # nothing moves
        np.where(np.arange(HOURS)[:, None] < 5, 3.0, np.nan),
    ],
)
def test_what_float32_holds_has_no_level(values):
    assert not levels_of(values[:, :, None], np.isfinite(values)[:, :, None]).any()


def test_a_float32_panel_goes_to_the_predictor_as_it_is():
    model = Recorder()
    field = stations()
    single = type(field)(field.dataset.astype("float32"), field.kind, field.variables, field.space)
    assert Model(model).forecast(single, 2).to_xarray()["temp"].dtype == np.float32
    assert model.calls[0].frame.values.dtype == np.float32


def test_float32_digits_are_kept_and_no_others_are_made_up():
    numbers = np.array([0.1, -2.3e-5, 1e-42, 3.4e38, 0.0, -0.0, np.nan, np.inf, 16777215.0, 123.456], np.float32)
    wide = as_double(numbers)
    assert list(map(str, wide[:2])) == ["0.1", "-2.3e-05"] and str(wide[-1]) == "123.456"
    np.testing.assert_array_equal(np.signbit(wide), np.signbit(numbers))
    np.testing.assert_array_equal(wide.astype(np.float32), numbers)


GRAIN = np.round(1024 * np.random.default_rng(1).normal(20, 5, (120, 5))) / 1024  # numbers that float64 moves exactly
FAR = [1e4, 1e5, 1e6, 1e9]
ALIKE = 1e-4  # of a deviation


def moved(level, missing=False):
    values = np.where(np.random.default_rng(2).random(GRAIN.shape) < 0.05, np.nan, GRAIN) if missing else GRAIN
    coords = {"time": pd.date_range("2024-01-01", periods=len(GRAIN), freq="1h"), "place": list("abcde")}
    coords |= {"lat": ("place", 50 + np.arange(5) ** 2 / 10), "lon": ("place", 8 + np.arange(5) / 7)}
    return open_field(xr.Dataset({"z": (("time", "place"), values + level)}, coords))


VERBS = {
    "forecast": lambda model, level: model.forecast(moved(level), 6).dataset["z"],
    "impute": lambda model, level: model.impute(moved(level, True)).dataset["z"],
    "interpolate": lambda model, level: model.interpolate(moved(level), [(50.4, 8.3)]).dataset["z"],
    "backcast": lambda model, level: model.backcast(moved(level), 4).dataset["z"],
    "detect": lambda model, level: model.detect(moved(level)).dataset["z_expected"],
    "embed": lambda model, level: load("tiny").embed(moved(level)).dataset["embedding"].astype(float) + level,
    "calibrated": lambda model, level: model.calibrated(moved(level), 4, origins=6).forecast(moved(level), 4).dataset["z"],
}


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_added_to_all_values_is_added_to_the_answer(verb):
    model = Model(Mix())
    near = VERBS[verb](model, 1000.0).values - 1000.0
    for level in FAR:
        assert np.nanmax(np.abs(VERBS[verb](model, level).values - level - near)) < ALIKE * GRAIN.std()


@pytest.mark.parametrize("verb", ["forecast", "impute", "detect"])
def test_what_moving_sensors_read_may_stand_anywhere(verb):
    rng = np.random.default_rng(3)
    way = np.cumsum(rng.normal(0.01, 0.02, (40, 4, 2)), axis=0) + [50, 8]
    value = np.round(1024 * (10 * np.sin(30 * way[..., 0]) + rng.normal(size=(40, 4)))) / 1024
    stamps = pd.date_range("2024-01-01", periods=40, freq="1h")

    def told(level):
        pm = value.copy()
        pm[20, 1] = np.nan
        columns = {"object": np.tile(list("abcd"), 40), "time": stamps.repeat(4), "lat": way[..., 0].ravel(), "lon": way[..., 1].ravel()}
        field = open_field(pd.DataFrame(columns | {"pm": pm.ravel() + level}), kind="points")
        model = Model(Mix())
        answer = {
            "forecast": lambda: model.forecast(field, 3),
            "impute": lambda: model.impute(field),
            "detect": lambda: model.detect(field),
        }
        return answer[verb]().dataset["pm_expected" if verb == "detect" else "pm"].values - level

    near = told(0.0)
    assert all(np.nanmax(np.abs(told(level) - near)) < ALIKE * value.std() for level in (1e3, 1e5, 1e9))


def test_directions_and_shares_keep_their_numbers():
    slow = np.cumsum(np.full((HOURS, 2, 1), 0.05), axis=0)
    seen = np.ones(slow.shape, bool)
    assert levels_of(250 + slow, seen).any() and not levels_of(250 + slow, seen, names=("wind_direction",), units=("degrees",)).any()
    assert levels_of(75 + slow, seen).any() and not levels_of(75 + slow, seen, names=("z",), units=("%",)).any()
