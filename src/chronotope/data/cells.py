"""The cells of a table: numbers checked by line and column, clocks joined from parts, units in column names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from chronotope.data.columns import by_name
from chronotope.data.options import OpenOptions
from chronotope.errors import DataError


def joined_clock(table: pd.DataFrame, options: OpenOptions) -> pd.DataFrame:
    """Columns year, month, day (hour, minute) become one column `time`, if there is no other."""
    lower = {name.lower(): name for name in table.columns}
    parts = [lower[word] for word in ("year", "month", "day", "hour", "minute") if word in lower]
    has_time = by_name(list(table.columns), ("time", "datetime", "timestamp", "date_time", "date", "time_hour", "valid_time")) is not None
    if options.time is not None or has_time or len(parts) < 2 or not {"year", "month"} <= set(lower):
        return table
    numbers = {word: table[lower[word]] for word in ("year", "month", "day", "hour", "minute") if word in lower}
    numbers.setdefault("day", pd.Series(1, index=table.index))
    stamps = pd.to_datetime(pd.DataFrame(numbers), errors="coerce")
    return table.drop(columns=parts).assign(time=stamps)


def checked_numbers(table: pd.DataFrame, source: str) -> pd.DataFrame:
    """Columns that are numbers but for a few cells of text are refused by line and column; "" and NA are missing."""
    for name in table.columns:
        column = table[name]
        if column.dtype.kind in "fiubM" or isinstance(column.dtype, pd.DatetimeTZDtype):
            continue
        text = column.dropna()
        if not len(text):
            continue
        numbers = pd.to_numeric(text, errors="coerce")
        bad = numbers.isna()
        if (
            bad.any()
            and bad.mean() < 0.2
            and len(text) >= 3
            and by_name([name], ("time", "date", "timestamp", "id", "code", "station", "place")) is None
        ):
            at = text.index[np.flatnonzero(bad.to_numpy())[0]]
            raise DataError(
                f"A column of numbers must hold numbers; {source} line {int(table.index.get_loc(at)) + 2}, "
                f"column {name!r} holds {text[at]!r}. "
                "Leave the cell empty where the value is missing."
            )
    return table


def numbers_of(table: pd.DataFrame, source: str) -> np.ndarray:
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            bad = pd.to_numeric(table[name], errors="coerce").isna() & table[name].notna()
            if bad.any():
                row = int(np.flatnonzero(bad.to_numpy())[0])
                raise DataError(
                    f"A column of numbers must hold numbers; {source} line {row + 2}, column {name!r} holds {table[name].iloc[row]!r}. "
                    "Leave the cell empty where the value is missing."
                )
    return table.apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan)


def unit_of(name: str) -> dict[str, str]:
    """The unit that a column name carries: "prcp(mm/day)" has mm/day."""
    inside = (
        name.rsplit("(", 1)[-1]
        if name.endswith(")") and "(" in name
        else name.rsplit("[", 1)[-1]
        if name.endswith("]") and "[" in name
        else ""
    )
    return {"units": inside.rstrip(")]")} if inside else {}
