"""Nature: what a variable is decides what may be answered - totals go on by their gains, directions turn, bounds hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.inspect.support import support_of
from chronotope.model.support import unwound
from chronotope.model.totals import predict_totals, totals_asked
from chronotope.questions import Question


def by_nature(question: Question, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 by a rule that knows numbers only, as the variables' nature allows."""
    totals = totals_asked(question)
    if totals.any():
        return predict_totals(lambda one: by_nature(one, answer), question, totals)
    support = support_of(question.visible(), question.frame.variables, question.frame.units)
    return support.kept(answer(unwound(question, support))).astype(np.float32)
