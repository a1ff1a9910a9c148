"""Lifted: a predictor of quantiles asked for rates - the negative binomial distribution that its quantiles speak of."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from chronotope.baselines.event_history import EventHistory
from chronotope.baselines.poisson import SmoothedRates
from chronotope.evidence.counts.distribution import DISPERSIONS, count_quantiles
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles, Question, Rate, RateAnswer, Want
from chronotope.questions.predictor import check_want

TAIL = 0.7  # of an exponential tail above the highest level: between that of a normal and of an exponential distribution


class Lifted:
    """Rates from quantiles of counts.

    The mean and the variance are those of the quantile function, and the count has the negative binomial distribution that shares them.
    Where even the highest quantile says that nothing happens, the quantiles only bound the rate, and the cell's own mean (drawn to that
    of all cells) stands within the bound.

    Args:
        base: a predictor that gives quantiles.
    """

    gives: ClassVar[frozenset[type[Want]]] = frozenset({Rate})

    def __init__(self, base: Predictor) -> None:
        self.base, self.name, self.kind = base, base.name, base.kind

    def answer(self, question: Question) -> RateAnswer:
        """Rates of the asked cells; see `Predictor.answer`.

        Raises:
            ArgumentError: something else than a rate is wanted.
            KindError: the frame carries no events.
        """
        check_want(self, question)
        history = EventHistory.of(question, self.name)
        told = np.maximum(self.base.answer(question.wanting(Quantiles(QUANTILE_LEVELS))).values.astype(float), 0.0)
        mean, variance = moments(told)
        own = SmoothedRates().rates(history).ahead[..., None]
        bound = -np.log(QUANTILE_LEVELS[-1])  # below it nine of ten steps are empty
        mean = np.maximum(mean, np.minimum(own, bound))
        dispersion = np.clip((variance - mean) / np.maximum(mean, 1e-12) ** 2, 0.0, DISPERSIONS[-1])
        share = newcomers(history)
        rate = mean * (1 - share) if history.events.elsewhere else mean
        each = share * np.nansum(mean, axis=(1, 2)) / max(history.events.elsewhere, 1)
        return RateAnswer(count_quantiles(rate, dispersion, question.levels), question.levels, rate, each)

    def fit(self, panel: Any, horizon: int) -> Lifted:
        """The same around what is inside, fitted on a panel where it learns from one."""
        return Lifted(self.base.fit(panel, horizon)) if hasattr(self.base, "fit") else self


def moments(quantiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance (...) of quantiles (9, ...) at the levels of the house: straight between them, exponential beyond the last."""
    levels = np.array([0.0, *QUANTILE_LEVELS])
    lowest = np.maximum(2 * quantiles[0] - quantiles[1], 0.0)
    known = np.concatenate([lowest[None], quantiles])
    gaps = np.diff(levels).reshape(-1, *[1] * (quantiles.ndim - 1))
    a, b = known[:-1], known[1:]
    beyond = TAIL * (quantiles[-1] - quantiles[4]) / np.log(5.0)
    left = 1 - QUANTILE_LEVELS[-1]
    mean = (gaps * (a + b) / 2).sum(axis=0) + left * (quantiles[-1] + beyond)
    square = (gaps * (a * a + a * b + b * b) / 3).sum(axis=0) + left * ((quantiles[-1] + beyond) ** 2 + beyond**2)
    return mean, np.maximum(square - mean**2, 0.0)


def newcomers(history: EventHistory) -> float:
    """Share of events to come that will fall where nothing happened in or beside the cell: that of past events that stand alone.

    Source: Good (1953), doi:10.1093/biomet/40.3-4.237.
    """
    total = np.bincount(history.events.place, minlength=len(history.events.lattice))
    padded = np.append(total, 0)
    alone = (total == 1) & (padded[history.rings(1)].sum(axis=1) == 0)
    return float((alone.sum() + 0.5) / (total.sum() + 1.0))
