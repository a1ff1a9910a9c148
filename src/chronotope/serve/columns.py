"""The columns or variables of a file, for whoever chooses among them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from chronotope.serve.contents import HDF5, JSON

HEAD = 1 << 16  # bytes that show the columns of a text table
MOST = 200


def columns_of(path: Path) -> list[str]:
    """Names, in order; none where the file has no such names."""
    with contextlib.suppress(Exception):  # a help for choosing; what is wrong with a file is told by who opens it
        return _columns(path)[:MOST]
    return []


def _columns(path: Path) -> list[str]:
    suffix = path.suffix.lower()
    if suffix in (".parquet", ".geoparquet"):
        from pyarrow.parquet import read_schema

        return [str(name) for name in read_schema(path).names]
    if suffix in HDF5:
        import xarray as xr

        with xr.open_dataset(path, decode_times=False) as dataset:
            return [str(name) for name in dataset.variables]
    if suffix in JSON:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        rows = found if isinstance(found, list) else [row.get("properties", {}) for row in found.get("features", [])]
        return list(rows[0]) if rows and isinstance(rows[0], dict) else []
    return _of_text(path)


def _of_text(path: Path) -> list[str]:
    from chronotope.opening.readers.text_tables import read_table

    part = path.with_name(f"head{path.suffix}")
    with path.open("rb") as file:
        head = file.read(HEAD)
    part.write_bytes(head if len(head) < HEAD else head[: head.rfind(b"\n") + 1])
    return [str(name) for name in read_table(part).columns]
