"""Refitted: a model that learns from the past, fitted on nothing but the past of each origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.tokens.query import Predictor, Query
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted


class Refitted(AbstractWrapper):
    """A predictor that is fitted before its first answer and anew before every `every`-th one; one that learns nothing is just asked.

    Args:
        base: may have `fit(panel, horizon)`, which gives a fitted predictor.
        every: answers between fits; 0 fits once.
    """

    def __init__(self, base: Predictor, every: int) -> None:
        self._base, self._every = base, every
        self._fitted: Predictor | None = None
        self._answers = 0

    @property
    def name(self) -> str:
        """The name of the model."""
        return self._base.name

    def quantiles(self, panel: Panel, query: Query, levels: tuple[float, ...]) -> np.ndarray:
        """See `AbstractWrapper`."""
        rows = query.rows
        if self._fitted is None or (self._every and self._answers % self._every == 0):
            self._fitted = self._base if not len(rows) else self._fit(panel, query, int(rows[0]), int(rows[-1] - rows[0]) + 1)
        self._answers += 1
        return ask(self._fitted, panel, query, levels)

    def fit(self, panel: Panel, horizon: int) -> Predictor:
        """See `AbstractWrapper`; what is fitted from outside is not fitted again."""
        return fitted(self._base, panel, horizon)

    def _fit(self, panel: Panel, query: Query, first: int, horizon: int) -> Predictor:
        seen = replace(panel, values=np.where(query.seen, panel.values, np.nan).astype(np.float32))
        return fitted(self._base, seen.slice_time(0, first), horizon)
