"""Other places are asked; what they would show may not influence the answer."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from asked import Recorder, stations
from chronotope.baselines import BASELINES
from chronotope.baselines.mix import Mix
from chronotope.data.field import Field
from chronotope.errors import DataError, DataWarning
from chronotope.opening.open import open_field
from chronotope.tasks.load import load
from chronotope.tasks.verbs import Model


def slope(places: int = 30, steps: int = 48) -> Field:
    """Values that grow to the east and with time, at scattered places around 50 N, 8 E."""
    rng = np.random.default_rng(0)
    lat, lon = 50 + rng.random(places), 8 + rng.random(places)
    values = 10 + 20 * (lon - 8)[None, :] + 0.1 * np.arange(steps)[:, None]
    time = pd.date_range("2024-03-01", periods=steps, freq="1h")
    coords = {"time": time, "place": [f"s{i}" for i in range(places)], "lat": ("place", lat), "lon": ("place", lon)}
    return open_field(xr.Dataset({"heat": (("time", "place"), values, {"units": "degC"})}, coords))


def test_dims_names_units_and_positions_of_the_new_places_are_kept():
    at = pd.DataFrame({"name": ["a", "b"], "Latitude": [50.5, 50.2], "Longitude": [8.5, 8.1]})
    out = Model(Mix()).interpolate(slope(), at).to_xarray()
    assert out["heat"].dims == ("quantile", "time", "place") and out["heat"].shape == (9, 48, 2)
    assert list(out["place"].values) == ["a", "b"] and out["heat"].attrs["units"] == "degC"
    np.testing.assert_array_equal(out["lat"].values, [50.5, 50.2])


def test_places_may_be_a_dictionary_of_columns_or_of_numbers():
    model, field = Model(Mix()), slope()
    table = model.interpolate(field, pd.DataFrame({"lat": [50.5], "lon": [8.5]})).median["heat"].values
    for at in ({"lat": [50.5], "lon": [8.5]}, {"lat": 50.5, "lon": 8.5}):
        np.testing.assert_array_equal(model.interpolate(field, at).median["heat"].values, table)


def test_a_smooth_slope_is_read_better_between_the_places_than_by_the_mean_of_all():
    field, lon = slope(), np.array([8.2, 8.5, 8.8])
    out = Model(Mix()).interpolate(field, np.stack([np.full(3, 50.5), lon], axis=1)).median["heat"].values
    truth = 10 + 20 * (lon - 8) + 0.1 * np.arange(48)[:, None]
    mean = field.dataset["heat"].values.mean(axis=1, keepdims=True)
    assert np.abs(out - truth).mean() < 0.5 * np.abs(mean - truth).mean()


def test_a_grid_comes_back_as_a_grid():
    grid = xr.Dataset(coords={"lat": [50.8, 50.2], "lon": [8.1, 8.5, 8.9]})
    out = Model(BASELINES["neighbour_mean"]()).interpolate(slope(), grid).to_xarray()["heat"]
    assert out.dims == ("quantile", "time", "lat", "lon") and out.shape == (9, 48, 2, 3)
    west_to_east = out.sel(quantile=0.5).mean(("time", "lat")).values
    assert west_to_east[0] < west_to_east[2]


def test_how_many_places_are_asked_together_is_the_callers_business_not_the_answers():
    at = [(50.5, 8.5)]
    many = at + [(50.1 + 0.01 * i, 8.3) for i in range(70)]
    model = Model(Mix())
    one, all_ = (model.interpolate(slope(), places).median["heat"].values for places in (at, many))
    np.testing.assert_allclose(one[:, 0], all_[:, 0], rtol=1e-3)  # trials are the same; only sums run in another order


def test_every_observed_cell_is_seen_and_only_the_new_places_are_asked():
    model = Recorder()
    Model(model).interpolate(stations(), [(50.5, 8.5)])
    question = model.calls[-1]
    assert question.asked[:, -1].all() and not question.asked[:, :-1].any() and question.seen[:, :-1].sum() == question.frame.mask.sum()


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (pd.DataFrame({"north": [1]}), "lat, lon or x, y"),
        ([(50.0, np.nan)], "finite position"),
        (pd.DataFrame({"x": [1], "y": [2]}), "degrees"),
    ],
)
def test_places_without_a_usable_position_are_refused(at, says):
    with pytest.raises(DataError, match=says):
        Model(BASELINES["neighbour_mean"]()).interpolate(slope(), at)


def test_order_names_and_further_columns_of_the_places_are_kept():
    further = {"owner": ["b", "a"], "height": [3, 1], "time": [1, 2]}
    at = pd.DataFrame({"ID": ["007", "003"], **further, "lat": [50.5, 50.2], "lon": [8.5, 8.1]})
    made = Model(BASELINES["neighbour_mean"]()).interpolate(slope(), at)
    out, table = made.to_xarray(), made.to_pandas()
    assert out["place"].values.tolist() == ["007", "003"] and out["owner"].values.tolist() == ["b", "a"]
    assert list(table.columns[:5]) == ["time", "place", "lat", "lon", "variable"]
    assert list(table.columns[-3:]) == ["owner", "height", "place_time"]
    assert table.groupby("place", sort=False)["owner"].unique().map(list).to_dict() == {"007": ["b"], "003": ["a"]}


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ({}, [0, 1]),
        ({"id": [7, 3]}, [7, 3]),
        ({"station": ["x", "x"]}, ["x", "x"]),  # two of one name are told apart by where they lie
        ({"code": ["b", "a"]}, ["b", "a"]),
        ({"note": ["same", "same"]}, [0, 1]),
        ({"id": [7, 3], "name": ["b", "a"]}, ["b", "a"]),
    ],
)
def test_what_names_the_places(columns, names):
    at = pd.DataFrame({**columns, "lat": [50.5, 50.2], "lon": [8.5, 8.1]})
    made = Model(BASELINES["neighbour_mean"]()).interpolate(slope(), at)
    assert made.to_xarray()["place"].values.tolist() == names and len(made.to_pandas()) == 48 * 2


@pytest.mark.parametrize("where", [(140.0, 8.0), (50.0, 400.0), (5_550_000.0, 450_000.0)])
def test_places_that_are_not_on_the_earth_are_refused(where):
    with pytest.raises(DataError, match="exchanged, or metres"):
        Model(BASELINES["neighbour_mean"]()).interpolate(slope(), [where])


@pytest.mark.parametrize("at", ["here", [1.0, 2.0, 3.0], pd.DataFrame({"lat": [], "lon": []}), pd.DataFrame({"lat": ["n"], "lon": [8.0]})])
def test_what_names_no_place_is_refused(at):
    with pytest.raises(DataError, match="at"):
        Model(BASELINES["neighbour_mean"]()).interpolate(slope(), at)


def test_places_far_from_all_others_are_said():
    model = Model(BASELINES["neighbour_mean"]())
    with pytest.warns(UserWarning, match="1 of 2 asked places have no known place within"):
        made = model.interpolate(slope(), [(50.5, 8.5), (58.0, 8.5)])
    assert "km" in made.meta["warnings"][0] and "row 1" in made.meta["warnings"][0]
    assert model.interpolate(slope(), [(50.5, 8.5)]).meta["warnings"] == []


def plane(unit):
    dataset = slope().dataset
    x, y = ((1000 * (dataset[name].values - start)) for name, start in (("lon", 8), ("lat", 50)))
    dataset = dataset.drop_vars(["lat", "lon"])
    return open_field(dataset.assign_coords(x=("place", x, {"units": unit}), y=("place", y, {"units": unit})))


@pytest.mark.parametrize("unit", ["m", "km", ""])
def test_a_plane_of_its_own_is_asked_in_its_own_unit(unit):
    model, at = Model(BASELINES["inverse_distance"]()), pd.DataFrame({"x": [100.0, 900.0], "y": [500.0, 500.0]})
    out = model.interpolate(plane(unit), at).median["heat"]
    assert out.values[0, 0] < 17 and out.values[0, 1] > 23
    with pytest.raises(DataError, match="crs="):
        model.interpolate(plane(unit), pd.DataFrame({"lat": [50.5], "lon": [8.5]}))


def test_places_in_the_system_of_the_field_or_as_a_geopandas_frame_are_those_of_their_degrees():
    geopandas, _ = pytest.importorskip("geopandas"), pytest.importorskip("pyproj")
    degrees = geopandas.GeoDataFrame({"name": ["a"]}, geometry=geopandas.points_from_xy([8.5], [50.5]), crs=4326)
    metres = degrees.to_crs(32632)
    sites = slope().to_xarray()
    known = geopandas.points_from_xy(sites["lon"], sites["lat"], crs=4326).to_crs(32632)
    bare = sites.drop_vars(["lat", "lon"]).assign_coords(x=("place", known.x), y=("place", known.y))
    model, field = Model(BASELINES["inverse_distance"]()), open_field(bare, crs="EPSG:32632")
    expected = model.interpolate(field, [(50.5, 8.5)]).median["heat"].values
    asked = (degrees, metres, pd.DataFrame({"x": metres.geometry.x, "y": metres.geometry.y}))
    for at in asked:
        np.testing.assert_allclose(model.interpolate(field, at).median["heat"].values, expected, atol=0.01)


@pytest.mark.parametrize("context", [1, 5, "6h"])
def test_a_context_bounds_what_is_read_beside_a_step(context):
    model, field = Recorder(), slope()
    poisoned = type(field)(field.dataset.copy(deep=True), field.kind, field.variables, field.space)
    poisoned.dataset["heat"][30:] = 1e6
    near = Model(BASELINES["inverse_distance"]())
    one, other = (near.interpolate(source, [(50.5, 8.5)], context=context).median["heat"] for source in (field, poisoned))
    np.testing.assert_array_equal(one.values[:12], other.values[:12])
    Model(model).interpolate(field, [(50.5, 8.5)], context=context)
    assert max(len(question.seen) for question in model.calls) <= 18
    assert np.isfinite(one.values).all() and one.sizes["time"] == 48


def test_only_the_target_is_read_out():
    model = Recorder()
    out = Model(model).interpolate(stations(), [(50.5, 8.5)], target="rain")
    assert out.variables == ("rain",) and not model.calls[0].asked[..., 0].any()


def mountains(places: int = 40) -> Field:
    """Values that fall with height, which is known of every place, at scattered places."""
    field = slope(places)
    height = np.random.default_rng(5).uniform(0, 3000, places)
    data = field.dataset.assign(heat=field.dataset["heat"] - 0.0065 * xr.DataArray(height, dims="place"))
    return open_field(data.assign_coords(altitude=("place", height)))


def test_elevation_in_the_table_is_read_under_any_of_its_names_and_only_where_all_have_one():
    at = pd.DataFrame({"lat": [50.5, 50.4], "lon": [8.5, 8.4], "Elevation": [0.0, 3000.0]})
    model = load()
    read = model.interpolate(mountains(), at)
    off = read.median["heat"].values[0] - (10 + 20 * (at["lon"].values - 8) - 0.0065 * at["Elevation"].values)
    assert read.meta["about"] == ["altitude"] and np.abs(off).max() < 1
    with pytest.warns(DataWarning, match="Elevation is not read: 1 of 42 places have none"):
        blind = model.interpolate(mountains(), at.assign(Elevation=[0.0, np.nan]))
    assert blind.meta["about"] == []
    np.testing.assert_allclose(
        blind.median["heat"].values, model.interpolate(mountains(), at[["lat", "lon"]]).median["heat"].values, rtol=1e-6
    )


def test_elevation_is_read_in_the_unit_that_its_name_says():
    field = mountains()
    field = open_field(field.dataset.drop_vars("altitude").assign_coords(elevation_m=("place", field.dataset["altitude"].values)))
    at = {"lat": [50.5, 50.4], "lon": [8.5, 8.4]}
    read = {name: load("baseline:kriging").interpolate(field, pd.DataFrame(at | {name: np.array([300.0, 2700.0]) / metres}))
            for name, metres in (("elevation_m", 1), ("elev", 1), ("Elevation (km)", 1000), ("ALT_FT", 0.3048))}  # fmt: skip
    for one in read.values():
        np.testing.assert_allclose(one.median["heat"].values, read["elevation_m"].median["heat"].values, atol=1e-4)
        assert one.meta["about"] == ["elevation_m"]
    with pytest.warns(DataWarning, match=r"elevation \[kg\] is not read: Units"):
        load("baseline:kriging").interpolate(field, pd.DataFrame(at | {"elevation [kg]": [1.0, 2.0]}))


def test_elevation_that_too_few_places_tell_of_is_not_read_and_that_is_said():
    hours = pd.date_range("2024-03-01", periods=48, freq="h")
    sites = pd.DataFrame(
        {"site": list("abcd"), "lat": [46, 46.2, 46.4, 46.1], "lon": [11, 11.3, 11.1, 11.5], "elevation": [500.0, 700, 900, 600]}
    )
    cold = 15 - 0.0065 * sites["elevation"].values + np.random.default_rng(0).normal(0, 1, (48, 1))
    field = open_field(pd.DataFrame(cold, index=hours, columns=sites["site"]), sites=sites)
    read = load("baseline:kriging").interpolate(field, at=pd.DataFrame({"lat": [46.3], "lon": [11.2], "elevation": [1500.0]}))
    assert read.meta["about"] == [] and "elevation not read: 6 known places or more" in read.meta["warnings"][0]


def test_elevations_far_beyond_the_known_ones_are_said_to_be_guessed():
    rng = np.random.default_rng(0)
    sites = pd.DataFrame({"place": [f"s{i}" for i in range(30)], "lat": 46 + rng.random(30), "lon": 11 + rng.random(30)})
    sites["elevation"] = np.linspace(100, 300, 30)
    table = sites.merge(pd.DataFrame({"time": pd.date_range("2024-01-01", periods=24, freq="h")}), how="cross")
    table["temp"] = 20 - 0.0065 * table["elevation"] + rng.normal(0, 0.1, len(table))
    field, at = open_field(table), pd.DataFrame({"lat": [46.5, 46.4], "lon": [11.5, 11.4], "elevation": [390.0, 2500.0]})
    with pytest.warns(DataWarning, match=r"1 of 2 .* far beyond what is known \(100 to 300\), the first 2500 in row 1"):
        load("baseline:kriging").interpolate(field, at)
    assert load("baseline:kriging").interpolate(field, at[:1]).meta["warnings"] == []


def test_a_column_of_times_names_no_place():
    from chronotope.tasks.places import places_of

    at = pd.DataFrame({"time": ["2024-05-03 06:30", "2024-05-04"], "label": ["p", "q"], "lat": [50.0, 50.1], "lon": [8.0, 8.1]})
    assert list(places_of(at, open_field(at.assign(v=1.0).drop(columns="label"), kind="events")).names) == ["p", "q"]
