"""Tables beside the data, from whatever holds them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from chronotope.data.geometry import without_geometry
from chronotope.errors import DataError, KindError
from chronotope.opening.readers import json_tables, parquet, vector
from chronotope.opening.readers.remote import fetched
from chronotope.opening.readers.text_tables import read_table


def side_table(source: Any, option: str) -> tuple[pd.DataFrame, str]:
    """(table, what people call it) of a file, DataFrame, table with an Arrow stream, dict of columns or list of records.

    Raises:
        DataError: it cannot be read as a table.
    """
    if isinstance(source, (str, Path)):
        table = table_of(local(source))
    elif isinstance(source, (pd.DataFrame, pd.Series)):
        table = without_geometry(source.to_frame() if isinstance(source, pd.Series) else source)
    elif isinstance(source, (dict, list)):
        table = pd.DataFrame(source)
    elif (plain := arrow_table(source)) is not None:
        table = plain
    else:
        raise KindError(f"{option}= must be a file or a table; found {type(source).__name__}.")
    numbered = table.index.name is None and table.index.nlevels == 1 and pd.api.types.is_integer_dtype(table.index)
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index(drop=numbered and option != "sites")
    table.columns = [str(word).strip() for word in table.columns]
    if not len(table):
        raise DataError(f"{option}= must hold rows; {called(source, option)} has none.")
    return table, called(source, option)


def arrow_table(source: Any) -> pd.DataFrame | None:
    """A table of polars, duckdb or pyarrow as one of pandas; None for what gives no stream of columns."""
    if not hasattr(source, "__arrow_c_stream__"):
        return None
    try:
        return pa.table(source).to_pandas()
    except pa.ArrowInvalid:  # a single column
        return None


def local(source: str | Path) -> Path:
    """The path of a file; what lies at an address is copied first."""
    if "://" not in str(source):
        return Path(source).expanduser()
    with fetched(str(source)) as path:  # the copy stays until the program ends
        return path


def table_of(path: Path) -> pd.DataFrame:
    """The table in a file, whatever its format."""
    if json_tables.matches(path):
        return json_tables.records(path)
    if parquet.matches(path):
        return parquet.table_of(path)
    if vector.matches(path):
        return vector.table_of(path)
    return read_table(path)


def called(source: Any, option: str) -> str:
    """What people call a side table."""
    return Path(source).name if isinstance(source, (str, Path)) else f"the {option} given"
