"""Nature: what a variable is decides what may be answered - totals gain, directions turn, known drivers act, bounds hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from chronotope.inspect.support import Support, support_of
from chronotope.model.drivers import driven, drivers_of, put_back, without_holes
from chronotope.model.legs import in_legs
from chronotope.model.lines import without_lines
from chronotope.model.onward import onward
from chronotope.model.reach import within_reach
from chronotope.model.silent import in_usual_size
from chronotope.model.still import with_still_despite
from chronotope.model.support import unwound
from chronotope.model.totals import predict_totals, totals_asked, within_totals
from chronotope.questions import QUANTILE_LEVELS, Question


def by_nature(question: Question, answer: Callable[[Question], np.ndarray]) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 by a rule that knows numbers only, as the variables' nature allows."""
    totals = totals_asked(question)
    if totals.any():
        return predict_totals(lambda one: by_nature(one, answer), question, totals)
    support = support_of(question.visible(), question.frame.called, question.frame.units)
    question = unwound(question, support)
    apart = None if support.circle.any() else without_lines(question)
    if apart is None:
        said = _driven(question, answer, support)
    else:
        levels = tuple(sorted({*question.levels, *QUANTILE_LEVELS}))
        said = put_back(_driven(apart[0].wanting(levels), answer, support), *apart[1:], levels)
        said = said[[levels.index(level) for level in question.levels]]
    return within_totals(question, support.kept(said)).astype(np.float32)


def _driven(question: Question, answer: Callable[[Question], np.ndarray], support: Support) -> np.ndarray:
    """The same of what variables known ahead act on; their effect is taken off and put back."""
    less = driven(question)
    near = partial(within_reach, answer=partial(in_usual_size, answer=answer), endless=support.circle)
    if less is None:
        return onward(question, partial(in_legs, answer=near))
    levels = tuple(sorted({*question.levels, *QUANTILE_LEVELS})) if less[2].any() else question.levels
    said = put_back(in_legs(less[0].wanting(levels), near), *less[1:], levels)[[levels.index(level) for level in question.levels]]
    said = with_still_despite(question, drivers_of(question), said)
    holes = without_holes(question)
    return said if holes is None else np.where(holes[0][..., None], by_nature(holes[1], answer), said)
