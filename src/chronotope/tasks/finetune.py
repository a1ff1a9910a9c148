"""Finetune: a model that went on learning on a field, beside a table that says whether that helped."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import whole_number
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, NoFileError, OutputExistsError, listed
from chronotope.model.totals import totals_of
from chronotope.pace import say
from chronotope.questions import Predictor
from chronotope.questions.summer_time import panel_with_summer_time
from chronotope.tasks.forecast import prepared
from chronotope.tasks.levels import levels_of, lowered
from chronotope.wrappers.taught.kept import write_taught
from chronotope.wrappers.taught.taught import Taught

MINUTES = 5.0
METHODS = ("lora", "head", "full", "prompt")
TREES, AHEAD = "trees", 24  # boosted trees on what the model missed, and how far ahead unless told
DEFINITIONS = {
    "method": "what moved: " + ", ".join(METHODS) + "; or trees",
    "moved": "parameters that moved; of trees, how many there are",
    "steps": "of training that were made; of trees, past origins at which the model was asked",
    "seconds": "of wall clock, all of it",
    "before": "loss of the model as it was on the last fifth of the field (pinball loss in units of the plain methods' error); best 0",
    "after": "the same of the tuned model",
    "floors": "the same of the plain methods' mix",
    "error": "standard error of before less after",
    "kept": "whether the model that was returned is the tuned one",
}
OF_TREES = DEFINITIONS | {
    "variable": "what is told; each has trees of its own",
    "before": "quantile loss of the model as it was, on five blocks of time each left out of the trees, in its widths; best 0",
    "floors": "not asked",
    "share": "of what the trees say of the median that is taken, 0 where the model is better as it was",
    "shape": "of what they say of the other levels beside it",
    "held_before": "share of the truths in these blocks that the middle 80 % held; best 0.8",
    "held_after": "the same of what is returned",
}


def finetune(
    predictor: Predictor,
    field: Field,
    *,
    method: Any = "lora",
    minutes: Any = None,
    steps: Any = None,
    seed: Any = 0,
    target: Any = None,
    horizon: Any = None,
    known_future: Any = (),
) -> tuple[Predictor, pd.DataFrame]:
    """A tuned predictor (or the same, if that is better) and the table of the validation; see `Model.finetune`."""
    began = time.monotonic()
    if method not in (*METHODS, TREES):
        raise ArgumentError(f"method must be one of {', '.join((*METHODS, TREES))}; found {method!r}.")
    if method == TREES:
        return _by_trees(predictor, field, began, minutes, steps, seed, target, horizon, known_future)
    if horizon is not None or known_future:
        raise ArgumentError(f"horizon and known_future are for method='trees'; {method!r} learns all questions at once. Leave them out.")
    from chronotope.backbone.half import has_bf16
    from chronotope.model.model import NetworkPredictor
    from chronotope.training.adapt.adapt import adapt

    if not isinstance(predictor, NetworkPredictor):
        raise ArgumentError(f"Only a network can go on learning; {predictor.name} is none. Load one, such as 'tiny', without a wrapper.")
    steps, seed = None if steps is None else whole_number(steps, "steps"), whole_number(seed, "seed", 0)
    minutes = _minutes(minutes, steps)
    deadline = float("inf") if minutes is None else began + 60 * minutes
    panel = learnable(field.panel(target, exact=True))
    bf16 = has_bf16(predictor.device)
    made = adapt(predictor.network, panel, method, deadline=deadline, steps=steps, seed=seed, bf16=bf16, device=predictor.device)
    names = ("method", *(name for name in DEFINITIONS if name != "method"))
    table = pd.DataFrame([[method, *(getattr(made, name) for name in names[1:])]], columns=list(names))
    table.attrs = {"definitions": DEFINITIONS, "checks": made.checks, "validated": "the last fifth of the steps", "seed": seed}
    if not made.kept:
        say(f"the tuning was not better than {predictor.name} on the last fifth of the field, which stays as it was")
        return predictor, table
    return predictor.around(made.network, f"{predictor.name}+{method}"), table


def _by_trees(
    predictor: Predictor, field: Field, began: float, minutes: Any, steps: Any, seed: Any, target: Any, horizon: Any, known_future: Any
) -> tuple[Predictor, pd.DataFrame]:
    """A predictor that learned from its misses on a field's past, by boosted trees, and a row of the table for each variable."""
    from chronotope.wrappers.taught.forest import TREES as GROWN
    from chronotope.wrappers.taught.taught import LEVELS
    from chronotope.wrappers.taught.teach import ORIGINS, teach

    steps, seed = None if steps is None else whole_number(steps, "steps"), whole_number(seed, "seed", 0)
    minutes = _minutes(minutes, steps)
    count = len(field.panel(target).times)
    ready = prepared(
        field,
        max(min(AHEAD, count // 10), 1) if horizon is None else horizon,
        at=None,
        target=target,
        context=None,
        known_future=known_future,
    )
    panel = lowered(ready.panel.slice_time(0, ready.ask.origins[0] + 1), ready.ask.origins[0])
    panel = panel_with_summer_time(panel, ready.ask.target)
    deadline = float("inf") if minutes is None else began + 60 * minutes
    taught, verdicts, asked = teach(
        predictor,
        panel,
        ready.ask.horizon,
        target=ready.ask.target,
        known=ready.ask.known,
        origins=steps or ORIGINS,
        seed=seed,
        deadline=deadline,
    )
    spent, trees = time.monotonic() - began, GROWN * len(LEVELS)
    rows = [
        {"method": TREES, "variable": one.variable, "moved": trees, "steps": asked, "seconds": spent, "before": one.before}
        | {"after": one.after, "floors": np.nan, "error": one.error, "kept": one.share > 0, "share": one.share, "shape": one.shape}
        | {"held_before": one.held[0], "held_after": one.held[1]}
        for one in verdicts
    ]
    table = pd.DataFrame(rows)
    table.attrs = {"definitions": OF_TREES, "horizon": ready.ask.horizon, "validated": "five blocks of time in turn", "seed": seed}
    left = [one.variable for one in verdicts if one.share == 0]
    if left:
        say(f"trees did not make {predictor.name} better at {listed(left, 4)}, which is answered as before")
    return (taught if taught.learned else predictor), table


def save_model(predictor: Predictor, folder: Path, report: pd.DataFrame | None, overwrite: bool) -> Path:
    """See `Model.save`."""
    from chronotope.model.card import write_weights
    from chronotope.model.model import NetworkPredictor

    taught = predictor if isinstance(predictor, Taught) else None
    predictor = predictor if taught is None else taught.base
    if not isinstance(predictor, NetworkPredictor):
        raise ArgumentError(f"Only a network has weights to be saved; {predictor.name} is none. It is loaded by its name.")
    check_folder(folder, overwrite)
    about: dict[str, Any] = {}
    if report is not None:
        records = json.loads(report.to_json(orient="records"))
        about["finetuned"] = {**(records[0] if taught is None else {"variables": records}), "seed": report.attrs.get("seed")}
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    try:
        write_weights(draft, predictor.network, folder.name, about)
        if taught is not None:
            write_taught(draft, taught)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def check_folder(folder: Path, overwrite: bool) -> None:
    """Refuse a folder that cannot be written, before any work is done.

    Raises:
        OutputExistsError, NoFileError: see `Model.save`.
    """
    if not folder.absolute().parent.is_dir():
        raise NoFileError(f"The folder around an output must exist; {folder.absolute().parent} does not. Make it first.")
    if folder.exists() and not folder.is_dir():
        raise OutputExistsError(f"A model is a folder; {folder} is a file, which is kept. Give another name.")
    if folder.exists() and not overwrite:
        raise OutputExistsError(f"An output is kept unless you ask; {folder} exists. Give overwrite=True (--overwrite), or another name.")
    if folder.exists() and any(folder.iterdir()) and not (folder / "card.json").exists():
        raise OutputExistsError(f"Only a folder with a model is replaced; {folder} holds something else. Give another name.")


def learnable(panel: Panel) -> Panel:
    """The panel as a network is shown it: running totals by their gains, levels far from zero taken off, float32."""
    values, totals = panel.values.astype(np.float64), totals_of(panel, panel.values)
    if totals.any():
        values[1:][..., totals] = np.diff(panel.values[..., totals].astype(np.float64), axis=0)
        values[0][..., totals] = np.nan
    level = levels_of(values, np.isfinite(values), names=panel.called, units=panel.units)
    return replace(panel, values=(values - level).astype(np.float32), totals=())


def _minutes(value: Any, steps: int | None) -> float | None:
    if value is None:
        return MINUTES if steps is None else None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < float(value) < float("inf"):
        raise ArgumentError(f"minutes must be a number above zero; found {value!r}.")
    return float(value)
