"""Back-test: forecasts from many past origins, scored beside the floors on the same cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, FLOORS
from chronotope.baselines.load import PREFIX, as_model
from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.tally import Tally, tally
from chronotope.tasks.forecast import Ask, channels_of
from chronotope.tasks.times import origins_of, steps_of
from chronotope.tasks.verbs import Model, as_field
from chronotope.tokens.query import QUANTILE_LEVELS

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
}


def backtest(
    models: Any,
    field: Field,
    horizon: Any,
    every: Any = None,
    *,
    origins: Any = None,
    start: Any = None,
    target: Any = None,
    context: Any = None,
) -> pd.DataFrame:
    """Scores of models from rolling origins; nothing after an origin is read.

    Args:
        models: one or several: Model, name ("tiny", "baseline:mix", a folder), or any object with `name` and `predict`.
        field: what `chronotope.open` returns, or anything it opens.
        horizon: steps or a duration; every lead of it is scored.
        every: steps or a duration between origins; the horizon by default.
        origins: the origins themselves (time stamps), or how many to spread over the test part; `every` is not needed then.
        start: first origin; by default four fifths of the way through the data.
        target: variables to score, all by default; the others are still read.
        context: read only so many steps (or such a duration) before each origin.

    Returns:
        One row per model and variable, best wql first, with the columns of `df.attrs["definitions"]`; `df.attrs` also holds
        the origins, the horizon and the best floors. Floors that are not named are run to have something to compare with
        if no floor is among the models.

    Raises:
        ArgumentError: an argument is not as above.
        DataError: nothing can be scored.
    """
    chosen = [as_model(m) for m in (models if isinstance(models, (list, tuple)) else [models])]
    if not chosen:
        raise ArgumentError("models must name at least one model; found none.")
    field = as_field(field)
    panel, names = field.panel(), field.chosen(target)
    steps = steps_of(horizon, panel, "horizon")
    rows = _origins(panel, steps, steps if every is None else steps_of(every, panel, "every"), origins, start)
    cut = None if context is None else steps_of(context, panel, "context")
    ask = Ask(steps, rows, cut, channels_of(field, names), np.zeros(panel.values.shape[2], bool), QUANTILE_LEVELS)
    floors = [m for m in chosen if _is_floor(m)] or [Model(BASELINES[name]()) for name in FLOORS]
    tallies = {id(m): tally(m.predictor, panel, ask) for m in [*chosen, *(f for f in floors if f not in chosen)]}
    channels = {name: channels_of(field, (name,)) for name in names}
    table = pd.concat([_table(chosen, floors, tallies, name, channels[name]) for name in names], ignore_index=True)
    if not table["n"].any():
        raise DataError("At least one value must be observed in the asked steps; found none. Choose other origins.")
    table.attrs = _attrs(panel, ask, floors, tallies, channels)
    return table


def _origins(panel: Panel, horizon: int, every: int, origins: Any, start: Any) -> list[int]:
    """Rows of the origins: those given, or from `start` on, `every` apart, as long as the horizon fits."""
    last = len(panel.times) - 1 - horizon
    if origins is not None and not isinstance(origins, (int, np.integer)):
        return origins_of(list(np.atleast_1d(origins)) if not isinstance(origins, (list, tuple)) else origins, panel)[0]
    first = origins_of(start, panel)[0][0] if start is not None else min(int(0.8 * len(panel.times)), last)
    if last < max(first, 0) or first < 0:
        raise ArgumentError(
            f"horizon must leave room for an origin and something before it; {horizon} steps after step {max(first, 0)} "
            f"of {len(panel.times)} do not fit. Give a shorter horizon or an earlier start."
        )
    if origins is not None:
        return sorted(set(np.linspace(first, last, max(int(origins), 1)).round().astype(int).tolist()))
    return list(range(first, last + 1, every))


def _is_floor(model: Model) -> bool:
    return type(model.predictor).__module__.startswith("chronotope.baselines")


def _table(chosen: list[Model], floors: list[Model], tallies: dict[int, Tally], name: str, channels: np.ndarray) -> pd.DataFrame:
    """Rows of one variable."""
    best = {score: min(tallies[id(f)].scores(channels)[score] for f in floors) for score in ("mae", "wql")}
    rows = []
    for model in chosen:
        made = tallies[id(model)]
        scores = made.scores(channels)
        rows.append(
            {
                "model": _shown(model),
                "variable": name,
                "mae": scores["mae"],
                "mae_spread": made.spread(channels),
                "rmse": scores["rmse"],
                "wql": scores["wql"],
                "coverage80": scores["coverage80"],
                "mae_ratio": _over(scores["mae"], best["mae"]),
                "wql_ratio": _over(scores["wql"], best["wql"]),
                "n": scores["n"],
                "seconds": made.seconds,
            }
        )
    return pd.DataFrame(rows).sort_values("wql", kind="stable")


def _attrs(panel: Panel, ask: Ask, floors: list[Model], tallies: dict[int, Tally], channels: dict[str, np.ndarray]) -> dict[str, Any]:
    stamps = [str(np.datetime_as_string(panel.times[row], unit="s")) for row in ask.origins]
    best = {
        score: {name: _shown(min(floors, key=lambda f: tallies[id(f)].scores(at)[score])) for name, at in channels.items()}
        for score in ("mae", "wql")
    }
    return {"definitions": DEFINITIONS, "origins": stamps, "horizon": ask.horizon, "step": panel.freq, "best_floor": best}


def _shown(model: Model) -> str:
    return PREFIX + model.name if _is_floor(model) else model.name


def _over(value: float, base: float) -> float:
    return value / base if base > 0 else (1.0 if value == base else float("nan"))
