"""Scores: the table of a back-test made ready to be read - one row per model, the best on top, the best of each column marked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

VARIABLES_SHOWN = 4  # more variables than these are shown by their ratios to the floors alone
HEADINGS = {
    "mae": "MAE",
    "rmse": "RMSE",
    "wql": "WQL",
    "mae_ratio": "MAE / best floor",
    "wql_ratio": "WQL / best floor",
    "coverage80": "80% interval covers",
}
PROMISED = 0.8


@dataclass(frozen=True)
class ScoreTable:
    """Words for every cell, and which of them stand out.

    Attributes:
        columns: headings, the first is the model.
        rows: words, one row per model, best first.
        best: (row, column) of the best cell of each score.
        ours: rows that are no floor.
        values: the numbers, index model, columns as `columns` from the second on.
    """

    columns: list[str]
    rows: list[list[str]]
    best: set[tuple[int, int]]
    ours: set[int]
    values: pd.DataFrame


def score_table(scores: pd.DataFrame) -> ScoreTable:
    """A back-test's table (`chronotope.evaluate.protocols.backtest`), one row per model, ranked by the weighted quantile loss.

    With several variables the ratios to the best floor are geometric means and coverage counts every cell alike.
    """
    values = per_model(scores)
    rank = next((HEADINGS[c] for c in ("wql_ratio", "wql", "mae") if HEADINGS[c] in values), None)
    values = values.sort_values(rank, kind="stable") if rank else values
    rows = [[str(model), *(words(str(c), row[c]) for c in values.columns)] for model, row in values.iterrows()]
    best = {(i, j + 1) for j, c in enumerate(values.columns) for i in _best_rows(str(c), values[c])}
    ours = {i for i, model in enumerate(values.index) if not is_floor(str(model))}
    return ScoreTable(["model", *map(str, values.columns)], rows, best, ours, values)


def per_model(scores: pd.DataFrame) -> pd.DataFrame:
    """The numbers of `score_table` before they are ranked; index model, columns are headings."""
    scores = scores.drop_duplicates([c for c in ("model", "variable") if c in scores])  # a model may be named twice
    names = list(dict.fromkeys(scores["variable"])) if "variable" in scores else []
    groups = {str(model): part for model, part in scores.groupby("model", sort=False)}
    if len(names) < 2:
        kept = [c for c in HEADINGS if c in scores]
        return pd.DataFrame({model: part[kept].iloc[0] for model, part in groups.items()}).T.astype(float).rename(columns=HEADINGS)
    return pd.DataFrame({model: _over_variables(part, names) for model, part in groups.items()}).T


def is_floor(model: str) -> bool:
    """True for the plain methods that a model has to beat."""
    return model.startswith("baseline:")


def words(heading: str, value: float) -> str:
    """A number as it stands in the table."""
    if not np.isfinite(value):
        return "–"
    if heading == HEADINGS["coverage80"]:
        return f"{value:.0%}"
    return f"{value:.3f}" if "/" in heading else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


def _over_variables(part: pd.DataFrame, names: list[str]) -> pd.Series:
    """One model's numbers over several variables, whose units may differ."""
    by_name = part.set_index("variable")
    out = {f"MAE {name}": by_name["mae"].get(name, np.nan) for name in names} if len(names) <= VARIABLES_SHOWN else {}
    for column in ("mae_ratio", "wql_ratio"):
        if column in part:
            ratios = part[column].to_numpy(float)
            ratios = ratios[np.isfinite(ratios) & (ratios > 0)]
            out[HEADINGS[column]] = float(np.exp(np.log(ratios).mean())) if len(ratios) else np.nan
    if "coverage80" in part:
        weights = part["n"].to_numpy(float) if "n" in part else np.ones(len(part))
        known = np.isfinite(part["coverage80"].to_numpy(float)) & (weights > 0)
        out[HEADINGS["coverage80"]] = float(np.average(part["coverage80"][known], weights=weights[known])) if known.any() else np.nan
    return pd.Series(out)


def _best_rows(heading: str, values: pd.Series) -> list[int]:
    away = (values - PROMISED).abs() if heading == HEADINGS["coverage80"] else values
    return [int(i) for i in np.flatnonzero(np.isclose(away, away.min()))] if away.notna().any() else []
