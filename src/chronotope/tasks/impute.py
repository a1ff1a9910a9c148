"""Impute: everything observed is seen, the gaps are asked."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
import xarray as xr

from chronotope.data.field import Field
from chronotope.data.folding import exact_dtype
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles, Want
from chronotope.questions.kinds.gaps import between, missing_cells
from chronotope.tasks.forecast import answered, channels_of
from chronotope.tasks.levels import as_double, predict
from chronotope.tasks.open_hours import opening_for
from chronotope.tasks.results.forecast import Forecast
from chronotope.tasks.times import check_levels, context_of
from chronotope.tasks.windows import windows


def impute(predictor: Predictor, field: Field, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS, context: Any = None) -> Forecast:
    """Quantiles of the missing values; see `Model.impute`."""
    levels = check_levels(quantiles)
    dataset, filled, about = filled_gaps(predictor, field, Quantiles(levels), ("quantile", levels), target, context)
    return Forecast(dataset, field, {"task": "impute"} | about, filled)


def filled_gaps(
    predictor: Predictor, field: Field, want: Want, along: tuple[str, Any], target: Any, context: Any
) -> tuple[xr.Dataset, xr.Dataset, dict[str, Any]]:
    """(values, which of them were filled, facts) of a field whose gaps are answered as wanted.

    Args:
        predictor: gives what is wanted.
        field: whose gaps are asked.
        want: the form of the answers.
        along: the name of their first axis, and its labels.
        target, context: see `Model.impute`.
    """
    panel, names = field.panel(exact=True), answered(field, target)
    wanted = channels_of(field, names)
    steps = context_of(context, panel)
    if not panel.mask[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    asked = missing_cells(panel, wanted)
    values = np.repeat(panel.values[None], len(along[1]), axis=0)
    _fill(values, predictor, panel, asked, want, steps)
    opening = opening_for(field, panel)
    kept = np.ones(len(panel.times), bool) if opening is None else np.isin(panel.times, field.times) | opening.holds(panel.times)
    values, asked, times = values[:, kept], asked[kept], panel.times[kept]
    dataset = field.unpanel(values[..., wanted], times, *along, target=names)
    dataset = dataset.assign({name: dataset[name].astype(exact_dtype(field.dataset[name])) for name in names})
    filled = field.unpanel((asked & np.isfinite(values[0]))[..., wanted], times, dim=None, target=names)
    about = {"model": predictor.name, "version": version("chronotope"), "seed": None, "context": steps}
    return dataset, filled, about | _counts(asked, values[0], context)


def _fill(values: np.ndarray, predictor: Predictor, panel: Panel, asked: np.ndarray, want: Want, context: int | None) -> None:
    """Put answers into the asked cells of `values` (q, t, n, v), window by window; a cell whose window shows nothing of it stays empty."""
    for inner, outer in paced(list(windows(np.asarray(asked.any(axis=(1, 2))), context))):
        part = panel.slice_time(outer.start, outer.stop)
        wanted = np.zeros_like(part.mask)
        wanted[inner.start - outer.start : inner.stop - outer.start] = asked[inner] & part.mask.any(axis=0)
        if not wanted.any():
            continue
        question = between(part, wanted, want)
        rows = question.rows
        found = predict(predictor, question)
        found = as_double(found) if values.dtype == np.float64 else found
        values[:, outer.start + rows] = np.where(wanted[rows], found, values[:, outer.start + rows])


def _counts(asked: np.ndarray, values: np.ndarray, context: Any) -> dict[str, Any]:
    """How many gaps were filled and how many are left, and a warning about the latter."""
    left = int((asked & ~np.isfinite(values)).sum())
    said = f"{left} gaps stay empty: within context={context} of them nothing of the same place and variable was observed"
    return {"filled": int(asked.sum()) - left, "left": left, "warnings": [said] if left else []}
