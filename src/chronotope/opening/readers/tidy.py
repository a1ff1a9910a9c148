"""What is left to do when the cells of a text table are read: names of columns, columns of row numbers, points between thousands."""

from __future__ import annotations

import pandas as pd

from chronotope.inspect.finding import Finding
from chronotope.opening.roles.columns import counts_rows


def tidy(table: pd.DataFrame, lines_before: int, decimal: str = ".", header: tuple[str, ...] = ()) -> pd.DataFrame:
    """Names without blanks around them, and without the nameless columns: those of a mark at the end, and numbers of rows.

    Args:
        lines_before: lines of the file above the header.
        header: its cells, where some may be the same.
    """
    if not isinstance(table.index, pd.RangeIndex):  # rows are one cell longer than the header: their numbers or names come first
        table = table.reset_index(names=["Unnamed: 0"]) if table.index.nlevels == 1 else table.reset_index()
    table.columns = [str(name).strip() for name in table.columns]
    notes = list(table.attrs.get("notes", ()))
    nameless = [name for name in table.columns if name == "" or name.startswith("Unnamed:")]
    left = [name for name in nameless if table[name].isna().all() or (name == table.columns[0] and counts_rows(table[name]))]
    kept = table.loc[:, [name not in left for name in table.columns]]
    if any(table[name].notna().any() for name in left):
        notes.append(Finding("inferred", "the nameless column that numbers the rows was left out"))
    cells = [cell.strip() for cell in header]
    twice = sorted({cell for cell in cells if cell and cells.count(cell) > 1})
    if twice:
        said = f"the header has {twice[0]!r} {cells.count(twice[0])} times; the later ones are called '{twice[0]}.1' and so on"
        notes.append(Finding("warning", said))
    kept.attrs |= {"lines_before": lines_before, "notes": notes} | ({"decimal": ","} if decimal == "," else {})
    return kept
