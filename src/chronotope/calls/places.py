"""Tables of places that calls read beside the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chronotope.data.native import needed
from chronotope.errors import DataError, NoFileError

if TYPE_CHECKING:
    import pandas as pd

GEOMETRIES = (".geojson", ".gpkg", ".shp", ".fgb")


def read_places(path: Path, word: str, columns: str = "lat and lon") -> pd.DataFrame:
    """The table of places, text or Parquet, or geometries; names such as 01001 stay as they are written."""
    import pandas as pd

    from chronotope.opening.readers.text_tables import read_table

    if not path.exists():
        raise NoFileError(f"{word} must name a table of places; {path} does not exist. Give a CSV with columns {columns}.")
    try:
        if path.suffix.lower() in GEOMETRIES:
            return needed(f"{word} of geometries needs geopandas", "geo", "geopandas").read_file(path)
        return pd.read_parquet(path) if path.suffix == ".parquet" else read_table(path)
    except (ValueError, OSError, RuntimeError) as error:
        said = f"{word} must name a table of places; {path} could not be read ({error}). Give a CSV with columns {columns}."
        raise DataError(said) from error
