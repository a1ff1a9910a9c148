"""Score table: from the tallies of several models on the same cells to one labelled table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.scores.compare import block_interval, diebold_mariano
from chronotope.evaluate.scores.groups import split
from chronotope.evaluate.tally import Tally

DEFINITIONS = {
    "mae": "mean absolute error of the median, units of the variable; best 0",
    "mae_spread": "standard deviation of mae when blocks of neighbouring origins are drawn anew (200 draws)",
    "rmse": "root of the mean squared error of the median, units of the variable; best 0",
    "wql": "weighted quantile loss: twice the pinball loss, mean over nine levels, over the sum of |truth|; best 0",
    "coverage80": "share of the truth between the quantiles 0.1 and 0.9; best 0.8",
    "mae_ratio": "mae over the smallest mae of any floor, chosen afterwards; below 1 is better than every floor",
    "wql_ratio": "wql over the smallest wql of any floor, chosen afterwards; below 1 is better than every floor",
    "n": "cells (origin, lead, place) with a known truth and forecast",
    "seconds": "time inside predict for all origins",
    "peak_mb": "most memory beyond what was held before, inside predict; NaN where the system does not tell",
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


@dataclass(frozen=True)
class Entry:
    """A model in a run: the name that is shown, whether it was asked for, whether it is a floor, and its sums."""

    shown: str
    chosen: bool
    floor: bool
    tally: Tally


@dataclass(frozen=True)
class Run:
    """All that a table is made of.

    Attributes:
        entries: the models.
        channels: bool (v,) of each scored variable.
        origins: datetime64 (o,).
        stamps: datetime64 (o, h), the valid times.
        places, regions: labels (n,).
        step: pandas offset of one step.
        overlap: forecasts that share steps with one origin's.
    """

    entries: tuple[Entry, ...]
    channels: dict[str, np.ndarray]
    origins: np.ndarray
    stamps: np.ndarray
    places: np.ndarray
    regions: np.ndarray
    step: str
    overlap: int


def table_of(run: Run, by: str | None = None, against: str | None = None) -> pd.DataFrame:
    """One row per model and variable (and group), best wql first, with definitions in `attrs`.

    Raises:
        ArgumentError: `against` names no model of the run.
        DataError: nothing can be scored.
    """
    rival = _named(run, against)
    if by is None:
        parts = [(None, [entry.tally for entry in run.entries])]
    else:
        made = [split(entry.tally, by, run.stamps, run.places, run.regions) for entry in run.entries]
        parts = [(label, [one[label] for one in made]) for label in made[0]]
    tables = [_rows(run, tallies, name, rival, by, label) for name in run.channels for label, tallies in parts]
    table = pd.concat(tables, ignore_index=True)
    if not table["n"].any():
        raise DataError("At least one value must be observed in the asked steps; found none. Choose other origins.")
    table.attrs = _attrs(run, set(table.columns))
    return table


def _rows(run: Run, tallies: list[Tally], name: str, rival: int | None, by: str | None, label: Any) -> pd.DataFrame:
    """Rows of one variable and group."""
    at = run.channels[name]
    every = [one.scores(at) for one in tallies]
    best = {score: min(s[score] for s, e in zip(every, run.entries) if e.floor) for score in ("mae", "wql")}
    rows = []
    for entry, made, scores in zip(run.entries, tallies, every):
        if not entry.chosen:
            continue
        row = {"model": entry.shown, "variable": name, **({} if by is None else {by: label})}
        row |= {"mae": scores["mae"], "mae_spread": made.spread(at)} | {key: scores[key] for key in ("rmse", "wql", "coverage80")}
        row |= {f"{key}_ratio": _over(scores[key], best[key]) for key in ("mae", "wql")} | {"n": scores["n"]}
        row |= {} if by is None else {"size": float(made.by_origin("size", at).sum())}
        row |= {"seconds": made.seconds, "peak_mb": made.peak}
        rows.append({**row, **({} if rival is None else _beside(made, tallies[rival], at, run.overlap))})
    return pd.DataFrame(rows).sort_values("wql", kind="stable")


def _beside(mine: Tally, other: Tally, at: np.ndarray, overlap: int) -> dict[str, float]:
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


def _attrs(run: Run, columns: set[str]) -> dict[str, Any]:
    stamps = [str(np.datetime_as_string(stamp, unit="s")) for stamp in run.origins]
    floors = [entry for entry in run.entries if entry.floor]
    best = {
        score: {name: min(floors, key=lambda e: e.tally.scores(at)[score]).shown for name, at in run.channels.items()}
        for score in ("mae", "wql")
    }
    known = {**DEFINITIONS, **GROUPED, **AGAINST}
    definitions = {key: words for key, words in known.items() if key in columns}
    return {"definitions": definitions, "origins": stamps, "horizon": run.stamps.shape[1], "step": run.step, "best_floor": best}


def _over(value: float, base: float) -> float:
    return value / base if base > 0 else (1.0 if value == base else float("nan"))
