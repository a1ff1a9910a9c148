"""Matrices of weights between places, by the names on their rows and columns or by the order of the places."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from chronotope.errors import DataError
from chronotope.opening.places.place_names import key, positions, some

_COSTS = re.compile(r"dist|cost|length|minutes", re.IGNORECASE)


@dataclass(frozen=True)
class Matrix:
    """Weights from row to column.

    Attributes:
        values: float (r, c), NaN where a cell is empty.
        rows, columns: the names of rows and columns, None where they carry none.
        name: the file or option, for people.
    """

    values: np.ndarray
    rows: list[str] | None
    columns: list[str] | None
    name: str

    def __post_init__(self) -> None:
        for side, labels in (("rows", self.rows), ("columns", self.columns)):
            if labels is not None and len(set(labels)) < len(labels):
                again = next(label for i, label in enumerate(labels) if label in labels[:i])
                raise DataError(f"edges= must name each of its {side} once; {self.name} names {again!r} twice.")

    @property
    def numbered(self) -> bool:
        """True where the names only count, as tables without names are written: 0, 1, 2, or V1, V2, V3."""
        return all(labels is None or _counts(labels) for labels in (self.rows, self.columns))

    @property
    def holds_costs(self) -> bool:
        """True where the file or array is called distances or costs, and a place is at no distance from itself."""
        return bool(_COSTS.search(self.name)) and self._is_apart

    @property
    def looks_like_distances(self) -> bool:
        """True if no way round over a third place is shorter, as for distances; weights that only differ a little may look so too."""
        if not self._is_apart or len(self.values) < 4:
            return False
        some = self.values[:60, :60]
        shortest = np.min(some[:, :, None] + some[None, :, :], axis=1)
        away = some[~np.eye(len(some), dtype=bool)]
        return bool(np.allclose(some, some.T) and (shortest >= some * (1 - 1e-6)).all() and away.max() > 2 * away.min() and away.max() > 1)

    @property
    def _is_apart(self) -> bool:
        """Square, 0 on the diagonal and above 0 everywhere else."""
        if self.values.shape[0] != self.values.shape[1] or self.rows != self.columns or len(self.values) < 2:
            return False
        diagonal = np.eye(len(self.values), dtype=bool)
        return bool((np.nan_to_num(self.values[diagonal]) == 0).all() and (self.values[~diagonal] > 0).all())


def _counts(labels: list[str]) -> bool:
    digits = [re.fullmatch(r"(?:[VX]|Unnamed: )?(\d+)", label) for label in labels]
    numbers = [int(mark.group(1)) for mark in digits if mark]
    return len(numbers) == len(labels) and numbers in (list(range(len(labels))), list(range(1, len(labels) + 1)))


def placed(matrix: Matrix, names: list[str]) -> tuple[np.ndarray, np.ndarray, str, list[str]]:
    """(position of each row, of each column, how they were matched, what is doubtful); -1 is no place of the data.

    Raises:
        DataError: no name is a place of the data, or a matrix without names has another size.
    """
    count = len(names)
    by_order = matrix.rows is None or matrix.columns is None
    if not by_order and matrix.numbered and not set(matrix.rows or ()) == set(map(key, names)):
        by_order = matrix.values.shape == (count, count) or not (positions(matrix.rows or (), names) >= 0).any()
    if by_order:
        if matrix.values.shape != (count, count):
            raise wrong_size(matrix.name, matrix.values.shape, names)
        return np.arange(count), np.arange(count), "a matrix in the order of the places", []
    rows, columns = positions(matrix.rows or (), names), positions(matrix.columns or (), names)
    if not (rows >= 0).any() or not (columns >= 0).any():
        labels = matrix.rows if not (rows >= 0).any() else matrix.columns
        raise DataError(
            f"edges= must name its rows and columns as the data names its places; {matrix.name} names {some(labels or ())}, "
            f"the data has {some(names)}. Correct the names, or leave them out where the order is that of the data."
        )
    held = {*rows.tolist(), *columns.tolist()}
    lost = [name for i, name in enumerate(names) if i not in held]
    sides = ((matrix.rows, rows), (matrix.columns, columns))
    strange = dict.fromkeys(name for labels, found in sides for name, i in zip(labels or (), found, strict=True) if i < 0)
    doubts = [f"{len(lost)} places have no row in {matrix.name} ({some(lost)}), so they have no edge"] if lost else []
    doubts += [f"{len(strange)} names of {matrix.name} are no places of the data ({some(strange)}); they are left out"] if strange else []
    return rows, columns, "a matrix, by the names of its rows and columns", doubts


def wrong_size(name: str, shape: tuple[int, ...], names: list[str]) -> DataError:
    """The error for a matrix without names that does not fit."""
    return DataError(
        f"edges= must be a matrix of one row and one column per place; {name} is {' x '.join(map(str, shape))}, "
        f"the data has {len(names)} places. Give the matrix of these places, or write their names on its rows and columns."
    )
