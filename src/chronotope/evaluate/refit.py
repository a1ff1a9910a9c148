"""Refitted: a model that learns from the past, fitted on nothing but the past of each origin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from chronotope.questions import AbstractQuantilePredictor, Question


class Refitted(AbstractQuantilePredictor):
    """A predictor with `fit(panel, horizon)` that is fitted before its first answer and anew before every `every`-th one.

    Args:
        base: has `name`, and `fit(panel, horizon)` which gives a fitted predictor.
        every: answers between fits; 0 fits once.
    """

    def __init__(self, base: Any, every: int) -> None:
        self.name, self.kind, self._base, self._every = base.name, base.kind, base, every
        self._fitted: Any = None
        self._answers = 0

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, rows = question.frame, question.rows
        if self._fitted is None or (self._every and self._answers % self._every == 0):
            seen = replace(panel, values=question.visible().astype(np.float32))
            self._fitted = self._base.fit(seen.slice_time(0, int(rows[0])), int(rows[-1] - rows[0]) + 1)
        self._answers += 1
        return self._fitted.answer(question).values
