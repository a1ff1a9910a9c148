"""Matrices of weights as arrays, tables, xarray objects and text write them, with the names on their rows and columns."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.errors import DataError
from chronotope.opening.beside.matrices import Matrix
from chronotope.opening.places.place_names import key
from chronotope.opening.sniff.text import read_lines

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?|nan|na|n/a|null|none|-|--|", re.IGNORECASE)
_EMPTY = ("", "na", "n/a", "null", "none", "-", "--")
_NAME_KEYS = """
names name places place place_id stations station station_id sensors sensor_ids sensor_id sites site ids id nodes node node_ids
locations location_id labels index
""".split()


def from_array(values: Any, name: str, labels: Sequence[Any] | None = None) -> Matrix:
    """A bare array, with one list of names for rows and columns where there is one."""
    words = None if labels is None else [key(label) for label in labels]
    return Matrix(np.asarray(values, float), words, words, name)


def from_xarray(array: xr.DataArray, name: str) -> Matrix:
    """The coordinates of both dims are the names; the first dim is the row an edge comes from.

    Raises:
        DataError: it has not two dims.
    """
    if array.ndim != 2:
        raise DataError(f"An adjacency matrix must have two dims; {name} has {', '.join(map(str, array.dims))}.")
    rows, columns = ([key(cell) for cell in array[dim].values] if dim in array.coords else None for dim in array.dims)
    return Matrix(np.asarray(array.values, float), rows, columns, name)


def from_named_arrays(arrays: dict[str, np.ndarray], name: str) -> Matrix | None:
    """The first square array, with an array of names beside it; None where there is no square."""
    squares = {word: array for word, array in arrays.items() if np.ndim(array) == 2 and np.shape(array)[0] == np.shape(array)[1]}
    numbers = {word: array for word, array in squares.items() if np.asarray(array).dtype.kind in "fiub"}
    if not numbers:
        return None
    word, square = next(iter(numbers.items()))
    lists = {key: np.asarray(part) for key, part in arrays.items() if np.shape(part) == (len(square),)}
    labels = next((part for key, part in lists.items() if part.dtype.kind in "US" or key.lower() in _NAME_KEYS), None)
    return from_array(square, f"{word!r} in {name}", None if labels is None else labels.tolist())


def from_json(content: Any, name: str) -> Matrix | None:
    """A matrix as JSON writes it: rows in a list, a list beside names, or an object of objects (from pandas); None for anything else."""
    if isinstance(content, dict) and content and all(isinstance(part, dict) for part in content.values()):
        return from_frame(pd.DataFrame(content), name)
    if isinstance(content, dict) and {"columns", "data"} <= set(content):
        return from_frame(pd.DataFrame(content["data"], content.get("index"), content["columns"]), name)
    arrays = {"matrix": content} if isinstance(content, list) else content if isinstance(content, dict) else {}
    try:
        return from_named_arrays({str(word): np.asarray(part) for word, part in arrays.items()}, name)
    except ValueError:  # lists of different lengths
        return None


def from_frame(table: pd.DataFrame, name: str) -> Matrix | None:
    """A DataFrame whose cells are numbers and nearly as many as its rows; None where it is no matrix."""
    rows = None if isinstance(table.index, pd.RangeIndex) else list(table.index)
    columns = None if isinstance(table.columns, pd.RangeIndex) else list(table.columns)
    first = table.iloc[:, 0] if table.shape[1] else None
    if rows is None and first is not None and table.shape[1] == len(table) + 1:
        rows, table, columns = list(first), table.iloc[:, 1:], None if columns is None else columns[1:]
    if len(table) != table.shape[1] and (rows is None or columns is None or not set(map(key, rows)) & set(map(key, columns))):
        return None
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes):
        return None
    rows, columns = (None if labels is None else [key(label) for label in labels] for labels in (rows, columns))
    return Matrix(table.to_numpy(float, na_value=np.nan), rows if rows is not None else columns, columns or rows, name)


def cells_of(path: Path, whole: bool = False) -> list[list[str]]:
    """The cells of a text, line by line, of no more lines than a matrix of so many columns has unless `whole`.

    A comma that ends each line begins no cell.
    """
    head = _cells(_lines(path, 1))
    cells = [[cell.strip() for cell in row] for row in _cells(_lines(path, None if whole else len(head[0]) + 2))] if head else []
    return [row[:-1] for row in cells] if all(len(row) > 1 and not row[-1] for row in cells) else cells


def _lines(path: Path, count: int | None) -> list[str]:
    """The first lines (all for None) that are no comment, as numpy writes its headers."""
    return [line for line in read_lines(path, None if count is None else count + 20) if not line.lstrip().startswith("#")][:count]


def are_numbers(cells: list[list[str]]) -> bool:
    """True for lines of one length that hold numbers only."""
    return bool(cells) and all(len(row) == len(cells[0]) and all(map(_is_number, row)) for row in cells)


def from_cells(cells: list[list[str]], name: str) -> Matrix | None:
    """The matrix that the cells of a text are; None where they are none.

    Names may stand above (then the rows come in the order of the columns), at the left, or at both; R writes no corner above the names
    of the rows, pandas an empty one.
    """
    height, width = len(cells), max(map(len, cells), default=0)
    if any(len(row) != width for row in cells[1:]) or width < 2 or height < 2:
        return None
    head = cells[0]
    short = len(head) == width - 1
    corner = len(head) == width == height and (not _is_number(head[0]) or not head[0] and bool(cells[1][1]))
    bare = width == height + 1 and not _is_number(head[0]) and all(map(_is_number, head[1:]))  # names at the left only
    above = not bare and (short or corner or not all(map(_is_number, head)) or (height == width + 1 and _are_names(head)))
    rows = cells[1:] if above else cells
    first = [row[0] for row in rows]
    left = short or corner or not all(map(_is_number, first)) or (not above and width == height + 1 and _are_names(first))
    inside = [row[1:] if left else row for row in rows]
    numbers = [_numbers(row) for row in inside] if len(inside) == len(inside[0]) else [None]
    if any(row is None for row in numbers):
        return None
    columns = [key(cell) for cell in (head[1:] if left and not short else head)] if above else None
    names = [key(cell) for cell in first] if left else columns
    return Matrix(np.array(numbers, float), names, columns or names, name)


def _are_names(cells: list[str]) -> bool:
    """Whole numbers that are all different."""
    return len(set(cells)) == len(cells) and all(re.fullmatch(r"\d+(\.0+)?", cell) for cell in cells)


def _cells(lines: list[str]) -> list[list[str]]:
    """Cells of each line, cut where the first line can be cut."""
    if not lines:
        return []
    mark = max(",;\t|", key=lambda mark: lines[0].count(mark))
    if mark not in lines[0]:
        return [[cell.strip('"') for cell in line.split()] for line in lines]
    rows = list(csv.reader(lines, delimiter=mark, skipinitialspace=True))
    return [[cell.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", cell) else cell for cell in row] for row in rows] if mark == ";" else rows


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _numbers(row: list[str]) -> np.ndarray | None:
    """A line of numbers, NaN where a cell is empty; None where one is a word."""
    try:
        return np.array(row, float)
    except ValueError:
        return np.array([_number(cell) for cell in row]) if all(map(_is_number, row)) else None


def _number(cell: str) -> float:
    return np.nan if cell.lower() in _EMPTY else float(cell)
