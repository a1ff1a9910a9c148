"""The formats that are read, each by a reader with `matches(path) -> bool` and `read(path, options) -> Field`.

`READERS` is tried in order; the first that matches reads the file.
"""

from __future__ import annotations

import glob
from dataclasses import replace
from pathlib import Path
from typing import Any

from chronotope.data.field import Field
from chronotope.errors import ChronotopeError, DataError, NoFileError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.readers import (
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
    remote,
    sql,
    text_tables,
    traffic,
    vector,
    video,
    zarr,
    zipped,
)
from chronotope.opening.sniff.first_bytes import named_by_content

READERS: dict[str, Any] = {
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
    "table": text_tables,
}


def read_source(source: str | Path, options: OpenOptions) -> Field:
    """The Field of a path or an address.

    Raises:
        NoFileError: there is nothing.
        DataError: no reader takes it, or it is damaged.
    """
    if "://" not in str(source):
        files = files_of(source)
        return read_several(files, options, str(source)) if len(files) > 1 else _read_path(Path(files[0]).expanduser(), options)
    if sql.is_url(str(source)):
        return sql.read_url(str(source), options)
    with remote.fetched(str(source)) as path:
        return _read_path(path, options)


def read_several(sources: Any, options: OpenOptions, called: str = "the list") -> Field:
    """The Field of several tables of the same columns, one below the other.

    Raises:
        NoFileError: one is not there.
        DataError: they are no such tables.
    """
    odd = next((one for one in sources if not isinstance(one, (str, Path)) or not _is_table(Path(one))), None)
    if odd is not None or not len(sources):
        found = "none" if not len(sources) else str(odd) if isinstance(odd, (str, Path)) else f"a {type(odd).__name__}"
        raise DataError(
            f"Several sources opened at once must be files of tables (text or Parquet) with the same columns; found {found}. Join objects "
            "first, with pandas.concat or xarray.concat, and files of a grid with xarray.open_mfdataset; "
            "give the folder of GPX, GeoTIFF and images."
        )
    files = [Path(one).expanduser() for one in sources]
    absent = next((file for file in files if not file.exists()), None)
    if absent is not None:
        raise NoFileError(f"The file to open must exist; {absent} does not.")
    return zipped.read_files(files, options, called)


def _is_table(path: Path) -> bool:
    return text_tables.matches(path) or parquet.matches(path)


def files_of(named: Any) -> list[str]:
    """The files that names and patterns (*, ?, [...]) stand for, each once; a name without a pattern is itself.

    Raises:
        NoFileError: a pattern fits no file.
    """
    found: list[str] = []
    for name in [named] if isinstance(named, (str, Path)) else list(named):
        text = str(name)
        if not glob.has_magic(text) or "://" in text or Path(text).exists():
            found.append(text)
            continue
        fitting = sorted(glob.glob(str(Path(text).expanduser()), recursive=True))
        if not fitting:
            raise NoFileError(f"A pattern of files must fit one at least; {text!r} fits none.")
        found += fitting
    return list(dict.fromkeys(found))


def _read_path(path: Path, options: OpenOptions) -> Field:
    if not path.exists():
        raise NoFileError(f"The file to open must exist; {path} does not.")
    reader = _reader_of(path)
    named = named_by_content(path, reader is not None)
    other = None if named is None else _reader_of(named[0])
    if named is not None and other is not None:
        said = f"{path.name} is read as {named[1].lstrip('.')}, as its first bytes say"
        note = Finding("inferred" if reader is None else "warning", said)
        try:
            return replace(other.read(named[0], options), source=path.name).with_findings(note)
        except ChronotopeError as error:  # in the words of the user, who knows the file by its own name
            raise type(error)(str(error).replace(named[0].name, path.name)) from error
    if reader is None and path.is_dir():
        raise DataError(
            "A folder must hold tables of the same columns (text or Parquet), GeoTIFF, GPX, images, a timetable or a Zarr; "
            f"{path.name} holds none. Open its files one by one, or join those of a grid with xarray.open_mfdataset."
        )
    if reader is None:
        raise DataError(f"A file must be of a kind that is read ({', '.join(READERS)}); {path.name} is not. See docs/formats.md.")
    return reader.read(path, options)


def _reader_of(path: Path) -> Any:
    return next((reader for reader in READERS.values() if reader.matches(path)), None)
