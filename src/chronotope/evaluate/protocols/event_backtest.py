"""Back-test of events: rates from past origins against the events that came, on the same cells for every model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, EVENT_FLOORS
from chronotope.baselines.poisson import HomogeneousPoisson
from chronotope.data.field import Field
from chronotope.data.frame import fixed_freq
from chronotope.errors import ArgumentError, ChronotopeError, DataError
from chronotope.evidence.distributions import pinball_loss
from chronotope.questions import QUANTILE_LEVELS, Rate, RateAnswer
from chronotope.questions.predictor import shown_name
from chronotope.tasks.events.asking import question_of
from chronotope.tasks.events.forecast import on_the_lattice, rates_of
from chronotope.tasks.events.panel import LEAST_EVENTS, Catalogue, catalogue_of, cells_of, step_of
from chronotope.tasks.load import as_models
from chronotope.tasks.verbs import Model

WORDS = {
    "log_likelihood": "log rate of the cell and step of each event, less what was expected in all, per event, in nats; larger is better",
    "gain": "log_likelihood beyond that of one rate everywhere; larger is better, 0 is no better",
    "gain_spread": "standard error of gain from its scatter over the origins",
    "brier": "mean squared error of the chance (Poisson) that anything comes in a cell and step; best 0",
    "crps": "twice the mean pinball loss of the count's quantiles, in events per cell and step; best 0",
    "expected": "events that were expected in all cells and steps together; best is n",
    "n": "events of the scored steps, in the cells that hold all past events",
    "outside": "events of the scored steps beyond those cells, which no model is asked about",
    "origins": "origins, each with all its steps",
    "seconds": "time for all answers",
    "broken": "what a model broke with, empty where it answered",
}


def backtest_events(
    models: Any, field: Field, horizon: int = 4, every: int | None = None, *, origins: Any = None, step: Any = None, cell: Any = None
) -> pd.DataFrame:
    """Scores of rates from origins over the last fifth of the time; nothing after an origin is read, nor the size of cells chosen from it.

    Args:
        models: one or several, as for `backtest`.
        field: events.
        horizon: steps that are scored after each origin.
        every: steps between origins; the horizon by default.
        origins: how many to spread over the last fifth instead.
        step, cell: as for `Model.forecast`; by default those that it would choose at the first origin.

    Returns:
        One row per model, the likeliest first; `attrs["definitions"]` says what its columns mean.

    Raises:
        ArgumentError: an argument is not as above, or no origin leaves room for the horizon.
        DataError: too few events.
    """
    chosen = as_models(models)
    catalogue = catalogue_of(field)
    moments, length = _origins(catalogue, horizon, every, origins, field.step if step is None else step)
    size = cells_of(cell, catalogue.until(moments[0])).size
    asked = [_Asked.of(catalogue, origin, length, size, horizon) for origin in moments]
    floor = np.array([_scores(Model(HomogeneousPoisson()), one)[0] for one in asked])
    table = _table({shown_name(model.predictor): partial(_same, model) for model in chosen}, asked, floor)
    table.attrs = _attrs(moments, horizon, length, size)
    return table


def floors_of_events(field: Field, origins: int = 8) -> pd.DataFrame:
    """The table of `backtest_events` for every floor, one step ahead of each of `origins` origins.

    Raises:
        ArgumentError, DataError: as there.
    """
    catalogue = catalogue_of(field)
    moments, length = _origins(catalogue, 1, None, origins, field.step)
    size = cells_of(None, catalogue.until(moments[0])).size
    asked = [_Asked.of(catalogue, origin, length, size, 1) for origin in moments]
    floor = np.array([_scores(Model(HomogeneousPoisson()), one)[0] for one in asked])
    makes = {f"baseline:{name}": partial(_made, name) for name in EVENT_FLOORS}
    table = _table(makes, asked, floor)
    table.attrs = _attrs(moments, 1, length, size)
    return table


def _same(model: Model) -> Model:
    return model


def _made(name: str) -> Model:
    return Model(BASELINES[name]())


def _attrs(moments: list[np.datetime64], horizon: int, length: pd.Timedelta, size: float) -> dict[str, Any]:
    words = [str(origin)[:19] for origin in moments]
    return {"definitions": WORDS, "origins": words, "horizon": horizon, "step": fixed_freq(length.value), "cell": size}


def _table(makes: Mapping[str, Callable[[], Model]], asked: list[_Asked], floor: np.ndarray) -> pd.DataFrame:
    """A row per model, the likeliest first; one that breaks has a row that says over what, unless all were called wrongly."""
    rows, errors = [], []
    for name, make in makes.items():
        try:
            rows.append({**_row(make(), asked, floor), "broken": ""})
        except Exception as error:  # another package's model may raise anything
            errors.append(error)
            rows.append({"model": name, "n": 0, "origins": len(asked), "broken": f"{type(error).__name__}: {error}"})
    if len(errors) == len(makes) and all(isinstance(error, ChronotopeError) for error in errors):
        raise errors[0]
    table = pd.DataFrame(rows, columns=["model", *WORDS])
    return table.sort_values("log_likelihood", ascending=False, kind="stable", ignore_index=True)


class _Asked:
    """The question at an origin, and the counts (h, y, x) that came after it."""

    def __init__(self, question: Any, came: np.ndarray, outside: int) -> None:
        self.question, self.came, self.outside = question, came, outside

    @classmethod
    def of(cls, catalogue: Catalogue, origin: np.datetime64, length: pd.Timedelta, size: float, horizon: int) -> _Asked:
        past, step = catalogue.until(origin), np.timedelta64(length.value, "ns")
        cells = cells_of(size, past)
        later = (catalogue.times > origin) & (catalogue.times <= origin + horizon * step)
        where = np.floor(cells.counted(catalogue.at[later])).astype(int)
        inside = ((where >= 0) & (where < np.array(cells.shape))).all(axis=1)
        row = np.searchsorted(origin + np.arange(1, horizon + 1) * step, catalogue.times[later], side="left")
        came = np.zeros((horizon, *cells.shape), int)
        np.add.at(came, (row[inside], where[inside, 0], where[inside, 1]), 1)
        return cls(question_of(past, origin, length, cells, horizon), came, int((~inside).sum()))


def _scores(model: Model, asked: _Asked) -> tuple[float, float, float, float]:
    """Log-likelihood, sums of the squared error of chances and of the CRPS over cells and steps, and events expected."""
    answer = rates_of(model.predictor).answer(asked.question.wanting(Rate()))
    assert isinstance(answer, RateAnswer)
    rate, count = on_the_lattice(answer, asked.question.frame)
    hit = asked.came > 0
    likely = float((asked.came[hit] * np.log(np.maximum(rate[hit], 1e-300))).sum() - rate.sum())
    chance = -np.expm1(-rate)
    loss = pinball_loss(asked.came - count, np.array(QUANTILE_LEVELS)[:, None, None, None]).mean(axis=0)
    return likely, float(((chance - hit) ** 2).sum()), float(2 * loss.sum()), float(rate.sum())


def _row(model: Model, asked: list[_Asked], floor: np.ndarray) -> dict[str, Any]:
    start = time.perf_counter()
    scores = np.array([_scores(model, one) for one in asked])
    seconds = time.perf_counter() - start
    each = np.array([one.came.sum() for one in asked])
    n, size = int(each.sum()), sum(one.came.size for one in asked)
    if not n:
        raise DataError("At least one event must come after the origins of a back-test; found none. Give longer steps or other origins.")
    gain = scores[:, 0] - floor
    over = gain - gain.sum() / n * each
    spread = float(np.sqrt((over**2).sum() * len(each) / max(len(each) - 1, 1)) / n) if len(each) > 1 else float("nan")
    row = {"model": shown_name(model.predictor), "log_likelihood": scores[:, 0].sum() / n, "gain": gain.sum() / n, "gain_spread": spread}
    row |= {"brier": scores[:, 1].sum() / size, "crps": scores[:, 2].sum() / size, "expected": scores[:, 3].sum(), "n": n}
    return row | {"outside": sum(one.outside for one in asked), "origins": len(asked), "seconds": seconds}


def _origins(catalogue: Catalogue, horizon: int, every: int | None, number: Any, step: Any) -> tuple[list[np.datetime64], pd.Timedelta]:
    """Moments whole steps before the last event, the first one four fifths of the way, and the step."""
    for name, value in (("horizon", horizon), ("every", horizon if every is None else every), ("origins", 1 if number is None else number)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ArgumentError(f"{name} must be a whole number of at least 1 for events; found {value!r}.")
    first, last = catalogue.times[0], catalogue.times[-1]
    early = catalogue.until(first + (last - first) // 5 * 4)
    if len(early.times) < LEAST_EVENTS:
        raise DataError(f"At least {LEAST_EVENTS} events must lie in the first four fifths of the time; found {len(early.times)}.")
    length = step_of(step, early, early.times[-1])
    size = np.timedelta64(length.value, "ns")
    most = int((last - early.times[-1]) // size)
    if most < horizon:
        raise ArgumentError(
            f"horizon must fit into the last fifth of the time, {most} steps of {length}; found {horizon}. Give a shorter step."
        )
    if number is not None:
        back = np.unique(np.linspace(horizon, most, int(number)).round().astype(int))[::-1]
    else:
        back = np.arange(horizon, most + 1, horizon if every is None else every)[::-1]
    return [last - int(steps) * size for steps in back], length
