"""Floors of downscaling: block means of the last fifth, refined again and compared with what was there."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from chronotope.baselines import DOWNSCALE_FLOORS
from chronotope.baselines.downscaling import block_mean
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.evaluate.scores.compare import block_rows

FRAMES = 100  # of the last fifth, evenly spaced
DEFINITIONS = {
    "mae": "mean absolute error of the fine values, units of the variable; best 0",
    "mae_spread": "standard deviation of mae when blocks of neighbouring steps are drawn anew (200 draws)",
    "rmse": "root of the mean squared error of the fine values, units of the variable; best 0",
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
    rows = []
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
        for model, floor in DOWNSCALE_FLOORS.items():
            start = time.perf_counter()
            gap = np.where(np.isfinite(truth), floor().refine(coarse, factor) - truth, np.nan).reshape(len(truth), -1)
            rows.append({"model": f"floor:{model}", "variable": name, **_scores(gap), "seconds": time.perf_counter() - start})
    return pd.DataFrame(rows).sort_values(["variable", "mae"], kind="stable", ignore_index=True)


def _scores(gap: np.ndarray) -> dict[str, float]:
    known = np.isfinite(gap)
    error, count = np.where(known, np.abs(gap), 0).sum(axis=1), known.sum(axis=1)
    drawn = block_rows(len(gap), 200)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.nanstd(error[drawn].sum(axis=1) / count[drawn].sum(axis=1))
    return {
        "mae": error.sum() / count.sum(),
        "mae_spread": float(spread),
        "rmse": float(np.sqrt(np.nansum(gap**2) / count.sum())),
        "n": int(count.sum()),
    }
