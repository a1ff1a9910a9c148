"""Results and Fields to files: whole or not at all, and never over an existing file unless asked."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.longtable import long_table, whole_table
from chronotope.data.marks import marked
from chronotope.data.native import needed
from chronotope.data.stamps import iso_cells, table_in_zone
from chronotope.errors import (
    ArgumentError,
    ChronotopeError,
    KindError,
    NoFileError,
    NotWrittenError,
    OutputExistsError,
)


def write(data: Any, path: str | Path, overwrite: bool = False) -> Path:
    """Write a Dataset, Field or table to `path`; the suffix says how (`WRITERS`).

    Args:
        data: xr.Dataset or DataArray, Field, or a DataFrame (tables only), or a table's text (.csv).
        path: file or, for `.zarr`, folder.
        overwrite: replace an existing output.

    Returns:
        The path written.

    Raises:
        ArgumentError: the suffix is not known.
        OutputExistsError: the output exists and `overwrite` is False.
        NoFileError: the folder of the output does not exist.
        NotWrittenError: the place of the output takes no files, or is full.
        KindError: the data cannot be written in this form.
    """
    path = Path(path).expanduser()
    writer = check_output(path, overwrite)
    part = path.with_name(f".{path.name}.{os.getpid()}.part{_suffix(path)}")
    try:
        writer(data, part)
        _move(part, path, overwrite)
    except OSError as error:
        if isinstance(error, ChronotopeError):
            raise
        why = error.strerror or error
        raise NotWrittenError(f"An output must be where it can be written; {path} cannot ({why}). Name another.") from error
    finally:
        _remove(part)
    return path


def check_output(path: str | Path, overwrite: bool = False) -> Callable[[Any, Path], None]:
    """The writer of `path`; call it before long work, so that a bad output name costs nothing.

    Raises:
        ArgumentError, OutputExistsError, NoFileError, NotWrittenError: see `write`.
    """
    path = Path(path).expanduser()
    suffix = _suffix(path)
    if suffix not in WRITERS:
        raise ArgumentError(f"An output must end in {', '.join(WRITERS)}; found {path.name!r}.")
    if not path.absolute().parent.is_dir():
        raise NoFileError(f"The folder of an output must exist; {path.absolute().parent} does not. Make it first.")
    if path.is_dir() and suffix != ".zarr":
        raise OutputExistsError(f"An output must be a file; {path} is a folder, which is kept. Give another name.")
    if not os.access(path.absolute().parent, os.W_OK):
        folder = path.absolute().parent
        raise NotWrittenError(f"An output must be where it can be written; the folder {folder} takes no files. Name another.")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"An output is kept unless you ask; {path} exists. Give overwrite=True (--overwrite), or another name.")
    return WRITERS[suffix]


def _suffix(path: Path) -> str:
    name = path.name.lower()
    return ".csv.gz" if name.endswith(".csv.gz") else path.suffix.lower()


def _move(part: Path, path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise OutputExistsError(
            f"An output is kept unless you ask; {path} appeared meanwhile. Give overwrite=True (--overwrite), or another name."
        )
    if path.is_dir():
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        os.replace(path, old)
        os.replace(part, path)
        shutil.rmtree(old)
    else:
        os.replace(part, path)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def _netcdf(data: Any, path: Path) -> None:
    made = _dataset(data)
    check_names(path, *made.variables, *made.dims)
    made.to_netcdf(path, engine="h5netcdf")


def _zarr(data: Any, path: Path) -> None:
    made = _dataset(data)
    check_names(path, *made.variables, *made.dims)
    made.to_zarr(path, mode="w", zarr_format=2, consolidated=True)  # text has no settled place in format 3 yet


def check_names(path: Path, *names: Any) -> None:
    """Names that a NetCDF or a Zarr would take for groups, in which nothing is found again; other files hold any name.

    Raises:
        KindError: one has a '/'.
    """
    form = {".nc": "NetCDF", ".zarr": "Zarr"}.get(_suffix(path))
    odd = next((str(name) for name in names if "/" in str(name)), None)
    if form is not None and odd is not None:
        raise KindError(f"{form} keeps '/' for its groups; {odd!r} has one. Rename it, or write .csv or .parquet instead.")


def _csv(data: Any, path: Path) -> None:
    if isinstance(data, str):
        path.write_text(data, encoding="utf-8", newline="")
        return
    _text_table(data).to_csv(path, index=False, compression=None)


def _csv_gz(data: Any, path: Path) -> None:
    if isinstance(data, str):
        path.write_bytes(gzip.compress(data.encode(), mtime=0))
        return
    _text_table(data).to_csv(path, index=False, compression={"method": "gzip", "mtime": 0})


def _text_table(data: Any) -> pd.DataFrame:
    """The table with stamps that have a zone as text of one form."""
    table = _table(data)
    aware = [name for name in table.columns if isinstance(table[name].dtype, pd.DatetimeTZDtype)]
    return table.assign(**{str(name): iso_cells(table[name]) for name in aware}) if aware else table


def _parquet(data: Any, path: Path) -> None:
    _table(data).to_parquet(path, index=False)


def _geojson(data: Any, path: Path) -> None:
    table = _table(data)
    _check_degrees(table, "GeoJSON")
    cells = {name: _json_cells(table[name]) for name in table.columns}
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": dict(zip(cells, row))}
        for lon, lat, *row in zip(cells.pop("lon"), cells.pop("lat"), *cells.values())
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def _gpkg(data: Any, path: Path) -> None:
    geopandas = needed("GeoPackage needs geopandas", "geo", "geopandas", "pyogrio")
    table = _table(data)
    _check_degrees(table, "GeoPackage")
    aware = [str(name) for name in table.columns if isinstance(table[name].dtype, pd.DatetimeTZDtype)]
    table = table.assign(**{name: table[name].dt.tz_convert("UTC") for name in aware})  # a GeoPackage knows no other zone
    points = geopandas.points_from_xy(table["lon"], table["lat"], crs="EPSG:4326")
    geopandas.GeoDataFrame(table.drop(columns=["lat", "lon"]), geometry=points).to_file(path, driver="GPKG", layer="field")


def _check_degrees(table: pd.DataFrame, form: str) -> None:
    if {"lat", "lon"} <= set(table.get("variable", ())):
        raise KindError(f"{form} holds a point in each row; of what moves, lat and lon are answers themselves. Write .csv or .nc instead.")
    if not {"lat", "lon"} <= set(table.columns):
        raise KindError(f"{form} needs lat and lon; this data has none. Write .csv or .nc instead.")
    lost = int((table["lat"].isna() | table["lon"].isna()).sum())
    if lost:
        raise KindError(f"{form} needs lat and lon of every row; {lost} of {len(table)} have none. Write .csv or .nc instead.")


def _json_cells(column: pd.Series) -> list[Any]:
    """Plain cells with nothing rounded: dates as text to the nanosecond, missing ones as None."""
    if column.dtype.kind in "Mm":
        return [None if pd.isna(cell) else cell.isoformat() for cell in column]
    if column.dtype.kind == "f":
        return [float(cell) if np.isfinite(cell) else None for cell in column.tolist()]
    return [None if pd.isna(cell) else cell for cell in column.tolist()]


def _dataset(data: Any) -> xr.Dataset:
    if isinstance(data, Field):
        data = marked(data)
    if isinstance(data, xr.DataArray):
        data = data.to_dataset(name=data.name or "value")
    if not isinstance(data, xr.Dataset):
        raise KindError(f"NetCDF and Zarr hold datasets; found {type(data).__name__}. Write .csv or .parquet instead.")
    data = _plain_attrs(data.drop_encoding())
    objects = [name for name in data.variables if data[name].dtype.kind == "O"]
    return data.assign(
        {name: (data[name].dims, np.array([str(cell) for cell in data[name].values.ravel()]).reshape(data[name].shape)) for name in objects}
    )


def _plain_attrs(data: xr.Dataset) -> xr.Dataset:
    """Attributes that files cannot hold (None, dicts, truth values) as text."""
    data = data.copy()

    def plain(attrs: dict[Any, Any]) -> dict[Any, Any]:
        return {key: value if _fits(value) else str(value) for key, value in attrs.items()}

    data.attrs = plain(data.attrs)
    for name in data.variables:
        data[name].attrs = plain(data[name].attrs)
    return data


def _fits(value: Any) -> bool:
    """True for text, numbers, arrays and lists of numbers."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(item, (int, float, np.number)) and not isinstance(item, bool) for item in value)
    return isinstance(value, (str, int, float, np.ndarray, np.number)) and not isinstance(value, bool)


def _table(data: Any) -> pd.DataFrame:
    if isinstance(data, Field):
        further = {str(dim) for name in data.variables for dim in data.dataset[name].dims} - {"time", "event", *data.space}
        if data.kind == "video" or (further and data.kind != "points"):
            what = "film" if data.kind == "video" else f"the further dim {sorted(further)[0]!r}"
            raise KindError(
                f"A table has a row per time and place and cannot hold {what}. Write .nc or .zarr instead, or field.to_pandas()."
            )
        return table_in_zone(whole_table(data.dataset, data.variables, data.units), data.dataset)
    if isinstance(data, pd.DataFrame):
        return data if isinstance(data.index, pd.RangeIndex) else data.reset_index()
    if isinstance(data, xr.DataArray):
        data = data.to_dataset(name=data.name or "value")
    if not isinstance(data, xr.Dataset):
        raise KindError(f"An output must be a dataset or a table; found {type(data).__name__}.")
    return long_table(data)


WRITERS: dict[str, Callable[[Any, Path], None]] = {
    ".nc": _netcdf,
    ".zarr": _zarr,
    ".csv": _csv,
    ".csv.gz": _csv_gz,
    ".parquet": _parquet,
    ".geojson": _geojson,
    ".gpkg": _gpkg,
}
