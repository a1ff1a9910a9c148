"""Rolling: one model asked from many origins of one panel, and its answers added up."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.evaluate.asking import Cost, measured
from chronotope.evaluate.scores.sums import Sums, assemble, collapse, or_broken
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.tasks.forecast import Ask, question


def rolling(predictor: Predictor, panel: Panel, ask: Ask, detail: bool = False, keep: list[np.ndarray] | None = None) -> Sums:
    """Ask a predictor from every origin of `ask` and add up; one that breaks leaves sums of nothing that say so.

    Args:
        predictor, panel, ask: who is asked, and what; truth is what the panel holds in the asked steps.
        detail: also keep the sums by lead and by place.
        keep: a list that takes the answers (q, o, h, n, v), NaN where nothing was asked or the model broke.
    """
    shape = (len(ask.origins), ask.horizon, *panel.values.shape[1:])
    answers: list[np.ndarray] = []
    made = or_broken(lambda: _rolled(predictor, panel, ask, detail, answers if keep is not None else None), shape)
    if keep is not None:
        nothing = np.full((len(QUANTILE_LEVELS), *shape), np.nan, np.float32)
        keep.append(nothing if made.broken else np.stack(answers, axis=1))
    return made


def _rolled(predictor: Predictor, panel: Panel, ask: Ask, detail: bool, keep: list[np.ndarray] | None) -> Sums:
    parts, cost = [], Cost()
    for origin in ask.origins:
        answer, asked, spent = answer_from(predictor, panel, ask, origin)
        cost += spent
        parts.append(collapse(answer, np.where(asked, panel.after(origin, ask.horizon), np.nan), detail))
        if keep is not None:
            keep.append(answer)
    return assemble(parts, cost)


def answer_from(predictor: Predictor, panel: Panel, ask: Ask, origin: int) -> tuple[np.ndarray, np.ndarray, Cost]:
    """Quantiles (q, h, n, v), NaN where nothing is asked, which cells are asked (h, n, v), and what it cost."""
    one = question(panel, ask, origin)
    asked = one.asked[-ask.horizon :]
    if not asked.any():
        return np.full((len(QUANTILE_LEVELS), *asked.shape), np.nan, np.float32), asked, Cost()
    answer, cost = measured(predictor, one)
    return np.where(asked, answer, np.nan).astype(answer.dtype), asked, cost
