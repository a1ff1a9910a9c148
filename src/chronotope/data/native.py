"""Libraries of the extras: asked for where they are needed, and kept from taking each other's parts."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from chronotope.errors import MissingExtraError


def needed(says: str, extra: str, *names: str) -> Any:
    """The first of these modules, all of them loaded.

    Args:
        says: what needs them, for people.
        extra: the extra of the package that brings them.

    Raises:
        MissingExtraError: one is not installed.
    """
    try:
        with own_libraries():
            return [import_module(name) for name in names][0]
    except ImportError:
        raise MissingExtraError(f"{says}; install it with: pip install 'chronotope[{extra}]'.") from None


@contextlib.contextmanager
def own_libraries() -> Iterator[None]:
    """Import pyproj, rasterio or geopandas inside: each then uses the projection library that it brings.

    eccodes brings one too and lays it open to the whole process as soon as xarray looks for its engines, with any `xr.open_dataset`. What
    is imported later would take that one for its own, and the process ends in "invalid pointer". Libraries that are bound deeply look
    into their own parts first.
    """
    deep = getattr(os, "RTLD_DEEPBIND", 0)  # only where glibc is; elsewhere libraries do not mix
    if not deep or "gribapi" not in sys.modules:
        yield
        return
    before = sys.getdlopenflags()
    sys.setdlopenflags(before | deep)
    try:
        yield
    finally:
        sys.setdlopenflags(before)
