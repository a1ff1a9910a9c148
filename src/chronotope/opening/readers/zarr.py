"""Zarr 2 and 3 folders (and zipped ones), read lazily by the same rules as NetCDF."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.datasets.canonical import canonical
from chronotope.opening.readers.guarded import guarded
from chronotope.opening.readers.own import own_field

_MARKS = ("zarr.json", ".zgroup", ".zmetadata")


def matches(path: Path) -> bool:
    """True for a folder with Zarr marks, or a path that ends in `.zarr` or `.zarr.zip`."""
    return path.name.lower().endswith((".zarr", ".zarr.zip")) or (path.is_dir() and any((path / mark).exists() for mark in _MARKS))


def read(path: Path, options: OpenOptions) -> Field:
    """The group as a lazily opened Field.

    Raises:
        DataError: the folder is no readable Zarr group.
    """
    with whole("A Zarr folder must hold a whole group of arrays", path.name, "Copy it again."):
        dataset = xr.open_zarr(
            path, chunks=None, decode_times=False, decode_timedelta=False, consolidated=None if _consolidated(path) else False
        )
    dataset = guarded(dataset, "A Zarr folder must hold whole chunks", path.name)
    return own_field(dataset, options, path.name) or canonical(dataset, options, path.name)


def _consolidated(path: Path) -> bool:
    return (path / ".zmetadata").exists()
