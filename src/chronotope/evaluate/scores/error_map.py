"""Error maps: where a model errs, in the layout of the field, with weights under which the map's mean is the score."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from chronotope.data.field import Field
from chronotope.errors import ArgumentError
from chronotope.tasks.forecast import channels_of


def error_map(table: pd.DataFrame, field: Field, model: str | None = None, score: str = "mae") -> xr.Dataset:
    """A table of `backtest(..., by="place")` as a map.

    Args:
        table: one row per model, variable and place.
        field: what was back-tested.
        model: whose errors; the first of the table by default.
        score: "mae", "coverage80" or "wql".

    Returns:
        For every variable the score at each place, NaN where nothing was scored, and `NAME_weight`: the share of the place in the whole,
        so that the sum of score times weight is the score of the whole table.

    Raises:
        ArgumentError: the table is none of places, or has no such model or score.
    """
    weight = {"mae": "n", "coverage80": "n", "wql": "size"}.get(score)
    if weight is None or not {"place", score, weight} <= set(table.columns):
        raise ArgumentError(
            f"An error map needs a table by place, and mae, coverage80 or wql; found {score!r} and columns {', '.join(table)}."
        )
    model = str(table["model"].iloc[0]) if model is None else model
    if model not in set(table["model"]):
        raise ArgumentError(f"model must be one of {', '.join(dict.fromkeys(table['model']))}; found {model!r}.")
    panel = field.panel()
    labels = pd.Index(np.arange(panel.values.shape[1]) if panel.places is None else np.asarray(panel.places))
    maps, shape = [], (1, *panel.values.shape[1:])
    for column in (score, weight):
        values = np.full(shape, np.nan)
        for name, rows in table[table["model"] == model].groupby("variable", sort=False):
            at = pd.Series(rows[column].to_numpy(float), index=rows["place"]).reindex(labels).to_numpy()
            at = at / np.nansum(at) if column == weight else at
            values[0][:, channels_of(field, (name,))] = at[:, None]
        maps.append(field.unpanel(values, panel.times[-1:], dim=None).isel(time=0, drop=True))
    shares = {f"{name}_weight": maps[1][name].fillna(0.0) for name in field.variables}
    return maps[0].assign(shares)
