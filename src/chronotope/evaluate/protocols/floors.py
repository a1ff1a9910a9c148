"""All floors of a task on one split of a field: what a model must beat before anything is claimed."""

from __future__ import annotations

from typing import Any

import pandas as pd

from chronotope.baselines import FLOORS, NOWCAST_FLOORS
from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols import event_backtest
from chronotope.evaluate.protocols.backtest import backtest
from chronotope.evaluate.protocols.floor_tasks import cells, fine, tracks
from chronotope.evaluate.scores.table import definitions
from chronotope.tasks.verbs import as_field

TASKS = {
    "forecast": ("grid", "video", "graph"),
    "impute": ("grid", "video", "graph"),
    "interpolate": ("grid", "video", "graph"),
    "downscale": ("grid", "video"),
    "tracks": ("tracks", "points"),
    "events": ("events",),
}
"""The tasks and the kinds of field that have them; the first task of a kind is its default."""


def floors(
    field: Any, horizon: Any = 12, *, task: str | None = None, target: Any = None, origins: int = 12, factor: int = 4, seed: int = 0
) -> pd.DataFrame:
    """Every floor of a task on one split: the last fifth of the time is scored, what comes before is fitted on.

    Args:
        field: what `chronotope.open` returns, or anything it opens.
        horizon: steps (or a duration) for "forecast"; steps for "tracks".
        task: "forecast", "impute" (runs of cells hidden), "interpolate" (a quarter of the places hidden altogether), "downscale",
            "tracks" or "events"; by default what the field's kind has first.
        target: variables to score, all by default.
        origins: how many origins a forecast has, and events have, spread over the last fifth.
        factor: cells along a side of a coarse one, for "downscale".
        seed: of what is hidden.

    Returns:
        One row per floor (and variable), the best first, with n and a spread; `attrs` hold "task", "split" and "definitions".

    Raises:
        ArgumentError: `task` is unknown or not one of the field's kind, or an argument is not as above.
        DataError: the field is too short or too empty.
    """
    field = as_field(field)
    kinds = [name for name, has in TASKS.items() if field.kind in has]
    task = kinds[0] if task is None else task
    if task not in kinds:
        raise ArgumentError(f"task must be one of {', '.join(kinds)} for a field of kind {field.kind}; found {task!r}.")
    table, words, split = _table(field, horizon, task, field.chosen(target), origins, factor, seed)
    table.attrs = {**table.attrs, "task": task, "split": split, "definitions": definitions(list(table), **words)}
    return table


def _table(
    field: Field, horizon: Any, task: str, target: tuple[str, ...], origins: int, factor: int, seed: int
) -> tuple[pd.DataFrame, dict[str, str], str]:
    """The table, the meaning of columns that mean something else here than elsewhere, and the split in words."""
    if task == "forecast":
        return _forecasts(field, horizon, target, origins)
    if task == "impute":
        split = "runs of six steps hidden in a fifth of the cells of the last fifth; both sides are seen"
        return cells.gaps(field, target, seed), cells.WORDS, split
    if task == "interpolate":
        split = "a quarter of the places hidden altogether, asked in the last fifth; five draws"
        return cells.places(field, target, seed), cells.WORDS, split
    if task == "downscale":
        return fine.downscaling(field, target, factor), fine.WORDS, f"block means of {factor} x {factor} cells in the last fifth"
    if task == "tracks":
        if not isinstance(horizon, int) or horizon < 1:
            raise ArgumentError(f"horizon must be a number of steps, at least 1, for tracks; found {horizon!r}.")
        return tracks.paths(field, horizon), tracks.WORDS, "all windows: nothing is fitted"
    split = "one step ahead of each origin over the last fifth; each floor reads all before"
    return event_backtest.floors_of_events(field, origins), event_backtest.WORDS, split


def _forecasts(field: Field, horizon: Any, target: tuple[str, ...], origins: int) -> tuple[pd.DataFrame, dict[str, str], str]:
    names = dict.fromkeys((*FLOORS, *(NOWCAST_FLOORS if field.kind in ("grid", "video") else ())))
    table = backtest([f"baseline:{name}" for name in names], field, horizon, origins=origins, target=target)
    return table, {}, f"{len(table.attrs['origins'])} origins over the last fifth; each floor reads all before"
