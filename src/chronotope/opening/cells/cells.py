"""The cells of a table: numbers checked by line and column, units in column names."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from chronotope.data.columns import OBJECT_NAMES, PLACE_NAMES, TIME_NAMES, UNIT_NAMES, by_name
from chronotope.errors import DataError
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.missing import stands_for_missing, text_columns
from chronotope.opening.cells.written_numbers import Written, looks_like_names, read_column

_HALF_DAY = re.compile(r"\d\s?[ap]\.?\s?m\b", re.IGNORECASE)  # morning or afternoon
_NAME_LIKE = ("time", "date", "timestamp", "id", "code", "station", "place", "name")


def with_numbers(table: pd.DataFrame, missing: tuple[str, ...], source: str) -> tuple[pd.DataFrame, dict[str, str], list[Finding]]:
    """(the table with columns of text that hold numbers as numbers, the units in their cells, what was told); text stays text.

    Args:
        missing: words of the caller that stand for missing.

    Raises:
        DataError: a cell of a column of numbers is none, by line and column.
    """
    sign, signs = table.attrs.get("decimal"), table.attrs.get("signs", {})
    texts = text_columns(table)
    coded = [name for name, dtype in zip(table.columns, table.dtypes) if isinstance(dtype, pd.CategoricalDtype)]
    numbers = [name for name in coded if name not in texts]
    table = table.assign(**{name: table[name].astype(table[name].cat.categories.dtype) for name in numbers}) if numbers else table
    read = {name: column for name in texts if (column := _written(table[name], name, missing, signs.get(name, sign))) is not None}
    settled = _decimal_of(table, read)
    made, units = {}, {}
    notes: list[Finding] = []
    for name, column in read.items():
        if settled is not None:
            column = read_column(table[name], name, missing, settled)
        if column.bad is not None:
            if column.share > 0.8 and not _is_name_like(name) and table[name].notna().sum() >= 3:
                _refuse_cell(table, name, *column.bad, source)
            continue
        made[name] = column.values.astype(np.int64) if column.whole else column.values
        notes += column.notes
        if column.unit:
            units[name] = column.unit
    table = table.assign(**made) if made else table
    states = _states(table)
    said = [f"column {name!r} holds states: {low} is 0 and {high} is 1" for name, (low, high) in states.items()]
    cells = {name: table[name].astype("string").str.strip().str.casefold() for name in states}
    table = table.assign(**{name: cells[name].eq(high).astype(float).where(table[name].notna()) for name, (_, high) in states.items()})
    return table, units, notes + [Finding("inferred", text) for text in said]


_PAIRS_OF_STATES = ("off on", "closed open", "inactive active", "stopped running", "unoccupied occupied", "disabled enabled", "stop start")


def _states(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Columns of two states, as (the word for 0, the word for 1), where a table holds nothing else beside one column."""
    found = {}
    for name in text_columns(table):
        words = {str(cell).strip().casefold() for cell in table[name].dropna().unique()[:3]}
        for low, high in (pair.split() for pair in _PAIRS_OF_STATES):
            if words == {low, high}:
                found[name] = (low, high)
    return found if len(found) == len(table.columns) - 1 else {}


def _written(column: pd.Series, name: str, missing: tuple[str, ...], decimal: str | None) -> Written | None:
    """The numbers of a column of text; None where it holds other text, names, or no text at all."""
    cells = pd.Series(column.unique()).dropna()
    if any(isinstance(cell, (bool, np.bool_)) for cell in cells[:200]):
        return None
    filled = [cell for cell in cells[:5000] if not stands_for_missing(str(cell))][:200]
    if by_name([name], UNIT_NAMES) is not None:
        return None
    signs = [text for cell in cells if (text := str(cell).strip()) and (not text.isalpha() or len(text) > 2)]
    if not filled and signs and len(cells) <= 5000 and not _is_name_like(name):
        return read_column(column, name, missing, decimal)  # nothing but signs for missing
    if not filled or read_column(pd.Series(filled, dtype=object), name, missing, decimal).share < 0.3:
        return None
    if looks_like_names(column) or by_name([name], (*_NAME_LIKE, *OBJECT_NAMES, *PLACE_NAMES)) is not None:
        return None
    if by_name([name], TIME_NAMES) is not None and all(str(cell).isalnum() or _HALF_DAY.search(str(cell)) for cell in filled):
        return None  # years, dates and hours in digits, which the clock reads
    return read_column(column, name, missing, decimal)


def _is_name_like(name: str) -> bool:
    return by_name([name], (*_NAME_LIKE, *TIME_NAMES, *PLACE_NAMES, *OBJECT_NAMES)) is not None


def _decimal_of(table: pd.DataFrame, read: dict[str, Written]) -> str | None:
    """The decimal sign that some columns settle for those that do not; None where nothing is in doubt or nothing settles it."""
    if not any(column.doubt for column in read.values()):
        return None
    signs = {column.decimal for column in read.values() if not column.doubt and column.decimal}
    signs |= {"."} if any(dtype.kind == "f" and (table[name] % 1 > 0).any() for name, dtype in table.dtypes.items()) else set()
    return signs.pop() if len(signs) == 1 else None


def numbers_of(table: pd.DataFrame, source: str) -> np.ndarray:
    """All columns as float64 (rows, columns), NaN where empty.

    Raises:
        DataError: a cell is no number, by line and column.
    """
    if all(dtype.kind in "fiu" for dtype in table.dtypes):
        return table.to_numpy(dtype=float)
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            bad = pd.to_numeric(table[name], errors="coerce").isna() & table[name].notna()
            bad &= ~table[name].map(lambda cell: isinstance(cell, str) and stands_for_missing(cell))
            if bad.any():
                row = int(np.flatnonzero(bad.to_numpy())[0])
                _refuse_cell(table, name, row, str(table[name].iloc[row]), int(bad.sum()), source)
    return table.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def line_of(table: pd.DataFrame, row: int) -> int:
    """The line of a file that holds row number `row` of its table."""
    label = table.index[row]
    return int(label if isinstance(label, (int, np.integer)) else row) + 2 + int(table.attrs.get("lines_before", 0))


def _refuse_cell(table: pd.DataFrame, name: str, row: int, cell: str, like: int, source: str) -> None:
    mark = re.match(r"[<>≤≥~]", cell)
    also = f", or missing={mark[0]!r} for the {like} cells of this kind" if mark else ""
    also += "; if it is a limit of what can be measured, first write what it is to count as, such as half of it" if mark else ""
    also += "; if it is a state, first write 1 and 0 for the two" if cell.strip().casefold() in " ".join(_PAIRS_OF_STATES).split() else ""
    raise DataError(
        f"A column of numbers must hold numbers; {source} line {line_of(table, row)}, column {name!r} holds {cell!r}. "
        f"If it stands for missing, give missing={cell[:40]!r}{also}."
    )


def no_numbers(table: pd.DataFrame, *known: str) -> str:
    """The columns of a table without numbers, with a cell of the one that comes nearest, for the sentence that refuses."""
    for name in (name for name in text_columns(table) if name not in known):
        cells = [str(cell) for cell in table[name].dropna().head(200)]
        odd = next((cell for cell in cells if not re.fullmatch(r"[\d.,]+", cell)), None)
        if odd is not None and sum(bool(re.search(r"\d", cell)) for cell in cells) > 0.5 * len(cells):
            return f"{', '.join(table.columns)}, and {name!r} holds {odd[:40]!r}, which is no plain number"
    return ", ".join(table.columns)
