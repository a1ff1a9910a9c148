"""Geometries to plain columns: points keep their place, areas are stood for by a point inside them."""

from __future__ import annotations

import pandas as pd


def without_geometry(table: pd.DataFrame) -> pd.DataFrame:
    """A geopandas frame as a plain table with lon and lat (or x and y in a plane system); other frames as they are."""
    if type(table).__name__ != "GeoDataFrame":
        return table
    shapes = table.geometry
    points = shapes if (shapes.geom_type == "Point").all() else shapes.representative_point()
    names = ("lon", "lat") if table.crs is None or table.crs.is_geographic else ("x", "y")
    plain = pd.DataFrame(table.drop(columns=shapes.name))
    return plain.assign(**{names[0]: points.x.to_numpy(), names[1]: points.y.to_numpy()})
