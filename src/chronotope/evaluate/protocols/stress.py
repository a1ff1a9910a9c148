"""Stress: drifts and faults of known size planted into a field; scores before, at and after, and how soon the change is noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from chronotope.data.arguments import names_of, share, whole_number
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.evaluate.protocols.disturb import DRIFTS, FAULTS
from chronotope.evaluate.protocols.drift import first_alarm, standardised, threshold, whitened
from chronotope.evaluate.protocols.rolling import answer_from
from chronotope.evaluate.scores.groups import by_label
from chronotope.evaluate.scores.sums import Sums, assemble, collapse, or_broken, refuse_if_all_broke
from chronotope.evaluate.scores.table import definitions, tidy
from chronotope.inspect.circle import ways_of
from chronotope.questions import QUANTILE_LEVELS
from chronotope.questions.predictor import shown_name
from chronotope.tasks.forecast import Ask, channels_of
from chronotope.tasks.load import as_models
from chronotope.tasks.times import context_of, steps_of
from chronotope.tasks.verbs import Model, as_field

SETTLE = 24  # steps that count as "at" the break
PHASES = ("before", "at", "after")
DEFINITIONS = {
    "disturbance": "none; step or ramp: the world itself moves; outage, noise, units: only what is read is disturbed",
    "phase": f"valid time before the break, in its first {SETTLE} steps, or later",
    "mae_times": "mae over that of the undisturbed run in the same phase; 1 is unharmed",
    "noticed": "steps from the break to the first alarm of CUSUMs of errors at the first and the longest lead; NaN where there is none",
}


@dataclass(frozen=True)
class _Plan:
    """When what happens: rows of the origins, the row of the break, and the ask."""

    ask: Ask
    at: int
    watched: int
    rate: float


def stress(
    models: Any,
    field: Any,
    horizon: Any = 24,
    *,
    drift: Any = ("step", "ramp"),
    faults: Any = ("outage", "noise", "units"),
    size: float = 1.0,
    before: int = 120,
    after: int = 72,
    every: int = 1,
    target: Any = None,
    context: Any = None,
    rate: float = 0.05,
    seed: int = 0,
) -> pd.DataFrame:
    """Scores of models on a field that is disturbed from one step on, beside the undisturbed run.

    Args:
        models: one or several: Model, name, or any predictor (`name`, `kind`, `gives`, `answer`).
        field: what `chronotope.open` returns, or anything it opens.
        horizon: steps or a duration. A slow change is noticed by the errors at the longest lead, so 24 steps or more say most.
        drift: "step" and "ramp": the world itself changes.
        faults: "outage", "noise" and "units": only what is read is disturbed.
        size: of drifts and noise, in standard deviations of each place's past.
        before: steps before the break from which forecasts are made; the alarm's threshold comes from their errors. They should hold
            some of the longest cycles in the data, or its phases look like drift.
        after: steps that are scored after the first 24.
        every: steps between origins.
        target, context: as in `backtest`.
        rate: share of false alarms that is accepted over the time that is watched after the break.
        seed: of places and noise.

    Returns:
        One row per model, disturbance and phase; `attrs` hold "definitions" and "break", the stamp of the first disturbed step.

    Raises:
        ArgumentError: an argument is not as above, or the field is too short.
    """
    chosen = {**_known(drift, DRIFTS, "drift"), **_known(faults, FAULTS, "faults")}
    seed, everybody = whole_number(seed, "seed", 0), as_models(models)
    names = [shown_name(one.predictor) for one in everybody]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ArgumentError(f"models must have names of their own, as phases are compared by these; found {twice!r} twice. Leave one out.")
    if isinstance(size, bool) or not isinstance(size, (int, float, np.number)) or not np.isfinite(size):
        raise ArgumentError(f"size must be a number of standard deviations; found {size!r}.")
    field = as_field(field)
    panel, names = field.panel(), field.chosen(target)
    plan = _plan(panel, steps_of(horizon, panel, "horizon"), before, after, every, rate, channels_of(field, names), context)
    values = {"none": (panel.values, panel.values)}
    for name, make in chosen.items():
        values[name] = make(panel.values.astype(float), plan.at, size, np.random.default_rng(seed))
    rows: list[dict[str, Any]] = []
    everyone: list[Sums] = []
    for model in everybody:
        answers: dict[int, np.ndarray] = {}
        for name, (read, truth) in values.items():  # the undisturbed run first: the others share its answers from before the break
            phases, noticed = _run(model, panel, read, truth, plan, answers)
            label = {"model": shown_name(model.predictor), "disturbance": name}
            rows += [label | {"phase": p, **one.scores(), "noticed": noticed, "broken": one.broken} for p, one in phases.items()]
            everyone += phases.values()
    refuse_if_all_broke(everyone)
    table = _compared(tidy(rows))
    words = definitions(list(table), **DEFINITIONS)
    table.attrs = {"definitions": words, "break": str(np.datetime_as_string(panel.times[plan.at], unit="s")), "size": size}
    return table


def _plan(panel: Panel, horizon: int, before: int, after: int, every: int, rate: float, target: np.ndarray, context: Any) -> _Plan:
    every, after, before = whole_number(every, "every"), whole_number(after, "after"), whole_number(before, "before", 16)
    last = len(panel.times) - 1 - horizon
    at = last - SETTLE - after + horizon
    first = at - before - horizon
    if first < 1:
        raise ArgumentError(
            f"before and after must leave room: {before} + {SETTLE} + {after} steps and twice the horizon ({horizon}) do not fit into the "
            f"{len(panel.times)} of the field. Give shorter ones."
        )
    cut = context_of(context, panel)
    ask = Ask(horizon, list(range(first, last + 1, every)), cut, target, np.zeros(panel.values.shape[2], bool), QUANTILE_LEVELS)
    return _Plan(ask, at, SETTLE + after, share(rate, "rate"))


def _run(
    model: Model, panel: Panel, read: np.ndarray, truth: np.ndarray, plan: _Plan, answers: dict[int, np.ndarray]
) -> tuple[dict[str, Sums], float]:
    """Sums by phase and steps until the change was noticed; `answers` (q, h, n, v) by origin are kept, those from before the break used."""
    disturbed, ask = replace(panel, values=read.astype(np.float32)), plan.ask
    valid = np.array(ask.origins)[:, None] + np.arange(1, ask.horizon + 1)

    ways = ways_of(panel.values, panel.called, panel.units)

    def asked() -> Sums:
        for row in ask.origins:
            if row >= plan.at or row not in answers:
                answers[row] = answer_from(model.predictor, disturbed, ask, row)[0]
        return assemble([collapse(answers[row], truth[steps].astype(float), True, ways) for row, steps in zip(ask.origins, valid)])

    whole = or_broken(asked, (*valid.shape, *panel.values.shape[1:]))
    phases = by_label(whole, np.array(PHASES)[np.searchsorted((plan.at, plan.at + SETTLE), valid, side="right")], PHASES)
    return phases, float("nan") if whole.broken else _noticed(answers, truth, plan)


def _noticed(answers: dict[int, np.ndarray], truth: np.ndarray, plan: _Plan) -> float:
    """Steps from the break to the first alarm of two charts, of errors at the first and at the longest lead; each has half the rate.

    The first sees a jump at once and forgets it, the longest sees what grows slowly.
    """
    alarms = [_alarm(answers, truth, plan, lead) for lead in {1, plan.ask.horizon}]
    known = [alarm for alarm in alarms if alarm is not None]
    return float(min(known)) if known else float("nan")


def _alarm(answers: dict[int, np.ndarray], truth: np.ndarray, plan: _Plan, lead: int) -> int | None:
    """Steps from the break to the alarm at one lead; places count alike, in units of their own quiet errors."""
    rows = np.array(list(answers)) + lead
    rows = rows[rows < plan.at + plan.watched]
    middle = QUANTILE_LEVELS.index(0.5)
    errors = np.stack([truth[row].astype(float) - answers[row - lead][middle, lead - 1] for row in rows]).reshape(len(rows), -1)
    quiet = slice(0, int(np.searchsorted(rows, plan.at)))
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.isfinite(errors)
        level, scale = (_of_known(errors[quiet], rule) for rule in (np.mean, np.std))
        each = np.where(known, (errors - level) / np.where(scale > 0, scale, np.nan), np.nan)
        known = np.isfinite(each)
        mean = np.where(known.any(axis=1), np.where(known, each, 0.0).sum(axis=1) / known.sum(axis=1), np.nan)
    z = standardised(mean, quiet)
    if np.isfinite(z[quiet]).sum() < 24 or quiet.stop == len(rows):
        return None
    z = whitened(z, quiet)
    later = z[quiet.stop :]
    found = first_alarm(later, threshold(z[quiet], len(later), plan.rate / 2))
    return None if found is None else int(rows[quiet.stop + found] - plan.at)


def _of_known(errors: np.ndarray, rule: Callable[[np.ndarray], Any]) -> np.ndarray:
    """A number of the known errors of each place (m,); NaN with fewer than two."""
    parts = [one[np.isfinite(one)] for one in errors.T]
    return np.array([rule(one) if len(one) > 1 else np.nan for one in parts])


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    calm = table[table["disturbance"] == "none"].set_index(["model", "phase"])["mae"]
    base = calm.reindex(pd.MultiIndex.from_frame(table[["model", "phase"]])).to_numpy()
    table.insert(list(table).index("mae") + 1, "mae_times", table["mae"] / np.where(base > 0, base, np.nan))
    return table


def _known(names: Any, known: dict[str, Any], argument: str) -> dict[str, Any]:
    listed = names_of(names, argument)
    wrong = [name for name in listed if name not in known]
    if wrong:
        raise ArgumentError(f"{argument} must be among {', '.join(known)}; found {wrong[0]!r}.")
    return {name: known[name] for name in listed}
