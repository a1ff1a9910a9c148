"""The formats that are read, each by a reader with `matches(path) -> bool` and `read(path, options) -> Field`.

`READERS` is tried in order; the first that matches reads the file.
"""

from __future__ import annotations

from chronotope.opening.readers import (
    arrays,
    best_tracks,
    film,
    gpx,
    grib,
    gtfs,
    json_tables,
    netcdf,
    parquet,
    raster,
    refused,
    sql,
    text_tables,
    traffic,
    vector,
    video,
    zarr,
    zipped,
)

READERS = {
    "zarr": zarr,
    "netcdf": netcdf,
    "arrays": arrays,
    "hdf5": traffic,
    "parquet": parquet,
    "json": json_tables,
    "gpx": gpx,
    "grib": grib,
    "raster": raster,
    "vector": vector,
    "sql": sql,
    "gtfs": gtfs,
    "film": film,
    "video": video,
    "refused": refused,
    "best_tracks": best_tracks,
    "zipped": zipped,
    "table": text_tables,
}
