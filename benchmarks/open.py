"""How long opening takes: ten million rows of long CSV (promise: 30 s, 4 GB), a gigabyte of Zarr (promise: 1 s, 200 MB with all libraries).

    python benchmarks/open.py [--rows 10000000] [--folder FOLDER]

The files are made in FOLDER (a temporary one by default) and removed; each is opened in a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

CHILD = """
import sys, time
def peak():
    "Largest resident size so far in MB; a child's rusage would count what its parent held when it was started."
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
import chronotope.opening.open as opener
import xarray, zarr
before = peak()
start, work = time.perf_counter(), time.process_time()
field = opener.open_field(sys.argv[1])
seconds, work = time.perf_counter() - start, time.process_time() - work
most = peak()
heavy = [name for name in ("torch", "dask", "matplotlib") if name in sys.modules]
print(f"{field.kind} {field.shape}: {seconds:.2f} s ({work:.2f} s of work), peak {most:.0f} MB, {most - before:.0f} MB of it for opening")
assert not heavy, heavy
"""


def make_csv(path: Path, rows: int) -> None:
    """Hourly values of a thousand places, `rows` in all, written in blocks."""
    import pyarrow as pa
    from pyarrow import csv

    places, rng = 1000, np.random.default_rng(0)
    names = np.array([f"site{i:04d}" for i in range(places)])
    stamps = pd.date_range("2020-01-01", periods=rows // places, freq="h").strftime("%Y-%m-%d %H:%M:%S").to_numpy(object)
    schema = pa.schema([("time", pa.string()), ("place", pa.string()), ("value", pa.float64())])
    with csv.CSVWriter(path, schema, write_options=csv.WriteOptions(quoting_style="none")) as file:
        for first in range(0, len(stamps), 200):
            part = stamps[first : first + 200]
            values = rng.normal(20, 5, len(part) * places).round(2)
            file.write(pa.table([np.repeat(part, places), np.tile(names, len(part)), values], schema=schema))


def make_zarr(path: Path, gigabytes: float) -> None:
    """Random float32 on (time, lat, lon), written one chunk of time after another."""
    import zarr

    rows, columns = 360, 720
    steps = int(gigabytes * 1e9 / (4 * rows * columns))
    group = zarr.open_group(str(path), mode="w", zarr_format=2)

    def add(name: str, data: np.ndarray, dims: list[str], **attrs: str) -> None:
        group.create_array(name, data=data, attributes={"_ARRAY_DIMENSIONS": dims, **attrs})

    add("time", np.arange(steps), ["time"], units="hours since 2000-01-01")
    add("lat", np.linspace(-89.75, 89.75, rows), ["lat"], units="degrees_north")
    add("lon", np.linspace(-179.75, 179.75, columns), ["lon"], units="degrees_east")
    array = group.create_array("t", shape=(steps, rows, columns), chunks=(50, rows, columns), dtype="f4", compressors=None)
    array.attrs["_ARRAY_DIMENSIONS"] = ["time", "lat", "lon"]
    rng = np.random.default_rng(0)
    for first in range(0, steps, 50):
        array[first : first + 50] = rng.random((min(50, steps - first), rows, columns), dtype=np.float32)


def opened(path: Path) -> str:
    """What a fresh process says of opening `path`."""
    return subprocess.run([sys.executable, "-c", CHILD, str(path)], check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    parser.add_argument("--folder", default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        table, cube = Path(folder) / "long.csv", Path(folder) / "cube.zarr"
        make_csv(table, options.rows)
        print(f"{options.rows} rows of long CSV, {opened(table)}")
        make_zarr(cube, options.gigabytes)
        print(f"{options.gigabytes:g} GB of Zarr, {opened(cube)}")


if __name__ == "__main__":
    main()
