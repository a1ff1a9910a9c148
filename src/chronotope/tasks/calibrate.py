"""Calibrate: a predictor whose intervals are corrected by its own misses on the past of a field."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.questions import Predictor
from chronotope.tasks.levels import lowered
from chronotope.tasks.times import context_of, origins_of, steps_of
from chronotope.wrappers.adaptive import Adaptive
from chronotope.wrappers.conformal import conformal
from chronotope.wrappers.pools import pool_of

METHODS = ("cqr", "split", "adaptive")


def calibrate(
    predictor: Predictor,
    field: Field,
    horizon: Any,
    *,
    method: str = "cqr",
    origins: Any = 64,
    context: Any = None,
    recent: int = 64,
    pool: str = "all",
    regions: Any = None,
) -> Predictor:
    """A predictor whose quantiles are moved so that they held the asked share of a field's past.

    Args:
        predictor: what is corrected.
        field: whose past is tried.
        horizon: steps or a duration; longer leads take the correction of its last one.
        method: "cqr" moves each of the model's own quantiles, so that its widths still differ from cell to cell; "split" takes the
            model's median and the distribution of its past errors; "adaptive" tries the model on the `recent` origins before every
            answer and follows drifts (so many times as slow).
        origins: how many past origins to try, spread over the second half of the field, or the time stamps themselves.
        context: steps (or a duration) read before each of them, all by default.
        recent: origins that "adaptive" tries before every answer.
        pool: whose errors speak for a place: those of "all", of its "region" (a quarter around the median position, or `regions`), or
            of the places "near" it, the more the nearer.
        regions: a label for every place, in order.

    Returns:
        A predictor with the same contract. Scores are in units of the model's own width (or of the series' changes), pooled over
        places as `pool` says, per variable and lead; an answer uses only those whose truth lies at or before its origin. Gaps are
        answered as before.

    Raises:
        ArgumentError: an argument is not as above, or the horizon does not fit.
        DataError: no asked step has a truth.
    """
    if method not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(METHODS)}; found {method!r}.")
    panel = field.panel(exact=True)
    shared = pool_of(panel, pool, regions)
    if method == "adaptive":
        return Adaptive(predictor, recent, shared)
    steps = steps_of(horizon, panel, "horizon")
    cut = context_of(context, panel)
    rows = _rows(panel, steps, origins)
    return conformal(predictor, lowered(panel, min(rows, default=0)), steps, rows, method, cut, shared)


def _rows(panel: Panel, steps: int, origins: Any) -> list[int]:
    """Rows of the origins: those of the stamps, or so many, spread over the second half."""
    last = len(panel.times) - 1 - steps
    if not isinstance(origins, (int, np.integer)):
        return origins_of(list(origins), panel)[0]
    if last < 1 or origins < 1:
        raise ArgumentError(f"horizon must leave room for an origin; {steps} steps in {len(panel.times)} with {origins} origins do not.")
    return sorted(set(np.linspace(max(min(len(panel.times) // 2, last), 1), last, int(origins)).round().astype(int).tolist()))
