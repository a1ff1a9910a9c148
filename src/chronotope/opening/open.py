"""`ct.open`: any source to a Field - a path, or an xarray, pandas or numpy object: read, then finished."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.geometry import without_geometry
from chronotope.errors import ChronotopeError, KindError
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.beside.side_tables import arrow_table, side_table
from chronotope.opening.datasets.canonical import canonical
from chronotope.opening.finish import finished
from chronotope.opening.readers.arrays import from_arrays
from chronotope.opening.readers.formats import read_several, read_source
from chronotope.opening.shipped import is_sample, unpacked
from chronotope.opening.tables.tables import table_field


def open_field(
    source: Any,
    *,
    kind: str | None = None,
    time: str | int | None = None,
    place: str | int | None = None,
    lat: str | None = None,
    lon: str | None = None,
    target: str | list[str] | tuple[str, ...] | None = None,
    missing: Any = None,
    edges: Any = None,
    sites: Any = None,
    step: str | None = None,
    start: Any = None,
    crs: Any = None,
    query: str | None = None,
    notes: Any = None,
    pois: Any = None,
    future: Any = None,
    cumulative: bool | str | list[str] | tuple[str, ...] | None = None,
    time_format: str | None = None,
    clock: str | None = None,
) -> Field:
    """Open `source` as a Field; no value is changed, and `print(field)` shows what was inferred.

    Args:
        source: a path, an address (`sqlite:///file.db`; `https://`, `s3://` and others with fsspec), `sample:nyc_weather` and the other
            samples that ship, a pattern, folder or list of tables (text, Parquet) of the same columns, or an xarray Dataset or DataArray,
            pandas DataFrame or Series, numpy array, dict of arrays, or table with an Arrow stream (polars, duckdb, pyarrow).
        kind: "grid", "graph", "points", "tracks", "events" or "video", where it should not be guessed.
        time, place, lat, lon: names of columns or variables; for bare arrays `time` and `place` may be axis numbers.
        target: the value variables; all that vary in time and place by default.
        missing: the number or the word (in cells of text) that stands for missing, or a list of several; "<" is every "<0.5".
        edges: matrix or list of edges between places (path or object).
        sites: table of places with lat, lon or x, y (path or object); its other columns become static attributes.
        step: the length of one step, for example "5min", "1D", "MS".
        start: the first time stamp of data that has none.
        crs: the plane coordinates' reference system, for example "EPSG:32633" (needs the geo extra).
        query: the SQL question to a database, or the layer of a GeoPackage.
        notes: free text with times and maybe places (path or table), kept as text.
        pois: points of interest with positions (path or table).
        future: variables that are known ahead - a table with a time column, a Field or dataset on the same places - or names of
            variables of the source that are. Read only where a forecast names them in `known_future`.
        cumulative: the variables that are running totals (meters, cumulative cases), whose gains are forecast; True or "all",
            False or "none". By default those that are seen never to fall.
        time_format: how stamps are written, where that can be doubted: "dmy", "mdy" or "ymd" for the order of day, month and year,
            "excel" for days of a spreadsheet, or a form such as "%d/%m/%Y %H:%M".
        clock: the zone of stamps that name none, for example "Europe/Berlin"; they are turned to UTC, and in the hour that comes twice in
            autumn the order of the rows tells which is meant.

    A side file (edges, sites, notes, pois, future) that is not there is a warning in the findings, not an error.

    Raises:
        NoFileError: the path does not exist.
        KindError: the source is of no known type.
        DataError: the content is not what must hold.
        ArgumentError: an option is outside what is allowed.
    """
    told = (kind, time, place, lat, lon, target, missing, edges, sites, step, start, crs, query, notes, pois, future)
    options = OpenOptions(*told, cumulative, time_format, clock)
    options = _with_declared(options)
    options = _with_sites_read(options)
    if is_sample(source):
        source, options = unpacked(source, options)
    return finished(_read(source, options), options, open_field)


def _with_sites_read(options: OpenOptions) -> OpenOptions:
    """Options of events whose table of sites is read, as events are made of their positions; what cannot be read is told when finished."""
    if options.kind != "events" or options.sites is None:
        return options
    with suppress(ChronotopeError):
        return replace(options, sites=side_table(options.sites, "sites")[0])
    return options


def _with_declared(options: OpenOptions) -> OpenOptions:
    """Variables that are declared as known ahead are read too where `target` names others."""
    if options.targets is None or not isinstance(options.future, (list, tuple)):
        return options
    return replace(options, target=(*options.targets, *(name for name in options.future if name not in options.targets)))


def _read(source: Any, options: OpenOptions) -> Field:
    if isinstance(source, Field):
        return source
    if isinstance(source, (str, Path)):
        return read_source(source, options)
    if isinstance(source, (list, tuple)):
        return read_several(source, options)
    if isinstance(source, xr.DataArray):
        return canonical(source.to_dataset(name=source.name or "value"), options, "xarray.DataArray")
    if isinstance(source, xr.Dataset):
        return canonical(source, options, "xarray.Dataset")
    if isinstance(source, pd.Series):
        return table_field(source.rename(source.name or "value").to_frame(), options, "pandas.Series")
    if isinstance(source, pd.DataFrame):
        return table_field(without_geometry(source), options, _called(source))
    if (table := arrow_table(source)) is not None:
        return table_field(table, options, _called(source))
    if isinstance(source, np.ndarray):
        return from_arrays({"values": source}, options, "numpy.ndarray")
    if isinstance(source, dict):
        return from_arrays({name: np.asanyarray(array) for name, array in source.items()}, options, "dict of arrays")
    collect = " Collect it first." if hasattr(source, "collect") else ""
    raise KindError(
        f"open takes a path, an xarray, pandas or numpy object, or a table with an Arrow stream; found {_called(source)}.{collect}"
    )


def _called(source: Any) -> str:
    return f"{type(source).__module__.split('.')[0]}.{type(source).__name__}"
