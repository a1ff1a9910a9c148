"""JSON: graph series with edges (`y`, `FX`, `edge_mapping`), tables of records, JSON lines, plain GeoJSON of points."""

from __future__ import annotations

import bz2
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.clock import made_times
from chronotope.data.field import Field, Finding
from chronotope.data.find_time import finish_graph
from chronotope.data.geometry import without_geometry
from chronotope.data.options import OpenOptions
from chronotope.data.tables import table_field
from chronotope.errors import DataError, MissingExtraError

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
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        return table_field(_points(content, path.name), options, path.name)
    if isinstance(content, dict):
        series = next((content[key] for key in ("y", "FX", "X", "values", "data") if _is_matrix(content.get(key))), None)
        if series is not None:
            return _graph(np.asarray(series, float), content, options, path.name)
    table = pd.DataFrame(content if isinstance(content, list) else content.get("records", content.get("data", content)))
    return table_field(table, options, path.name)


def _load(path: Path) -> Any:
    opener = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix.lower(), open)
    try:
        with opener(path, "rt", encoding="utf-8") as file:  # type: ignore[operator]
            text = file.read()
        if path.name.split(".gz")[0].endswith((".jsonl", ".ndjson")):
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return json.loads(text)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(f"A JSON file must be whole; {path.name} cannot be read ({error}).") from error


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
    pairs, weight, how = _edges(content)
    if len(pairs):
        dataset = dataset.assign(edge_source=("edge", pairs[:, 0]), edge_target=("edge", pairs[:, 1]), edge_weight=("edge", weight))
        found.append(Finding("inferred", how))
    return finish_graph(dataset, tuple(data), found, options, source)


def _edges(content: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, str]:
    """Pairs and weights; edges that change from step to step are averaged over the steps."""
    mapping = content.get("edge_mapping", content)
    index, weight = mapping.get("edge_index", mapping.get("edges")), mapping.get("edge_weight")
    if not index:
        return np.empty((0, 2), int), np.empty(0), ""
    if isinstance(index, list):
        pairs = np.asarray(index, int)
        return pairs, np.asarray(weight if weight is not None else np.ones(len(pairs)), np.float32), f"{len(pairs)} edges of the file"
    total: dict[tuple[int, int], float] = {}
    for step, pairs_now in index.items():
        for (a, b), w in zip(pairs_now, weight[step] if weight else [1.0] * len(pairs_now), strict=True):
            total[a, b] = total.get((a, b), 0.0) + w
    kept = {pair: value / len(index) for pair, value in total.items() if pair[0] != pair[1] and value > 0}
    return (
        np.array(list(kept), int),
        np.array(list(kept.values()), np.float32),
        f"edges of {len(index)} steps averaged to {len(kept)} fixed ones",
    )


def _points(content: dict[str, Any], source: str) -> pd.DataFrame:
    rows = []
    for feature in content.get("features", []):
        geometry = feature.get("geometry") or {}
        if geometry.get("type") != "Point":
            return _areas(content, source, str(geometry.get("type")))
        lon, lat = geometry["coordinates"][:2]
        rows.append({**(feature.get("properties") or {}), "lat": lat, "lon": lon})
    return pd.DataFrame(rows)


def _areas(content: dict[str, Any], source: str, found: str) -> pd.DataFrame:
    """Lines and areas, each stood for by a point inside it.

    Raises:
        MissingExtraError: geopandas is not installed.
        DataError: a geometry cannot be read.
    """
    try:
        import geopandas
    except ImportError:
        raise MissingExtraError(
            f"{source} holds {found!r} beside points, which needs geopandas; install it with: pip install 'chronotope[geo]'."
        ) from None
    try:
        return without_geometry(geopandas.GeoDataFrame.from_features(content["features"], crs="EPSG:4326"))
    except Exception as error:  # shapely raises many kinds for a geometry that is none
        raise DataError(f"GeoJSON must hold whole geometries; one in {source} cannot be read ({error}).") from error
