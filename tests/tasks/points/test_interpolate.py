"""Interpolation of points that move: rows of a table in, the same rows out."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chronotope.errors import ArgumentError, DataError
from chronotope.opening.open import open_field
from chronotope.tasks.load import load

MODEL = load("baseline:last_value")
START = pd.Timestamp("2024-05-01")


def cruise(lon=10.0):
    """Two ships that measure a field which changes with place and time."""
    steps = np.arange(120)
    parts = []
    for name, lat, rate in (("a", 50.0, 0.01), ("b", 50.5, -0.008)):
        table = pd.DataFrame({"id": name, "time": START + pd.to_timedelta(steps, unit="h"), "lat": lat + rate * steps})
        table["lon"] = (lon + 0.02 * steps + 180) % 360 - 180
        parts.append(table.assign(sst=15 + np.sin(8 * table["lat"]) + 0.01 * steps))
    return pd.concat(parts, ignore_index=True)


def asked(lon=10.0):
    hours = np.array([30.5, 70.2, 5.0, 500.0])
    return pd.DataFrame({
        "time": START + pd.to_timedelta(hours, unit="h"), "lat": [50.3, 50.2, 50.1, 50.0],
        "lon": (lon + np.array([0.6, 1.4, 0.1, 0.0]) + 180) % 360 - 180, "note": list("wxyz"),
    })  # fmt: skip


def test_rows_come_back_in_order_and_beyond_the_span_empty():
    with pytest.warns(UserWarning, match="1 rows lie before"):
        made = MODEL.interpolate(open_field(cruise(), kind="points"), at=asked())
    data = made.to_xarray()
    assert data["sst"].dims == ("quantile", "row") and data["sst"].shape == (9, 4) and list(data["note"].values) == list("wxyz")
    assert np.isfinite(data["sst"].values[:, :3]).all() and np.isnan(data["sst"].values[:, 3]).all()
    assert (np.diff(data["sst"].values[:, :3], axis=0) >= 0).all()
    table = made.to_pandas()
    assert list(table["note"]) == list("wxy") and {"time", "lat", "lon", "variable", "q0.5"} <= set(table.columns)


@pytest.mark.filterwarnings("ignore")
def test_the_date_line_and_the_order_of_rows_change_nothing():
    first = MODEL.interpolate(open_field(cruise(), kind="points"), at=asked()).dataset["sst"].values
    over = MODEL.interpolate(open_field(cruise(179.5), kind="points"), at=asked(179.5)).dataset["sst"].values
    np.testing.assert_allclose(first, over, atol=1e-4)
    turned = MODEL.interpolate(open_field(cruise(), kind="points"), at=asked().iloc[::-1]).dataset["sst"].values
    np.testing.assert_allclose(first, turned[:, ::-1], atol=1e-9)


def test_an_observation_stays():
    table = cruise()
    made = MODEL.interpolate(open_field(table, kind="points"), at=table.iloc[[40, 3]][["time", "lat", "lon"]])
    np.testing.assert_allclose(made.dataset["sst"].values, np.stack([table["sst"].iloc[[40, 3]]] * 9), atol=1e-9)


def test_refusals_say_what_to_do():
    field = open_field(cruise(), kind="points")
    with pytest.raises(DataError, match="'time' is missing"):
        MODEL.interpolate(field, at=asked().drop(columns="time"))
    with pytest.raises(DataError, match="must have a time and a position"):
        MODEL.interpolate(field, at=asked().assign(lat=np.nan))
    with pytest.raises(ArgumentError, match="leave context="):
        MODEL.interpolate(field, at=asked(), context=3)


def glider(seed=0):
    """Six boats whose sensor dives and rises: warm at the top, and a front that moves."""
    rng, parts = np.random.default_rng(seed), []
    for boat in range(6):
        steps = np.arange(90)
        heading = rng.uniform(0, 6.28) + np.cumsum(rng.normal(0, 0.15, 90))
        lat, lon = 50 + rng.normal(0, 0.3) + np.cumsum(0.02 * np.sin(heading)), 10 + rng.normal(0, 0.3) + np.cumsum(0.02 * np.cos(heading))
        table = pd.DataFrame({"id": f"b{boat}", "time": START + pd.to_timedelta(steps, unit="h"), "lat": lat, "lon": lon})
        front = np.sin(2 * lat + 0.02 * steps)
        depth = 100 * np.abs(np.sin(steps / 7 + boat))
        parts.append(table.assign(depth=depth, temp=15 + front - 0.1 * depth + rng.normal(0, 0.05, 90)))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.filterwarnings("ignore")
def test_a_depth_that_is_asked_is_read():
    table, rng = glider(), np.random.default_rng(1)
    out = np.sort(rng.choice(np.arange(len(table)), 60, replace=False))
    rows = table.iloc[out].reset_index(drop=True)
    rows = rows[(rows["depth"] > 5) & rows["time"].between(START + pd.Timedelta("1h"), START + pd.Timedelta("88h"))].reset_index(drop=True)
    field = open_field(table.drop(index=table.index[out]), kind="points")
    made = MODEL.interpolate(field, at=rows[["time", "lat", "lon", "depth"]])
    assert set(made.to_xarray().data_vars) == {"temp"} and np.allclose(made.to_xarray()["depth"], rows["depth"])
    low, middle, high = (made.to_xarray()["temp"].sel(quantile=q).values for q in (0.1, 0.5, 0.9))
    known = np.isfinite(middle)
    assert known.mean() > 0.9 and np.abs(middle - rows["temp"])[known].mean() < 0.15
    assert 0.6 <= ((rows["temp"] >= low) & (rows["temp"] <= high))[known].mean() <= 0.98
    deep = MODEL.interpolate(field, at=rows.iloc[[10, 10]].assign(depth=[10.0, 60.0])[["time", "lat", "lon", "depth"]])
    assert np.isclose(np.diff(deep.to_xarray()["temp"].sel(quantile=0.5))[0], -5, atol=1)


def test_a_depth_that_is_not_asked_is_said_and_one_beyond_stays_empty():
    field = open_field(glider(), kind="points", target="temp")
    row = pd.DataFrame({"time": [START + pd.Timedelta("20h")], "lat": [50.0], "lon": [10.0]})
    with pytest.warns(UserWarning, match="values were measured at depth of their own"):
        MODEL.interpolate(field, at=row)
    with pytest.warns(UserWarning, match="1 rows lie beyond the depth of temp, 0 to 100"):
        made = MODEL.interpolate(field, at=row.assign(depth=150.0))
    assert np.isnan(made.to_xarray()["temp"]).all()
    with pytest.raises(DataError, match="must have a number for depth; found 'deep'"):
        MODEL.interpolate(field, at=row.assign(depth="deep"))


@pytest.mark.filterwarnings("ignore")
def test_a_height_that_says_nothing_changes_no_answer():
    table = cruise().assign(height=np.random.default_rng(0).uniform(0, 100, 240))
    rows = asked().iloc[:3].assign(height=[10.0, 50.0, 90.0])
    with_it = MODEL.interpolate(open_field(table, kind="points"), at=rows, target="sst").to_xarray()["sst"]
    without = MODEL.interpolate(open_field(cruise(), kind="points"), at=rows, target="sst").to_xarray()["sst"]
    assert np.array_equal(with_it, without)


@pytest.mark.filterwarnings("ignore")
def test_a_depth_that_is_the_target_is_answered():
    row = pd.DataFrame({"time": [START + pd.Timedelta("20h")], "lat": [50.0], "lon": [10.0], "depth": [30.0]})
    made = MODEL.interpolate(open_field(glider(), kind="points"), at=row, target="depth").to_xarray()
    assert set(made.data_vars) == {"depth"} and list(made["row_depth"].values) == [30.0]


@pytest.mark.filterwarnings("ignore")
def test_profiles_are_read_at_the_depth_asked(tmp_path):
    time = START + pd.to_timedelta(np.arange(60) * 10, unit="D")
    depth = np.tile(np.array([0.0, 20, 50, 100, 200]), (60, 1))
    lat = 50 + 0.02 * np.arange(60)
    warm = np.sin(np.arange(60) / 5)
    data = xr.Dataset(
        {
            "PRES": (("N_PROF", "N_LEVELS"), depth, {"units": "decibar", "axis": "Z"}),
            "TEMP": (("N_PROF", "N_LEVELS"), 20 - depth / 10 + warm[:, None], {"units": "degree_Celsius"}),
            "JULD": ("N_PROF", time, {"standard_name": "time"}),
            "LATITUDE": ("N_PROF", lat, {"units": "degree_north"}),
            "LONGITUDE": ("N_PROF", np.full(60, -30.0), {"units": "degree_east"}),
            "PLATFORM_NUMBER": ("N_PROF", np.array(["13857"] * 60, object)),
        }
    )
    data.to_netcdf(tmp_path / "float.nc", engine="h5netcdf")
    field = open_field(tmp_path / "float.nc")
    rows = pd.DataFrame(
        {"time": time[[20, 20, 40]] + pd.Timedelta("5D"), "lat": lat[[20, 20, 40]] + 0.01, "lon": -30.0, "depth": [75.0, 500, 10]}
    )
    with pytest.raises(DataError, match="Name a column 'depth' of the rows asked"):
        MODEL.interpolate(field, at=rows.drop(columns="depth"))
    made = MODEL.interpolate(field, at=rows)
    told = made.to_xarray()["TEMP"].sel(quantile=0.5).values
    truth = 20 - rows["depth"] / 10 + np.sin(np.array([20.5, 20.5, 40.5]) / 5)
    assert np.allclose(told[[0, 2]], truth[[0, 2]], atol=0.1) and np.isnan(told[1])
    assert "no profile of TEMP crosses depth 500; 1 rows stay empty" in made.meta["warnings"]


@pytest.mark.filterwarnings("ignore")
def test_rows_may_be_a_geopandas_frame_in_any_system():
    geopandas, _ = pytest.importorskip("geopandas"), pytest.importorskip("pyproj")
    field, table = open_field(cruise(), kind="points"), asked().iloc[:3]
    shapes = geopandas.points_from_xy(table["lon"], table["lat"], crs=4326)
    frame = geopandas.GeoDataFrame(table.drop(columns=["lat", "lon"]), geometry=shapes)
    told = [MODEL.interpolate(field, at=at).to_xarray()["sst"].values for at in (table, frame, frame.to_crs(32632))]
    assert np.array_equal(told[0], told[1]) and np.allclose(told[0], told[2], atol=1e-6)
