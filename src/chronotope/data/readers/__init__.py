"""Readers: one file format family per file, each with `matches(path) -> bool` and `read(path, options) -> Field`.

`READERS` is tried in order; the first that matches reads the file.
"""

from chronotope.data.readers import arrays, json_tables, netcdf, parquet, refused, table, traffic, zarr

READERS = {
    "zarr": zarr,
    "netcdf": netcdf,
    "arrays": arrays,
    "hdf5": traffic,
    "parquet": parquet,
    "json": json_tables,
    "refused": refused,
    "table": table,
}
