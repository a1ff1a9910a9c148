"""The eight-cell card: from the rows of the four-axis protocol to one table per question that a reader has."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.errors import DataError, NoFileError
from chronotope.evaluate.protocols.four_axis import LEARNERS, defined
from chronotope.evaluate.protocols.specialist import TrainedRidge
from chronotope.evaluate.protocols.splits import AXES, MODES

CELLS = tuple(f"{axis} {mode}" for axis in AXES for mode in MODES)
NOT_RUN, BROKEN = "not run", "broken"
GROUP = ["model", "axis", "mode"]


def cells(rows: pd.DataFrame, task: str | None = None) -> pd.DataFrame:
    """One row per model, axis and mode.

    Args:
        rows: of `four_axis.run`.
        task: only this one.

    Returns:
        `wql_ratio`, `mae_ratio`: geometric means over sets and tasks of the ratio to the best floor (variants of a split count as one);
        `spread`: standard deviation of the logarithm of wql_ratio over sets; `rank`: mean place among all models on the same cells;
        `coverage80`; `n` cells, `sets`, and the tasks that the model answered.
    """
    picked = answered(rows, task)
    logs = picked.assign(wql_ratio=_log(picked["wql_ratio"]), mae_ratio=_log(picked["mae_ratio"]))
    inner = logs.groupby([*GROUP, "set", "task"], sort=False)
    one = inner[["wql_ratio", "mae_ratio", "rank", "coverage80"]].mean().join(inner[["n", "seconds"]].sum())
    by_set = one.groupby([*GROUP, "set"], sort=False)["wql_ratio"].mean()
    outer = one.groupby(GROUP, sort=False)
    out = np.exp(outer[["wql_ratio", "mae_ratio"]].mean()).join(outer[["rank", "coverage80"]].mean()).join(outer[["n", "seconds"]].sum())
    out["spread"] = by_set.groupby(GROUP, sort=False).std()
    out["sets"] = by_set.groupby(GROUP, sort=False).count()
    out["tasks"] = picked.groupby(GROUP, sort=False)["task"].agg(lambda tasks: ", ".join(dict.fromkeys(tasks)))
    floors = picked.drop_duplicates("model").set_index("model")["is_floor"]
    out["is_floor"] = floors.reindex(out.index.get_level_values("model")).to_numpy()
    return out.reset_index()


def eight(rows: pd.DataFrame, score: str = "wql_ratio", task: str | None = None) -> pd.DataFrame:
    """Models by the eight cells, best mean first; NaN where there is no measurement. Models that were not run have no row.

    Models that answer some of the tasks alone stand behind, with these tasks behind their name: their numbers compare with each other's
    only. Last come models that broke everywhere; `attrs["broken"]` lists the cells (label, cell) in which a model did nothing else.
    """
    made = cells(rows, task)
    made["cell"] = made["axis"] + " " + made["mode"]
    table = made.pivot(index="model", columns="cell", values=score).reindex(columns=list(CELLS))
    tasks = answered(rows, task).groupby("model")["task"].unique().map(list)
    partial = tasks.map(len).reindex(table.index) < tasks.map(len).max()
    order = pd.DataFrame({"partial": partial, "mean": table.mean(axis=1)}).sort_values(["partial", "mean"]).index
    names = {name: f"{name} ({', '.join(tasks[name])})" for name in table.index[partial]}
    bad = broken_rows(rows, task)
    lost = [name for name in dict.fromkeys(bad["model"]) if name not in table.index]
    table = table.loc[order].reindex([*order, *lost]).rename(index=names)
    keys = zip(bad["model"].replace(names), bad["axis"] + " " + bad["mode"])
    table.attrs["broken"] = [key for key in dict.fromkeys(keys) if not np.isfinite(table.loc[key])]
    return table


def answered(rows: pd.DataFrame, task: str | None = None) -> pd.DataFrame:
    """The rows in which a model answered, of one task or all."""
    return _of_task(rows[~_broke(rows)], task)


def broken_rows(rows: pd.DataFrame, task: str | None = None) -> pd.DataFrame:
    """The rows in which a model broke, of one task or all."""
    return _of_task(rows[_broke(rows)], task)


def _broke(rows: pd.DataFrame) -> pd.Series:
    return rows.get("broken", pd.Series("", index=rows.index)) != ""


def _of_task(rows: pd.DataFrame, task: str | None) -> pd.DataFrame:
    return rows if task is None else rows[rows["task"] == task]


def words(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers of `eight` as three decimals, "broken" where a model broke, "not run" for other cells without measurement."""
    said = table.map(lambda value: NOT_RUN if not np.isfinite(value) else f"{value:.3f}")
    for label, cell in table.attrs.get("broken", []):
        said.loc[label, cell] = BROKEN
    return said


