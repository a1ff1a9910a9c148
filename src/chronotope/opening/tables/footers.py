"""Rows of a table that are none: those a spreadsheet leaves empty, totals at the end, and words about the source."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from chronotope.data.columns import TIME_NAMES, by_name
from chronotope.inspect.finding import Finding
from chronotope.opening.asked.missing import text_columns
from chronotope.opening.clocks.clock import looks_like_time

_MOST = 30  # rows at the end that may be words about the table


def without_footers(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """(the rows that are rows, what was left out); a bare matrix keeps its empty rows, which are steps without a value."""
    names = list(table.columns)
    texts = text_columns(table)
    if not texts and by_name(names, TIME_NAMES) is None and not any(dtype.kind == "M" for dtype in table.dtypes):
        return table, []
    notes = []
    empty = _empty_rows(table, texts)
    if empty.any():
        notes.append(Finding("warning", f"{int(empty.sum())} empty rows were left out"))
        table = table[~empty]
    below = _remarks_below(table, texts)
    if below:
        said = str(table[table.columns[0]].iloc[-below])[:60]
        notes.append(Finding("warning", f"{below} rows at the end were left out, which hold words alone: {said!r}"))
        table = table.iloc[:-below]
    for name in texts[:4]:
        count = _words_below(table[name], by_name([name], TIME_NAMES) is not None)
        if count:
            cells = [str(cell).strip() for cell in table[name].tail(count).dropna()]
            if not (table.drop(columns=name).tail(count).isna().all(axis=None) or all(map(_is_total, cells))):
                continue  # a row with values whose time cannot be read is a mistake that must be told
            said = ", ".join(repr(cell[:40]) for cell in cells[:3])
            notes.append(Finding("warning", f"{count} rows at the end were left out; {name!r} holds no time in them but {said}"))
            table = table.iloc[:-count]
            if _all_digits(table[name]):
                table = table.assign(**{name: pd.to_numeric(table[name])})
            break
    return table, notes


def _empty_rows(table: pd.DataFrame, texts: list[str]) -> np.ndarray:
    """True for rows without any cell that says something; columns of numbers are looked at first, as they are quick."""
    empty = table[[name for name in table.columns if name not in texts]].isna().all(axis=1).to_numpy(copy=True)
    for name in texts:
        if not empty.any():
            return empty
        rows = np.flatnonzero(empty)
        cells = table[name].iloc[rows]
        empty[rows] = (cells.isna() | cells.astype(str).str.strip().eq("")).to_numpy()
    return empty


def _remarks_below(table: pd.DataFrame, texts: list[str]) -> int:
    """How many rows at the end hold a sentence in their first cell and nothing else."""
    first = table.columns[0]
    if first not in texts or len(table.columns) < 3:
        return 0
    tail = table.tail(_MOST)
    words = [isinstance(cell, str) and _is_remark(cell) for cell in tail[first]]
    alone = tail.drop(columns=first).isna().all(axis=1).to_numpy(bool) & np.array(words, bool)
    count = int(np.cumprod(alone[::-1]).sum())
    return count if count < len(table) - 1 else 0


def _is_remark(cell: str) -> bool:
    return not _is_stamp(cell) and (_is_total(cell) or ":" in cell or len(cell.split()) > 4)


def _words_below(column: pd.Series, named: bool) -> int:
    """How many cells at the end hold words where those above hold times (or years, in a column that is named so)."""
    first = column.head(_MOST).dropna()
    if not len(first) or not _is_stamp(str(first.iloc[0])):
        return 0
    tail = list(column.tail(_MOST + 1))
    count = 0
    for cell in reversed(tail):
        if isinstance(cell, str) and _is_stamp(cell):
            break
        count += 1
    if not 0 < count <= min(_MOST, len(column) - 2) or isinstance(column.iloc[-count], (int, float)) and pd.notna(column.iloc[-count]):
        return 0
    if not any(isinstance(cell, str) and re.search(r"[^\W\d_]", cell) for cell in tail[-count:]):
        return 0
    above = column.iloc[:-count]
    return count if (named and _all_digits(above)) or looks_like_time(above.head(500)) else 0


def _is_total(cell: str) -> bool:
    return re.split(r"[^\w]", cell.lower())[0] in TOTALS or re.match(r"source|note|quelle|fuente|fonte|©|\*", cell.lower()) is not None


SUMS = frozenset(
    """
    total totals totale totaal totalt sum sums summe somme suma soma gesamt insgesamt grand overall subtotal yhteensä összesen razem celkem
    合計 总计 合计 всего итого
    """.split()
)
TOTALS = SUMS | frozenset("average mean avg mittel mittelwert moyenne promedio media min max minimum maximum".split())


def _is_stamp(cell: str) -> bool:
    text = cell.strip()
    return re.fullmatch(r"\d[\d\s:./TZ+-]*", text) is not None or (re.search(r"\d", text) is not None and looks_like_time([text]))


def _all_digits(column: pd.Series) -> bool:
    return bool(column.dropna().astype(str).str.strip().str.fullmatch(r"\d+").all())
