"""Query: a task is a pair of masks on one frame - what may be seen, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import DimensionError

QUANTILE_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Query:
    """What a model may see of a panel and what it is asked.

    Attributes:
        seen: bool (t, n, v); values of the panel outside it must not influence the answer.
        asked: bool (t, n, v); never true where `seen` is true.
    """

    seen: np.ndarray
    asked: np.ndarray

    def __post_init__(self) -> None:
        if self.seen.shape != self.asked.shape:
            raise DimensionError(f"Query.seen and Query.asked must have one shape; found {self.seen.shape} and {self.asked.shape}.")
        if (self.seen & self.asked).any():
            raise DimensionError("Query.asked must not overlap Query.seen; hide the asked cells first.")

    @property
    def rows(self) -> np.ndarray:
        """Indices of the steps in which something is asked, (h,)."""
        return np.flatnonzero(self.asked.any(axis=(1, 2)))


class Predictor(Protocol):
    """The one primitive: every network, baseline and wrapped third-party method has it."""

    @property
    def name(self) -> str:
        """What tables call it."""
        ...

    def predict(self, panel: Panel, query: Query, levels: tuple[float, ...] = QUANTILE_LEVELS) -> np.ndarray:
        """Quantiles of the asked cells.

        Args:
            panel: the frame; for a forecast it has been extended by the steps that are asked.
            query: the pair of masks on that frame.
            levels: quantile levels in (0, 1), increasing.

        Returns:
            float32 (q, h, n, v) with h = len(query.rows); finite and not decreasing along q where asked,
            NaN elsewhere.
        """
        ...
