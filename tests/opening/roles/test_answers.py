"""Answers that were saved are data again: their median is read, whatever the file, and said."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import DataError, DimensionError, TimeError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

pytestmark = pytest.mark.filterwarnings("ignore::chronotope.DataWarning")
SUFFIXES = (".nc", ".zarr", ".csv", ".parquet", ".geojson")
SAID = "their median is read"


def stations() -> xr.Dataset:
    """Two variables at three sites, with a gap."""
    values = np.random.default_rng(0).normal(size=(60, 3)) + 10
    values[20:24, 1] = np.nan
    coords = {"time": pd.date_range("2024-01-01", periods=60, freq="h"), "place": list("abc")}
    coords |= {"lat": ("place", [50.0, 50.1, 50.2]), "lon": ("place", [8.0, 8.1, 8.3])}
    return xr.Dataset({"flow": (("time", "place"), values), "level": (("time", "place"), values**2)}, coords)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("names", [("flow", "level"), ("flow",)])
def test_filled_gaps_are_read_as_the_series_without_gaps_and_forecast(tmp_path, suffix, names):
    model = load("baseline:linear")
    filled = model.impute(open_field(stations()[list(names)]))
    field = open_field(filled.save(tmp_path / f"filled{suffix}"))
    assert field.variables == names and any(SAID in text for text in field.warnings)
    for name in names:
        np.testing.assert_array_equal(field.dataset[name].transpose("time", "place").values, filled.median[name].values)
    ahead = load("baseline:last_value").forecast(field, 2)
    assert ahead.to_xarray()["flow"].dims == ("quantile", "time", "place")


def test_a_quantile_that_is_the_target_is_read_as_it_stands(tmp_path):
    path = load("baseline:last_value").forecast(open_field(stations()[["flow"]]), 3).save(tmp_path / "a.csv")
    assert open_field(path, target="q0.9").variables == ("q0.9",)


@pytest.mark.parametrize("suffix", SUFFIXES[:4])
def test_forecast_tracks_and_moving_sensors_are_again_what_they_were(tmp_path, suffix):
    table = builders.tracks_table()
    tracks = load("baseline:constant_velocity").forecast(open_field(table, kind="tracks"), 3)
    again = open_field(tracks.save(tmp_path / f"tracks{suffix}"))
    assert again.kind == "tracks" and again.variables == ()
    np.testing.assert_array_equal(again.dataset["lat"].transpose("time", "object").values, tracks.median["lat"].values)
    points = load("tiny").impute(open_field(table.assign(pm=np.arange(len(table)) % 7.0), kind="points"))
    again = open_field(points.save(tmp_path / f"points{suffix}"))
    assert again.variables == ("pm",) and again.kind == ("points" if suffix in (".nc", ".zarr") else "tracks")


def test_moving_sensors_come_back_from_their_own_dataset():
    field = open_field(builders.tracks_table().assign(pm=1.0), kind="points")
    again = open_field(field.to_xarray())
    assert again.kind == "points" and again.dataset.equals(field.dataset) and again.dataset.attrs == field.dataset.attrs


def test_members_of_paths_are_told_apart_from_cells_of_a_grid(tmp_path):
    drawn = load("baseline:constant_velocity").simulate(open_field(builders.tracks_table(), kind="tracks"), horizon=3, n=2)
    with pytest.raises(DimensionError, match="one position at a time; here they have the dim 'member' too"):
        open_field(drawn.save(tmp_path / "a.nc"))


@pytest.mark.parametrize("dim", ["quantile", "lead_time"])
def test_a_dim_that_the_answer_brings_is_refused_where_the_data_has_it(dim):
    labels = [0.1, 0.9] if dim == "quantile" else pd.timedelta_range("1h", periods=2, freq="h")
    field = open_field(stations().expand_dims({dim: labels}))
    with pytest.raises(DimensionError, match=f"has the dim '{dim}' of its own"):
        load("baseline:last_value").forecast(field, 2, at=["2024-01-02", "2024-01-02 06:00"])


@pytest.mark.parametrize("suffix", SUFFIXES[:4])
@pytest.mark.parametrize("names", [("level",), ("level", "flow")])
def test_a_saved_forecast_is_a_future_that_is_known_by_its_median(tmp_path, suffix, names):
    data = stations()
    weather = load("baseline:linear").forecast(open_field(data[list(names)].rename({name: f"w_{name}" for name in names})), 6)
    field = open_field(data[["flow"]], future=weather.save(tmp_path / f"weather{suffix}"))
    assert sum(SAID in text for text in field.warnings) == 1
    known = field.side.known_future
    for name in names:
        told = known[f"w_{name}"].transpose("time", "place").values[-6:]
        np.testing.assert_allclose(told, weather.median[f"w_{name}"].values)
    assert load("baseline:last_value").forecast(field, 6, known_future=[f"w_{name}" for name in names]).variables == ("flow",)


def test_members_in_a_table_are_members_again(tmp_path):
    drawn = load("baseline:last_value").simulate(open_field(stations()), horizon=3, n=2)
    again, name = open_field(drawn.save(tmp_path / "a.csv")), drawn.history.variables[0]
    made = again.dataset[name].transpose("member", "time", "place").sel(place=drawn.to_xarray()["place"])
    np.testing.assert_allclose(made, drawn.to_xarray()[name].transpose("member", "time", "place"), rtol=1e-6)


def test_an_ensemble_of_values_at_positions_is_no_draw_of_events():
    rows = [(k, t, lat, 8.0, 20.0 + k) for k in range(3) for t in pd.date_range("2024-01-01", periods=4) for lat in (50.0, 51.0)]
    field = open_field(pd.DataFrame(rows, columns=["member", "time", "lat", "lon", "temp"]))
    assert dict(field.dataset["temp"].sizes) == {"time": 4, "member": 3, "place": 2}


@pytest.fixture(scope="module")
def shocks():
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(np.sort(rng.random(200)) * 100, unit="D")
    return open_field(pd.DataFrame({"time": pd.Timestamp("2024-01-01") + days, "lat": 50 + rng.random(200), "lon": 8 + rng.random(200)}))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rates_and_counts_of_events_are_a_grid_again(tmp_path, shocks, suffix):
    told = load("baseline:homogeneous_poisson").forecast(shocks, 3, step="7D", cell=0.25)
    field = open_field(told.save(tmp_path / f"rates{suffix}"))
    assert field.kind == "grid" and set(field.variables) == {"rate", "count"} and any(SAID in text for text in field.warnings)
    np.testing.assert_allclose(field.dataset["rate"].transpose("time", "lat", "lon").values, told.rate.values)
    middle = told.dataset["count"].sel(quantile=0.5)
    np.testing.assert_allclose(field.dataset["count"].transpose("time", "lat", "lon").values, middle.values)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("marks", [False, True])
def test_draws_of_events_are_no_one_history(tmp_path, shocks, suffix, marks):
    shocks = open_field(shocks.to_pandas().assign(mag=2.5)) if marks else shocks
    drawn = load("baseline:homogeneous_poisson").simulate(shocks, 3, step="7D", cell=0.25, n=2)
    with pytest.raises(DataError, match="found 2 draws of a simulation"):
        open_field(drawn.save(tmp_path / f"draws{suffix}"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".geojson"])
@pytest.mark.parametrize("names", [("pm",), ("pm", "no2")])
def test_what_was_observed_is_read_of_judged_sensors_that_move(tmp_path, suffix, names):
    rng = np.random.default_rng(1)
    table = builders.tracks_table()
    table = table.assign(**{name: rng.normal(size=len(table)) for name in names})
    judged = load("tiny").detect(open_field(table, kind="points"))
    field = open_field(judged.save(tmp_path / f"judged{suffix}"), kind="points")
    assert field.variables == names and any("the observed ones are read" in text for text in field.warnings)
    for name in names:
        np.testing.assert_allclose(np.sort(field.dataset[name].values.ravel()), np.sort(table[name].values))
    assert open_field(tmp_path / f"judged{suffix}", target="score").variables == ("score",)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_judged_tracks_are_where_they_were_seen(tmp_path, suffix):
    table = builders.tracks_table()
    field = open_field(load("tiny").detect(open_field(table, kind="tracks")).save(tmp_path / f"judged{suffix}"))
    assert field.kind == "tracks" and field.variables == ()
    np.testing.assert_allclose(np.sort(field.dataset["lat"].values.ravel()), np.sort(table["lat"].values))


def test_effects_are_no_data(tmp_path):
    told = load("baseline:last_value").explain(open_field(stations()[["flow"]]), 2)
    with pytest.raises(DataError, match="effects of what was hidden"):
        open_field(told.save(tmp_path / "why.nc"))


def test_members_of_paths_in_a_table_are_to_be_picked(tmp_path):
    drawn = load("baseline:constant_velocity").simulate(open_field(builders.tracks_table(), kind="tracks"), horizon=3, n=2)
    with pytest.raises(TimeError, match="rows differ in 'member'. Pick one"):
        open_field(drawn.save(tmp_path / "a.csv"))


@pytest.mark.parametrize(("verb", "options"), [("forecast", {"horizon": 2}), ("impute", {}), ("interpolate", {"at": [(50.5, 8.5)]})])
def test_a_variable_with_the_name_of_a_dim_of_answers_is_refused(verb, options):
    coords = {
        "time": pd.date_range("2024-01-01", periods=40),
        "place": list("ab"),
        "lat": ("place", [50.0, 51.0]),
        "lon": ("place", [8.0, 9.0]),
    }
    field = open_field(xr.Dataset({"quantile": (("time", "place"), np.ones((40, 2)))}, coords))
    with pytest.raises(DimensionError, match="'quantile' of its own; a variable has that name"):
        getattr(load("baseline:last_value"), verb)(field, **options)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("verb, options", [("forecast", {"horizon": 3}), ("detect", {})])
@pytest.mark.parametrize("names", [("x", "y"), ("object",), ("event",)])
def test_variables_called_as_positions_and_objects_are_values_of_places_again(tmp_path, names, verb, options, suffix):
    rng = np.random.default_rng(0)
    data = xr.Dataset(
        {name: (("time", "place"), 10 + rng.normal(0, 1, (60, 3))) for name in names},
        {"time": pd.date_range("2024-01-01", periods=60, freq="h"), "place": list("abc")},
    )
    path = tmp_path / f"answer{suffix}"
    getattr(load("baseline:mix"), verb)(open_field(data), **options).save(path)
    again = open_field(path)
    assert again.kind == "graph" and sorted(again.variables) == sorted(names) and list(again.panel().places) == list("abc")
