"""Readers: one file format family per file, each with `matches(path) -> bool` and `read(path, options) -> Field`.

`READERS` is tried in order; the first that matches reads the file.
"""

from chronotope.data.readers import (
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
    table,
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
    "table": table,
}
