"""The Forecast object: quantiles, tables, files, pictures."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, sea, stations
from chronotope.baselines import BASELINES
from chronotope.errors import ArgumentError, OutputExistsError
from chronotope.opening.open import open_field
from chronotope.tasks.verbs import Model


@pytest.fixture
def fc():
    return Model(Recorder()).forecast(stations(), 4, quantiles=(0.1, 0.4, 0.6, 0.9))


def test_quantiles_between_the_levels_are_linear_and_the_median_is_one(fc):
    assert fc.quantile(0.2)["rain"].values[0, 0] == pytest.approx(201)
    assert fc.median["temp"].dims == ("place", "time") and fc.median["temp"].values[0, 3] == pytest.approx(504)
    assert fc.median["temp"].attrs["units"] == "K" and "quantile" not in fc.median.coords


def test_an_interval_is_lower_and_upper(fc):
    lower, upper = fc.interval(0.8)
    assert lower["rain"].values[0, 0] == 101 and upper["rain"].values[0, 0] == 901


@pytest.mark.parametrize("bad", [0.05, 0.95, "half", None])
def test_levels_that_were_not_asked_are_refused(fc, bad):
    with pytest.raises(ArgumentError, match="0.1 to 0.9"):
        fc.quantile(bad)


@pytest.mark.parametrize("bad", [0, 1, 80, "wide"])
def test_an_interval_needs_a_share(fc, bad):
    with pytest.raises(ArgumentError, match="between 0 and 1"):
        fc.interval(bad)


def test_the_table_is_long_with_a_column_per_level(fc):
    table = fc.to_pandas()
    assert list(table.columns) == ["time", "place", "lat", "lon", "variable", "q0.1", "q0.4", "q0.6", "q0.9"]
    assert len(table) == 2 * 3 * 4 and set(table["variable"]) == {"temp", "rain"}


def test_land_is_not_in_the_table():
    table = Model(Recorder()).forecast(sea(), 2).to_pandas()
    assert table["lat"].max() == 42.5


@pytest.mark.parametrize("at", [None, ["2024-01-01 10:00", "2024-01-01 12:00"]])
@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_saved_numbers_come_back_bit_for_bit(tmp_path, suffix, at):
    fc = Model(Recorder()).forecast(stations(), 4, at=at)
    path = fc.save(tmp_path / f"fc{suffix}")
    back = (xr.open_zarr(path, consolidated=False) if suffix == ".zarr" else xr.open_dataset(path)).load()
    for name in ("temp", "rain"):
        np.testing.assert_array_equal(back[name].values, fc.to_xarray()[name].values)
    assert json.loads(back.attrs["chronotope"])["model"] == "recorder"


def test_a_table_is_saved_and_an_existing_file_is_kept(tmp_path, fc):
    path = fc.save(tmp_path / "fc.csv")
    assert len(pd.read_csv(path)) == 24
    with pytest.raises(OutputExistsError):
        fc.save(path)
    fc.save(path, overwrite=True)


def test_pictures_are_found_when_they_are_asked_for(fc, tmp_path):
    import matplotlib

    matplotlib.use("Agg")
    nine = Model(Recorder()).forecast(stations(), 4)
    assert nine.plot(place="s1", variable="rain") is not None
    assert nine.map() is not None


def test_it_says_what_it_is(fc):
    assert repr(fc) == "<Forecast of temp, rain by recorder (place: 3, time: 4, quantile: 4)>"


def test_a_calibrated_model_has_the_verbs_of_the_model_it_corrects():
    rng = np.random.default_rng(0)
    times = pd.date_range("2024-01-01", periods=300, freq="1h")
    values = 10 + rng.normal(size=(300, 3))
    field = open_field(xr.Dataset({"heat": (("time", "place"), values)}, {"time": times, "place": list("abc")}))
    model = Model(BASELINES["last_value"]())
    tuned = model.calibrated(field, 4)
    assert isinstance(tuned, Model) and tuned.name != model.name
    assert tuned.forecast(field, 4).to_xarray()["heat"].shape == (9, 4, 3)


def frame(places, **columns):
    return pd.DataFrame({"time": np.repeat(pd.date_range("2024", periods=20), 3), "site": places * 20, "v": np.arange(60.0), **columns})


def test_names_of_places_keep_their_type_and_order():
    model = Model(BASELINES["last_value"]())
    for places in ([30, 10, 20], ["01030", "01010", "00020"], ["30", "10", "20"]):
        assert model.forecast(open_field(frame(places)), 1).to_pandas()["place"].tolist() == places
    numbered = xr.Dataset({"v": (("time", "place"), np.arange(60.0).reshape(20, 3))}, {"time": pd.date_range("2024", periods=20)})
    out = model.forecast(open_field(numbered.assign_coords(place=[30, 10, 20])), 1)
    assert out.to_pandas()["place"].tolist() == [30, 10, 20] and out.to_xarray()["place"].dtype.kind == "i"


def test_positions_come_back_digit_for_digit(tmp_path):
    lat, lon = [51.123456789012, -0.1, 1 / 3], [-179.99999999, 179.5, 0.30000000000000004]
    frame(["a", "b", "c"], lat=lat * 20, lon=lon * 20).to_csv(tmp_path / "in.csv", index=False)
    made = Model(BASELINES["last_value"]()).forecast(open_field(tmp_path / "in.csv"), 1)
    back = pd.read_csv(made.save(tmp_path / "out.csv"))
    assert back["lat"].tolist() == lat and back["lon"].tolist() == lon


def test_levels_and_members_stay():
    values = np.random.default_rng(0).random((30, 2, 3, 2, 2))
    further = {"level": [850, 500], "member": ["c", "p1", "p2"]}
    coords = {"time": pd.date_range("2024", periods=30), **further, "lat": [2.0, 1.0], "lon": [3.0, 4.0]}
    field = open_field(xr.Dataset({"t": (("time", "level", "member", "lat", "lon"), values)}, coords))
    out = Model(BASELINES["last_value"]()).forecast(field, 1).median["t"]
    assert out.dims == ("time", "level", "member", "lat", "lon")
    np.testing.assert_array_equal(out.values[0], values[-1].astype("float32"))
    holes = field.dataset["t"].where(field.dataset["t"] > 0.2)
    filled = Model(BASELINES["last_value"]()).impute(open_field(holes.to_dataset()))
    table = filled.to_pandas()
    assert table["filled"].sum() == int(filled.filled["t"].sum()) > 0 and (table.loc[~table["filled"], "q0.5"] > 0.2).all()
    assert out["level"].values.tolist() == [850, 500] and out["lat"].values.tolist() == [2.0, 1.0]


@pytest.mark.parametrize("target", [["rain", "temp"], ("temp", "rain"), ["rain", "temp", "rain"]])
def test_each_variable_keeps_its_own_numbers_in_whatever_order_they_are_named(target):
    model, field = Model(BASELINES["last_value"]()), stations().isel(time=slice(0, 4))
    answers = [model.forecast(field, 1, target=target), model.impute(field, target=target)]
    answers += [model.interpolate(field, [(50.5, 8.5)], target=target)]
    for made, whole in zip(answers, (model.forecast(field, 1), model.impute(field), model.interpolate(field, [(50.5, 8.5)]))):
        assert made.variables == ("temp", "rain")
        xr.testing.assert_equal(made.dataset, whole.dataset)
    with pytest.raises(ArgumentError, match="at least one variable"):
        model.impute(field, target=[])


def test_a_forecast_of_a_film_is_film_again(tmp_path):
    film = open_field(np.random.default_rng(0).random((20, 4, 4)), kind="video", start="2024-01-01", step="1s")
    made = Model(BASELINES["last_value"]()).forecast(film, 2)
    assert open_field(made.save(tmp_path / "ahead.nc")).kind == open_field(made.to_xarray()).kind == "video"
