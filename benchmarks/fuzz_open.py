"""Broken files by the thousand: whatever lies in a file, `open` gives a Field or one ChronotopeError.

    python benchmarks/fuzz_open.py [--cases 100000] [--seed 0] [--only csv_long,gpx] [--binary]

A case is a small good file (`texts`, `binaries`) with one to six mutations; it is opened, printed and laid on its frame. Cases run in
child processes, so that a crash, an endless loop and a greedy allocation are findings as well. The same seed gives the same cases:
`--case N` runs one of them and shows its file and the whole traceback.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import lzma
import mmap
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from chronotope.errors import ChronotopeError
from chronotope.opening.open import open_field

SECONDS, BYTES, BATCH = 20, 6 << 30, 500  # a case may take so long and so much memory; so many cases share a child
TOKENS = (
    b",",
    b";",
    b"\t",
    b"|",
    b'"',
    b"'",
    b"#",
    b"\n",
    b"\r\n",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b" ",
    b"%",
    b"\\",
    b"{",
    b"[",
    b"]",
    b"}",
    b"<",
    b">",
    b"&",
    b"nan",
    b"inf",
    b"-inf",
    b"1e400",
    b"-0",
    b"00",
    b"99999999999999999999",
    b"1,5",
    b"0x10",
    b"1_000",
    b"true",
    b"null",
    b"-999",
    b"NA",
    b"NaT",
    b"2020-02-30",
    b"0001-01-01",
    b"9999-12-31",
    b"2262-04-12",
    b"31/12/2020",
    b"12:61",
    b"24:00",
    b"+99:99",
    b"Z",
    b"1970",
    b"time",
    b"lat",
    b"lon",
    b"place",
    b"value",
    b"variable",
    b"id",
    b"x",
    b"y",
    b"scene",
    b"year",
    b"month",
    b"day",
    b"date",
    b"event",
    b"edge",
    b"object",
    b"-91",
    b"1e18",
    b"2147483648",
    b"\xf0\x9f\x8c\x8d",
    b"..",
    b"type",
    b"Point",
    b"from_id",
    b"to_id",
    b"1700000000",
    b"t_days",
)


class Finding(NamedTuple):
    """A case that did not end well: its number, the file's kind and what happened."""

    case: int
    name: str
    what: str


