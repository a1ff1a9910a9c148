"""What every wrapper is: a predictor made of predictors, with the contract of those inside."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from chronotope.data.panel import Panel
from chronotope.tokens.query import QUANTILE_LEVELS, Predictor, Query


class AbstractWrapper(ABC):
    """A predictor in, a predictor out, so that wrappers stack in any order."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What tables call it."""

    def predict(self, panel: Panel, query: Query, levels: tuple[float, ...] = QUANTILE_LEVELS) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `Predictor`."""
        return self.quantiles(panel, query, levels)

    @abstractmethod
    def quantiles(self, panel: Panel, query: Query, levels: tuple[float, ...]) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells, NaN elsewhere."""

    @abstractmethod
    def fit(self, panel: Panel, horizon: int) -> Predictor:
        """The same wrapper around what is inside, fitted on a panel where it learns from one."""


def ask(predictor: Predictor, panel: Panel, query: Query, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h, n, v) of the predictor inside; the only line in which wrappers ask one."""
    return predictor.predict(panel, query, levels)


def fitted(predictor: Predictor, panel: Panel, horizon: int) -> Predictor:
    """A predictor that learns from a panel, fitted on it; any other as it is."""
    return predictor.fit(panel, horizon) if hasattr(predictor, "fit") else predictor
