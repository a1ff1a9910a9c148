"""Parquet tables, by the same rules as text tables; GeoParquet through the geo extra."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.data.geometry import without_geometry
from chronotope.data.native import needed
from chronotope.errors import whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.tables.tables import table_field


def matches(path: Path) -> bool:
    """True for files `.parquet` and `.pq`."""
    return not path.is_dir() and path.suffix.lower() in (".parquet", ".pq", ".geoparquet")


def read(path: Path, options: OpenOptions) -> Field:
    """The table as a Field."""
    return table_field(table_of(path), options, path.name)


def table_of(path: Path) -> pd.DataFrame:
    """The file as a table.

    Raises:
        DataError: the file is damaged.
        MissingExtraError: it is GeoParquet and geopandas is not installed.
    """
    import pyarrow.parquet as pq  # half a second to load, so only when it is needed

    with whole("A Parquet file must be whole", path.name, "Copy or write it again."):
        schema = pq.read_schema(path)
        table = _geo_table(path) if b"geo" in (schema.metadata or {}) else pd.read_parquet(path)
    return table


def _geo_table(path: Path) -> pd.DataFrame:
    geopandas = needed(f"{path.name} is GeoParquet, which needs geopandas", "geo", "geopandas")
    return without_geometry(geopandas.read_parquet(path))
