"""What every wrapper is: a predictor made of predictors, with the contract of those inside."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions import AbstractQuantilePredictor, Predictor, Question


class AbstractWrapper(AbstractQuantilePredictor):
    """A predictor in, a predictor out, so that wrappers stack in any order; its name and kind are those of `base`."""

    base: Predictor

    @property
    def name(self) -> str:  # type: ignore[override]
        """What tables call it."""
        return self.base.name

    @property
    def kind(self) -> str:  # type: ignore[override]
        """That of what it wraps."""
        return self.base.kind

    @property
    def reads_known(self) -> bool:  # type: ignore[override]
        """That of what it wraps."""
        return bool(getattr(self.base, "reads_known", True))

    @abstractmethod
    def fit(self, panel: Panel, horizon: int) -> Predictor:
        """The same wrapper around what is inside, fitted on a panel where it learns from one."""


def ask(predictor: Predictor, question: Question) -> np.ndarray:
    """Quantiles (q, h, n, v) of the predictor inside; the only line in which wrappers ask one."""
    return predictor.answer(question).values


def fitted(predictor: Predictor, panel: Panel, horizon: int) -> Predictor:
    """A predictor that learns from a panel, fitted on it; any other as it is."""
    return predictor.fit(panel, horizon) if hasattr(predictor, "fit") else predictor
