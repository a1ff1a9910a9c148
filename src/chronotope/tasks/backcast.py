"""Backcast: what was before a record begins, from all that follows.

field --mirrored in time--> a forecast of the mirror, turned back -----+
      --empty steps before its first--> the beginning of a longer record --+--> mean of both, level by level
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.data.stamps import stamp_words, zone_of
from chronotope.errors import DataError
from chronotope.model.totals import within_totals
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles, Question
from chronotope.questions.kinds.forecast import ahead
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.levels import predict
from chronotope.tasks.open_hours import opening_for
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels, context_of, in_days, steps_of
from chronotope.wrappers.averaged import mean_of


def backcast(
    predictor: Predictor, field: Field, horizon: Any, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None
) -> Forecast:
    """Quantiles of the `horizon` steps before the first; see `Model.backcast`."""
    levels, panel, names = check_levels(quantiles), field.panel(exact=True), answered(field, target)
    wanted = channels_of(field, names)
    steps = steps_of(horizon, panel, "horizon")
    rows = context_of(context, panel)
    read = panel.slice_time(0, len(panel.times) if rows is None else min(rows, len(panel.times)))
    if not read.mask[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed in the steps that are read; found none.")
    reach = _reach(field, panel, steps)
    longer = read.preceded(reach)
    values = _before(predictor, read, longer, reach, wanted, levels)
    opening = opening_for(field, panel)
    kept = np.ones(reach, bool) if opening is None else opening.holds(longer.times[:reach])
    times = in_days(longer.times[:reach][kept], panel, panel.times[0], zone_of(field.dataset))
    dataset = field.unpanel(values[:, kept][..., wanted], times, "quantile", levels, names)
    about: dict[str, Any] = {
        "task": "backcast", "model": predictor.name, "version": version("chronotope"), "seed": None, "horizon": steps, "context": rows,
        "origin": stamp_words(panel.times[0], zone_of(field.dataset)), "warnings": [],
    }  # fmt: skip
    return Forecast(dataset, field, about)


def _reach(field: Field, panel: Panel, steps: int) -> int:
    """Rows before the first in which so many steps lie, of the hours at which the field has stamps where there are such."""
    opening, reach = opening_for(field, panel), steps
    if opening is None:
        return steps
    while len(held := np.flatnonzero(opening.holds(panel.preceded(reach).times[:reach]))) < steps:
        reach *= 2
    return reach - int(held[-steps])


def _before(predictor: Predictor, read: Panel, longer: Panel, steps: int, wanted: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h, n, v) of the first rows of the longer panel; running totals stay below what was read of them first."""
    falling = (False,) * len(read.variables)  # a total in the mirror
    mirrored = replace(read, values=np.ascontiguousarray(read.values[::-1]), totals=falling, edge_history=None, events=None)
    back = predict(predictor, ahead(mirrored, len(read.times) - 1, steps, target=wanted, want=Quantiles(levels)))[:, ::-1]
    asked = np.zeros(longer.mask.shape, bool)
    asked[:steps] = wanted & read.mask.any(axis=0)
    beginning = Question(longer, longer.mask, asked, Quantiles(levels))
    found = predict(predictor, beginning)
    mean = mean_of(beginning, (back, found), (0.5, 0.5))
    alone = np.where(np.isfinite(back), back, found)
    return within_totals(beginning, np.where(np.isfinite(mean), mean, alone))
