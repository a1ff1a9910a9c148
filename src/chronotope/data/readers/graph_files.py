"""Side files of a sensor graph: the table of sites, and edges as a matrix or as a list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.clock import looks_like_time, parse_times
from chronotope.data.columns import LAT_NAMES, LON_NAMES, X_NAMES, Y_NAMES, by_name
from chronotope.data.edges_in_time import assigned, edge_variables
from chronotope.data.field import Field, Finding
from chronotope.data.panel import Edges
from chronotope.data.readers.arrays import load
from chronotope.data.readers.table import read_table
from chronotope.data.side_files import attributes, local, positions_of, side_table
from chronotope.errors import DataError, KindError, NoFileError

_SOURCE = ("from", "source", "src", "start", "from_id", "origin", "i", "edge_source", "sensor_from", "from_node", "id_1", "node_1")
_TARGET = ("to", "target", "dst", "end", "to_id", "destination", "j", "edge_target", "sensor_to", "to_node", "id_2", "node_2")
_COSTS = ("cost", "distance", "dist", "length", "metres", "meters", "km", "time", "travel_time")
_WEIGHTS = ("weight", "w", "edge_weight", "value", "similarity", "corr")
KERNEL_CUT = 0.1  # weights below it are no edge, the usual cut for road graphs


def with_sites(field: Field, sites: Any) -> Field:
    """`field` with lat, lon (or x, y) and static attributes of the table `sites`, matched by name or, failing that, by order.

    Raises:
        DataError: the table holds neither positions nor attributes, or does not fit the places.
        KindError: the field has no fixed sites.
    """
    if "place" not in field.dataset.dims:
        raise KindError(f"sites= needs a field of fixed sites; this field is {field.kind}.")
    table, name = side_table(sites, "sites")
    labels = [str(label) for label in field.dataset["place"].values]
    key, rows = _match(table, labels)
    columns = list(table.columns)
    pairs = [("lat", by_name(columns, LAT_NAMES)), ("lon", by_name(columns, LON_NAMES))]
    if any(column is None for _, column in pairs):
        pairs = [("x", by_name(columns, X_NAMES)), ("y", by_name(columns, Y_NAMES))]
    placed = all(column is not None for _, column in pairs)
    used = {column for _, column in pairs} | {key} if placed else {key}
    picked = table.reindex(rows)
    more = attributes(picked[[column for column in columns if column not in used]], "place")
    more = {_free(word, field): part for word, part in more.items()}
    if not placed and not more:
        raise DataError(
            f"sites= must hold columns lat and lon (or x and y), or attributes of the places; {name} holds {', '.join(columns)}."
        )
    coords: dict[str, Any] = {}
    for short, column in pairs if placed else ():
        numbers = np.append(positions_of(table, str(column), "sites", name), np.nan)
        coords[short] = ("place", numbers[rows])  # row -1 is a place without one
    found = [
        Finding(
            "inferred", f"sites matched by {f'column {key!r}' if key else _ORDER}" + (f"; attributes: {', '.join(more)}" if more else "")
        )
    ]
    lost = int((rows < 0).sum())
    if lost:
        found.append(Finding("warning", f"{lost} places have no row in sites; their position is unknown"))
    return replace(field, dataset=field.dataset.assign_coords(coords | more)).with_findings(*found)


_ORDER = "order (no column holds the names of the places)"


def _free(word: str, field: Field) -> str:
    """The name of an attribute; one that is taken by a variable ends in "_of_site"."""
    return f"{word}_of_site" if word in field.dataset.data_vars or word in field.dataset.dims or word in ("edge", "note", "poi") else word


def _match(table: pd.DataFrame, names: list[str]) -> tuple[str | None, np.ndarray]:
    """(column that names the places or None for their order, row of each place or -1)."""
    best, hits = None, 0
    wanted = set(names)
    for column in table.columns:
        count = len(wanted & {_key(cell) for cell in table[column]})
        if count > hits:
            best, hits = column, count
    if best is not None and hits >= 0.5 * len(names):
        position = {_key(cell): i for i, cell in reversed(list(enumerate(table[best])))}
        return best, np.array([position.get(name, -1) for name in names])
    if len(table) == len(names):
        return None, np.arange(len(names))
    raise DataError(
        f"sites= must name the places or have one row for each of the {len(names)}; "
        f"found {len(table)} rows and no column with names such as {names[0]!r}."
    )


def _key(cell: Any) -> str:
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        return str(int(cell))
    return str(cell).strip()


def with_edges(field: Field, edges: Any) -> Field:
    """`field` with edges from a file, matrix, list of pairs, table or `Edges`.

    Raises:
        DataError: the edges do not fit the places.
    """
    if "place" not in field.dataset.dims:
        raise KindError(f"edges= needs a field of fixed sites; this field is {field.kind}.")
    names = [str(label) for label in field.dataset["place"].values]
    edges = _read_file(local(edges)) if isinstance(edges, (str, Path)) else edges
    clock = _clock_of(edges) if isinstance(edges, pd.DataFrame) else None
    if clock is None:
        made, how = read_edges(edges, names)
        variables = {"edge_source": ("edge", made.source), "edge_target": ("edge", made.target), "edge_weight": ("edge", made.weight)}
        text = f"{len(made.source)} edges from {how}"
    else:
        variables, text = _changing(edges, clock, names)
    return replace(field, dataset=assigned(field.dataset, variables)).with_findings(Finding("inferred", text))


def _clock_of(table: pd.DataFrame) -> str | None:
    """The column that says from when on an edge holds; numbers called time are costs of travel."""
    words = [str(word) for word in table.columns if not pd.api.types.is_numeric_dtype(table[word])]
    name = by_name(words, ("time", "date", "day", "from_time", "valid_from", "timestamp", "datetime"))
    return name if name is not None and (table[name].dtype.kind == "M" or looks_like_time(table[name])) else None


def _changing(table: pd.DataFrame, clock: str, names: list[str]) -> tuple[dict[str, Any], str]:
    """Edge variables of a list with a time column: each time that occurs has the edges of its rows and no others."""
    times = parse_times(table[clock], clock)[0]
    if np.isnat(times).any():
        line = int(np.flatnonzero(np.isnat(times))[0]) + 2
        raise DataError(f"edges= must say from when on an edge holds; line {line} has an empty {clock!r}. Fill it or drop the row.")
    source, target, weight, known, _ = _pairs(table.drop(columns=clock), names)
    made = edge_variables(times[known], source, target, weight)
    return made, f"edges from a list, changing at {len(np.unique(times))} times; a forecast takes those valid at its origin"


def read_edges(edges: Any, names: list[str]) -> tuple[Edges, str]:
    """Edges between the places `names`, and how they were read; self loops and zero weights are no edges."""
    if isinstance(edges, Edges):
        return edges, "Edges"
    if isinstance(edges, (str, Path)):
        edges = _read_file(Path(edges))
    if hasattr(edges, "toarray"):
        edges = edges.toarray()
    if isinstance(edges, xr.DataArray):
        edges = edges.values
    if isinstance(edges, dict):
        return _from_dict(edges, names)
    if isinstance(edges, pd.DataFrame):
        columns = [str(name) for name in edges.columns]
        named = by_name(columns, _SOURCE) is not None and by_name(columns, _TARGET) is not None  # a list, however many rows it has
        matrix = None if named else _as_matrix(edges, names)
        return (_from_matrix(matrix, names), "a matrix") if matrix is not None else _from_list(edges, names)
    array = np.asarray(edges)
    if array.ndim == 2 and array.shape == (len(names), len(names)) and len(names) != 2:
        return _from_matrix(array.astype(float), names), "a matrix"
    if array.ndim == 2 and (array.shape[1] in (2, 3) or array.shape[0] == 2):
        array = array.T if array.shape[0] == 2 and array.shape[1] > 3 else array
        return _from_list(pd.DataFrame(array, columns=["from", "to", "weight"][: array.shape[1]]), names)
    raise DataError(f"edges= must be a {len(names)} x {len(names)} matrix or a list of from, to[, weight]; found shape {array.shape}.")


def _read_file(path: Path) -> Any:
    if not path.exists():
        raise NoFileError(f"edges= must name a file that exists; {path} does not.")
    if path.suffix.lower() in (".pkl", ".pickle"):
        raise DataError(
            f"A pickle can run code when it is opened, so {path.name} is refused. Where you trust it, save the matrix as text: "
            "np.savetxt('adjacency.csv', matrix, delimiter=',')."
        )
    if path.suffix.lower() == ".npz":
        arrays = load(path)
        if {"indptr", "indices", "shape"} <= set(arrays):
            from scipy.sparse import load_npz

            return load_npz(path)
        return next(iter(arrays.values())) if len(arrays) == 1 else arrays
    if path.suffix.lower() == ".npy":
        return load(path)["values"]
    return read_table(path)


def _from_dict(arrays: dict[str, Any], names: list[str]) -> tuple[Edges, str]:
    pairs = arrays.get("edges", arrays.get("edge_index"))
    if pairs is not None:
        pairs = np.asarray(pairs) if np.shape(pairs)[1] == 2 else np.asarray(pairs).T
        weight = np.asarray(arrays.get("edge_weight", np.ones(len(pairs))), float)
        return _checked(pairs[:, 0].astype(int), pairs[:, 1].astype(int), weight, names), "pairs"
    square = next((np.asarray(a) for a in arrays.values() if np.shape(a) == (len(names), len(names))), None)
    if square is None:
        raise DataError(f"edges= must hold 'edges' or a {len(names)} x {len(names)} matrix; found {', '.join(arrays)}.")
    return _from_matrix(square.astype(float), names), "a matrix"


def _as_matrix(table: pd.DataFrame, names: list[str]) -> np.ndarray | None:
    numeric = table.select_dtypes("number")
    count = len(names)
    if len(table) == count and numeric.shape[1] in (count, count + 1):
        return numeric.iloc[:, -count:].to_numpy(float)
    if len(table) == count - 1 and numeric.shape[1] == count:  # its first line was taken as a header
        raise DataError(f"An adjacency matrix must be {count} x {count}; found {len(table)} x {count}, with the first line read as names.")
    return None


def _from_matrix(matrix: np.ndarray, names: list[str]) -> Edges:
    source, target = np.nonzero(np.where(np.isfinite(matrix), matrix, 0))
    return _checked(source, target, matrix[source, target], names)


def _from_list(table: pd.DataFrame, names: list[str]) -> tuple[Edges, str]:
    source, target, weight, _, how = _pairs(table, names)
    return _checked(source, target, weight, names), how


def _pairs(table: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, str]:
    """(source, target, weight) of the rows that join places of the data, which rows they are, and how they were read.

    Raises:
        DataError: no row does.
    """
    columns = [str(name) for name in table.columns]
    table = table.set_axis(columns, axis=1)
    first, second = by_name(columns, _SOURCE) or columns[0], by_name(columns, _TARGET) or columns[1]
    position = {name: i for i, name in enumerate(names)}
    ends = [table[name].map(_key) for name in (first, second)]
    if not ends[0].isin(position.keys()).any():
        position = {str(i): i for i in range(len(names))}
    known = (ends[0].isin(position.keys()) & ends[1].isin(position.keys())).to_numpy()
    if not known.any():
        raise DataError(
            f"Edges must join places of the data; {first!r} and {second!r} hold names such as {ends[0].iloc[0]!r}, "
            f"places are called {names[0]!r}."
        )
    source, target = (end[known].map(position).to_numpy(int) for end in ends)
    lost = "" if known.all() else f" ({int((~known).sum())} rows name places that are not in the data)"
    cost, weight = by_name([name for name in columns if name not in (first, second)], _COSTS), by_name(columns, _WEIGHTS)
    if weight is not None or cost is None:
        strength = pd.to_numeric(table[weight]).to_numpy(float)[known] if weight is not None else np.ones(len(source))
        return source, target, strength, known, f"a list of pairs{lost}"
    distances = pd.to_numeric(table[cost]).to_numpy(float)[known]
    spread = distances[np.isfinite(distances)].std() or 1.0
    strength = np.exp(-np.square(distances / spread))
    strength = np.where(strength >= KERNEL_CUT, strength, 0.0)
    return source, target, strength, known, f"a list with {cost!r}: weight exp(-(d/{spread:.4g})^2), cut at {KERNEL_CUT}{lost}"


def _checked(source: np.ndarray, target: np.ndarray, weight: np.ndarray, names: list[str]) -> Edges:
    if len(source) and (max(source.max(), target.max()) >= len(names) or min(source.min(), target.min()) < 0):
        raise DataError(f"Edges must join places 0 to {len(names) - 1}; found {int(max(source.max(), target.max()))}.")
    keep = (source != target) & (weight > 0)
    return Edges(source[keep].astype(np.int64), target[keep].astype(np.int64), weight[keep].astype(np.float32))
