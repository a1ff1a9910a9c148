"""Impute: everything observed is seen, the gaps are asked."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np

from chronotope.data.field import Field
from chronotope.errors import DataError
from chronotope.tasks.forecast import channels_of
from chronotope.tasks.result import Forecast
from chronotope.tasks.times import check_levels
from chronotope.tokens.query import QUANTILE_LEVELS, Predictor, Query


def impute(predictor: Predictor, field: Field, *, target: Any = None, quantiles: Any = QUANTILE_LEVELS) -> Forecast:
    """Quantiles of the missing values; see `Model.impute`."""
    levels, names = check_levels(quantiles), field.chosen(target)
    panel, wanted = field.panel(), channels_of(field, names)
    seen = panel.mask
    asked = ~seen & wanted & seen.any(axis=0)
    if not seen[..., wanted].any():
        raise DataError(f"At least one value of {', '.join(names)} must be observed; found none.")
    values = np.repeat(panel.values[None], len(levels), axis=0)
    if asked.any():
        query = Query(seen, asked)
        rows = query.rows
        found = predictor.predict(panel, query, levels)
        values[:, rows] = np.where(asked[rows], found, values[:, rows])
    result = field.unpanel(values[..., wanted], panel.times, labels=levels, target=names)
    meta = {"task": "impute", "model": predictor.name, "version": version("chronotope"), "seed": None, "filled": int(asked.sum())}
    return Forecast(result, field, meta)
