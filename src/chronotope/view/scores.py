"""Scores: the table of a back-test made ready to be read - which columns, how rounded, which cell is best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SMALLER_IS_BETTER = ("mae", "rmse", "wql", "crps", "pinball", "mase", "smape", "mape", "interval_score", "seconds")
SHARES = ("coverage", "cover")  # nearest to what was promised is best


@dataclass(frozen=True)
class ScoreTable:
    """Words for every cell, and which cells are best.

    Attributes:
        columns: headings, the first is the model.
        rows: words, one row per model, best first.
        best: (row, column) of the best cell of each score.
        ours: rows that are no floor.
        values: the numbers, index model.
    """

    columns: list[str]
    rows: list[list[str]]
    best: set[tuple[int, int]]
    ours: set[int]
    values: pd.DataFrame

    @property
    def rank_by(self) -> str | None:
        """The score by which the rows are ranked."""
        return next((c for c in self.values.columns if is_smaller_better(str(c))), None)


def score_table(scores: pd.DataFrame, decimals: int = 3) -> ScoreTable:
    """A back-test's scores, averaged to one row per model, with the best on top.

    Args:
        scores: one row per model (and perhaps variable, origin or lead) with a column or index level `model`.
        decimals: significant digits.
    """
    values = per_model(scores)
    ranking = next((c for c in values.columns if is_smaller_better(str(c))), None)
    values = values.sort_values(ranking, kind="stable") if ranking is not None else values
    columns = ["model", *(heading(str(c)) for c in values.columns)]
    rows = [[str(model), *(words(str(c), row[c], decimals) for c in values.columns)] for model, row in values.iterrows()]
    best = {(i, j + 1) for j, c in enumerate(values.columns) for i in _best_rows(str(c), values[c])}
    ours = {i for i, model in enumerate(values.index) if not is_floor(str(model))}
    return ScoreTable(columns, rows, best, ours, values)


def per_model(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean of every score column for each model; index model, in order of first appearance."""
    flat = scores.reset_index() if "model" not in scores.columns else scores
    flat = flat if "model" in flat.columns else flat.rename(columns={flat.columns[0]: "model"})
    kept = [c for c in flat.columns if c != "model" and (is_smaller_better(str(c)) or is_share(str(c)))]
    return flat.groupby("model", sort=False)[kept].mean()


def is_floor(model: str) -> bool:
    """True for the plain methods that a model has to beat."""
    return model.startswith("baseline:")


def is_smaller_better(column: str) -> bool:
    return any(column.lower() == name or column.lower().startswith((name + "_", name + " ", name + "/")) for name in SMALLER_IS_BETTER)


def is_share(column: str) -> bool:
    return column.lower().startswith(SHARES)


def promised_share(column: str) -> float | None:
    """The share that a coverage column should show: 0.8 of "coverage_80", "coverage80" or "coverage_0.8"."""
    digits = "".join(ch for ch in column if ch.isdigit() or ch == ".")
    try:
        number = float(digits)
    except ValueError:
        return None
    return number / 100 if number > 1 else number


def heading(column: str) -> str:
    """A column's name as people write it."""
    if is_share(column):
        share = promised_share(column)
        return f"{share:.0%} interval covers" if share else "interval covers"
    first, _, rest = column.partition("_")
    return f"{first.upper() if len(first) <= 5 and first != 'seconds' else first} {rest.replace('_', ' ')}".strip()


def words(column: str, value: float, digits: int) -> str:
    """A number as it stands in the table."""
    if not np.isfinite(value):
        return "–"
    return f"{value:.0%}" if is_share(column) else f"{value:#.{digits}g}".rstrip(".") if abs(value) < 10**digits else f"{value:,.0f}"


def _best_rows(column: str, values: pd.Series) -> list[int]:
    if column == "seconds" or not values.notna().any():
        return []
    target = promised_share(column) or 0.8 if is_share(column) else None
    away = (values - target).abs() if target is not None else values
    return [int(i) for i in np.flatnonzero(np.isclose(away, away.min()))]
