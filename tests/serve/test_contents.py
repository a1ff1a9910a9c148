"""Files are what they say, hold their own data, and are refused in one sentence before anything opens them."""

import gzip
import pickle

import h5py
import numpy as np
import pandas as pd
import pytest

from chronotope.errors import DataError
from chronotope.serve.contents import check_name, checked_file
from chronotope.serve.limits import Limits, TooMuch

SMALL = Limits(megabytes=0.1, rows=100, values=1000)


def written(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sheet.xlsx", "Save the sheet as .csv"),
        ("model.pkl", "can run code"),
        ("all.zip", "Unpack it"),
        ("rain.grib", "Save it as .nc"),
        ("roads.shp", "Save it as .geojson"),
        ("film.mp4", "Save it as .csv"),
        ("script.py", "Save it as .csv"),
        ("data", "has no ending"),
        ("data.pkl.gz", "ends in .gz"),
    ],
)
def test_kinds_that_are_not_read_are_refused_with_the_way_out(name, words):
    with pytest.raises(DataError, match=words):
        check_name(name)


@pytest.mark.parametrize("name", ["a.csv", "a.CSV", "a.csv.gz", "a.nc", "a.parquet", "a.geojson", "a.json", "a.npz", "été 1.csv"])
def test_kinds_that_are_read_pass(name):
    check_name(name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", pickle.dumps({"x": 1})),
        ("b.csv", b"PK\x03\x04rest"),
        ("c.nc", b"time,flow\n1,2\n"),
        ("d.parquet", b"time,flow\n1,2\n"),
        ("e.npz", pickle.dumps([1])),
        ("f.json", b"\x00\x01\x02"),
        ("g.h5", b""),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path, name, content):
    with pytest.raises(DataError, match="must be what its name says|must hold something"):
        checked_file(written(tmp_path / name, content), SMALL)


def test_hdf5_that_reaches_for_other_files_is_refused(tmp_path):
    secret = written(tmp_path / "secret.bin", b"hunter2!" * 8)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["value"] = np.arange(4.0)
    with h5py.File(tmp_path / "link.nc", "w") as file:
        file["inside/value"] = h5py.ExternalLink("other.h5", "/value")
    with h5py.File(tmp_path / "raw.nc", "w") as file:
        file.create_dataset("value", (8,), "f8", external=[(str(secret), 0, 64)])
    with h5py.File(tmp_path / "virtual.nc", "w") as file:
        layout = h5py.VirtualLayout((4,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "value", (4,))
        file.create_virtual_dataset("value", layout)
    with h5py.File(tmp_path / "raw.nc") as file:
        assert file["value"][0] == np.frombuffer(b"hunter2!")[0]  # what would be read without the check
    for name in ("link.nc", "raw.nc", "virtual.nc"):
        with pytest.raises(DataError, match="must hold its own data"):
            checked_file(tmp_path / name, SMALL)
    assert checked_file(tmp_path / "other.h5", SMALL) == tmp_path / "other.h5"


def test_hdf5_that_goes_in_circles_ends(tmp_path):
    with h5py.File(tmp_path / "circle.nc", "w") as file:
        file["value"] = np.arange(4.0)
        file["group/up"] = file["/"]
        file["soft"] = h5py.SoftLink("/nowhere")
    assert checked_file(tmp_path / "circle.nc", SMALL)


def test_claims_of_size_are_believed_before_anything_is_read(tmp_path):
    with h5py.File(tmp_path / "claim.nc", "w") as file:
        file.create_dataset("value", (10**6, 10**6), "f4", chunks=(1000, 1000))
    assert (tmp_path / "claim.nc").stat().st_size < 10_000
    with pytest.raises(TooMuch, match="1,000,000,000,000"):
        checked_file(tmp_path / "claim.nc", SMALL)
    pd.DataFrame({"a": np.zeros(101)}).to_parquet(tmp_path / "long.parquet")
    with pytest.raises(TooMuch, match="up to 100 rows"):
        checked_file(tmp_path / "long.parquet", SMALL)
    with pytest.raises(TooMuch, match="up to 100 rows"):
        checked_file(written(tmp_path / "long.csv", b"1,2\n" * 101), SMALL)


def test_what_is_packed_is_unpacked_within_the_limit(tmp_path):
    bomb = gzip.compress(b"0" * 10_000_000)
    assert len(bomb) < 20_000
    with pytest.raises(TooMuch, match="unpacked"):
        checked_file(written(tmp_path / "bomb.csv.gz", bomb), SMALL)
    with pytest.raises(DataError, match="must be whole"):
        checked_file(written(tmp_path / "cut.csv.gz", gzip.compress(b"time,flow\n" * 50)[:-9]), SMALL)
    np.savez_compressed(tmp_path / "bomb.npz", values=np.zeros(10_000_000))
    with pytest.raises(TooMuch, match="unpacked"):
        checked_file(tmp_path / "bomb.npz", SMALL)
    plain = checked_file(written(tmp_path / "fine.csv.gz", gzip.compress(b"time,flow\n1,2\n")), SMALL)
    assert plain.name == "fine.csv" and plain.read_bytes() == b"time,flow\n1,2\n"
