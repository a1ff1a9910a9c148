"""Floors of downscaling: block means of the last fifth, refined again and compared with what was there."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from chronotope.baselines import DOWNSCALE_FLOORS
from chronotope.baselines.downscaling import block_mean
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.evaluate.asking import costing
from chronotope.evaluate.scores.sums import Sums, cells, each_or_broken, gathered
from chronotope.evaluate.scores.table import plain_table

FRAMES = 100  # of the last fifth, evenly spaced
WORDS = {
    "mae": "mean absolute error of the fine values, units of the variable; best 0",
    "mae_spread": "standard deviation of mae when blocks of neighbouring steps are drawn anew (200 draws)",
    "rmse": "root of the mean squared error of the fine values, units of the variable; best 0",
    "bias": "mean of fine value minus truth, units of the variable; best 0",
    "n": "fine cells with a truth, in blocks without a gap",
    "seconds": "time inside refine",
}


def downscaling(field: Field, target: tuple[str, ...], factor: int) -> pd.DataFrame:
    """Scores of refining block means of `factor` x `factor` cells; rows and columns that fill no block are left out.

    Raises:
        KindError: the field is no grid.
        ArgumentError: `factor` is below 2, or larger than the grid.
        DataError: no block is without a gap.
    """
    if field.kind not in ("grid", "video"):
        raise KindError(f"Downscaling needs a grid or a video; this field is {field.kind}. Choose another task.")
    tables = []
    for name in target:
        values = field.dataset[name].transpose("time", ..., *field.space).values
        values = values[np.unique(np.linspace(int(0.8 * len(values)), len(values) - 1, FRAMES).astype(int))].astype(float)
        if not 2 <= factor <= min(values.shape[-2:]):
            raise ArgumentError(f"factor must be from 2 to the shorter side of the grid, {min(values.shape[-2:])}; found {factor}.")
        y, x = (size // factor * factor for size in values.shape[-2:])
        truth = values[..., :y, :x]
        coarse = block_mean(truth, factor)
        if not np.isfinite(coarse).any():
            raise DataError(f"At least one block of {factor} x {factor} cells must be without a gap; {name!r} has none in the last fifth.")
        work = {f"floor:{model}": partial(_refined, make, coarse, truth, factor) for model, make in DOWNSCALE_FLOORS.items()}
        made = each_or_broken(work, gives="point")
        tables.append(plain_table(made, {name: np.array([True])}, "mae", lambda sums, at: {"mae_spread": sums.spread(at)}))
    return pd.concat(tables).sort_values(["variable", "mae"], kind="stable", ignore_index=True)


def _refined(make: Any, coarse: np.ndarray, truth: np.ndarray, factor: int) -> Sums:
    with costing() as cost:
        fine = make().refine(coarse, factor)
    made = cells(fine.reshape(len(fine), -1), truth.reshape(len(truth), -1), "point")
    return gathered(made.sum(axis=2), "point", cost[0])
