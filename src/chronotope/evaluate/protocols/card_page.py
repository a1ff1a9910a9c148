"""The eight-cell card as one self-contained page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.evaluate.protocols.card import CELLS, NOT_RUN, broken_rows, consistency, costs, eight, remembered, specialists, words
from chronotope.evaluate.protocols.questions import TASKS
from chronotope.view import page


def card_page(rows: pd.DataFrame, about: dict[str, Any]) -> str:
    """The whole document for the rows of a four-axis run; `about` names suite, sets and what is absent."""
    ours = set(rows.loc[~rows["is_floor"], "model"])
    lead = f"Suite {about['suite']}: {rows['set'].nunique()} sets, {rows['model'].nunique()} models, {len(rows):,} measurements."
    ranks, changes = consistency(rows)
    spent = costs(rows, rows.attrs.get("memory_mb", {}))
    sections = [
        _cells(
            "Eight cells, all tasks", "Quantile loss over that of the best floor on the same cells; below 1 beats them all.", rows, ours
        ),
        *(_cells(task.capitalize(), "The same for one task alone.", rows, ours, task) for task in TASKS),
        _broken(rows),
        _spread(rows, ours),
        _table("Specialist and generalist", "Forecast loss over that of a ridge trained on the set itself.", specialists(rows), set()),
        _table("What can be remembered", "The memoriser over the floor that it falls back to.", remembered(rows), set()),
        _table("Masked and unmasked", "Mean rank by score; masked leaves out cells whose truth is zero.", ranks.reset_index(), ours),
        page.section("Orders that change with the mask", "", page.bullets([("inferred", _change(one)) for one in changes])),
        _table("Cost", "Seconds over all questions; memory of the largest call.", spent.reset_index(), ours),
        page.section("Sets", "", page.pairs([(name, said) for name, said in about.get("sets", {}).items()])),
        page.section("What the words mean", "", page.pairs(list(rows.attrs.get("definitions", {}).items()))),
    ]
    return page.page("Four axes, inside and outside the distribution", lead, sections)


def _cells(title: str, note: str, rows: pd.DataFrame, ours: set[str], task: str | None = None) -> str:
    if task is not None and task not in set(rows["task"]):
        return ""
    table = eight(rows, task=task)
    return _table(title, note, table.reset_index(), ours, marked=CELLS, said=words(table).reset_index())


def _broken(rows: pd.DataFrame) -> str:
    said = broken_rows(rows).groupby(["model", "broken"], sort=False).size().rename("rows").reset_index()
    return _table("Broken", "Models that raised instead of answering, in how many rows, and with which words.", said, set())


def _spread(rows: pd.DataFrame, ours: set[str]) -> str:
    from chronotope.evaluate.protocols.card import cells

    made = cells(rows)
    made = made[made["model"].isin(ours)][["model", "axis", "mode", "wql_ratio", "spread", "rank", "coverage80", "n", "sets"]]
    return _table("Spread, rank and count", "Spread is the standard deviation of the log ratio over sets.", made, set())


def _table(
    title: str, note: str, table: pd.DataFrame, ours: set[str], marked: tuple[str, ...] = (), said: pd.DataFrame | None = None
) -> str:
    """A table of words (`said` where they are not the plain ones); the smallest of each marked column stands out."""
    if not len(table):
        return ""
    best = {
        (int(np.nanargmin(table[name])), j) for j, name in enumerate(table.columns) if name in marked and np.isfinite(table[name]).any()
    }
    body = [[_word(cell) for cell in row] for row in (table if said is None else said).itertuples(index=False)]
    names = [str(name).split(" (")[0] for name in table["model"]] if "model" in table else []
    mine = {i for i, name in enumerate(names) if name in ours}
    return page.section(title, note, page.table([str(c) for c in table.columns], body, best, mine))


def _word(cell: Any) -> str:
    if isinstance(cell, (float, np.floating)):
        number = float(cell)
        return NOT_RUN if not np.isfinite(number) else f"{number:.3f}" if abs(number) < 100 else f"{number:,.0f}"
    return f"{cell:,}" if isinstance(cell, (int, np.integer)) else str(cell)


def _change(one: dict[str, Any]) -> str:
    moved = ", ".join(f"{model} {before} to {after}" for model, (before, after) in one["ranks"].items())
    return f"{one['set']}, {one['score']}: {moved}"
