"""Refitted: a model that learns from the past, fitted on nothing but the past of each origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions import Predictor, Question
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted


class Refitted(AbstractWrapper):
    """A predictor that is fitted before its first answer and anew before every `every`-th one; one that learns nothing is just asked.

    Args:
        base: may have `fit(panel, horizon)`, which gives a fitted predictor.
        every: answers between fits; 0 fits once.
    """

    def __init__(self, base: Predictor, every: int) -> None:
        self.base, self._every = base, every
        self._fitted: Predictor | None = None
        self._answers = 0

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        if self._fitted is None or (self._every and self._answers % self._every == 0):
            self._fitted = self._fit(question) if len(question.rows) else self.base
        self._answers += 1
        return ask(self._fitted, question)

    def fit(self, panel: Panel, horizon: int) -> Predictor:
        """See `AbstractWrapper`; what is fitted from outside is not fitted again."""
        return fitted(self.base, panel, horizon)

    def _fit(self, question: Question) -> Predictor:
        rows = question.rows
        seen = replace(question.frame, values=question.visible().astype(np.float32))
        return fitted(self.base, seen.slice_time(0, int(rows[0])), int(rows[-1] - rows[0]) + 1)
