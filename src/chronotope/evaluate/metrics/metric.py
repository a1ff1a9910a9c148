"""Metric: a score with what a table needs to know of it, and the sums over cells that it is made of.

A table never holds all answers at once. It adds up `Sum`s cell by cell and makes the score of the totals, so a metric
that names its sums reaches every table of answers that it fits; one without sums is a function on whole arrays only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chronotope.evaluate.metrics.probabilistic import pinball

GIVES = {
    "point": ("point",),
    "quantiles": ("point", "quantiles"),
    "paths": ("paths",),
    "rate": ("rate",),
}
"""The needs that an answer meets: quantiles hold a point too, their median."""


@dataclass(frozen=True)
class Sum:
    """One of the sums that scores are made of.

    Attributes:
        name: sums of one name are the same.
        needs: "point", "quantiles", "paths" or "rate".
        of: a number for every cell, from (point, truth), (quantiles, truth, levels), (paths, truth) or (rates, integral).
    """

    name: str
    needs: str
    of: Callable[..., np.ndarray] = field(repr=False)


@dataclass(frozen=True)
class Metric:
    """An entry of `METRICS`; calling it calls `function`.

    Attributes:
        function: (forecast, truth, ...) -> score, on arrays, tensors and DataArrays.
        better: "smaller", "larger", or "near" the best value.
        best: that value; None where it depends on the data.
        needs: "point", "quantiles", "samples", "rate" or "paths".
        words: what a table says it is; the first line of the function's docstring by default.
        sums: what the score is made of, cell by cell; without them it reaches no table.
        score: the score from the totals of `sums`, in their order; their quotient by default.
        column: its name in tables, the one in the registry by default.
    """

    function: Callable[..., Any] = field(repr=False)
    better: str = "smaller"
    best: float | None = 0.0
    needs: str = "point"
    words: str = ""
    sums: tuple[Sum, ...] = field(default=(), repr=False)
    score: Callable[..., Any] = field(default=lambda total, count: total / count, repr=False)
    column: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.function.__doc__)
        if not self.words:
            object.__setattr__(self, "words", (self.function.__doc__ or "").strip().split("\n")[0])

    def __call__(self, forecast: Any, truth: Any, *args: Any, **options: Any) -> Any:
        return self.function(forecast, truth, *args, **options)

    def of(self, totals: dict[str, Any]) -> float:
        """The score of totals by name of the sum; NaN where nothing was added up."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return float(self.score(*(np.float64(totals[one.name]) for one in self.sums)))


def explained(square: float, first: float, second: float, count: float) -> float:
    """One less the squared error over that of the mean of the truth; NaN where the truth does not vary."""
    spread = second - first**2 / count
    return 1 - square / spread if spread > 1e-9 * max(second, 1e-30) else np.nan


def over_size(loss: float, size: float) -> float:
    """A loss over the sum of |truth|; NaN where all truth is zero."""
    return loss / size if size > 0 else np.nan


def _between(low: float, high: float) -> Callable[..., np.ndarray]:
    def inside(quantiles: np.ndarray, truth: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
        return (truth >= quantiles[levels.index(low)]) & (truth <= quantiles[levels.index(high)])

    return inside


COUNT = Sum("n", "point", lambda point, truth: np.ones(truth.shape))
ERROR = Sum("error", "point", lambda point, truth: np.abs(point - truth))
SQUARE = Sum("square", "point", lambda point, truth: (point - truth) ** 2)
SIGNED = Sum("signed", "point", lambda point, truth: point - truth)
SIZE = Sum("size", "point", lambda point, truth: np.abs(truth))
TRUTH = Sum("truth", "point", lambda point, truth: truth)
TRUTH_SQUARE = Sum("truth_square", "point", lambda point, truth: truth**2)
LOSS = Sum("loss", "quantiles", lambda q, truth, levels: 2 * pinball(q, truth, levels).mean(axis=0))
INSIDE = Sum("inside", "quantiles", _between(0.1, 0.9))
