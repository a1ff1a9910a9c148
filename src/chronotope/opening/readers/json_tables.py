"""JSON: graph series with edges (`y`, `FX`, `edge_mapping`), tables of records, JSON lines, plain GeoJSON of points."""

from __future__ import annotations

import bz2
import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.edges_in_time import assigned, edge_variables
from chronotope.data.field import Field
from chronotope.data.geometry import without_geometry
from chronotope.data.native import needed
from chronotope.errors import ChronotopeError, DataError, reason, whole
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.options import OpenOptions
from chronotope.opening.clocks.clock import made_times
from chronotope.opening.readers.json_shapes import flat, pairs_of, table_in
from chronotope.opening.sniff.text import DAMAGE
from chronotope.opening.tables.finish import finish_graph
from chronotope.opening.tables.tables import table_field

_SUFFIXES = {".json", ".geojson", ".jsonl", ".ndjson"}


def matches(path: Path) -> bool:
    """True for JSON by suffix, also under gz and bz2."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".bz2")]
    return bool(suffixes) and suffixes[-1] in _SUFFIXES


def read(path: Path, options: OpenOptions) -> Field:
    """The file as a Field.

    Raises:
        DataError: the text is no JSON or of no known layout.
    """
    content = _load(path)
    if isinstance(content, dict):
        series = next((content[key] for key in ("y", "FX", "X", "values", "data") if _is_matrix(content.get(key))), None)
        if series is not None and not {"columns", "fields"} & set(content) and pairs_of(series) is None:
            try:
                return _graph(np.asarray(series, float), content, options, path.name)
            except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
                if isinstance(error, ChronotopeError):
                    raise
                raise DataError(
                    "A graph in JSON must hold rows of one length and edges as pairs of place numbers with their weights; "
                    f"{path.name} does not ({type(error).__name__}: {reason(error)})."
                ) from error
    return table_field(_records(content, path.name), options, path.name)


def records(path: Path) -> pd.DataFrame:
    """Records, JSON lines or GeoJSON as a table.

    Raises:
        DataError: the text is no JSON, or no table.
    """
    return _records(_load(path), path.name)


def _records(content: Any, source: str) -> pd.DataFrame:
    """What holds rows in one of the shapes of `json_shapes`, or GeoJSON features, as a table."""
    if isinstance(content, dict) and content.get("type") == "FeatureCollection" and content.get("features"):
        return _points(content, source)
    if isinstance(content, dict) and ("dataSets" in content or "dataSets" in (content.get("data") or {})):
        raise DataError(
            f"A JSON table must hold its values beside their times; {source} is SDMX, which keys them. Ask the service for CSV."
        )
    table = table_in(content)
    if table is not None:
        return table
    rows = content.get("records", content.get("data", content)) if isinstance(content, dict) else content
    if isinstance(rows, list):
        odd = next((i for i, row in enumerate(rows) if not isinstance(row, (dict, list))), None)
        if odd is not None:
            raise DataError(f"A JSON table must be a list of records; entry {odd + 1} of {source} is {str(rows[odd])[:60]!r}.")
    elif not isinstance(rows, dict):
        raise DataError(f"A JSON table must be a list of records or a dict of columns; {source} holds {str(rows)[:60]!r}.")
    try:
        made = pd.DataFrame(rows)
    except (ValueError, TypeError, AttributeError):
        made = None
    if made is None or made.map(lambda cell: isinstance(cell, (dict, list))).any(axis=None):
        keys = ", ".join(map(repr, list(rows)[:8])) if isinstance(rows, dict) else f"{len(rows)} entries"
        raise DataError(
            f"A JSON table must hold records, columns of one length, or series of times and values; {source} holds {keys} without them. "
            "Open the part of the answer that holds the values."
        )
    return made


def _load(path: Path) -> Any:
    opener = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix.lower(), open)
    with whole("A JSON file must be whole", path.name, "", ValueError, RecursionError, *DAMAGE):
        with opener(path, "rt", encoding="utf-8-sig") as file:  # type: ignore[operator]
            text = file.read()
        if any(suffix.lower() in (".jsonl", ".ndjson") for suffix in path.suffixes[-2:]):
            return _lines(text, path.name)
        return _whole_or_lines(text, path.name)


def _whole_or_lines(text: str, source: str) -> Any:
    """One value, or several below each other, as streams write them whatever the suffix is."""
    try:
        return json.loads(text)
    except ValueError:
        first = text.lstrip().split("\n", 1)
        if len(first) < 2 or not first[0].strip().endswith("}"):
            raise
        json.loads(first[0])
        return _lines(text, source)


def _lines(text: str, source: str) -> list[Any]:
    """JSON lines, each told by its number where it is broken."""
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            out += [json.loads(line)] if line.strip() else []
        except ValueError as error:
            raise DataError(f"Every line of JSON lines must be whole; line {number} of {source} is not ({reason(error)}).") from None
    return out


def _is_matrix(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 1
        and isinstance(value[0], list)
        and bool(value[0])
        and not isinstance(value[0][0], (dict, str))
    )


def _graph(values: np.ndarray, content: dict[str, Any], options: OpenOptions, source: str) -> Field:
    values = values[..., None] if values.ndim == 2 else values
    times, found = made_times(len(values), options.start, options.step)
    data = {f"value_{i}" if values.shape[2] > 1 else "value": (("time", "place"), values[:, :, i]) for i in range(values.shape[2])}
    places = content.get("node_ids") or content.get("nodes")
    labels = np.array(
        [str(i) for i in (sorted(places, key=lambda k: places[k]) if isinstance(places, dict) else range(values.shape[1]))], object
    )
    dataset = xr.Dataset(data, {"time": times, "place": labels})
    edges, how = _edges(content, times)
    if edges:
        dataset = assigned(dataset, edges)
        found.append(Finding("inferred", how))
    return finish_graph(dataset, tuple(data), found, options, source)


def _edges(content: dict[str, Any], times: np.ndarray) -> tuple[dict[str, Any], str]:
    """Edge variables, fixed ones or one list per step of `times`, and what was found."""
    mapping = content.get("edge_mapping", content)
    index, weight = mapping.get("edge_index", mapping.get("edges")), mapping.get("edge_weight")
    if not index:
        return {}, ""
    if isinstance(index, list):
        pairs = np.asarray(index, int)
        weights = np.asarray(weight if weight is not None else np.ones(len(pairs)), np.float32)
        return {
            "edge_source": ("edge", pairs[:, 0]),
            "edge_target": ("edge", pairs[:, 1]),
            "edge_weight": ("edge", weights),
        }, f"{len(pairs)} edges of the file"
    rows = [
        (int(step), a, b, w)
        for step, pairs_now in index.items()
        for (a, b), w in zip(pairs_now, weight[step] if weight else [1.0] * len(pairs_now), strict=True)
    ]
    table = np.array(rows, float)
    step = table[:, 0].astype(int)
    if step.min() < 0 or step.max() >= len(times):
        raise DataError(f"Edges must be keyed by steps 0 to {len(times) - 1}; found {step.max()}. Correct the keys of edge_index.")
    edges = edge_variables(times[step], table[:, 1].astype(int), table[:, 2].astype(int), table[:, 3])
    return edges, f"edges of {len(index)} steps, changing; a forecast takes those valid at its origin"


def _points(content: dict[str, Any], source: str) -> pd.DataFrame:
    rows = []
    system = _system(content)
    if system is not None:
        return _shapes(content, source, "coordinates of " + system, system)
    for feature in content.get("features", []):
        geometry = feature.get("geometry") or {}
        if geometry.get("type") != "Point":
            return _shapes(content, source, str(geometry.get("type")))
        try:
            lon, lat = (float(number) for number in geometry["coordinates"][:2])
            rows.append({**flat(feature.get("properties") or {}), "lat": lat, "lon": lon})
        except (KeyError, TypeError, ValueError):
            raise DataError(
                f"A point must have two coordinates, lon and lat; feature {len(rows) + 1} of {source} has {str(geometry)[:80]}."
            ) from None
    return pd.DataFrame(rows)


def _system(content: dict[str, Any]) -> str | None:
    """The reference system that older GeoJSON names, unless it is degrees in the order lon, lat as GeoJSON has them now."""
    crs = content.get("crs")
    name = str((crs.get("properties") or {}).get("name")) if isinstance(crs, dict) else "CRS84"
    return None if re.search(r"(CRS84|EPSG:+4326|None)$", name) else name


def _shapes(content: dict[str, Any], source: str, found: str, system: str = "EPSG:4326") -> pd.DataFrame:
    """Geometries of any kind and reference system; lines and areas are each stood for by a point inside.

    Raises:
        MissingExtraError: geopandas is not installed.
        DataError: a geometry cannot be read.
    """
    geopandas = needed(f"{source} holds {found!r} beside points, which needs geopandas", "geo", "geopandas")
    with whole("GeoJSON must hold whole geometries", f"one in {source}"):
        return without_geometry(geopandas.GeoDataFrame.from_features(content["features"], crs=system))
