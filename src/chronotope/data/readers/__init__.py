"""Readers: one file format family per file, each with `matches(path) -> bool` and `read(path, options) -> Field`.

`READERS` is tried in order; the first that matches reads the file.
"""

from chronotope.data.readers import arrays, json_tables, netcdf, table

READERS = {"netcdf": netcdf, "arrays": arrays, "json": json_tables, "table": table}
