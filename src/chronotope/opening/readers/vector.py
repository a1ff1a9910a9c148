"""GeoPackage, shapefiles and FlatGeobuf (needs geopandas, from the geo extra), by the same rules as text tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from chronotope.data.field import Field
from chronotope.data.geometry import without_geometry
from chronotope.data.native import needed
from chronotope.errors import ArgumentError, DataError, whole
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.tables.tables import table_field


def matches(path: Path) -> bool:
    """True for `.gpkg`, `.shp`, `.fgb`, and zipped shapefiles."""
    return path.name.lower().endswith((".gpkg", ".shp", ".fgb", ".shp.zip"))


def read(path: Path, options: OpenOptions) -> Field:
    """The layer as a Field; areas are stood for by a point inside them. `query=` names the layer where there are several."""
    return table_field(table_of(path, options.query), options, path.name)


def table_of(path: Path, query: str | None = None) -> pd.DataFrame:
    """The layer as a table.

    Raises:
        MissingExtraError: geopandas is not installed.
        DataError: the file is damaged, or holds several layers and none was named.
        ArgumentError: `query` names no layer.
    """
    geopandas = needed(f"{path.name} holds geometries, which need geopandas", "geo", "geopandas", "pyogrio")
    with whole("A file of geometries must be whole", path.name, "Copy it again."):
        layers = [str(name) for name in geopandas.list_layers(path)["name"]]
        layer = _layer(layers, query, path)
        table = geopandas.read_file(path, layer=layer)
    return without_geometry(table)


def _layer(layers: list[str], query: str | None, path: Path) -> str:
    if query is not None:
        if query not in layers:
            raise ArgumentError(f"query= must name a layer of {path.name} ({', '.join(layers)}); found {query!r}.")
        return query
    if len(layers) != 1:
        raise DataError(f"A file of geometries must hold one layer; {path.name} holds {', '.join(layers) or 'none'}. Name one with query=.")
    return layers[0]
