"""Tables: from the sums of several models on the same cells to one labelled table, broken models in their place among the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.scores.compare import block_interval, diebold_mariano
from chronotope.evaluate.scores.groups import split
from chronotope.evaluate.scores.sums import Sums, tabled

RATIOS = ("mae", "wql")
COLUMNS = {
    "mae_spread": "standard deviation of mae when blocks of neighbouring origins are drawn anew (200 draws)",
    "mae_ratio": "mae over the smallest mae of any floor, chosen afterwards; below 1 is better than every floor",
    "wql_ratio": "wql over the smallest wql of any floor, chosen afterwards; below 1 is better than every floor",
    "n": "cells (origin, lead, place) with a known truth and forecast",
    "seconds": "time of the answers from all origins",
    "peak_mb": "most memory that an answer took beyond what was held before; NaN where the system does not tell",
    "broken": "what a model broke with, it has no scores then; or how many cells it left out that others answered, it has no ratios then",
}
GROUPED = {
    "lead": "steps from the origin, from 1",
    "place": "place that was forecast",
    "region": "part of the space: a quarter around the median position unless regions were given",
    "hour": "hour of the day of the valid time, on the data's clock",
    "season": "season of the valid time: DJF is December to February",
    "size": "sum of |truth| over the n cells: weights that make the mean of wql that of the whole (n does it for mae and coverage80)",
}
AGAINST = {
    "mae_gap": "mae less that of the model that is compared with; negative is better",
    "mae_gap_low": "lower end of the central 90 % of mae_gap when blocks of neighbouring origins are drawn anew (1000 draws)",
    "mae_gap_high": "upper end of the same interval",
    "dm_p": "p of the Diebold-Mariano test that both models err alike on average (two-sided, absolute errors, one mean per origin)",
}
Labels = Callable[["Entry"], dict[str, Any]]


@dataclass(frozen=True)
class Entry:
    """A model in a table: the name that is shown, its sums, whether it is a floor, and whether it was asked for."""

    shown: str
    sums: Sums
    floor: bool = False
    chosen: bool = True


@dataclass(frozen=True)
class Run:
    """All that the table of a back-test is made of.

    Attributes:
        entries: the models.
        channels: bool (v,) of each scored variable.
        origins: datetime64 (o,).
        stamps: datetime64 (o, h), the valid times.
        places, regions: labels (n,).
        step: pandas offset of one step.
        overlap: forecasts that share steps with one origin's.
        said: sentences that the reader of the scores should know.
    """

    entries: tuple[Entry, ...]
    channels: dict[str, np.ndarray]
    origins: np.ndarray
    stamps: np.ndarray
    places: np.ndarray
    regions: np.ndarray
    step: str
    overlap: int
    said: tuple[str, ...] = ()


def definitions(columns: Sequence[str], **more: str) -> dict[str, str]:
    """What the columns of a table mean; `more` has words of its own for some."""
    known = {column: one.words for column, one in tabled().items()} | COLUMNS | GROUPED | AGAINST | more
    return {column: words for column, words in known.items() if column in columns}


def score_rows(entries: Sequence[Entry], channels: np.ndarray | None, labels: Labels) -> list[dict[str, Any]]:
    """A row per model on the same cells: labels, every metric, ratios to the best floor, n, and what it broke with."""
    every = [entry.sums.scores(channels) for entry in entries]
    most = max((scores["n"] for scores in every), default=0)
    best = {name: every[i][name] if (i := best_floor(entries, name, channels)) is not None else np.nan for name in RATIOS}
    rows = []
    for entry, scores in zip(entries, every):
        n = scores.pop("n")
        whole = n == most
        ratios = {f"{name}_ratio": _over(scores[name], best[name]) if whole else np.nan for name in RATIOS}
        said = entry.sums.broken or ("" if whole else f"{most - n} of {most} cells got no answer; the scores are of the others alone")
        rows.append({**labels(entry), **scores, **ratios, "n": n, "broken": said})
    return rows


def best_floor(entries: Sequence[Entry], score: str, channels: np.ndarray | None = None) -> int | None:
    """The position of the floor with the smallest score; those that left out cells, or could not be scored, come last; None without one."""
    floors = [i for i, entry in enumerate(entries) if entry.floor]
    known = {i: entries[i].sums.scores(channels) for i in floors}
    most = max((scores["n"] for scores in known.values()), default=0)
    return min(floors, key=lambda i: (known[i]["n"] < most, known[i][score] if np.isfinite(known[i][score]) else np.inf), default=None)


def plain_table(
    made: Mapping[str, Sums],
    channels: Mapping[str, np.ndarray] | None,
    by: str,
    more: Callable[[Sums, np.ndarray | None], dict[str, Any]],
) -> pd.DataFrame:
    """A table of floors among themselves: every metric, what `more` adds, seconds, and what broke; the best of `by` first.

    Args:
        made: sums by the name that is shown.
        channels: bool (v,) of each variable; None where answers have none.
        by: column of the metric that ranks.
        more: further columns from the sums of a floor and the channels.
    """
    rows: list[dict[str, Any]] = []
    parts: dict[str, np.ndarray | None] = dict(channels) if channels else {"": None}
    for variable, at in parts.items():
        for name, sums in made.items():
            label = {"model": name} | ({"variable": variable} if channels else {})
            rows.append({**label, **sums.scores(at), **more(sums, at), "seconds": sums.cost.seconds, "broken": sums.broken})
    order = ["variable", by] if channels else [by]
    return tidy(rows).sort_values(order, ascending=[True] * (len(order) - 1) + [tabled()[by].better == "smaller"], kind="stable",
                                  ignore_index=True)  # fmt: skip


def tidy(rows: Any) -> pd.DataFrame:
    """Rows as a table: a spread stands behind its score, what broke at the end."""
    table = pd.DataFrame(rows)
    last = [column for column in ("seconds", "peak_mb", "broken") if column in table]
    spreads = {f"{column}_spread" for column in table} & set(table)
    order = [c for column in table if column not in spreads and column not in last for c in (column, f"{column}_spread")]
    return table[[column for column in order if column in table] + last]


def broken_lines(table: pd.DataFrame) -> list[str]:
    """A line for every model of a table that broke, with its sentence; the footnote of whoever prints the table."""
    if "broken" not in table:
        return []
    lines = []
    for model, rows in table[table["broken"] != ""].groupby("model", sort=False):
        whole, said = int((table["model"] == model).sum()), rows["broken"].unique()
        share = "" if len(rows) == whole else f" in {len(rows)} of {whole} rows"
        lines.append(f"{model} broke{share}: {said[0]}" + (" (elsewhere in other words)" if len(said) > 1 else ""))
    return lines


def check_scored(table: pd.DataFrame) -> None:
    """Refuse a table without a single cell, unless that is because models broke.

    Raises:
        DataError: nothing can be scored.
    """
    if not table["n"].any() and not (table["broken"] != "").any():
        raise DataError("At least one value must be observed in the asked steps; found none. Choose other origins.")


def table_of(run: Run, by: str | None = None, against: str | None = None) -> pd.DataFrame:
    """One row per model and variable (and group), best wql first, with definitions in `attrs`.

    Raises:
        ArgumentError: `against` names no model of the run.
        DataError: nothing can be scored.
    """
    rival = _named(run, against)
    if by is None:
        parts: list[tuple[Any, list[Sums]]] = [(None, [entry.sums for entry in run.entries])]
    else:
        made = [split(entry.sums, by, run.stamps, run.places, run.regions) for entry in run.entries]
        parts = [(label, [one[label] for one in made]) for label in made[0]]
    tables = [_rows(run, sums, name, rival, by, label) for name in run.channels for label, sums in parts]
    table = tidy(pd.concat(tables, ignore_index=True))
    check_scored(table)
    table.attrs = _attrs(run, list(table.columns)) | ({"said": list(run.said)} if run.said else {})
    return table


def _rows(run: Run, sums: list[Sums], name: str, rival: int | None, by: str | None, label: Any) -> pd.DataFrame:
    """Rows of one variable and group."""
    at, group = run.channels[name], {} if by is None else {by: label}
    entries = [Entry(entry.shown, one, entry.floor) for entry, one in zip(run.entries, sums)]
    rows = []
    for entry, one, row in zip(run.entries, sums, score_rows(entries, at, lambda e: {"model": e.shown, "variable": name, **group})):
        row |= {"mae_spread": one.spread(at)} | ({} if by is None else {"size": float(one.by_origin("size", at).sum())})
        row |= {"seconds": one.cost.seconds, "peak_mb": one.cost.peak}
        row |= {} if rival is None else _beside(one, sums[rival], at, run.overlap)
        rows += [row] if entry.chosen else []
    return pd.DataFrame(rows).sort_values("wql", kind="stable")


def _beside(mine: Sums, other: Sums, at: np.ndarray, overlap: int) -> dict[str, float]:
    """How a model's errors differ from another's on the same origins."""
    gap, n = mine.by_origin("error", at) - other.by_origin("error", at), mine.by_origin("n", at)
    same = n == other.by_origin("n", at)
    if mine is other or not same.all() or not n.any():  # errors of other cells say nothing
        value = 0.0 if mine is other else float("nan")
        return dict(zip(AGAINST, (value, value, value, 1.0 if mine is other else value)))
    low, high = block_interval(gap, n, length=max(overlap, round(len(n) ** 0.5)))
    with np.errstate(invalid="ignore", divide="ignore"):
        losses = [np.where(n > 0, one.by_origin("error", at) / n, np.nan) for one in (mine, other)]
    return dict(zip(AGAINST, (float(gap.sum() / n.sum()), low, high, diebold_mariano(losses[0], losses[1], overlap)[1])))


def _named(run: Run, against: str | None) -> int | None:
    if against is None:
        return None
    shown = [entry.shown for entry in run.entries]
    for name in (against, f"baseline:{against}"):
        if name in shown:
            return shown.index(name)
    raise ArgumentError(f"against must be one of the models, {', '.join(shown)}; found {against!r}.")


def _attrs(run: Run, columns: list[str]) -> dict[str, Any]:
    stamps = [str(np.datetime_as_string(stamp, unit="s")) for stamp in run.origins]
    best = {score: {name: run.entries[best_floor(run.entries, score, at) or 0].shown for name, at in run.channels.items()}
            for score in RATIOS}  # fmt: skip
    return {"definitions": definitions(columns), "origins": stamps, "horizon": run.stamps.shape[1], "step": run.step, "best_floor": best}


def _over(value: float, base: float) -> float:
    return value / base if base > 0 else (1.0 if value == base else float("nan"))
