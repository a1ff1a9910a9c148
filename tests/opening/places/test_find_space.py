"""Places of gridded files: runs and classes are none, positions at every step are read once."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.errors import DimensionError
from chronotope.opening.open import open_field
from chronotope.opening.places.rotated import unrotated

RANDOM = np.random.default_rng(0)
MONTHS = pd.date_range("2000-01-01", periods=24, freq="MS")
LAT, LON = np.meshgrid(np.linspace(40, 45, 5), np.linspace(5, 12, 6), indexing="ij")


def cube(labels, **more):
    dims = ("time", *labels)
    shape = (24, *(len(values) if np.ndim(values) else values for values in labels.values()))
    coords = {dim: values for dim, values in labels.items() if np.ndim(values)}
    return xr.Dataset({"v": (dims, RANDOM.normal(size=shape))}, {"time": MONTHS} | coords | more)


@pytest.mark.parametrize(
    "labels",
    [
        {"scen": ["ssp126", "ssp585"], "run": ["r1", "r2", "r3"]},
        {"ens": [1, 2, 3], "quant": [0.1, 0.5, 0.9]},
        {"gcm": ["a", "b"], "rcp": [26, 45, 85]},
        {"crop": ["wheat", "maize"], "season": ["dry", "wet"]},
        {"member": [1, 2], "level": [0.05, 0.5, 0.95]},
    ],
)
def test_runs_and_classes_with_names_are_further_dims_of_one_place(labels):
    dataset = cube(labels)
    field = open_field(dataset)
    assert field.space == ("place",) and field.dataset.sizes["place"] == 1
    for dim, values in labels.items():
        assert field.dataset[dim].values.tolist() == list(values)
    assert np.array_equal(field.dataset["v"].isel(place=0).transpose(*dataset["v"].dims).values, dataset["v"].values)
    assert field.panel().values.shape[:2] == (24, 1)
    assert " x ".join(f"{dim} {len(values)}" for dim, values in labels.items()) in str(field), "info shows them beside the places"


@pytest.mark.parametrize(
    ("labels", "place"),
    [
        ({"member": [1, 2, 3], "region": ["NEU", "MED"]}, "region"),
        ({"product": ["a", "b"], "store": ["s1", "s2", "s3"]}, "store"),
        ({"age": ["0-4", "5-9"], "sex": ["f", "m"], "area": ["x", "y", "z"]}, "area"),
        ({"country": ["DE", "FR"], "region": ["n", "s", "e"]}, "region"),
        ({"run": [1, 2], "plot": [11, 12, 13]}, "plot"),
    ],
)
def test_places_beside_runs_and_classes_are_told_by_name(labels, place):
    field = open_field(cube(labels))
    assert [str(label) for label in field.dataset["place"].values] == [str(label) for label in labels[place]]


def test_an_option_makes_any_dim_the_place():
    field = open_field(cube({"crop": ["wheat", "maize"], "season": ["dry", "wet", "cold"]}), place="season")
    assert field.dataset["place"].values.tolist() == ["dry", "wet", "cold"]


def test_two_dims_without_names_stay_rows_and_columns_with_a_doubt():
    field = open_field(cube({"u": 3, "w": 4}))
    assert field.kind == "grid" and any("place=" in finding.text for finding in field.findings if finding.level == "warning")
    labelled = open_field(cube({"u": [10.0, 20.0, 30.0], "w": [1.0, 2.0, 3.0, 4.0]}))
    assert labelled.kind == "grid" and not any(finding.level == "warning" for finding in labelled.findings)


def wrf(stamps, dims=("Time",), lat=LAT):
    steps = np.ones((4, 1, 1))
    names = ("Time", "south_north", "west_east")
    return xr.Dataset(
        {
            "T2": (names, RANDOM.normal(280, 3, (4, 5, 6)).astype("f4"), {"units": "K"}),
            "Times": (dims, stamps),
            "XLAT": (names, steps * lat, {"units": "degree_north"}),
            "XLONG": (names, steps * LON, {"units": "degree_east"}),
        }
    )


WORDS = [f"2020-01-01_{hour:02}:00:00" for hour in range(4)]


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("form", ["bytes", "text", "characters"])
def test_positions_and_stamps_of_wrf_are_read(tmp_path, form, engine):
    characters = np.array([list(word) for word in WORDS], "S1")
    stamps, dims = {
        "bytes": (np.array(WORDS, "S19"), ("Time",)),
        "text": (np.array(WORDS), ("Time",)),
        "characters": (characters, ("Time", "DateStrLen")),
    }[form]
    dataset = wrf(stamps, dims)
    dataset.to_netcdf(tmp_path / "wrfout.nc", engine=engine)
    for source in (dataset, tmp_path / "wrfout.nc"):
        field = open_field(source)
        assert field.kind == "grid" and field.space == ("y", "x") and field.variables == ("T2",)
        assert field.dataset["lat"].dims == ("y", "x") and np.allclose(field.dataset["lat"], LAT)
        assert np.array_equal(field.times, pd.date_range("2020-01-01", periods=4, freq="h").values)


def test_a_grid_that_moves_is_refused_and_sites_at_rest_are_a_graph():
    moving = wrf(np.array(WORDS), lat=LAT + np.arange(4)[:, None, None])
    with pytest.raises(DimensionError, match="must stay where they are"):
        open_field(moving)
    steps = np.ones((24, 1))
    buoys = cube({"buoy": [1, 2, 3]}, lat=(("time", "buoy"), steps * [1, 2, 3]), lon=(("time", "buoy"), steps * [5, 6, 7]))
    assert open_field(buoys).kind == "graph"
    drifting = buoys.assign_coords(lat=buoys["lat"] + xr.DataArray(np.arange(24) / 10, dims="time"))
    assert open_field(drifting).kind == "tracks"


def era5(rows):
    values = RANDOM.normal(size=(24, 2, 3, 4))
    values[:rows, 1], values[rows:, 0] = np.nan, np.nan
    coords = {"time": MONTHS, "expver": [1, 5], "latitude": [50.0, 49, 48], "longitude": [0.0, 1, 2, 3]}
    return xr.Dataset({"t2m": (("time", "expver", "latitude", "longitude"), values)}, coords)


def test_the_preliminary_part_of_era5_is_joined_to_the_final_one(tmp_path):
    dataset = era5(18)
    dataset.to_netcdf(tmp_path / "era5.nc", engine="h5netcdf")
    for source in (dataset, tmp_path / "era5.nc"):
        field = open_field(source)
        assert field.dataset["t2m"].dims == ("time", "lat", "lon")
        assert np.array_equal(field.dataset["t2m"].values[:18], dataset["t2m"].values[:18, 0])
        assert np.array_equal(field.dataset["t2m"].values[18:], dataset["t2m"].values[18:, 1])
        assert any("18 steps of 1, 6 steps of 5" in finding.text for finding in field.findings)


@pytest.mark.parametrize(
    ("time", "lat", "lon"), [("TIME", "LAT", "LON"), ("Time", "Latitude", "Longitude"), ("time", "NAV_LAT", "NAV_LON")]
)
@pytest.mark.parametrize("calendar", ["NOLEAP", "GREGORIAN", "Standard", "PROLEPTIC_GREGORIAN", "365_DAY", "360_DAY"])
def test_names_and_calendars_in_capitals_are_what_they_are_in_small_letters(time, lat, lon, calendar):
    days = (time, np.arange(24) * 30.0, {"units": "Days since 2000-01-01", "calendar": calendar})
    rows, columns = (lat, [50.0, 49.0, 48.0]), (lon, [0.0, 90.0, 180.0, 270.0])
    dataset = xr.Dataset({"SST": ((time, lat, lon), RANDOM.normal(size=(24, 3, 4)))}, {time: days, lat: rows, lon: columns})
    field = open_field(dataset)
    small = dataset.rename({time: "time", lat: "lat", lon: "lon"})
    small["time"].attrs["calendar"] = calendar.lower()
    assert field.kind == "grid" and np.array_equal(field.times, open_field(small).times)
    assert field.dataset["lon"].values.tolist() == [0, 90, 180, 270] and field.dataset["lat"].values.tolist() == [50, 49, 48]


def test_rows_with_words_for_labels_have_no_position():
    dataset = cube({"y": ["upper", "lower"], "x": ["left", "middle", "right"]})
    assert "Field (grid)" in str(open_field(dataset))


@pytest.mark.parametrize(
    ("dims", "names"),
    [
        (("ocean_time", "s_rho", "eta_rho", "xi_rho"), ("lat_rho", "lon_rho")),
        (("time_counter", "deptht", "y", "x"), ("nav_lat", "nav_lon")),
        (("time", "z_t", "nlat", "nlon"), ("TLAT", "TLONG")),
        (("Time", "bottom_top", "south_north", "west_east"), ("XLAT_M", "XLONG_M")),
    ],
)
def test_positions_of_models_are_known_by_their_own_words(dims, names):
    coords = {dims[0]: MONTHS, **{name: (dims[2:], part) for name, part in zip(names, (LAT, LON), strict=True)}}
    field = open_field(xr.Dataset({"v": (dims, RANDOM.normal(size=(24, 2, 5, 6)))}, coords))
    assert field.space == ("y", "x") and np.array_equal(field.dataset["lat"], LAT) and np.array_equal(field.dataset["lon"], LON)


def test_positions_with_a_step_of_their_own_and_cells_of_mpas():
    names = ("one", "south_north", "west_east")
    static = wrf(np.array(WORDS)).assign({"XLAT": (names, LAT[None]), "XLONG": (names, LON[None])})
    assert open_field(static).dataset["lat"].dims == ("y", "x")
    cells = {"Time": MONTHS, "latCell": ("nCells", np.linspace(-1.5, 1.5, 9)), "lonCell": ("nCells", np.linspace(0, 6, 9))}
    field = open_field(xr.Dataset({"v": (("Time", "nCells"), RANDOM.normal(size=(24, 9)))}, cells))
    assert np.allclose(field.dataset["lat"], np.rad2deg(np.linspace(-1.5, 1.5, 9)))


def test_a_rotated_pole_without_latitudes_is_turned_back():
    """Truth: PROJ's ob_tran, where it is installed; the origin of the rotated grid lies opposite the pole by hand."""
    rlat, rlon = np.linspace(-20, 20, 5), np.linspace(-30, 25, 6)
    coords = {"rlat": ("rlat", rlat, {"standard_name": "grid_latitude"}), "rlon": ("rlon", rlon, {"standard_name": "grid_longitude"})}
    pole = {"grid_mapping_name": "rotated_latitude_longitude", "grid_north_pole_latitude": 39.25, "grid_north_pole_longitude": -162.0}
    dataset = xr.Dataset({"tas": (("time", "rlat", "rlon"), RANDOM.normal(size=(24, 5, 6)))}, {"time": MONTHS, **coords})
    field = open_field(dataset.assign(rotated_pole=((), 0, pole)))
    assert field.kind == "grid" and field.dataset["lat"].dims == ("y", "x")
    lat, lon = unrotated(np.array(0.0), np.array(0.0), 39.25, -162.0)
    assert (lat, lon) == (pytest.approx(50.75), pytest.approx(18.0)), "EURO-CORDEX"
    proj = pytest.importorskip("pyproj")
    rotated = "+proj=ob_tran +o_proj=longlat +o_lon_p=0 +o_lat_p=39.25 +lon_0=18 +R=6371229 +type=crs"
    turn = proj.Transformer.from_crs(rotated, "+proj=longlat +R=6371229 +type=crs", always_xy=True)
    x, y = turn.transform(*np.meshgrid(rlon, rlat))
    np.testing.assert_allclose(field.dataset["lat"], y, atol=1e-6)
    np.testing.assert_allclose(field.dataset["lon"], x, atol=1e-6)


def test_positions_of_a_grid_mapping_are_those_of_the_system_by_its_name():
    pytest.importorskip("pyproj")
    values = (("time", "y", "x"), np.arange(24.0).reshape(4, 2, 3))
    plane = {"y": ("y", [5.4e6, 5.41e6], {"units": "m"}), "x": ("x", [4e5, 4.1e5, 4.2e5], {"units": "m"})}
    times = {"time": pd.date_range("2024-01-01", periods=4)}
    utm = {"grid_mapping_name": "transverse_mercator", "latitude_of_projection_origin": 0.0, "longitude_of_central_meridian": 15.0}
    utm |= {"scale_factor_at_central_meridian": 0.9996, "false_easting": 5e5, "false_northing": 0.0, "reference_ellipsoid_name": "WGS 84"}
    mapped = open_field(xr.Dataset({"v": values, "crs": ((), 0, utm)}, times | plane))
    told = open_field(xr.Dataset({"v": values}, times | plane), crs="EPSG:32633")
    for name in ("lat", "lon"):
        np.testing.assert_allclose(mapped.dataset[name].values, told.dataset[name].values, atol=1e-6)
