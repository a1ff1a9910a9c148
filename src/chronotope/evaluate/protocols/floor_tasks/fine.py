"""Floors of downscaling: block means of the last fifth, refined again and compared with what was there."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from chronotope.baselines import BASELINES, DOWNSCALE_FLOORS
from chronotope.data.field import Field
from chronotope.errors import ArgumentError, DataError, KindError
from chronotope.evaluate.asking import measured
from chronotope.evaluate.scores.sums import Sums, assemble, collapse, each_or_broken
from chronotope.evaluate.scores.table import plain_table
from chronotope.harmonize.upscale import upscale
from chronotope.questions import Question
from chronotope.questions.kinds.fine import within

FRAMES = 100  # of the last fifth, evenly spaced
WORDS = {
    "mae_spread": "standard deviation of mae when blocks of neighbouring steps are drawn anew (200 draws)",
    "n": "fine cells with a truth, in blocks without a gap",
    "seconds": "time of the answers",
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
    tables = []
    for name in target:
        question, truth = asked_within(part, name, factor)
        if not np.isfinite(truth).any():
            raise DataError(f"At least one block of {factor} x {factor} cells must be without a gap; {name!r} has none in the last fifth.")
        work = {f"baseline:{model}": partial(_refined, model, question, truth) for model in (*DOWNSCALE_FLOORS, "area_to_point")}
        made = each_or_broken(work, (len(truth), 1, 1, truth.shape[2]))
        tables.append(plain_table(made, {name: np.ones(truth.shape[2], bool)}, "mae", lambda sums, at: {"mae_spread": sums.spread(at)}))
    return pd.concat(tables).sort_values(["variable", "mae"], kind="stable", ignore_index=True)


def asked_within(field: Field, name: str, factor: int) -> tuple[Question, np.ndarray]:
    """The question about the cells inside the block means of a variable, and the truth (h, n, v) of its asked cells."""
    whole = field.isel(**{dim: slice(0, field.dataset.sizes[dim] // factor * factor) for dim in field.space})
    coarse, fine = upscale(whole, factor).panel(name), whole.panel(name)
    shape = (whole.dataset.sizes[field.space[0]] // factor, whole.dataset.sizes[field.space[1]] // factor)
    question = within(coarse, shape, (factor, factor), xy=fine.xy)
    asked = question.asked[..., : fine.values.shape[2]]
    return question, np.where(asked, fine.values, np.nan)[question.rows]


def _refined(model: str, question: Question, truth: np.ndarray) -> Sums:
    """The scores of a floor, step by step."""
    answer, cost = measured(BASELINES[model](), question)
    answer = answer[..., : truth.shape[2]]
    return assemble([collapse(answer[:, [h]], truth[[h]]) for h in range(len(truth))], cost)
