"""Files without a suffix, or with a wrong one, are known by their first bytes."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import zipfile
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import builders
from chronotope.errors import DataError
from chronotope.opening.open import open_field
from chronotope.opening.sniff.first_bytes import suffix_of

FRAMES = np.random.default_rng(0).integers(0, 255, (4, 8, 9, 3)).astype("u1")


def _film(path):
    from PIL import Image

    pictures = [Image.fromarray(frame) for frame in FRAMES]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)


def _records(path):
    rows = builders.long_table().assign(time=lambda table: table["time"].astype(str)).to_dict("records")
    text = "\n".join(map(json.dumps, rows)) if path.suffix == ".jsonl" else json.dumps(rows)
    path.write_text(text)


def _database(path):
    with sqlite3.connect(path) as file:
        builders.long_table().to_sql("t", file, index=False)


def _walk(path):
    points = "".join(f'<trkpt lat="5{i}" lon="5"><time>2024-01-01T0{i}:00:00Z</time></trkpt>' for i in range(4))
    path.write_text(f'<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>')


WRITE = {
    ".nc": lambda path: builders.grid().to_netcdf(path, engine="h5netcdf"),
    ".cdf": lambda path: builders.grid().astype("f4").to_netcdf(path, engine="scipy"),
    ".csv": lambda path: builders.long_table().to_csv(path, index=False),
    ".csv.gz": lambda path: builders.long_table().to_csv(path, index=False),
    ".zip": lambda path: builders.long_table().to_csv(path, index=False, compression={"method": "zip", "archive_name": "a.csv"}),
    ".csv.xz": lambda path: builders.long_table().to_csv(path, index=False),
    ".parquet": lambda path: builders.long_table().to_parquet(path),
    ".json": _records,
    ".jsonl": _records,
    ".npz": lambda path: np.savez(path, **builders.graph_arrays()),
    ".npy": lambda path: np.save(path, np.zeros((5, 3))),
    ".gif": _film,
    ".gpx": _walk,
    ".sqlite": _database,
}


@pytest.mark.parametrize("suffix", [suffix for suffix in WRITE if suffix != ".sqlite" or find_spec("duckdb")])
def test_a_file_without_a_suffix_opens_as_with_one(tmp_path, suffix):
    named, bare = tmp_path / f"a{suffix}", tmp_path / "download"
    WRITE[suffix](named)
    shutil.copyfile(named, bare)
    clock = {"start": "2024-01-01", "step": "1h"} if suffix == ".npy" else {}
    field, again = open_field(named, **clock), open_field(bare, **clock)
    assert again.kind == field.kind and again.variables == field.variables and again.dataset.equals(field.dataset)
    assert again.source == "download"
    assert suffix == ".cdf" or any("first bytes" in finding.text for finding in again.findings)


def test_a_wrong_suffix_is_a_warning(tmp_path):
    builders.long_table().to_parquet(tmp_path / "a.csv")
    builders.grid().to_netcdf(tmp_path / "b.tif", engine="h5netcdf")
    builders.long_table().to_csv(tmp_path / "c.csv", index=False, compression="gzip")
    for name in ("a.csv", "b.tif", "c.csv"):
        field = open_field(tmp_path / name)
        assert any("first bytes" in finding.text for finding in field.findings if finding.level == "warning"), name


def test_one_packed_binary_file_is_unpacked(tmp_path):
    builders.grid().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    field = open_field(tmp_path / "a.nc")
    with gzip.open(tmp_path / "a.nc.gz", "wb") as file:
        file.write((tmp_path / "a.nc").read_bytes())
    with zipfile.ZipFile(tmp_path / "download.nc", "w") as archive:
        archive.write(tmp_path / "a.nc", "data_stream.nc")
    for name in ("a.nc.gz", "download.nc"):
        assert open_field(tmp_path / name).dataset.equals(field.dataset)


def test_what_is_refused_by_its_suffix_is_refused_without_it(tmp_path):
    pd.DataFrame({"a": [1]}).to_pickle(tmp_path / "pickled")
    with pytest.raises(DataError, match="pickle"):
        open_field(tmp_path / "pickled")
    with zipfile.ZipFile(tmp_path / "book.csv", "w") as archive:
        archive.writestr("[Content_Types].xml", "")
    with pytest.raises(DataError, match="xlsx"):
        open_field(tmp_path / "book.csv")
    (tmp_path / "noise").write_bytes(b"\x00\x01\x02")
    (tmp_path / "page").write_text("<!DOCTYPE html><html></html>")
    (tmp_path / "empty").write_bytes(b"")
    for name in ("noise", "page", "empty"):
        with pytest.raises(DataError, match=f"{name} is not"):
            open_field(tmp_path / name)


def test_plain_hdf5_and_grib_are_told_from_netcdf(tmp_path):
    import h5py

    with h5py.File(tmp_path / "plain", "w") as file:
        file["values"] = np.zeros((4, 2))
    (tmp_path / "weather").write_bytes(b"GRIB\x00\x00\x00\x02")
    assert suffix_of(tmp_path / "plain") == ".h5" and suffix_of(tmp_path / "weather") == ".grib"
