"""The door: every format on a tiny file, broken files, side files and options."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.errors import ArgumentError, DataError, KindError, MissingExtraError, NoFileError, TimeError
from chronotope.opening.open import open_field
from chronotope.opening.samples import sample


def same_panel(one, two):
    a, b = one.panel(two.variables), two.panel()  # classic NetCDF sorts its variables
    np.testing.assert_array_equal(a.values, b.values)
    np.testing.assert_array_equal(a.times, b.times)
    assert a.freq == b.freq


@pytest.mark.parametrize("engine", ["h5netcdf", "scipy"])
@pytest.mark.parametrize("build", [builders.grid, builders.curvilinear, builders.levels, builders.stations])
def test_netcdf_old_and_new(tmp_path, build, engine):
    path = tmp_path / "a.nc"
    build().to_netcdf(path, engine=engine)
    same_panel(open_field(path), open_field(build()))


def test_packed_numbers_and_fill_values_are_decoded(tmp_path):
    data = builders.grid(t=3)
    data.to_netcdf(tmp_path / "p.nc", engine="h5netcdf", encoding={"sst": {"dtype": "int16", "scale_factor": 0.5, "_FillValue": -32768}})
    np.testing.assert_allclose(open_field(tmp_path / "p.nc").panel().values, open_field(data).panel().values)


@pytest.mark.parametrize("version", [2, 3])
def test_zarr(tmp_path, version):
    builders.levels().to_zarr(tmp_path / "a.zarr", zarr_format=version, consolidated=False)
    same_panel(open_field(tmp_path / "a.zarr"), open_field(builders.levels()))


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.bz2", ".csv.zip", ".tsv"])
def test_text_tables_packed_or_not(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    builders.wide_table().to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    same_panel(open_field(path), open_field(builders.wide_table()))


def test_parquet(tmp_path):
    builders.long_table().to_parquet(tmp_path / "a.parquet")
    same_panel(open_field(tmp_path / "a.parquet"), open_field(builders.long_table()))


def test_json_records_and_lines(tmp_path):
    table = builders.long_table().assign(time=lambda t: t["time"].astype(str))
    table.to_json(tmp_path / "a.json", orient="records")
    table.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    same_panel(open_field(tmp_path / "a.json"), open_field(tmp_path / "a.jsonl"))


def test_named_arrays(tmp_path):
    arrays = builders.graph_arrays()
    np.savez(tmp_path / "a.npz", **arrays)
    field = open_field(tmp_path / "a.npz")
    panel = field.panel()
    truth = arrays["values"].astype(np.float32)
    truth[truth == -1] = np.nan
    np.testing.assert_array_equal(panel.values, truth)
    assert panel.freq == "15min" and panel.variables == ("inflow", "outflow") and field.units["inflow"] == "trips per 15 min"
    assert panel.edges.weight.tolist() == [1.0, 0.5, 2.0] and panel.places.tolist() == [f"z{i}" for i in range(5)]
    assert field.dataset["inflow"].encoding["_FillValue"] == -1


def test_pems_archive_with_the_key_data(tmp_path):
    values = np.random.default_rng(0).random((10, 4, 3)).astype(np.float32)
    np.savez(tmp_path / "pems.npz", data=values)
    panel = open_field(tmp_path / "pems.npz", start="2018-01-01", step="5min").panel()
    np.testing.assert_array_equal(panel.values, values)


def test_axes_by_number(tmp_path):
    values = np.random.default_rng(0).random((5, 7, 6)).astype(np.float32)
    np.save(tmp_path / "u.npy", values)
    panel = open_field(tmp_path / "u.npy", time=1, place=2).panel()
    np.testing.assert_array_equal(panel.values, values.transpose(1, 2, 0))
    with pytest.raises(ArgumentError, match="time="):
        open_field(values, time=3)


def test_origin_destination_pairs_are_places():
    values = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    arrays = {
        "values": values,
        "axes": np.array(["time", "origin zone", "destination zone"]),
        "start": np.array("2020-01-01"),
        "step_seconds": np.array(60),
    }
    np.testing.assert_array_equal(open_field(arrays).panel().values[:, :, 0], values.reshape(2, 12))


def test_metr_la_layout_without_pytables(tmp_path):
    speeds = np.random.default_rng(0).random((6, 3)) * 70
    times = pd.date_range("2012-03-01", periods=6, freq="5min").values.astype("datetime64[ns]")
    with h5py.File(tmp_path / "metr.h5", "w") as file:
        group = file.create_group("df")
        group["axis0"] = np.array([b"773869", b"767541", b"767542"])
        group["axis1"] = times.astype(np.int64)
        group["axis1"].attrs["kind"] = b"datetime64"
        group["block0_items"] = np.array([b"773869", b"767541", b"767542"])
        group["block0_values"] = speeds
    field = open_field(tmp_path / "metr.h5")
    np.testing.assert_array_equal(field.panel().values[:, :, 0], speeds.astype(np.float32))
    assert field.panel().places.tolist() == ["773869", "767541", "767542"] and field.panel().freq == "5min"


def test_zero_is_missing_only_when_told():
    table = builders.wide_table().fillna(0)
    assert open_field(table).panel().mask.all()
    assert not open_field(table, missing=0).panel().mask.all()


def test_sites_are_matched_by_name_and_edges_by_matrix_or_list(tmp_path):
    table = builders.wide_table()
    sites = pd.DataFrame({"index": [0, 1, 2], "sensor": ["p2", "p0", "p1"], "latitude": [2.0, 0.0, 1.0], "longitude": [5.0, 5.0, 5.0]})
    matrix = np.array([[1, 0.5, 0], [0, 1, 0.25], [0, 0, 1]])
    sites.to_csv(tmp_path / "sites.csv", index=False)
    np.savetxt(tmp_path / "adj.csv", matrix, delimiter=",")
    panel = open_field(table, sites=tmp_path / "sites.csv", edges=str(tmp_path / "adj.csv")).panel()
    np.testing.assert_array_equal(panel.latlon[:, 0], [0, 1, 2])
    pairs = pd.DataFrame({"from": ["p0", "p1"], "to": ["p1", "p2"], "weight": [0.5, 0.25]})
    listed = open_field(table, edges=pairs).panel().edges
    for edges in (panel.edges, listed):
        assert list(zip(edges.source, edges.target, edges.weight)) == [(0, 1, 0.5), (1, 2, 0.25)], "self loops are no edges"


def test_a_list_with_as_many_rows_as_places_is_no_matrix():
    pairs = pd.DataFrame({"from": [0, 1, 2], "to": [1, 2, 0], "weight": [1.0, 2.0, 3.0]})
    for rows in (3, 2):
        edges = open_field(builders.wide_table(), edges=pairs.iloc[:rows]).panel().edges
        assert edges.weight.tolist() == [1.0, 2.0, 3.0][:rows] and edges.source.tolist() == [0, 1, 2][:rows]


def test_costs_become_weights_by_the_gaussian_kernel():
    cost = pd.DataFrame({"from": ["p0", "p1", "p0"], "to": ["p1", "p2", "p2"], "cost": [100.0, 200.0, 900.0]})
    edges = open_field(builders.wide_table(), edges=cost).edges
    spread = np.std([100.0, 200.0, 900.0])
    np.testing.assert_allclose(edges.weight, np.exp(-((np.array([100.0, 200.0]) / spread) ** 2)), rtol=1e-6)


def test_edges_that_name_no_place_are_refused():
    with pytest.raises(DataError, match="edges= must join places"):
        open_field(builders.wide_table(), edges=pd.DataFrame({"from": ["x"], "to": ["y"]}))


def test_a_dataframe_indexed_by_time_and_an_array_of_xarray():
    table = builders.wide_table().assign(date=lambda t: pd.to_datetime(t["date"])).set_index("date")
    same_panel(open_field(table), open_field(builders.wide_table()))
    same_panel(open_field(builders.grid()["sst"]), open_field(builders.grid()))


def test_geopandas_points_keep_their_position():
    geopandas = pytest.importorskip("geopandas")
    table = builders.long_table()
    shapes = geopandas.GeoDataFrame(
        table.drop(columns=["lat", "lon"]), geometry=geopandas.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326"
    )
    same_panel(open_field(shapes), open_field(table))


def test_cftime_axes_of_xarray_objects_are_read():
    pytest.importorskip("cftime")
    data = builders.curvilinear().convert_calendar("360_day", align_on="date")
    assert open_field(data).panel().freq == "MS"


@pytest.mark.parametrize("name", ["cut.nc", "cut.npz", "cut.parquet", "cut.h5", "cut.csv.gz", "cut.json"])
def test_damaged_files_are_refused_in_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n" + b"broken" * 30 if name in ("cut.nc", "cut.h5") else b"PK\x03\x04broken" * 9)
    with pytest.raises(DataError, match=name.replace(".", r"\.")):
        open_field(tmp_path / name)


def test_a_truncated_netcdf_is_refused(tmp_path):
    builders.grid(t=200).to_netcdf(tmp_path / "w.nc", engine="h5netcdf")
    raw = (tmp_path / "w.nc").read_bytes()
    (tmp_path / "half.nc").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DataError, match=r"half\.nc"):
        open_field(tmp_path / "half.nc").panel()


def test_pickles_are_refused_with_the_way_out(tmp_path):
    np.savez(tmp_path / "o.npz", values=np.array([{"a": 1}], object))
    with pytest.raises(DataError, match="pickle"):
        open_field(tmp_path / "o.npz")
    (tmp_path / "adj_mx.pkl").write_bytes(b"\x80\x04.")
    for call in (lambda: open_field(tmp_path / "adj_mx.pkl"), lambda: open_field(builders.wide_table(), edges=tmp_path / "adj_mx.pkl")):
        with pytest.raises(DataError, match="Where you trust it"):
            call()


def test_wrong_sources_are_refused(tmp_path):
    with pytest.raises(NoFileError, match="no.csv"):
        open_field(tmp_path / "no.csv")
    with pytest.raises(KindError, match="int"):
        open_field(3)
    (tmp_path / "a.tif").write_bytes(b"II")
    with pytest.raises((DataError, MissingExtraError), match=r"a\.tif"):
        open_field(tmp_path / "a.tif")
    (tmp_path / "a.xyz").write_bytes(b"II")
    with pytest.raises(DataError, match=r"formats\.md"):
        open_field(tmp_path / "a.xyz")
    with pytest.raises(ArgumentError, match="kind"):
        open_field(builders.grid(), kind="cube")
    with pytest.raises(TimeError, match="time"):
        open_field(builders.grid().isel(time=0, drop=True))


def test_repeated_stamps_of_a_grid():
    data = builders.grid()
    twice = xr.concat([data, data.isel(time=[2])], "time")
    same_panel(open_field(twice), open_field(data))
    twice["sst"].values[-1] += 1
    with pytest.raises(TimeError, match="2001-02-28"):
        open_field(twice)


def test_station_file_with_lat_lon_as_plain_variables(tmp_path):
    builders.stations().reset_coords(["lat", "lon"]).to_netcdf(tmp_path / "s.nc", engine="h5netcdf")
    field = open_field(tmp_path / "s.nc")
    assert field.variables == ("tmax", "rain") and field.panel().latlon is not None


def test_plane_coordinates_of_a_named_system_get_degrees():
    pyproj = pytest.importorskip("pyproj")
    data = builders.grid().rename(lat="y", lon="x").assign_coords(x=465000.0 + 10 * np.arange(4), y=5080000.0 - 10 * np.arange(3))
    field = open_field(data, crs="EPSG:32633")
    truth = pyproj.Transformer.from_crs("EPSG:32633", "EPSG:4326", always_xy=True).transform(465010.0, 5079980.0)
    np.testing.assert_allclose([field.dataset["lon"][2, 1], field.dataset["lat"][2, 1]], truth)
    with pytest.raises(ArgumentError, match="crs"):
        open_field(data, crs="EPSG:0")
    with pytest.raises(DataError, match="plane"):
        open_field(builders.grid(), crs="EPSG:32633")


def test_lists_of_observations_are_events_or_tracks():
    table = builders.events_table()
    points = xr.Dataset(
        {"magnitude": ("obs", table["magnitude"].to_numpy())},
        {"time": ("obs", pd.to_datetime(table["time"])), "lat": ("obs", table["lat"]), "lon": ("obs", table["lon"])},
        {"featureType": "point"},
    )
    same = open_field(table)
    np.testing.assert_array_equal(open_field(points).dataset["magnitude"], same.dataset["magnitude"])
    ships = builders.tracks_table()
    ragged = xr.Dataset(
        {"rowSize": ("trajectory", [12, 12, 12], {"sample_dimension": "obs"})},
        {"time": ("obs", ships["time"]), "lat": ("obs", ships["lat"]), "lon": ("obs", ships["lon"])},
    )
    field = open_field(ragged)
    assert field.kind == "tracks" and field.dataset.sizes["object"] == 3
    np.testing.assert_array_equal(field.dataset["lat"].values, open_field(ships).dataset["lat"].values)


def test_ragged_time_series_become_a_graph():
    data = xr.Dataset(
        {"row_size": ("station", [3, 2], {"sample_dimension": "obs"}), "t2m": ("obs", [1.0, 2, 3, 4, 5])},
        {
            "time": ("obs", pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-02", "2020-01-03"])),
            "lat": ("station", [50.0, 51.0]),
            "lon": ("station", [7.0, 8.0]),
            "station_name": ("station", ["a", "b"]),
        },
    )
    panel = open_field(data).panel()
    np.testing.assert_array_equal(panel.values[:, :, 0], [[1, np.nan], [2, 4], [3, 5]])
    assert panel.places.tolist() == ["a", "b"] and panel.latlon[1].tolist() == [51.0, 8.0]


def test_positions_in_radians_are_turned_to_degrees():
    data = builders.stations().rename(station="ncells", lat="clat", lon="clon").drop_vars("ncells")
    for name in ("clat", "clon"):
        data[name] = np.deg2rad(data[name]).assign_attrs(units="radian")
    np.testing.assert_allclose(open_field(data).panel().latlon, open_field(builders.stations()).panel().latlon)


def test_a_grid_written_as_a_table_is_no_list_of_events():
    table = builders.grid(t=3, rows=10, columns=10)["sst"].to_dataframe().reset_index()
    field = open_field(table)
    assert field.kind == "graph" and field.shape == (3, 100)


def test_places_without_a_position_stand_at_the_centre_and_it_is_said():
    sites = pd.DataFrame({"site": ["p0", "p1"], "lat": [10.0, 12.0], "lon": [179.0, -179.0]})
    field = open_field(builders.wide_table(), sites=sites)
    panel = field.panel()
    np.testing.assert_allclose(panel.latlon[2], [11.0, -180.0])
    np.testing.assert_allclose(panel.xy[2], [0.0, 0.0], atol=1e-6)
    assert "1 places have no position" in str(field) and np.isnan(field.dataset["lat"].values[2])


def test_a_table_without_one_readable_time_is_refused(tmp_path):
    text = "SID,SEASON,NAME,ISO_TIME,1e400,LAT,LON,WMO_WIND,WMO_PRES\n ,Ymar, , ,1e400,\regrees_north,degrees_ea"  # found by mutation
    (tmp_path / "storms.csv").write_text(text, newline="")
    with pytest.raises(DataError, match="at least one"):
        open_field(tmp_path / "storms.csv")


def test_a_variable_must_not_have_the_name_of_an_axis(tmp_path):
    rows = [f"2020-03-28 {hour:02d}:00:00,{place},{hour}.5,{name}" for hour in range(8) for place in "ab" for name in ("u", "time")]
    (tmp_path / "spread.csv").write_text("\n".join(["time,place,value,variable", *rows]))
    with pytest.raises(DataError, match="name of an axis"):
        open_field(tmp_path / "spread.csv")


def test_values_beyond_single_precision_are_refused_and_not_made_infinite(tmp_path):
    rows = [f"2020-03-28 {hour:02d}:00:00,{place},{1e300 if hour == 3 else hour}" for hour in range(12) for place in "ab"]
    (tmp_path / "far.csv").write_text("\n".join(["time,place,value", *rows]))
    with pytest.raises(DataError, match="1e\\+300"):
        open_field(tmp_path / "far.csv").panel()
    assert open_field(tmp_path / "far.csv", missing=1e300).panel().mask.sum() == 22


def test_a_latitude_without_a_longitude_is_no_position_and_is_printed(tmp_path):
    (tmp_path / "years.csv").write_text("lat,1.5,1960,1961,1962\nFrance,1,5,1,2,3\nSpain,1,5,3,4,5\n")
    assert "years.csv" in str(open_field(tmp_path / "years.csv"))


def test_edges_of_places_that_are_gone_are_refused_with_the_way_out():
    whole = sample("us_income").to_xarray()
    part = whole.isel(place=slice(0, 20))
    with pytest.raises(DataError, match=r"positions, 0 to 19; one names position \d+\. Select the edges .* ds\.drop_dims\('edge'\)"):
        open_field(part)
    assert open_field(part.drop_dims("edge")).edges is None
    kept = np.flatnonzero((part["edge_source"] < 20) & (part["edge_target"] < 20))
    assert len(open_field(part.isel(edge=kept)).edges.source) == len(kept) > 0
    with pytest.raises(DataError, match="one names position -1"):
        open_field(whole.assign(edge_source=whole["edge_source"].copy(data=np.full(whole.sizes["edge"], -1))))


def test_several_columns_as_one_role_are_refused_in_one_sentence():
    table = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=3), "a": "x", "b": "y", "flow": 1.0})
    with pytest.raises(ArgumentError, match="place must be the name of one column; found .'a', 'b'.. Of several, join them before, as a_b"):
        open_field(table, place=["a", "b"])
