"""Fine: a variable is asked of which a coarser one is seen everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.blocks import Blocks
from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import PATCH, Kind, inside
from chronotope.questions.question import Question
from chronotope.questions.wants import Quantiles, Want


def within(
    coarse: Panel,
    shape: tuple[int, int],
    factor: tuple[int, int],
    *,
    seen: np.ndarray | None = None,
    target: np.ndarray | None = None,
    xy: np.ndarray | None = None,
    want: Want = Quantiles(),
) -> Question:
    """The question about the cells inside those of a grid; each variable stands twice in its frame, fine and as its block means.

    Args:
        coarse: the grid, its places row by row; steps may be rows of NaN where only fine values are seen.
        shape: coarse rows and columns.
        factor: fine cells along the two sides of a coarse one.
        seen: fine values (t, n, v) of the steps in which they are known, n the fine cells row by row, NaN in all others; what is known
            is not asked.
        target: bool (v,), variables that are asked; all by default.
        xy: (n, 2) of the fine cells.
        want: the form of the answer.
    """
    rows, columns = (axis.ravel() for axis in np.indices((shape[0] * factor[0], shape[1] * factor[1])))
    block = rows // factor[0] * shape[1] + columns // factor[1]
    t, _, v = coarse.values.shape
    fine = np.full((t, len(rows), v), np.nan, coarse.values.dtype) if seen is None else seen.astype(coarse.values.dtype)
    values = np.concatenate([fine, coarse.values[:, block]], axis=2)
    mask = np.isfinite(values)
    asked = np.zeros(values.shape, bool)
    asked[..., :v] = mask[..., v:] & (True if target is None else target) & ~mask[..., :v].any(axis=(1, 2), keepdims=True)
    names = (*coarse.variables, *(f"{name} (mean of its block)" for name in coarse.variables))
    blocks = Blocks(rows, columns, factor, (*range(v, 2 * v), *[-1] * v))
    beside = {
        "units": coarse.units * 2,
        "standard_names": coarse.standard_names * 2,
        "totals": (False,) * 2 * v,
        "xy": xy,
        "latlon": None,
        "places": None,
        "edges": None,
    }
    frame = replace(coarse, values=values, variables=names, edge_history=None, cells=None, blocks=blocks, **beside)
    return Question(frame, mask, asked, want)


def _recognises(question: Question) -> bool:
    """Cells of blocks are asked; or at most places, or in most rows, a variable while another is seen in all the asked cells."""
    if question.frame.blocks is not None:
        return True
    asked = np.asarray(question.asked.any(axis=2))
    variables = np.asarray(question.asked.any(axis=(0, 1)))
    if variables.all() or not asked.any():
        return False
    beside = (question.seen[..., ~variables] | ~asked[..., None]).all(axis=(0, 1)).any()
    hidden = ~question.seen[..., variables].any(axis=2)
    return bool(beside and question.both_sides and hidden.mean() > 0.5)


def _hide(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """The first variable at most places, or at all places in most steps, in place."""
    t, n, _ = seen.shape
    if n >= 6 and rng.random() < 0.5:
        seen[:, rng.choice(n, int(rng.integers(n // 2 + 1, n)), replace=False), 0] = False
        return
    run = int(rng.uniform(0.5, 0.9) * t) + 1
    last = min(int(starts[starts < t].max()) + PATCH, t)
    earliest, latest = max(0, last - run), min(int(starts[0]), t - run)  # so that it holds all that is asked, if that fits into it
    begin = int(rng.integers(min(earliest, latest), max(earliest, latest) + 1))
    seen[begin : begin + run, :, 0] = False


KIND = Kind("fine", "a variable, from a coarser one that is seen everywhere", _recognises, 0.04, inside("fine", _hide), (40, 1, 1))
