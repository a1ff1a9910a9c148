"""GeoTIFF, one file or a folder of them (needs rasterio, from the geo extra): bands as steps or variables, read when asked for."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from chronotope.data.field import Field
from chronotope.data.native import needed, own_libraries
from chronotope.errors import DimensionError, TimeError, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import made_times, parse_times
from chronotope.opening.datasets.canonical import canonical
from chronotope.opening.places.crs import with_degrees

_SUFFIXES = (".tif", ".tiff", ".gtiff")
_DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])(?:[-_.]?(0[1-9]|[12]\d|3[01]))?(?:[T_-]?([01]\d|2[0-3])[-_:]?([0-5]\d)?)?(?!\d)"
)
_DAY_OF_YEAR = re.compile(r"(?:^|[._-])(?:A|doy)((?:19|20)\d\d)([0-3]\d\d)(?:\d{6})?(?!\d)")  # as MODIS and its services write them

_YEAR_LAST = re.compile(r"(?<!\d)([0-3]\d)[-_.]?([0-3]\d)[-_.]?((?:19|20)\d\d)(?!\d)")


def matches(path: Path) -> bool:
    """True for GeoTIFF by suffix, and for folders that hold some."""
    return path.suffix.lower() in _SUFFIXES or (path.is_dir() and any(item.suffix.lower() in _SUFFIXES for item in path.iterdir()))


def read(path: Path, options: OpenOptions) -> Field:
    """The bands as a grid Field.

    Dates come from the names of the bands, then from the names of the files; a folder is a series of files in the order of their dates.

    Raises:
        MissingExtraError: rasterio is not installed.
        DataError: a file is damaged.
        DimensionError: the files of a folder differ in size, place or bands.
    """
    files = sorted(item for item in path.iterdir() if item.suffix.lower() in _SUFFIXES) if path.is_dir() else [path]
    heads = [_head(file) for file in files]
    first = heads[0]
    for file, head in zip(files, heads):
        if head["shape"] != first["shape"] or head["transform"] != first["transform"] or head["count"] != first["count"]:
            raise DimensionError(
                f"All images of a folder must cover the same cells; {file.name} has {head['count']} bands of {head['shape']}, "
                f"{files[0].name} has {first['count']} of {first['shape']}. Put them into folders of their own, or warp them first."
            )
    times, names, bands, found = _axes(files, heads, options)
    order = np.argsort(times, kind="stable")
    y, x = _centres(first)
    geographic = first["crs"] is not None and first["crs"].is_geographic
    dims = ("time", "lat", "lon") if geographic else ("time", "y", "x")
    data = {}
    for name, per_step in zip(names, bands):
        stack = _Stack([per_step[i] for i in order], first["shape"], np.dtype(first["dtype"]))
        lazy = xr.Variable(dims, indexing.LazilyIndexedArray(stack), {"units": first["unit"]} if first["unit"] else {})
        data[name] = lazy
    dataset = xr.Dataset(data, {"time": times[order], dims[1]: y, dims[2]: x})
    missing = {float(head["nodata"]) for head in heads if head["nodata"] is not None}
    plain = replace(options, time=None, place=None, start=None)
    field = canonical(dataset, plain, path.name).with_findings(*found)
    if not geographic and first["crs"] is not None and options.crs is None:
        field = with_degrees(field, first["crs"].to_wkt())
    return field.with_findings(*(Finding("inferred", f"the file declares {code:g} as missing") for code in missing))


def _head(file: Path) -> dict[str, Any]:
    """What a file says of itself."""
    rasterio = needed(f"{file.name} is GeoTIFF, which needs rasterio", "geo", "rasterio")
    with whole("A GeoTIFF must be whole", file.name, "Copy or download it again.", rasterio.errors.RasterioError):
        with rasterio.open(file) as image:
            image.read(image.count, window=((image.height - 1, image.height), (0, image.width)))  # the last row, absent in a cut file
            keys = ("shape", "transform", "count", "crs", "nodata", "descriptions")
            head = {key: getattr(image, key) for key in keys}
            return head | {"dtype": image.dtypes[0], "unit": image.units[0] or "", "stamp": image.tags().get("TIFFTAG_DATETIME")}


def _axes(
    files: list[Path], heads: list[dict[str, Any]], options: OpenOptions
) -> tuple[np.ndarray, list[str], list[list[tuple[Path, int, float | None]]], list[Finding]]:
    """Stamps, names of variables, per variable and step the file, band and missing code, and what was inferred."""
    count, nodata = heads[0]["count"], [head["nodata"] for head in heads]
    words = list(heads[0]["descriptions"])
    named = dates_in([word or "" for word in words], options)
    dated = dates_in([file.stem for file in files], options)
    if len(files) == 1 and count > 1 and (named is not None or options.start is not None or dated is None):
        times, found = named or made_times(count, options.start, options.step)
        found = [*found, Finding("inferred", f"the {count} bands are taken as steps")]
        return times, ["value"], [[(files[0], band + 1, nodata[0]) for band in range(count)]], found
    stamps = [date_in(file.stem) or _tag(head["stamp"]) for file, head in zip(files, heads)]
    if dated is None and None not in stamps:
        dated = np.array(stamps, "datetime64[ns]"), []
    if dated is None or options.start is not None:
        times, found = made_times(len(files), options.start, options.step)
    else:
        times, found = dated[0], [*dated[1], Finding("inferred", "dates read off the names of the files")]
    names = [word or (f"band_{band + 1}" if count > 1 else "value") for band, word in enumerate(words)]
    return times, names, [[(file, band + 1, code) for file, code in zip(files, nodata)] for band in range(count)], found


def date_in(text: str) -> np.datetime64 | None:
    """The first date that a name holds: 2020-07, 20200731, 2020_07_31T1200, or A2020213 (a day of the year); else None."""
    if counted := _DAY_OF_YEAR.search(text):
        stamp = pd.to_datetime("".join(counted.groups()), format="%Y%j", errors="coerce")
        return None if pd.isna(stamp) else stamp.to_datetime64().astype("datetime64[ns]")
    found = _DATE.search(text)
    if found is None:
        return None
    year, month, day, hour, minute = found.groups()
    stamp = pd.to_datetime(f"{year}-{month}-{day or '01'} {hour or '00'}:{minute or '00'}", errors="coerce")
    return None if pd.isna(stamp) else stamp.to_datetime64().astype("datetime64[ns]")


def dates_in(names: list[str], options: OpenOptions) -> tuple[np.ndarray, list[Finding]] | None:
    """The dates that all names hold, year first or else year last (31072020), and what is said of their order; None where one has none."""
    dates = [date_in(name) for name in names]
    if None not in dates:
        return np.array(dates, "datetime64[ns]"), []
    found = [_YEAR_LAST.search(name) for name in names]
    try:
        return parse_times(pd.Series(["-".join(one.groups()) for one in found if one]), "names", options) if all(found) else None
    except TimeError:
        return None


def _tag(text: str | None) -> np.datetime64 | None:
    stamp = pd.to_datetime(text, format="%Y:%m:%d %H:%M:%S", errors="coerce") if text else None
    return None if stamp is None or pd.isna(stamp) else stamp.to_datetime64().astype("datetime64[ns]")


def _centres(head: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the middles of rows and columns.

    Raises:
        DimensionError: the image is turned.
    """
    transform, (rows, columns) = head["transform"], head["shape"]
    if transform.b or transform.d:
        raise DimensionError("An image must stand upright in its reference system; this one is turned. Warp it first, with gdalwarp.")
    return transform.f + transform.e * (np.arange(rows) + 0.5), transform.c + transform.a * (np.arange(columns) + 0.5)


class _Stack(BackendArray):
    """One band per step, read from its file when a part is asked for; the missing code reads as NaN."""

    def __init__(self, bands: list[tuple[Path, int, float | None]], shape: tuple[int, int], dtype: np.dtype) -> None:
        self.bands, self.shape = bands, (len(bands), *shape)
        self.dtype = dtype if dtype.kind == "f" or all(code is None for _, _, code in bands) else np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._part)

    def _part(self, key: tuple[Any, ...]) -> np.ndarray:
        with own_libraries():
            import rasterio

        steps = np.arange(self.shape[0])[key[0]]
        planes = []
        for step in np.atleast_1d(steps):
            file, band, code = self.bands[step]
            with rasterio.open(file) as image:
                plane = image.read(band)[key[1:]]
            plane = plane.astype(self.dtype)
            planes.append(plane if code is None else np.where(plane == np.asarray(code, plane.dtype), np.nan, plane).astype(self.dtype))
        return planes[0] if np.ndim(steps) == 0 else np.stack(planes)
