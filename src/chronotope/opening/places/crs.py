"""Plane coordinates of a named reference system to degrees (needs pyproj, from the geo extra)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.native import needed
from chronotope.errors import ArgumentError, DataError
from chronotope.inspect.finding import Finding


def with_degrees(field: Field, crs: Any) -> Field:
    """`field` with lat and lon computed from its x and y in the system `crs`; x and y stay.

    Raises:
        MissingExtraError: pyproj is not installed.
        ArgumentError: `crs` is no reference system.
        DataError: the field has no x and y.
    """
    pyproj = needed("crs= needs pyproj", "geo", "pyproj", "pyproj.exceptions")
    if "x" not in field.dataset.coords or "y" not in field.dataset.coords:
        raise DataError(f"crs= needs plane coordinates x and y; found {', '.join(map(str, field.dataset.coords))}.")
    try:
        system = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError as error:
        raise ArgumentError(f"crs must be a reference system such as 'EPSG:32633'; found {crs!r} ({error}).") from None
    y, x = xr.broadcast(field.dataset["y"].reset_coords(drop=True), field.dataset["x"].reset_coords(drop=True))
    lon, lat = pyproj.Transformer.from_crs(system, "EPSG:4326", always_xy=True).transform(np.asarray(x, float), np.asarray(y, float))
    dataset = field.dataset.assign_coords(lat=(y.dims, lat, {"units": "degrees_north"}), lon=(y.dims, lon, {"units": "degrees_east"}))
    return replace(field, dataset=dataset).with_findings(Finding("inferred", f"lat and lon computed from x and y in {system.name}"))
