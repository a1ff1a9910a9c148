"""The cells of a table: numbers checked by line and column, clocks joined from parts, units in column names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.data.columns import by_name
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError

_CLOCK_NAMES = ("time", "datetime", "timestamp", "date_time", "date", "time_hour", "valid_time")
_PARTS = ("year", "month", "day", "hour", "minute")
_NAME_LIKE = ("time", "date", "timestamp", "id", "code", "station", "place", "name")


def joined_clock(table: pd.DataFrame, options: OpenOptions) -> pd.DataFrame:
    """Columns date and time (of day), or year, month, day (hour, minute), as one column `time`."""
    lower = {name.lower(): name for name in table.columns}
    if options.time is not None:
        return table
    if "date" in lower and "time" in lower and _is_clock(table[lower["time"]]):
        joined = table[lower["date"]].astype(str).str.strip() + " " + table[lower["time"]].astype(str).str.strip()
        return table.drop(columns=[lower["date"], lower["time"]]).assign(time=joined)
    if by_name(list(table.columns), _CLOCK_NAMES) is not None or not {"year", "month"} <= set(lower):
        return table
    numbers = {word: pd.to_numeric(table[lower[word]], errors="coerce") for word in _PARTS if word in lower}
    numbers.setdefault("day", pd.Series(1, index=table.index))
    stamps = pd.to_datetime(pd.DataFrame(numbers), errors="coerce")
    return table.drop(columns=[lower[word] for word in _PARTS if word in lower]).assign(time=stamps)


def _is_clock(column: pd.Series) -> bool:
    return bool(column.dropna().astype(str).str.strip().str.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?").all())


def numbers_as_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Columns of mixed Python objects that are all numbers, or missing, as floats; text stays text."""
    mixed = [name for name in table.columns if table[name].dtype == object and _all_numbers(table[name])]
    return table.assign(**{name: pd.to_numeric(table[name]).astype(float) for name in mixed}) if mixed else table


def _all_numbers(column: pd.Series) -> bool:
    cells = column.dropna()
    return bool(len(cells)) and all(isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool) for cell in cells)


def checked_numbers(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """The table, unless a column is numbers but for a few cells of text.

    Raises:
        DataError: such a cell, by line and column.
    """
    for name in table.columns:
        column = table[name]
        if column.dtype.kind in "fiubM" or isinstance(column.dtype, pd.DatetimeTZDtype) or by_name([name], _NAME_LIKE) is not None:
            continue
        text = column.dropna()
        bad = pd.to_numeric(text, errors="coerce").isna()
        if len(text) < 3 or not bad.any():
            continue
        grouped = text[bad].astype(str).str.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?").all()
        if bad.mean() < 0.2 or grouped:
            _refuse_cell(table, name, text.index[np.flatnonzero(bad.to_numpy())[0]], source, bool(grouped))
    return table


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
            if bad.any():
                _refuse_cell(table, name, table.index[np.flatnonzero(bad.to_numpy())[0]], source, False)
    return table.apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)


def _refuse_cell(table: pd.DataFrame, name: str, label: object, source: str, grouped: bool) -> None:
    line = int(np.flatnonzero(table.index == label)[0]) + 2 + int(table.attrs.get("lines_before", 0))
    remedy = "Write numbers without marks between the thousands." if grouped else "Leave the cell empty where the value is missing."
    raise DataError(
        f"A column of numbers must hold numbers; {source} line {line}, column {name!r} holds {table.loc[label, name]!r}. {remedy}"
    )


def unit_of(name: str) -> dict[str, str]:
    """The unit that a column name carries: "prcp(mm/day)" has mm/day."""
    for first, last in ("()", "[]"):
        if name.endswith(last) and first in name:
            return {"units": name[name.rindex(first) + 1 : -1]}
    return {}
