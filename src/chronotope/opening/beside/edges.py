"""Edges between places from whatever holds them: a file, matrix, list of pairs, table, named arrays or `Edges`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.panel import Edges
from chronotope.errors import DataError, NoFileError
from chronotope.inspect.finding import Finding
from chronotope.opening.beside import edge_lists, matrix_files
from chronotope.opening.beside.edge_lists import pairs
from chronotope.opening.beside.matrices import Matrix, placed, wrong_size
from chronotope.opening.beside.side_tables import table_of
from chronotope.opening.places.place_names import positions
from chronotope.opening.readers import netcdf
from chronotope.opening.readers.arrays import load
from chronotope.opening.readers.text_tables import read_table


def read_file(path: Path, names: list[str]) -> Any:
    """What a file of edges holds: a Matrix, a table, an array, named arrays or a sparse matrix."""
    if not path.exists():
        raise NoFileError(f"edges= must name a file that exists; {path} does not.")
    suffix = path.suffix.lower()
    if suffix in (".pkl", ".pickle"):
        raise DataError(
            f"A pickle can run code when it is opened, so {path.name} is refused. Where you trust it, save the matrix as text: "
            "np.savetxt('adjacency.csv', matrix, delimiter=',')."
        )
    if suffix == ".npz":
        return _from_npz(path)
    if suffix == ".npy":
        return load(path)["values"]
    if netcdf.matches(path):
        return netcdf.open_dataset(path)
    matrix = matrix_files.from_json(_json(path), path.name) if suffix == ".json" else None
    if matrix is not None:
        return matrix
    if suffix in (".parquet", ".json", ".jsonl", ".ndjson", ".geojson"):
        return table_of(path)
    return _from_text(path, names)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError:  # the reader of tables says what is wrong, or reads its lines
        return None


def _from_text(path: Path, names: list[str]) -> Any:
    """A Matrix, or the table of a list.

    Raises:
        DataError: numbers only, of another size than the places need.
    """
    cells = matrix_files.cells_of(path)
    if edge_lists.is_list(cells[0] if cells else []):
        return read_table(path)
    if cells and len(cells[0]) in (2, 3) and (positions(cells[0][:2], names) >= 0).all():  # the first line is an edge, not a header
        return pd.DataFrame(matrix_files.cells_of(path, whole=True)).set_axis(["from", "to", "weight"][: len(cells[0])], axis=1)
    matrix = matrix_files.from_cells(cells, path.name)
    if matrix is not None and (matrix.rows is not None or len(matrix.values) > 3 or len(matrix.values) == len(names)):
        return matrix
    if matrix_files.are_numbers(cells) and (len(cells[0]) > 3 or not _are_positions(np.array(cells, dtype=object))):
        raise wrong_size(path.name, (len(cells), len(cells[0])), names)
    return read_table(path)


def _from_npz(path: Path) -> Any:
    arrays = load(path)
    if "format" in arrays and {"shape", "data"} <= set(arrays):
        from scipy.sparse import load_npz

        return load_npz(path)
    return next(iter(arrays.values())) if len(arrays) == 1 else arrays


def read_edges(edges: Any, names: list[str], called: str = "the edges given") -> tuple[Edges, list[Finding]]:
    """Edges between the places `names`, and how they were read; self loops and weights that are not above 0 are no edges.

    Raises:
        DataError: the edges do not fit the places.
    """
    if isinstance(edges, Edges):
        return edges, [Finding("inferred", f"{len(edges.source)} edges as given")]
    edges = edges.toarray() if hasattr(edges, "toarray") else edges
    edges = _of_networkx(edges) if hasattr(edges, "nodes") and hasattr(edges, "is_directed") else edges
    if isinstance(edges, (pd.Series, pd.DataFrame)) and edges.index.nlevels > 1:
        edges = (edges.rename("weight") if isinstance(edges, pd.Series) else edges).reset_index()
    if isinstance(edges, xr.Dataset):
        edges = _square_of(edges, called)
    if isinstance(edges, xr.DataArray):
        return _from_matrix(matrix_files.from_xarray(edges, called), names)
    if isinstance(edges, dict):
        return _from_dict(edges, names, called)
    if isinstance(edges, pd.DataFrame):
        listed = edge_lists.is_list([str(name) for name in edges.columns])  # a list, however many rows it has
        matrix = None if listed else matrix_files.from_frame(edges, called)
        if matrix is None or len(matrix.values) in (2, 3) and len(matrix.values) != len(names) and _are_positions(edges.to_numpy()):
            return _from_list(edges, names, called)
        return _from_matrix(matrix, names)
    return _from_matrix(edges, names) if isinstance(edges, Matrix) else _from_array(np.asarray(edges), names, called)


def _of_networkx(graph: Any) -> pd.DataFrame:
    """The edges of a networkx graph as a list, both ways where they have no direction."""
    rows = [(source, target, values) for source, target, values in graph.edges(data=True)]
    rows += [] if graph.is_directed() else [(target, source, values) for source, target, values in rows]
    found = {word for *_, values in rows for word in values}
    more = {word: [values.get(word, np.nan) for *_, values in rows] for word in sorted(found) if word not in ("from", "to")}
    return pd.DataFrame({"from": [row[0] for row in rows], "to": [row[1] for row in rows]} | more)


def _from_array(array: np.ndarray, names: list[str], called: str) -> tuple[Edges, list[Finding]]:
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    if square and (len(array) == len(names) != 2 or not _are_positions(array)):
        return _from_matrix(matrix_files.from_array(array, called), names)
    if array.shape == (2, 3) and array.dtype.kind in "iuf" and (array == np.round(array)).all():
        raise DataError(
            "edges= of shape (2, 3) may be two edges (from, to, weight) or three edges (a row of sources, a row of targets). "
            "Give a table with columns from and to."
        )
    if array.ndim == 2 and (array.shape[1] in (2, 3) or array.shape[0] == 2):
        array = array.T if array.shape[0] == 2 and array.shape[1] > 3 else array
        return _from_list(pd.DataFrame(array, columns=["from", "to", "weight"][: array.shape[1]]), names, called)
    raise DataError(f"edges= must be a {len(names)} x {len(names)} matrix or a list of from, to[, weight]; found shape {array.shape}.")


def _are_positions(array: np.ndarray) -> bool:
    """True if the first two columns could name the ends of edges: text, or whole numbers."""
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        return False
    numbers = pd.to_numeric(pd.Series(array[:, :2].ravel()), errors="coerce")
    return bool(numbers.isna().any() or (numbers == numbers.round()).all())


def _square_of(dataset: xr.Dataset, called: str) -> xr.DataArray:
    found = [array for array in dataset.data_vars.values() if array.ndim == 2 and array.shape[0] == array.shape[1]]
    found = found or [array for array in dataset.data_vars.values() if array.ndim == 2]
    if not found:
        raise DataError(f"edges= must hold a variable over two dims, from and to; {called} holds {', '.join(map(str, dataset.data_vars))}.")
    return found[0]


def _from_dict(arrays: dict[str, Any], names: list[str], called: str) -> tuple[Edges, list[Finding]]:
    ends = arrays.get("edges", arrays.get("edge_index"))
    if ends is not None:
        ends = np.asarray(ends) if np.shape(ends)[1] == 2 else np.asarray(ends).T
        table = pd.DataFrame({"from": ends[:, 0], "to": ends[:, 1]})
        weight = arrays.get("edge_weight")
        return _from_list(table if weight is None else table.assign(weight=np.asarray(weight, float)), names, called)
    if edge_lists.is_list(list(arrays)):
        return _from_list(pd.DataFrame({word: part for word, part in arrays.items() if np.ndim(part) == 1}), names, called)
    matrix = matrix_files.from_named_arrays({word: np.asarray(part) for word, part in arrays.items()}, called)
    if matrix is None:
        raise DataError(f"edges= must hold 'edges' or a {len(names)} x {len(names)} matrix; found {', '.join(arrays)}.")
    return _from_matrix(matrix, names)


def _from_matrix(matrix: Matrix, names: list[str]) -> tuple[Edges, list[Finding]]:
    """Edges of a matrix by its names; without names it must have one row and column per place."""
    rows, columns, how, doubts = placed(matrix, names)
    source, target = np.nonzero(np.nan_to_num(matrix.values))
    weight = matrix.values[source, target]
    text = how
    if matrix.holds_costs:
        weight, kernel, more = edge_lists.from_costs(weight, source != target)
        text, doubts = f"{how}, of costs by its name: {kernel}", [*doubts, *more]
    elif matrix.looks_like_distances:
        doubts = [
            *doubts,
            f"the weights of {matrix.name} look like distances (0 to itself, no detour is shorter), and the far places "
            "would be joined most; give a list with a column 'distance', or weights such as np.exp(-(d / d.std())**2)",
        ]
    source, target = rows[source], columns[target]
    order = np.lexsort((target, source))  # of the data's places, so that the order of the matrix does not matter
    inside = order[(source[order] >= 0) & (target[order] >= 0)]
    edges, extra = checked(source[inside], target[inside], weight[inside], names)
    return edges, _told(edges, text, (*doubts, *extra), names)


def _from_list(table: pd.DataFrame, names: list[str], called: str) -> tuple[Edges, list[Finding]]:
    columns = [str(name) for name in table.columns]
    numeric = all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes)
    bare = all(name.replace(".", "").isdigit() for name in columns)  # numbers as names: there was no header
    if bare and numeric and (len(columns) > 3 or not _are_positions(table.to_numpy())):
        raise wrong_size(called, (len(table), len(columns)), names)
    listed = pairs(table, names, called)
    edges, doubts = checked(listed.source, listed.target, listed.weight, names)
    return edges, _told(edges, listed.how, (*listed.doubts, *doubts), names)


def _told(edges: Edges, how: str, doubts: tuple[str, ...], names: list[str]) -> list[Finding]:
    """Findings: how many edges there are and of what kind, and what is doubtful."""
    alone = len(names) - len(np.unique(np.append(edges.source, edges.target)))
    back = np.isin(edges.source * len(names) + edges.target, edges.target * len(names) + edges.source)
    more = [f"{alone} places have no edge"] if alone and len(edges.source) else []
    more += ["every edge runs one way"] if len(edges.source) and not back.any() else []
    found = [Finding("inferred", "; ".join([f"{len(edges.source)} edges from {how}", *more]))]
    if not len(edges.source):
        found.append(Finding("warning", "edges= joins no two places: no weight between them is above 0"))
    return [*found, *(Finding("warning", doubt) for doubt in doubts)]


def checked(source: np.ndarray, target: np.ndarray, weight: np.ndarray, names: list[str]) -> tuple[Edges, list[str]]:
    """Edges without self loops, each pair once with its largest weight, and what was left out.

    Raises:
        DataError: a position is none of a place.
    """
    if len(source) and (max(source.max(), target.max()) >= len(names) or min(source.min(), target.min()) < 0):
        raise DataError(f"edges= must join places 0 to {len(names) - 1}; found {int(max(source.max(), target.max()))}.")
    apart, doubts = source != target, []
    below, empty = apart & (weight < 0), apart & np.isnan(weight)
    if below.any():
        doubts.append(f"{int(below.sum())} weights below 0, such as {weight[below][0]:g}, are no edges; edges join what is alike")
    if empty.any():
        doubts.append(f"{int(empty.sum())} edges without a weight are left out")
    keep = np.flatnonzero(apart & (weight > 0) & np.isfinite(weight))
    order = keep[np.argsort(-weight[keep], kind="stable")]
    _, first = np.unique(source[order].astype(np.int64) * len(names) + target[order], return_index=True)
    once = np.sort(order[first])
    if len(once) < len(keep):
        doubts.append(f"{len(keep) - len(once)} edges join a pair that is joined already; the larger weight is kept")
    return Edges(source[once].astype(np.int64), target[once].astype(np.int64), weight[once].astype(np.float32)), doubts
