"""Asked: from a question about a panel of objects to their tracks and last positions, and from displacements back to an answer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.errors import DimensionError
from chronotope.evidence.motion.mix import Displacements
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.questions import PathAnswer, Question

Solver = Callable[[Tracks, Moments, np.ndarray, tuple[float, ...]], Displacements]
"""From tracks, the moments at which the asked objects were last seen, leads and levels to where they go."""


def path_answer(question: Question, solver: Solver) -> PathAnswer:
    """The answer of a solver to a question about objects whose two variables are their positions.

    Objects that were never seen before the first asked row get NaN.

    Raises:
        DimensionError: the frame has not two variables.
    """
    if question.frame.values.shape[2] != 2:
        found = ", ".join(question.frame.variables)
        raise DimensionError(f"Paths are asked of frames with two variables, the positions of objects; found {found}.")
    rows, levels = question.rows, question.levels
    path = np.full((len(rows), *question.asked.shape[1:]), np.nan)
    values = np.full((len(levels), *path.shape), np.nan)
    past = question.visible()[: question.first].astype(float)
    seen = np.isfinite(past).all(axis=2)
    who = np.flatnonzero(question.asked.any(axis=(0, 2)) & seen.any(axis=0))
    if len(rows) and len(who):
        last = len(seen) - 1 - seen[::-1, who].argmax(axis=0)
        tracks, moments = Tracks.of(past), Moments(last, who)
        shared = np.arange(1, int(rows[-1] - last.min()) + 1)
        made = solver(tracks, moments, shared, levels)
        k = np.arange(len(who))[:, None]
        way = made.path[k, rows - last[:, None] - 1] + tracks.position(moments)[:, None]
        path[:, who] = np.stack([way.real, way.imag], axis=-1).swapaxes(0, 1)
        values[:, :, who] = path[:, who] + made.offsets[:, k, rows - last[:, None] - 1].swapaxes(1, 2)
    asked = question.asked[rows]
    return PathAnswer(np.where(asked, np.maximum.accumulate(values, 0), np.nan), levels, np.where(asked, path, np.nan))
