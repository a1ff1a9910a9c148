"""Readers: one file format family per file, each with `matches(path) -> bool` and `read(path, options) -> Field`.

`READERS` is tried in order; the first that matches reads the file.
"""

from chronotope.data.readers import arrays, best_tracks, gpx, grib, json_tables, netcdf, parquet, refused, table, traffic, video, zarr

READERS = {
    "zarr": zarr,
    "netcdf": netcdf,
    "arrays": arrays,
    "hdf5": traffic,
    "parquet": parquet,
    "json": json_tables,
    "gpx": gpx,
    "grib": grib,
    "video": video,
    "refused": refused,
    "best_tracks": best_tracks,
    "table": table,
}