def costs(rows: pd.DataFrame, memory: dict[str, float]) -> pd.DataFrame:
    """Seconds (of questions asked once), seconds of fitting, and the most memory of one call, by model."""
    rows = answered(rows)
    unique = rows.drop_duplicates(["model", "set", "task", "axis", "mode", "variant"])
    unique = unique[~((unique["axis"] == "domain") & (unique["mode"] == "out") & ~unique["model"].isin(LEARNERS))]  # the questions of "in"
    made = unique.groupby("model", sort=False).agg(seconds=("seconds", "sum"), questions=("n", "count"))
    fits = rows.drop_duplicates(["model", "set", "axis", "mode", "variant"])
    made["fit_seconds"] = fits.groupby("model")["fit_seconds"].sum().reindex(made.index) if "fit_seconds" in rows else 0.0
    made["memory_mb"] = pd.Series(memory, dtype=float).reindex(made.index)
    return made.sort_values("seconds")


def consistency(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Do scores of times to come agree? Ranks by mae, rmse and r2, masked (zeros left out) and not, and every set whose order changes.

    Returns:
        (model x score: mean rank; one entry per set and score whose order of models differs between masked and unmasked).
    """
    picked = answered(rows, "forecast")
    picked = picked[(picked["axis"] == "time") & (picked["mode"] == "out")]
    scores = [f"{name}{suffix}" for name in ("mae", "rmse", "r2") for suffix in ("", "_masked")]
    ranks = picked[["set", "model"]].copy()
    for score in scores:
        sign = -1 if score.startswith("r2") else 1
        ranks[score] = (sign * picked[score]).groupby(picked["set"]).rank(method="min")
    changes = []
    for name, part in ranks.groupby("set", sort=False):
        for score in ("mae", "rmse", "r2"):
            moved = part[part[score] != part[f"{score}_masked"]].dropna()
            if len(moved):
                said = {r["model"]: [int(r[score]), int(r[f"{score}_masked"])] for r in moved.to_dict("records")}
                changes.append({"set": name, "score": score, "ranks": said})
    return ranks.groupby("model")[scores].mean().sort_values("mae"), changes


def specialists(rows: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of every other model that is no floor over those of the specialist, by set and mode of the time axis: below 1 it loses."""
    picked = answered(rows, "forecast")
    picked, specialist = picked[picked["axis"] == "time"], TrainedRidge.name
    wide = picked.pivot_table(index=["set", "mode"], columns="model", values="wql", sort=False)
    if specialist not in wide:
        return pd.DataFrame()
    generalists = [m for m in dict.fromkeys(picked.loc[~picked["is_floor"], "model"]) if m not in LEARNERS]
    out = pd.DataFrame({f"{name} / {specialist}": wide[name] / wide[specialist] for name in generalists})
    floors = [m for m in dict.fromkeys(picked.loc[picked["is_floor"], "model"]) if m in wide]
    out[f"best floor / {specialist}"] = wide[floors].min(axis=1) / wide[specialist]
    return out.reset_index()


def remembered(rows: pd.DataFrame) -> pd.DataFrame:
    """The memoriser's loss over that of the floor it falls back to, by axis and mode: below 1 in distribution, 1 outside of it.

    Forecasts and gaps; places that are hidden altogether cannot be recalled and are the floor by construction.
    """
    rows, floors = answered(rows), {"forecast": "mix", "impute": "linear"}
    keys = ["axis", "mode", "set", "variant", "task"]
    mine = rows[(rows["model"] == "memoriser") & rows["task"].isin(floors)].set_index(keys)["wql"]
    its = rows[rows["model"] == rows["task"].map(floors)].set_index(keys)["wql"]
    ratio = _log(mine / its.reindex(mine.index)).groupby(["axis", "mode", "set", "task"], sort=False).mean()
    return np.exp(ratio.groupby(["axis", "mode"], sort=False).mean()).rename("memoriser / its floor").reset_index()


def card(rows: pd.DataFrame, about: dict[str, Any]) -> dict[str, Any]:
    """Everything above as plain words and numbers, ready for JSON."""
    if not len(rows):
        raise DataError("A card needs at least one set that was scored; found none. The reasons stand beside the names of the sets.")
    ranks, changes = consistency(rows)
    keys = ["model", "task", "axis", "mode", "broken"]
    broken = broken_rows(rows).groupby(keys, sort=False).size().rename("rows").reset_index()
    return {
        **about,
        "definitions": {**defined(), "spread": "standard deviation of log wql_ratio over sets", "rank": "mean place on the same cells"},
        "cells": _records(cells(rows)),
        "by_task": {task: _records(cells(rows, task)) for task in dict.fromkeys(rows["task"])},
        "costs": _records(costs(rows, rows.attrs.get("memory_mb", {})).reset_index()),
        "consistency": {"mean_ranks": _records(ranks.reset_index()), "changes": changes},
        "specialists": _records(specialists(rows)),
        "remembered": _records(remembered(rows)),
        "broken": _records(broken),
        "layouts": _layouts(rows),
    }


def save_rows(rows: pd.DataFrame, path: Path) -> None:
    """Rows as CSV; `load_rows` reads them, and every table above comes from them."""
    rows.assign(memory_mb=rows["model"].map(rows.attrs.get("memory_mb", {}))).to_csv(path, index=False)


def load_rows(path: Path) -> pd.DataFrame:
    """Rows that were saved.

    Raises:
        NoFileError: there is no such file.
        DataError: it holds no rows of the four-axis protocol.
    """
    if not path.exists():
        raise NoFileError(f"Saved rows must be there; {path} is not.")
    if path.suffix.lower() != ".csv":
        raise DataError(f"Saved rows must be a .csv file, as --output writes it; found {path.name!r}.")
    rows = pd.read_csv(path)
    absent = [name for name in ("set", "axis", "mode", "task", "model", "wql_ratio", "memory_mb") if name not in rows]
    if absent:
        raise DataError(f"{path} must hold the rows of a four-axis run; it has no column {absent[0]!r}. Write them with --output.")
    for column in ("variant", "broken"):  # rows of earlier versions hold none that broke
        rows[column] = rows[column].astype(object).where(rows[column].notna(), "") if column in rows else ""
    memory = rows.dropna(subset="memory_mb").groupby("model")["memory_mb"].first().to_dict()
    rows = rows.drop(columns="memory_mb")
    rows.attrs = {"definitions": defined(), "memory_mb": memory}
    return rows


def to_json(made: dict[str, Any]) -> str:
    """The card as text, with a signature over all of it and the frozen manifest."""
    return json.dumps(made | {"signature": signature(made)}, indent=1, ensure_ascii=False, allow_nan=False)


def signature(made: dict[str, Any]) -> str:
    """SHA-256 of a card (its own signature apart) and of the manifest that ships: a changed number, or another manifest, gives another."""
    digest = hashlib.sha256(files("chronotope.evaluate.protocols").joinpath("manifest.yaml").read_bytes())
    plain = {key: value for key, value in made.items() if key != "signature"}
    digest.update(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()


def _layouts(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What was covered: sets, models and tasks of every layout."""
    grouped = rows.groupby("layout", sort=False)
    return [
        {"layout": name, **{key: list(dict.fromkeys(part[column])) for key, column in (("sets", "set"), ("tasks", "task"))}}
        | {"models": int(part["model"].nunique())}
        for name, part in grouped
    ]


def _log(values: pd.Series) -> pd.Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(values.where(values > 0))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic,)):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else round(value, 6) if isinstance(value, float) else value
