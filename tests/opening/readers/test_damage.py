"""A damaged file is told by its name, and by variable, chunk, line, point or feature where the format has them."""

from __future__ import annotations

import bz2
import gzip
import json
import zipfile

import h5py
import numpy as np
import pytest

import builders
from chronotope.errors import DataError
from chronotope.opening.open import open_field


def test_a_broken_chunk_of_zarr_is_told_by_variable_and_place(tmp_path):
    builders.grid(t=6).to_zarr(tmp_path / "a.zarr", zarr_format=2, consolidated=False, encoding={"sst": {"chunks": (2, 3, 4)}})
    chunk = tmp_path / "a.zarr" / "sst" / "1.0.0"
    chunk.write_bytes(bytes(len(chunk.read_bytes())))
    field = open_field(tmp_path / "a.zarr")  # nothing of it is read yet
    with pytest.raises(DataError, match=r"variable 'sst' in a\.zarr cannot be read at time 2 to 3, lat 0 to 2, lon 0 to 3"):
        field.panel()
    assert np.isfinite(field.isel(time=slice(4, 6)).panel().values).any()  # the rest can be read


def test_a_broken_chunk_of_netcdf_is_told_by_variable_and_place(tmp_path):
    data = builders.grid(t=6)
    data.to_netcdf(tmp_path / "a.nc", engine="h5netcdf", encoding={"sst": {"zlib": True, "chunksizes": (2, 3, 4)}})
    with h5py.File(tmp_path / "a.nc") as file:
        place = file["sst"].id.get_chunk_info(2)
    raw = bytearray((tmp_path / "a.nc").read_bytes())
    raw[place.byte_offset : place.byte_offset + place.size] = bytes(place.size)
    (tmp_path / "a.nc").write_bytes(raw)
    with pytest.raises(DataError, match=r"variable 'sst' in a\.nc cannot be read at time 4 to 5"):
        open_field(tmp_path / "a.nc").panel()


ROWS = "time,place,v\n2020-01-01,a,1\n2020-01-02,a,2\n"
POINT = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [8]}, "properties": {"time": "2020-01-01", "v": 1}}
FIX = '<trkpt lat="47" lon="8"><time>2020-05-01T10:00:00Z</time></trkpt><trkpt lat="x" lon="8"/>'
TRACK = f"<gpx><trk><name>walk</name><trkseg>{FIX}</trkseg></trk></gpx>"
FILES = {
    "cut.csv.gz": (gzip.compress(ROWS.encode() * 99)[:-40], r"cut\.csv\.gz cannot be read"),
    "cut.csv.bz2": (bz2.compress(ROWS.encode() * 99)[:-9], r"cut\.csv\.bz2 cannot be read"),
    "cut.csv.zip": (b"PK\x03\x04" + b"x" * 99, r"cut\.csv\.zip cannot be read"),
    "cut.json.gz": (gzip.compress(b"[1, 2]")[:-5], r"cut\.json\.gz cannot be read"),
    "lines.jsonl": (b'{"time": "2020-01-01", "v": 1}\n{"time": ', r"line 2 of lines\.jsonl"),
    "scalar.json": (b"7", r"scalar\.json holds '7'"),
    "list.json": (b'[{"a": 1}, 5]', r"entry 2 of list\.json is '5'"),
    "point.geojson": (json.dumps({"type": "FeatureCollection", "features": [POINT]}).encode(), r"feature 1 of point\.geojson"),
    "ragged.json": (b'{"y": [[1, 2], [3]], "edges": [[0, 1]]}', r"ragged\.json does not"),
    "point.gpx": (TRACK.encode(), r"point 2 of 'walk' in point\.gpx"),
    "short.csv": (b"time,a\n2020-01-01,1\n2020-01-02,1,2,3\n", r"short\.csv cannot be read.*line 3"),
    "twice.csv": (b"time,a , a\n2020-01-01,1,2\n2020-01-02,1,2\n", r"twice\.csv has 'a' twice"),
    "ib.csv": (b"SID,SEASON,NAME\nA,1980,X\n", r"ib\.csv has no 'ISO_TIME'"),
    "empty.npy": (b"", r"empty\.npy cannot be read"),
    "empty.nc": (b"", r"empty\.nc cannot be read"),
    "empty.csv": (b"", r"empty\.csv is empty"),
    "empty.gif": (b"", r"empty\.gif cannot be read"),
    "empty.parquet": (b"", r"empty\.parquet cannot be read"),
    "wrong.nc": (ROWS.encode(), r"wrong\.nc cannot be read"),
    "wrong.h5": (ROWS.encode(), r"wrong\.h5 cannot be read"),
    "wrong.sqlite": (ROWS.encode() * 99, r"wrong\.sqlite cannot be read"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_told_by_name_and_place(tmp_path, name):
    raw, said = FILES[name]
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(DataError, match=said):
        open_field(tmp_path / name)


def test_a_timetable_is_told_by_file_and_line(tmp_path):
    feed = {
        "stops.txt": "stop_id,stop_lat,stop_lon\na,50.0,8.0\nb,x,8.1\n",
        "trips.txt": "service_id,trip_id\nd,t\n",
        "stop_times.txt": "trip_id,departure_time,stop_id,stop_sequence\nt,08:00:00,a,1\nt,08:20:00,b,2\n",
        "calendar_dates.txt": "service_id,date,exception_type\nd,20240101,1\n",
    }
    for broken, line, said in (
        ("stops.txt", None, r"stops\.txt in t\.zip line 3 holds 'x'"),
        ("calendar_dates.txt", "d,2024-1,1", r"calendar_dates\.txt in t\.zip line 2 holds '2024-1'"),
        ("stop_times.txt", "t,soon,a,1", r"stop_times\.txt in t\.zip line 2 holds 'soon'"),
    ):
        texts = dict(feed)
        if line is not None:
            texts["stops.txt"] = feed["stops.txt"].replace("x", "50.1")
            texts[broken] = feed[broken].split("\n")[0] + f"\n{line}\n"
        with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        with pytest.raises(DataError, match=said):
            open_field(tmp_path / "t.zip")
