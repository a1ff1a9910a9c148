"""Tables for the terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text


def as_rich(table: pd.DataFrame, title: str = "") -> RenderableType:
    """Any table, its index first where it has a name; what models broke with stands below it."""
    flat = table if table.index.name is None and table.index.nlevels == 1 else table.reset_index()
    made = _blank(title)
    flat = flat.drop(columns="broken", errors="ignore")
    for name in flat.columns:
        made.add_column(str(name), justify="right" if pd.api.types.is_numeric_dtype(flat[name]) else "left", overflow="fold")
    for row in flat.itertuples(index=False):
        made.add_row(*(_word(cell) for cell in row))
    return with_broken(made, table)


def with_broken(made: Table, scores: pd.DataFrame) -> RenderableType:
    """A printed table with a line below it for every model that broke."""
    from chronotope.evaluate.scores.table import broken_lines

    return Group(made, *(Text(line, style="red") for line in broken_lines(scores)))


def score_rich(scores: pd.DataFrame, title: str = "") -> RenderableType:
    """A back-test's table: best model on top, the best of each column in bold, models that are no floor in colour."""
    from chronotope.view.scores import HEADINGS, score_table

    ranked = score_table(scores)
    made = _blank(title)
    kept = [j for j, name in enumerate(ranked.columns) if len(ranked.columns) <= 6 or name != HEADINGS["mae_ratio"]]  # fits 80 columns
    for j in kept:
        made.add_column(ranked.columns[j], justify="left" if j == 0 else "right", no_wrap=j == 0)
    for i, row in enumerate(ranked.rows):
        cells = [f"[bold]{row[j]}[/bold]" if (i, j) in ranked.best else row[j] for j in kept]
        made.add_row(*cells, style="cyan" if i in ranked.ours else None)
    return with_broken(made, scores)


def _blank(title: str) -> Table:
    return Table(title=title or None, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))


def _word(cell: Any) -> str:
    if cell is None or isinstance(cell, float) and cell != cell:
        return ""
    return f"{cell:.4g}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else str(cell)
