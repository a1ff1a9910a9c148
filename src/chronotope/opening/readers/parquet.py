"""Parquet tables, by the same rules as text tables; GeoParquet through the geo extra."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.data.native import own_libraries
from chronotope.errors import DataError, MissingExtraError
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.sniff.text import reason
from chronotope.opening.tables.tables import table_field


def matches(path: Path) -> bool:
    """True for `.parquet` and `.pq`."""
    return path.suffix.lower() in (".parquet", ".pq", ".geoparquet")


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

    try:
        schema = pq.read_schema(path)
        table = _geo_table(path) if b"geo" in (schema.metadata or {}) else pd.read_parquet(path)
    except MissingExtraError:
        raise
    except Exception as error:  # arrow raises many kinds for a damaged file
        raise DataError(f"A Parquet file must be whole; {path.name} cannot be read ({reason(error)}). Copy or write it again.") from error
    return table


def _geo_table(path: Path) -> pd.DataFrame:
    try:
        with own_libraries():
            import geopandas
    except ImportError:
        raise MissingExtraError(
            f"{path.name} is GeoParquet, which needs geopandas; install it with: pip install 'chronotope[geo]'."
        ) from None
    from chronotope.data.geometry import without_geometry

    return without_geometry(geopandas.read_parquet(path))
