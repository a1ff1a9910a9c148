"""Averaged: several predictors as one, each quantile the weighted mean of theirs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.inspect.circle import averaged, directions_of
from chronotope.inspect.support import support_of
from chronotope.questions import Predictor, Question
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted


class Averaged(AbstractWrapper):
    """The weighted mean of the quantiles of several predictors; directions are averaged the short way round.

    Args:
        bases: at least one predictor.
        weights: one above zero for each, all alike by default; only their proportion counts.

    Raises:
        ArgumentError: there is no predictor, or the weights are not as above.
    """

    def __init__(self, bases: Sequence[Predictor], weights: Sequence[float] | None = None) -> None:
        given = np.ones(len(bases)) if weights is None else np.asarray(weights, float)
        if not len(bases):
            raise ArgumentError("bases must hold at least one predictor; found none.")
        if given.shape != (len(bases),) or not (np.isfinite(given) & (given > 0)).all():
            raise ArgumentError(f"weights must be a number above zero for each of the {len(bases)} predictors; found {weights!r}.")
        self.base, self._bases, self._weights = bases[0], tuple(bases), given / given.sum()

    @property
    def name(self) -> str:  # type: ignore[override]
        """The names of those inside."""
        return f"mean({', '.join(base.name for base in self._bases)})"

    @property
    def kind(self) -> str:  # type: ignore[override]
        """That of the first inside that is no floor; a floor where all are."""
        return next((base.kind for base in self._bases if base.kind != "floor"), "floor")

    @property
    def reads_known(self) -> bool:  # type: ignore[override]
        """Whether any inside does."""
        return any(getattr(base, "reads_known", True) for base in self._bases)

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        answers = [ask(base, question) for base in self._bases]
        return mean_of(question, answers, self._weights.tolist()).astype(np.float32)

    def fit(self, panel: Panel, horizon: int) -> Averaged:
        """See `AbstractWrapper`."""
        return Averaged([fitted(base, panel, horizon) for base in self._bases], self._weights.tolist())


def mean_of(question: Question, answers: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The weighted mean of quantiles (q, h, n, v), level by level, where values can lie: counts are whole, directions go round."""
    if question.frame.blocks is not None:  # what is seen are means, which say nothing of the bounds inside
        return averaged(answers, weights, directions(question))
    support = support_of(question.visible(), question.frame.called, question.frame.units)
    return support.kept(averaged(answers, weights, support.circle))


def directions(question: Question) -> np.ndarray:
    """Which variables (v,) are directions in degrees, by their names and what is seen."""
    return directions_of(question.visible(), question.frame.called, question.frame.units)
