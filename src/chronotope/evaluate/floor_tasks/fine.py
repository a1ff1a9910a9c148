"""Floors of downscaling: block means of the last fifth, refined again and compared with what was there."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, DOWNSCALE_FLOORS
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.evaluate.tally import assemble, collapse
from chronotope.harmonize.upscale import upscale
from chronotope.questions import Question
from chronotope.questions.kinds.fine import within

FRAMES = 100  # of the last fifth, evenly spaced
DEFINITIONS = {
    "mae": "mean absolute error of the median of the fine values, units of the variable; best 0",
    "mae_spread": "standard deviation of mae when blocks of neighbouring steps are drawn anew (200 draws)",
    "rmse": "root of the mean squared error of the median, units of the variable; best 0",
    "wql": "weighted quantile loss: twice the pinball loss, mean over nine levels, over the sum of |truth|; best 0",
    "coverage80": "share of the truth between the quantiles 0.1 and 0.9; best 0.8",
    "n": "fine cells with a truth, in blocks without a gap",
    "seconds": "time inside predict",
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
    shortest = min(field.dataset.sizes[dim] for dim in field.space)
    if not 2 <= factor <= shortest:
        raise ArgumentError(f"factor must be from 2 to the shorter side of the grid, {shortest}; found {factor}.")
    steps = field.dataset.sizes["time"]
    part = field.isel(time=np.unique(np.linspace(int(0.8 * steps), steps - 1, FRAMES).astype(int)))
    rows = [row for name in target for row in _rows(part, name, factor)]
    return pd.DataFrame(rows).sort_values(["variable", "mae"], kind="stable", ignore_index=True)


def _rows(field: Field, name: str, factor: int) -> list[dict]:
    """Scores of every floor for one variable."""
    question, truth = asked_within(field, name, factor)
    if not np.isfinite(truth).any():
        raise DataError(f"At least one block of {factor} x {factor} cells must be without a gap; {name!r} has none in the last fifth.")
    rows = []
    for model in (*DOWNSCALE_FLOORS, "area_to_point"):
        start = time.perf_counter()
        answer = BASELINES[model]().answer(question).values
        seconds = time.perf_counter() - start
        channels = truth.shape[2] // 2
        steps = [collapse(answer[:, [h], :, :channels], truth[[h], :, :channels], False) for h in range(len(truth))]
        tally = assemble(steps, seconds)
        scores = tally.scores()
        kept = {"mae": scores["mae"], "mae_spread": tally.spread(), **{key: scores[key] for key in ("rmse", "wql", "coverage80", "n")}}
        rows.append({"model": f"baseline:{model}", "variable": name, **kept, "seconds": seconds})
    return rows


def asked_within(field: Field, name: str, factor: int) -> tuple[Question, np.ndarray]:
    """The question about the cells inside the block means of a variable, and the truth (h, n, v) in its asked cells."""
    sides = (factor, factor)
    whole = field.isel(**{dim: slice(0, field.dataset.sizes[dim] // factor * factor) for dim in field.space})
    coarse, fine = upscale(whole, factor).panel(name), whole.panel(name)
    shape = (whole.dataset.sizes[field.space[0]] // factor, whole.dataset.sizes[field.space[1]] // factor)
    question = within(coarse, shape, sides, xy=fine.xy)
    truth = np.concatenate([fine.values, np.full_like(fine.values, np.nan)], axis=2)[question.rows]
    return question, np.where(question.asked[question.rows], truth, np.nan)
