"""Geometries to plain columns: points keep their place, areas are stood for by a point inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from chronotope.data.native import needed
from chronotope.errors import KindError

if TYPE_CHECKING:
    import geopandas

GEOMETRY = "geometry"
"""Attribute of a plain table whose positions come from geometries, and so are no values."""


def without_geometry(table: pd.DataFrame, degrees: bool = False) -> pd.DataFrame:
    """A geopandas frame as a plain table with lon and lat, or x and y in a plane system that `attrs["crs"]` names; others as they are.

    With `degrees` a frame of any named system has lon and lat.
    """
    if type(table).__name__ != "GeoDataFrame":
        return table
    if degrees and table.crs is not None:
        table = table.to_crs(4326)
    table = _lines_of_fixes(table)
    shapes = table.geometry
    points = shapes if (shapes.geom_type == "Point").all() else shapes.representative_point()
    x, y = points.x.to_numpy(), points.y.to_numpy()
    geographic = (
        table.crs.is_geographic
        if table.crs is not None
        else bool(np.nanmax(abs(x), initial=0) <= 360 and np.nanmax(abs(y), initial=0) <= 90)
    )
    names = ("lon", "lat") if geographic else ("x", "y")
    plain = pd.DataFrame(table.drop(columns=shapes.name)).assign(**{names[0]: x, names[1]: y})
    plain.attrs[GEOMETRY] = shapes.name
    if not geographic and table.crs is not None:
        plain.attrs["crs"] = table.crs.to_string()
    return plain


def _lines_of_fixes(table: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Lines that name a moment for each of their points (`coordTimes`, `times`) as a row per point; others as they are."""
    if not (table.geometry.geom_type == "LineString").all() or not len(table):
        return table
    length = [len(line.coords) for line in table.geometry]
    listed = [name for name in table.columns if _as_long_as(table[name], length)]
    if not listed:
        return table
    from shapely.geometry import Point

    geometry = table.geometry.name
    points = pd.DataFrame(table).assign(**{geometry: [[Point(p[:2]) for p in line.coords] for line in table.geometry]})
    return type(table)(points.explode([*listed, geometry], ignore_index=True), geometry=geometry, crs=table.crs)


def _as_long_as(column: pd.Series, length: list[int]) -> bool:
    return all(isinstance(cell, (list, tuple, np.ndarray)) and len(cell) == n for cell, n in zip(column, length))


def with_geometry(table: pd.DataFrame) -> geopandas.GeoDataFrame:
    """A table with lat and lon (EPSG:4326), or x and y, as points; the columns of the position become the geometry.

    Raises:
        MissingExtraError: geopandas is not installed.
        KindError: the table has no positions.
    """
    geopandas = needed("Geometry needs geopandas", "geo", "geopandas")
    pair = next((pair for pair in (("lon", "lat"), ("x", "y")) if set(pair) <= set(table.columns)), None)
    if pair is None:
        raise KindError(f"Geometry needs columns lat and lon, or x and y; found {', '.join(map(str, table.columns))}. Give sites=.")
    points = geopandas.points_from_xy(table[pair[0]], table[pair[1]])
    return geopandas.GeoDataFrame(table.drop(columns=list(pair)), geometry=points, crs="EPSG:4326" if pair[0] == "lon" else None)
