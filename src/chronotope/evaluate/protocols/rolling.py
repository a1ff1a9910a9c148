"""Rolling: one model asked from many origins of one panel, and its answers added up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import BudgetError
from chronotope.evaluate.asking import Cost, measured
from chronotope.evaluate.scores.sums import Sums, assemble, collapse, or_broken
from chronotope.inspect.circle import ways_of
from chronotope.pace import anew, paced, room, say
from chronotope.questions import QUANTILE_LEVELS, Predictor
from chronotope.questions.predictor import shown_name
from chronotope.tasks.forecast import Ask, question

LEAST_ORIGINS = 4  # that a budget leaves


def rolling(predictor: Predictor, panel: Panel, ask: Ask) -> Sums:
    """Ask a predictor from every origin of `ask` and add up; one that breaks leaves sums of nothing that say so.

    Args:
        predictor, panel, ask: who is asked, and what; truth is what the panel holds in the asked steps.
    """
    one = Rolled(predictor, panel, ask, detail=False, keep=False)
    for origin in paced(ask.origins):
        one.answer(origin)
    return one.sums(len(ask.origins))


def rolling_together(
    predictors: Sequence[Predictor], panel: Panel, ask: Ask, detail: bool = False, keep: bool = False
) -> tuple[list[Rolled], list[int]]:
    """Ask all of them from one origin after the other; under a budget from fewer origins, and fewer floors if those are still too many.

    Returns:
        Those that were asked, in order, and the origins that they were asked from.
    """
    asked = [Rolled(one, panel, ask, detail, keep) for one in predictors]
    taken: list[int] = []
    for origin in paced(ask.origins, LEAST_ORIGINS, "origins"):
        for one in paced(asked, alike=False):
            one.answer(origin)
        taken.append(origin)
        if len(taken) == 1:
            asked = _affordable(asked, min(LEAST_ORIGINS, len(ask.origins)) - 1)
    return asked, taken


def _affordable(asked: list[Rolled], more: int) -> list[Rolled]:
    """All of them, or without the slowest floors if the budget has no room for so many more origins; one floor always stays."""
    left = room()
    if left is None:
        return asked
    kept, dropped = list(asked), []
    for one in sorted(asked, key=lambda one: -one.cost.seconds):
        floors = sum(other.predictor.kind == "floor" for other in kept)
        if more * sum(other.cost.seconds for other in kept) > left and one.predictor.kind == "floor" and floors > 1:
            kept.remove(one)
            dropped.append(shown_name(one.predictor))
    if dropped:
        say(f"{', '.join(dropped)} {'is' if len(dropped) == 1 else 'are'} left out, the slowest of the floors, to keep the budget")
        anew()
    return kept


class Rolled:
    """One predictor that is asked from one origin after the other, until it breaks; its answers added up."""

    def __init__(self, predictor: Predictor, panel: Panel, ask: Ask, detail: bool, keep: bool) -> None:
        self.predictor, self._panel, self._ask, self._detail, self._keep = predictor, panel, ask, detail, keep
        self.cost = Cost()
        self._ways = ways_of(panel.values, panel.called, panel.units)
        self._parts: list[tuple[np.ndarray, ...]] = []
        self._kept: list[np.ndarray] = []
        self._error: Exception | None = None

    def answer(self, origin: int) -> None:
        """Ask from an origin; nothing more once it broke."""
        if self._error is not None:
            return
        try:
            self._add(origin)
        except BudgetError:
            raise
        except Exception as error:  # another package's model may raise anything
            self._error = error

    def sums(self, origins: int) -> Sums:
        """What was added up over so many origins; sums of nothing that say so where it broke."""
        return or_broken(self._assembled, (origins, self._ask.horizon, *self._panel.values.shape[1:]))

    def answers(self, origins: int) -> np.ndarray:
        """Its answers (q, o, h, n, v), NaN where nothing was asked or it broke."""
        shape = (len(QUANTILE_LEVELS), origins, self._ask.horizon, *self._panel.values.shape[1:])
        return np.full(shape, np.nan, np.float32) if self._error is not None else np.stack(self._kept, axis=1)

    def _assembled(self) -> Sums:
        if self._error is not None:
            raise self._error
        return assemble(self._parts, self.cost)

    def _add(self, origin: int) -> None:
        answer, asked, spent = answer_from(self.predictor, self._panel, self._ask, origin)
        self.cost += spent
        truth = np.where(asked, self._panel.after(origin, self._ask.horizon), np.nan)
        self._parts.append(collapse(answer, truth, self._detail, self._ways))
        if self._keep:
            self._kept.append(answer)


def answer_from(predictor: Predictor, panel: Panel, ask: Ask, origin: int) -> tuple[np.ndarray, np.ndarray, Cost]:
    """Quantiles (q, h, n, v), NaN where nothing is asked, which cells are asked (h, n, v), and what it cost."""
    one = question(panel, ask, origin)
    asked = one.asked[-ask.horizon :]
    if not asked.any():
        return np.full((len(QUANTILE_LEVELS), *asked.shape), np.nan, np.float32), asked, Cost()
    answer, cost = measured(predictor, one)
    return np.where(asked, answer, np.nan).astype(answer.dtype), asked, cost
