"""Plane coordinates of a named reference system to degrees (needs pyproj, from the geo extra)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.native import needed
from chronotope.errors import ArgumentError, DataError, MissingExtraError
from chronotope.inspect.finding import Finding

_METRES = ("", "m", "metre", "metres", "meter", "meters")


def with_mapping(field: Field, dataset: xr.Dataset) -> Field:
    """`field` with lat and lon of the plane that a CF grid mapping (or `crs_wkt`) of `dataset` names, where x and y are its metres."""
    coords = field.dataset.coords
    named = next((a.attrs for a in dataset.variables.values() if {"grid_mapping_name", "crs_wkt"} & set(a.attrs)), None)
    if named is None or "lat" in coords or not {"x", "y"} <= set(coords) or coords["x"].attrs.get("units", "") not in _METRES:
        return field
    try:
        pyproj = needed("Positions by a grid mapping need pyproj", "geo", "pyproj", "pyproj.exceptions")
        system = pyproj.CRS.from_cf(dict(named))
    except MissingExtraError as error:
        return field.with_findings(Finding("inferred", f"x and y only: {error}"))
    except (pyproj.exceptions.CRSError, KeyError, TypeError, ValueError):
        return field.with_findings(Finding("warning", "the grid mapping cannot be read, so there are no lat and lon; give crs="))
    return with_degrees(field, system) if system.is_projected else field


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
