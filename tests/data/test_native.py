"""Files of every format open in one process, whichever comes first: their native libraries do not take each other's parts."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

for name in ("pyproj", "eccodes", "cfgrib", "rasterio", "geopandas"):
    pytest.importorskip(name)

MAKE = """
import sys
import numpy as np, pandas as pd, xarray as xr
folder = sys.argv[1]
import pyproj, rasterio, geopandas
grid = xr.Dataset({"v": (("time", "lat", "lon"), np.zeros((3, 4, 5)))}, {"time": pd.date_range("2020", periods=3)})
grid.assign_coords(lat=np.arange(4.0), lon=np.arange(5.0)).to_netcdf(folder + "/a.nc", engine="h5netcdf")
with rasterio.open(folder + "/2020-01-01.tif", "w", driver="GTiff", height=3, width=4, count=1, dtype="float32", crs="EPSG:32633",
                   transform=rasterio.transform.from_origin(5e5, 5e6, 100, 100)) as file:
    file.write(np.zeros((1, 3, 4), "float32"))
table = pd.DataFrame({"place": list("aabb"), "time": pd.to_datetime(["2020-01-01", "2020-01-02"] * 2), "value": 1.0})
shape = geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy([1, 1, 2, 2], [50, 50, 51, 51]), crs="EPSG:4326")
shape.to_file(folder + "/a.gpkg")
import eccodes
with open(folder + "/a.grib", "wb") as file:
    for hour in (0, 6, 12):
        message = eccodes.codes_grib_new_from_samples("regular_ll_pl_grib2")
        eccodes.codes_set(message, "dataTime", 100 * hour)
        eccodes.codes_write(message, file)
"""
OPEN = """
import sys
import numpy as np, pandas as pd, xarray as xr
import chronotope as ct
folder, order = sys.argv[1], sys.argv[2:]
plane = pd.DataFrame({"place": list("aabb"), "time": ["2020-01-01", "2020-01-02"] * 2, "x": [5e5, 5e5, 6e5, 6e5], "y": 5e6, "v": 1.0})
steps = {
    "xarray": lambda: xr.open_dataset(folder + "/a.nc").load(),
    "netcdf": lambda: ct.open(folder + "/a.nc").to_xarray().load(),
    "grib": lambda: ct.open(folder + "/a.grib").to_xarray().load(),
    "tiff": lambda: ct.open(folder + "/2020-01-01.tif").to_xarray().load(),
    "gpkg": lambda: ct.open(folder + "/a.gpkg").to_geopandas(),
    "crs": lambda: ct.open(plane, crs="EPSG:32633"),
}
for name in order:
    steps[name]()
lat = float(ct.open(plane, crs="EPSG:32633").dataset["lat"][0])
assert abs(lat - 45.1535) < 1e-3, lat
print("done")
"""
NAMES = ("xarray", "netcdf", "grib", "tiff", "gpkg", "crs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("formats")
    made = subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(MAKE), str(path)], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return path


@pytest.mark.slow
@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("turn", [1, -1])
def test_every_format_opens_after_every_other(folder, first, turn):
    """Each pair of formats occurs, in both orders, in one of the processes."""
    start = NAMES.index(first)
    order = [NAMES[(start + turn * i) % len(NAMES)] for i in range(len(NAMES))]
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", OPEN, str(folder), *order], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "done\n"), (order, done.stderr[-600:])