def texts() -> dict[str, bytes]:
    """One small file of every text format and layout, by file name."""
    hours = pd.date_range("2020-03-28 20:00", periods=8, freq="h")
    rows = [(t, p, 50.0 + i, 7.5 - i, round(10 * i + k / 8, 3)) for k, t in enumerate(hours) for i, p in enumerate(("a", "b", "c"))]
    long = pd.DataFrame(rows, columns=["time", "place", "lat", "lon", "flow(m3/s)"])
    wide = long.pivot(index="time", columns="place", values="flow(m3/s)").reset_index()
    rng = np.random.default_rng(0)
    events = pd.DataFrame(
        {
            "time": hours + pd.to_timedelta(rng.integers(0, 3000, 8), "s"),
            "lat": rng.uniform(30, 40, 8).round(4),
            "lon": rng.uniform(1, 9, 8).round(4),
        }
    )
    events = events.assign(mag=rng.exponential(1, 8).round(1), kind=list("ababcdab"))
    tracks = pd.DataFrame(
        [(f"s{i}", t, 50 + i + 0.01 * k, 4 + 0.02 * k) for i in range(2) for k, t in enumerate(hours)], columns=["id", "time", "lat", "lon"]
    )
    trips = pd.DataFrame({"start": hours, "from_station": [1, 2, 3, 1, 2, 3, 1, 2], "to_station": [2, 3, 1, 2, 3, 1, 3, 1]})
    spread = long.rename(columns={"flow(m3/s)": "value"}).assign(variable=["u", "v"] * 12)
    dated = wide.set_index("time").T.set_axis([f"2020-03-{k + 1:02d}" for k in range(8)], axis=1).reset_index()
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": {"time": str(t), "place": p, "v": v}}
        for t, p, lat, lon, v in rows
    ]
    graph = {
        "y": [[1, 2, 3], [3, 4, 5], [5, 6, 7]],
        "edge_mapping": {"edge_index": {"0": [[0, 1]], "1": [[1, 2]]}, "edge_weight": {"0": [2], "1": [4]}},
    }
    out = {
        "csv_long.csv": long.to_csv(index=False),
        "csv_wide.csv": wide.to_csv(index=False),
        "csv_dated.csv": dated.to_csv(index=False),
        "csv_years.csv": "Country,Code,1960,1961,1962\nFrance,FR,1,2,3\nSpain,ES,3,4,5\n",
        "csv_semicolon.csv": long.to_csv(index=False, sep=";", decimal=",", date_format="%d.%m.%Y %H:%M"),
        "csv_tab.tsv": long.to_csv(index=False, sep="\t"),
        "csv_blanks.txt": long.assign(time=long["time"].dt.strftime("%Y-%m-%dT%H:%M")).to_csv(index=False, sep=" "),
        "csv_events.csv": events.to_csv(index=False),
        "csv_tracks.csv": tracks.to_csv(index=False),
        "csv_trips.csv": trips.to_csv(index=False),
        "csv_spread.csv": spread.to_csv(index=False),
        "csv_matrix.txt": "0.0,0.5,7.0\n1.0,0.0,21.0\n1.0,0.0,2.0\n",
        "csv_header.csv": "773869,767541\n64.375,67.6\n62.6,68.5\n",
        "csv_pedestrians.txt": "\n".join(f"{10 * k}\t{p}.0\t{p + 0.3 * k}\t{2 * p - 0.1 * k}" for k in range(6) for p in range(2)),
        "csv_parts.csv": "# made\nyear,month,day,hour,site,temp\n"
        + "".join(f"2020,2,{28 + h // 3},{h},01,{h / 3:.2f}\n" for h in range(6)),
        "csv_epoch.csv": "ts,sensor,value\n1700000000,1,3\n1700000000,2,4\n1700000060,1,5\n",
        "csv_elapsed.csv": "t_days,lon,lat,mag\n0.0,139.0,30.0,4.0\n0.5,140.5,31.0,4.5\n1.25,141.0,33.5,5.0\n",
        "csv_clock.csv": "date,time,site,v\n2024-01-01,00:00,a,1\n2024-01-01,01:00,a,2\n",
        "csv_zones.csv": "time,a,b\n2020-03-29T01:00:00+01:00,1,2\n2020-03-29T03:00:00+02:00,3,4\n2020-03-29T04:00:00+02:00,5,6\n",
        "hurdat.txt": (
            "AL011851,            UNNAMED,      2,\n18510625, 0000,  , HU, 28.0N,  94.8W,  80, -999, -999, -999,\n"
            "18510625, 0600,  , HU, 28.0N,  95.4W,  80,  990, -999, -999,\n"
            "AL021851,                TWO,      1,\n18510705, 1200,  , TS, 22.2S, 170.5E,  -99,\n"
        ),
        "ibtracs.csv": (
            "SID,SEASON,NAME,ISO_TIME,NATURE,LAT,LON,WMO_WIND,WMO_PRES\n ,Year, , , ,degrees_north,degrees_east,kts,mb\n"
            "A,1980,X,1980-01-01 00:00:00,TS,-12.5,60.5,35,998\nA,1980,X,1980-01-01 06:00:00,TS,-12.6,60.1, ,996\n"
        ),
        "walk.gpx": (
            '<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><name>walk</name><trkseg>'
            '<trkpt lat="47.0" lon="8.0"><ele>400</ele><time>2020-05-01T10:00:00Z</time></trkpt>'
            '<trkpt lat="47.1" lon="8.1"><ele>410</ele><time>2020-05-01T10:00:05Z</time></trkpt></trkseg></trk></gpx>'
        ),
        "records.json": long.to_json(orient="records", date_format="iso"),
        "columns.json": json.dumps(long.astype({"time": str}).to_dict("list")),
        "lines.jsonl": long.to_json(orient="records", date_format="iso", lines=True),
        "points.geojson": json.dumps({"type": "FeatureCollection", "features": features}),
        "graph.json": json.dumps(graph),
    }
    return {name: text.encode() for name, text in out.items()}


