"""GRIB 1 and 2 (needs cfgrib and eccodes, from the geo extra): all messages of a file as one lazily opened field."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.native import own_libraries
from chronotope.errors import DataError, MissingExtraError, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.datasets.canonical import canonical
from chronotope.opening.readers.guarded import guarded

_SUFFIXES = (".grib", ".grib2", ".grb", ".grb2", ".grib1")


def matches(path: Path) -> bool:
    """True for GRIB by suffix."""
    return path.suffix.lower() in _SUFFIXES


def read(path: Path, options: OpenOptions) -> Field:
    """The messages as a Field; members and levels are further dims, nothing is written beside the file.

    Raises:
        MissingExtraError: cfgrib is not installed.
        DataError: the file is cut short, or holds no messages that fit together.
    """
    _check_messages(path)
    dataset, left = _merged(_groups(path))
    field = canonical(guarded(dataset, "A GRIB file must hold whole messages", path.name), options, path.name)
    return field.with_findings(*([Finding("warning", f"left aside, as their grid or clock differs: {', '.join(left)}")] if left else []))


def _check_messages(path: Path) -> None:
    """Every message begins with GRIB, is as long as it says, and ends with 7777; a decoder may pass over a broken one, or give up."""
    size, number, at = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        at = file.read(4096).find(b"GRIB")
        if at < 0:
            raise DataError(f"A GRIB file must hold messages that begin with 'GRIB'; {path.name} begins with none. Open another file.")
        while 0 <= at < size:
            number += 1
            end = at + _length(file, at)
            file.seek(max(end - 4, at))
            if end > size or file.read(4) != b"7777":
                raise DataError(
                    f"A GRIB message must end with the mark 7777; message {number} in {path.name} is cut short or damaged. "
                    "Copy or download it again."
                )
            file.seek(end)
            found = file.read(4096).find(b"GRIB")  # padding may lie between messages
            at = end + found if found >= 0 else size


def _length(file: BinaryIO, at: int) -> int:
    """Bytes of the message that begins at `at`, whose sections of edition 2 must fill it; 0 where they do not."""
    file.seek(at)
    head = file.read(16)
    if len(head) < 16 or head[7] not in (1, 2):
        return 0
    if head[7] == 1:
        length = int.from_bytes(head[4:7], "big")
        return (
            length if length < 1 << 23 else os.fstat(file.fileno()).st_size - at
        )  # larger ones count in other units: the rest of the file
    length, inside = int.from_bytes(head[8:16], "big"), 16
    while inside < length - 4:
        file.seek(at + inside)
        section = file.read(5)
        part = int.from_bytes(section[:4], "big")
        if len(section) < 5 or part < 5 or section[4] not in range(1, 8):
            return 0
        inside += part
    return length if inside == length - 4 else 0


def _groups(path: Path) -> list[xr.Dataset]:
    try:
        _load_projections_first()
        import cfgrib
    except (ImportError, RuntimeError):
        raise MissingExtraError(
            f"{path.name} is GRIB, which needs cfgrib and eccodes; install them with: pip install 'chronotope[geo]'."
        ) from None
    logging.getLogger("cfgrib").setLevel(logging.CRITICAL)
    with whole("A GRIB file must hold whole messages", path.name, "Copy it again."):
        with xr.set_options(use_new_combine_kwarg_defaults=True):
            return cfgrib.open_datasets(str(path), backend_kwargs={"indexpath": ""}, decode_times=False, decode_timedelta=False)


def _load_projections_first() -> None:
    """eccodes brings a projection library that pyproj takes for its own, and then fails; pyproj is loaded before it, or beside it."""
    with contextlib.suppress(ImportError), own_libraries():
        import pyproj  # noqa: F401


def _merged(groups: list[xr.Dataset]) -> tuple[xr.Dataset, list[str]]:
    """Groups that share the grid and the clock of the largest one, and the names of those that do not."""
    groups = sorted((_on_one_clock(group) for group in groups), key=lambda group: -sum(array.size for array in group.data_vars.values()))
    out, left = groups[0], []
    for group in groups[1:]:
        same = all(np.array_equal(group[dim], out[dim]) for dim in group.dims if dim in out.dims and dim in group.coords)
        group = group.rename({name: f"{name}_{_level(group)}" for name in group.data_vars if name in out.variables})
        fits = same and set(group.dims) <= set(out.dims) and not set(group.data_vars) & set(out.variables)
        out = out.assign(dict(group.data_vars)) if fits else out
        left += [] if fits else [str(name) for name in group.data_vars]
    return out, left


def _on_one_clock(group: xr.Dataset) -> xr.Dataset:
    """Lead times of one run are laid on the clock of their valid time; scalar coordinates are left out, as groups differ in them."""
    if "valid_time" in group and group["valid_time"].dims == ("step",):
        group = group.drop_vars([name for name in ("time", "step") if name in group.coords]).rename(step="time", valid_time="time")
    level = _level(group)
    scalars = [name for name, array in group.coords.items() if array.ndim == 0 and name != "time"]
    beside = [name for name in ("valid_time",) if name in group.coords and name not in scalars]
    return group.drop_vars(scalars + beside).assign_attrs(level=level)


def _level(group: xr.Dataset) -> str:
    known = ("isobaricInhPa", "heightAboveGround", "surface", "meanSea", "depthBelowLandLayer", "potentialVorticity")
    name = next((name for name in known if name in group.coords), None)
    if name is None:
        return str(group.attrs.get("level", "other"))
    return f"{name}{float(group[name]):g}" if group[name].ndim == 0 and name == "heightAboveGround" else name
