"""NetCDF 3 and 4 by CF names, units and axes; packed numbers are unpacked, times of every calendar are read."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.datasets.canonical import canonical
from chronotope.opening.readers.guarded import guarded
from chronotope.opening.readers.own import own_field

_SUFFIXES = {".nc", ".nc4", ".cdf", ".netcdf"}


def matches(path: Path) -> bool:
    """True for NetCDF by suffix or by the first bytes (classic files)."""
    return path.suffix.lower() in _SUFFIXES or is_classic(path)


def is_classic(path: Path) -> bool:
    """True for NetCDF 3, whose first bytes are CDF."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(3) == b"CDF"


def read(path: Path, options: OpenOptions) -> Field:
    """The file as a lazily opened Field."""
    dataset = open_dataset(path)
    return own_field(dataset, options, path.name) or canonical(dataset, options, path.name)


def open_dataset(path: Path) -> xr.Dataset:
    """The dataset with numbers unpacked and times left as numbers (`chronotope.opening.clocks.calendars` reads them).

    Raises:
        DataError: the file is damaged or is no NetCDF.
    """
    engine = "scipy" if is_classic(path) else "h5netcdf"
    with whole("A NetCDF file must be whole", path.name, "Copy or download it again."):
        dataset = xr.open_dataset(path, engine=engine, decode_times=False, decode_timedelta=False)
    return guarded(dataset, "A NetCDF file must be whole", path.name)