def timetable() -> dict[str, bytes]:
    """The text files of a small GTFS feed."""
    return {
        "stops.txt": b"stop_id,stop_name,stop_lat,stop_lon\na,Mill,50.0,8.0\nb,Quay,50.1,8.1\n",
        "trips.txt": b"route_id,service_id,trip_id\nr,daily,t1\nr,daily,t2\n",
        "stop_times.txt": (
            b"trip_id,departure_time,stop_id,stop_sequence\nt1,08:00:00,a,1\nt1,08:20:00,b,2\nt2,08:30:00,a,1\nt2,25:10:00,b,2\n"
        ),
        "calendar.txt": (
            b"service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
            b"daily,1,1,1,1,1,0,0,20240101,20240107\n"
        ),
        "calendar_dates.txt": b"service_id,date,exception_type\ndaily,20240106,1\ndaily,20240101,2\n",
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of `files`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def binaries(folder: Path) -> dict[str, bytes | dict[str, bytes]]:
    """One small file of every other format that the installed libraries write; a folder is a dict of its files."""
    import h5py
    import xarray as xr

    long = texts()["csv_long.csv"]
    table = pd.read_csv(io.BytesIO(long), parse_dates=["time"])
    values = np.arange(48, dtype=np.float32).reshape(4, 3, 4)
    axes = {"time": pd.date_range("2001-01-31", periods=4, freq="D"), "lat": [10.0, 8.0, 6.0], "lon": [178.0, 180.0, 182.0, 184.0]}
    cube = xr.Dataset({"sst": (("time", "lat", "lon"), values, {"units": "degC"})}, axes)
    cube["time"].encoding["units"] = "hours since 2001-01-01"
    cube.to_netcdf(
        folder / "a.nc", engine="h5netcdf", encoding={"sst": {"zlib": True, "dtype": "int16", "scale_factor": 0.5, "_FillValue": -9}}
    )
    cube.to_netcdf(folder / "b.nc", engine="scipy")
    table.to_parquet(folder / "a.parquet")
    np.savez_compressed(folder / "a.npz", values=values, lat=axes["lat"], lon=axes["lon"], start="2020-01-01", step_seconds=60)
    np.save(folder / "a.npy", values)
    with h5py.File(folder / "a.h5", "w") as file:
        group = file.create_group("df")
        group["axis0"] = group["block0_items"] = np.array([b"773869", b"767541", b"767542"])
        group["axis1"] = pd.date_range("2012-03-01", periods=6, freq="5min").values.astype("datetime64[ns]").astype(np.int64)
        group["axis1"].attrs["kind"] = b"datetime64"
        group["block0_values"] = np.arange(18.0).reshape(6, 3)
    made: dict[str, bytes | dict[str, bytes]] = {
        name: (folder / name).read_bytes() for name in ("a.nc", "b.nc", "a.parquet", "a.npz", "a.npy", "a.h5")
    }
    made |= {
        "t.csv.gz": gzip.compress(long, mtime=0),
        "t.csv.bz2": bz2.compress(long),
        "t.csv.xz": lzma.compress(long),
        "t.csv.zip": zipped({"t.csv": long}),
    }
    made |= {"two.zip": zipped({"a.csv": long, "b.csv": long}), "gtfs.zip": zipped(timetable()), "gtfs": dict(timetable())}
    made["records.json.gz"] = gzip.compress(texts()["records.json"], mtime=0)
    for version in (2, 3):
        cube.to_zarr(folder / f"v{version}.zarr", zarr_format=version, consolidated=version == 2)
        made[f"v{version}.zarr"] = {
            str(p.relative_to(folder / f"v{version}.zarr")): p.read_bytes() for p in (folder / f"v{version}.zarr").rglob("*") if p.is_file()
        }
    return made | _optional(folder, values, table)


def _optional(folder: Path, values: np.ndarray, table: pd.DataFrame) -> dict[str, bytes]:
    """What needs a library that may be absent."""
    import contextlib
    import sqlite3

    made: dict[str, bytes] = {}
    with sqlite3.connect(folder / "a.sqlite") as base:
        table.astype({"time": str}).to_sql("t", base, index=False)
    made["a.sqlite"] = (folder / "a.sqlite").read_bytes()
    with contextlib.suppress(ImportError):
        from PIL import Image

        frames = [Image.fromarray(np.full((4, 6), 20 * i, np.uint8)) for i in range(4)]
        for name in ("a.gif", "a.webp"):
            frames[0].save(folder / name, save_all=True, append_images=frames[1:], duration=100)
            made[name] = (folder / name).read_bytes()
    with contextlib.suppress(ImportError):
        import av

        with av.open(str(folder / "a.mp4"), "w") as film:
            stream = film.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
            for i in range(4):
                for packet in stream.encode(av.VideoFrame.from_ndarray(np.full((32, 32, 3), 20 * i, np.uint8), format="rgb24")):
                    film.mux(packet)
            for packet in stream.encode():
                film.mux(packet)
        made["a.mp4"] = (folder / "a.mp4").read_bytes()
    with contextlib.suppress(ImportError):
        import rasterio
        from rasterio.transform import from_origin

        profile = {
            "driver": "GTiff",
            "height": 3,
            "width": 4,
            "count": 4,
            "dtype": "float32",
            "crs": "EPSG:4326",
            "transform": from_origin(5, 50, 1, 1),
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with rasterio.open(folder / "a.tif", "w", nodata=-1, **profile) as image:
                image.write(values)
        made["a.tif"] = (folder / "a.tif").read_bytes()
    with contextlib.suppress(ImportError):
        import geopandas

        shapes = geopandas.GeoDataFrame(
            table.drop(columns=["lat", "lon"]), geometry=geopandas.points_from_xy(table["lon"], table["lat"]), crs=4326
        )
        shapes.to_file(folder / "a.gpkg", driver="GPKG")
        shapes.to_parquet(folder / "g.parquet")
        made |= {"a.gpkg": (folder / "a.gpkg").read_bytes(), "g.parquet": (folder / "g.parquet").read_bytes()}
    with contextlib.suppress(ImportError, RuntimeError):
        import pyproj  # noqa: F401, I001  before eccodes, see the reader
        import eccodes

        with (folder / "a.grib").open("wb") as file:
            for hour in (0, 600, 1200):
                handle = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
                for key, value in {"Ni": 4, "Nj": 3, "dataDate": 20200101, "dataTime": hour, "shortName": "t"}.items():
                    eccodes.codes_set(handle, key, value)
                eccodes.codes_set_values(handle, np.arange(12.0))
                eccodes.codes_write(handle, file)
                eccodes.codes_release(handle)
        made["a.grib"] = (folder / "a.grib").read_bytes()
    return made


def mutated(raw: bytes, rng: np.random.Generator) -> bytes:
    """`raw` after one to six changes: bits, bytes, words, lines, columns, the end."""
    for _ in range(int(rng.integers(1, 7))):
        size = len(raw)
        i, j = sorted(int(k) for k in rng.integers(0, size + 1, 2))
        token = TOKENS[int(rng.integers(len(TOKENS)))]
        match int(rng.integers(12)):
            case 0:
                raw = raw[:i] + token + raw[i:]
            case 1:
                raw = raw[:i] + token + raw[min(i + len(token), size) :]
            case 2 if size:
                k = min(i, size - 1)
                raw = raw[:k] + bytes([raw[k] ^ (1 << int(rng.integers(8)))]) + raw[k + 1 :]
            case 3:
                raw = raw[:i] + raw[min(i + int(rng.integers(1, 9)), size) :]
            case 4 if rng.random() < 0.3:
                raw = raw[:i]
            case 5:
                raw = raw[:i] + rng.bytes(int(rng.integers(1, 5))) + raw[i:]
            case 6:
                raw = raw[:j] + raw[i : min(j, i + 200)] + raw[j:]
            case 7:
                lines = raw.split(b"\n")
                a, b = (int(k) for k in rng.integers(0, len(lines), 2))
                lines[a], lines[b] = lines[b], lines[a]
                raw = b"\n".join(lines)
            case 8:
                lines = raw.split(b"\n")
                del lines[int(rng.integers(len(lines)))]
                raw = b"\n".join(lines)
            case _:
                raw = _other_cell(raw, token, rng)
    return raw if rng.random() > 0.002 else b""


def _other_cell(raw: bytes, token: bytes, rng: np.random.Generator) -> bytes:
    """One cell of one line, or of every line, becomes a word; or a whole column goes."""
    mark = b";" if raw[:200].count(b";") > raw[:200].count(b",") else b","
    lines = raw.split(b"\n")
    column, way = int(rng.integers(1 + max(line.count(mark) for line in lines[:3]))), rng.random()
    chosen = range(len(lines)) if way < 0.25 else [int(rng.integers(len(lines)))]
    for k in chosen:
        cells = lines[k].split(mark)
        if column < len(cells):
            cells[column : column + 1] = [] if way < 0.1 else [token]
        lines[k] = mark.join(cells)
    return b"\n".join(lines)


def written(folder: Path, name: str, content: bytes | dict[str, bytes], rng: np.random.Generator) -> Path:
    """The mutated file, or the folder with one mutated file, on disk; now and then under a wrong suffix."""
    if isinstance(content, dict):
        broken = list(content)[int(rng.integers(len(content)))]
        for part, raw in content.items():
            (folder / name / part).parent.mkdir(parents=True, exist_ok=True)
            if part != broken or rng.random() > 0.05:
                (folder / name / part).write_bytes(mutated(raw, rng) if part == broken else raw)
        return folder / name
    if rng.random() < 0.02:
        name = f"{name}{SUFFIXES[int(rng.integers(len(SUFFIXES)))]}"
    (folder / name).write_bytes(mutated(content, rng))
    return folder / name


SUFFIXES = (
    ".nc",
    ".csv",
    ".h5",
    ".npz",
    ".npy",
    ".parquet",
    ".json",
    ".gpx",
    ".gif",
    ".grib",
    ".tif",
    ".zip",
    ".csv.gz",
    ".sqlite",
    ".gpkg",
    ".mp4",
    ".zarr",
    ".txt",
)


def tried(path: Path) -> str | None:
    """What went wrong when `path` was opened and looked at; None if a Field or one sentence came."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", module="chronotope")
        try:
            field = open_field(path)
            str(field)
            if field.kind in ("grid", "graph", "video"):
                field.panel()
            field.to_pandas()
        except ChronotopeError as error:
            text = str(error)
            return None if 10 < len(text) < 1500 else f"unclear: {text[:200]!r}"
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            last = next((frame for frame in reversed(frames) if "chronotope" in frame.filename), frames[-1])
            return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} ({str(error)[:100]})"
    return None


def one_case(seeds: dict[str, bytes | dict[str, bytes]], seed: int, case: int, folder: Path) -> tuple[str, Path]:
    """(name of the good file, path of the broken one) of case number `case`."""
    rng = np.random.default_rng([seed, case])
    name = list(seeds)[int(rng.integers(len(seeds)))]
    return name, written(folder, name, seeds[name], rng)


def run(seeds: dict[str, bytes | dict[str, bytes]], cases: range, seed: int = 0, apart: bool = True) -> list[Finding]:
    """The findings of `cases`, each batch in a child process unless `apart` is False."""
    if not apart:
        return [found for case in cases if (found := _try_case(seeds, seed, case)) is not None]
    findings: list[Finding] = []
    todo = list(cases)
    while todo:
        batch, todo = todo[:BATCH], todo[BATCH:]
        found, left = _in_child(seeds, seed, batch)
        findings += found
        todo = left + todo
    return findings


def _try_case(seeds: dict[str, bytes | dict[str, bytes]], seed: int, case: int) -> Finding | None:
    with tempfile.TemporaryDirectory() as folder:
        name, path = one_case(seeds, seed, case, Path(folder))
        what = tried(path)
        return None if what is None else Finding(case, name, what)


def _in_child(seeds: dict[str, bytes | dict[str, bytes]], seed: int, batch: list[int]) -> tuple[list[Finding], list[int]]:
    """Findings of a batch, and what is left of it where the child died."""
    at = mmap.mmap(-1, 8)
    report = tempfile.mkstemp()[1]
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the C libraries complain there
        with open(report, "w") as out:
            for i, case in enumerate(batch):
                at[:] = i.to_bytes(8, "little")
                signal.setitimer(signal.ITIMER_PROF, SECONDS)
                found = _try_case(seeds, seed, case)
                if found is not None:
                    print(json.dumps(found), file=out, flush=True)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    findings = [Finding(*json.loads(line)) for line in Path(report).read_text().splitlines()]
    os.unlink(report)
    if not os.WIFSIGNALED(status):
        return findings, []
    i = int.from_bytes(at[:], "little")
    with tempfile.TemporaryDirectory() as folder:
        name = one_case(seeds, seed, batch[i], Path(folder))[0]
    died = "no end in 20 s of work" if os.WTERMSIG(status) == signal.SIGPROF else f"killed by signal {os.WTERMSIG(status)}"
    return [*findings, Finding(batch[i], name, died)], batch[i + 1 :]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--binary", action="store_true")
    parser.add_argument("--case", type=int, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds = binaries(Path(folder)) if options.binary else dict(texts())
    seeds = {
        name: raw
        for name, raw in seeds.items()
        if not options.only or name.split(".")[0] in options.only.split(",") or name in options.only.split(",")
    }
    if options.case is not None:
        show(seeds, options.seed, options.case)
        return
    findings: list[Finding] = []
    for first in range(options.first, options.first + options.cases, 4 * BATCH):
        findings += run(seeds, range(first, min(first + 4 * BATCH, options.first + options.cases)), options.seed)
        print(f"{first + 4 * BATCH - options.first} cases, {len(findings)} findings", file=sys.stderr, flush=True)
    for (name, what), count in Counter((f.name, f.what.split(" (")[0]) for f in findings).most_common():
        example = next(f for f in findings if f.name == name and f.what.startswith(what))
        print(f"{count:6d}  {name}  {example.what}  [case {example.case}]")
    print(f"{options.cases} cases of {len(seeds)} files, {len(findings)} findings")


def show(seeds: dict[str, bytes | dict[str, bytes]], seed: int, case: int) -> None:
    """One case with its file and traceback."""
    folder = Path(tempfile.mkdtemp())
    try:
        name, path = one_case(seeds, seed, case, folder)
        print(name, path.name, path.read_bytes()[:3000] if path.is_file() else sorted(p.name for p in path.rglob("*")), sep="\n")
        field = open_field(path)
        print(field)
        print(field.panel().values.shape if field.kind in ("grid", "graph", "video") else "", len(field.to_pandas()))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
