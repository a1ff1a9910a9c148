"""Outputs: whole or not at all."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import builders
from chronotope.data import writers
from chronotope.data.writers import WRITERS, write
from chronotope.errors import ArgumentError, KindError, NoFileError, OutputExistsError
from chronotope.opening.open import open_field


def forecast() -> xr.Dataset:
    field = open_field(builders.stations())
    panel = field.panel()
    return field.unpanel(np.stack([panel.values - 1, panel.values + 1]), panel.times, labels=[0.1, 0.9])


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_dataset_comes_back_as_it_was(tmp_path, suffix):
    path = write(forecast(), tmp_path / f"fc{suffix}")
    back = (xr.open_zarr if suffix == ".zarr" else xr.open_dataset)(path)
    xr.testing.assert_equal(back, forecast())
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
def test_tables_are_long_with_a_column_per_quantile(tmp_path, suffix):
    path = write(forecast(), tmp_path / f"fc{suffix}")
    table = pd.read_parquet(path) if suffix == ".parquet" else pd.read_csv(path, parse_dates=["time"])
    assert list(table.columns) == ["time", "place", "lat", "lon", "variable", "q0.1", "q0.9"]
    made = forecast()
    row = table[(table["variable"] == "rain")].iloc[5]
    assert row["q0.9"] == pytest.approx(float(made["rain"].sel(quantile=0.9, time=row["time"], place=row["place"])))
    assert len(table) == int(np.isfinite(made["rain"].isel(quantile=0)).sum() + np.isfinite(made["tmax"].isel(quantile=0)).sum())


def test_origins_and_leads_get_their_own_columns(tmp_path):
    data = xr.Dataset(
        {"v": (("quantile", "init_time", "lead_time", "place"), np.arange(12.0).reshape(2, 1, 2, 3))},
        {
            "quantile": [0.1, 0.9],
            "init_time": pd.to_datetime(["2020-01-01"]),
            "lead_time": pd.to_timedelta(["1h", "2h"]),
            "place": list("abc"),
        },
    )
    table = pd.read_csv(write(data, tmp_path / "f.csv"))
    assert list(table.columns) == ["init_time", "lead_time", "time", "place", "variable", "q0.1", "q0.9"]
    assert table["time"].iloc[-1].startswith("2020-01-01 02:00")


def test_geojson_holds_points(tmp_path):
    made = json.loads(write(forecast(), tmp_path / "f.geojson").read_text())
    assert made["features"][0]["geometry"]["coordinates"] == [359.9, 50.0]
    assert {"time", "place", "variable", "q0.1", "q0.9"} == set(made["features"][0]["properties"])


@pytest.mark.parametrize("suffix", [".nc", ".zarr", ".csv", ".parquet"])
def test_an_existing_output_is_kept_unless_asked(tmp_path, suffix):
    path = write(forecast(), tmp_path / f"f{suffix}")
    with pytest.raises(OutputExistsError, match="overwrite"):
        write(forecast(), path)
    write(forecast(), path, overwrite=True)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_nothing_and_keeps_the_old(tmp_path, monkeypatch):
    path = tmp_path / "f.csv"
    path.write_text("old")

    def breaks(data, part):
        part.write_text("half")
        raise OSError("disk full")

    monkeypatch.setitem(writers.WRITERS, ".csv", breaks)
    with pytest.raises(OSError, match="disk full"):
        write(forecast(), path, overwrite=True)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_unknown_suffixes_and_folders_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"\.nc, \.zarr"):
        write(forecast(), tmp_path / "f.xls")
    with pytest.raises(NoFileError, match="folder"):
        write(forecast(), tmp_path / "no" / "f.nc")
    assert set(WRITERS) >= {".nc", ".zarr", ".csv", ".parquet"}


def test_what_is_written_opens_again_as_the_same_field(tmp_path):
    field = open_field(builders.graph_arrays())
    again = open_field(write(field, tmp_path / "g.nc"))
    np.testing.assert_array_equal(again.panel().values, field.panel().values)
    np.testing.assert_array_equal(again.edges.weight, field.edges.weight)
    assert again.units == field.units


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_attributes_that_no_file_holds_become_text(tmp_path, suffix):
    data = builders.grid()
    data.attrs |= {"nothing": None, "yes": True, "many": {"a": 1}, "flags": [1, 2], "title": "sea"}
    data["sst"].attrs |= {"nothing": None}
    back = open_field(write(data, tmp_path / f"a{suffix}")).dataset
    assert [back.attrs[key] for key in ("nothing", "yes", "many", "title")] == ["None", "True", "{'a': 1}", "sea"]
    assert list(back.attrs["flags"]) == [1, 2] and back["sst"].attrs["nothing"] == "None" and data.attrs["nothing"] is None


def test_a_slash_in_a_name_is_no_netcdf(tmp_path):
    frame = pd.DataFrame({"time": pd.date_range("2024-01-01", periods=4, freq="D"), "speed km/h": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(KindError, match="'speed km/h' has one.*write .csv"):
        write(open_field(frame), tmp_path / "out.nc")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
def test_a_name_that_would_become_a_group_and_be_lost_is_refused(tmp_path, suffix):
    with pytest.raises(KindError, match=r"keeps '/' for its groups; 'rain \(mm/h\)' has one"):
        write(forecast().rename(rain="rain (mm/h)"), tmp_path / f"fc{suffix}")
    assert not list(tmp_path.iterdir())


def test_answers_of_what_moves_are_refused_where_a_row_is_a_point(tmp_path):
    table = pd.DataFrame({"time": pd.Timestamp("2024-01-01"), "object": "a", "variable": ["lat", "lon"], "q0.5": [50.0, 8.0]})
    with pytest.raises(KindError, match="of what moves, lat and lon are answers themselves. Write .csv or .nc"):
        write(table, tmp_path / "paths.geojson")
