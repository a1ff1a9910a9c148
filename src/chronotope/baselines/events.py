"""AbstractEventFloor: from a rule that gives rates to a Predictor that answers how many events are to be expected."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from chronotope.baselines.event_history import EventHistory
from chronotope.evidence.counts.distribution import count_quantiles, fitted_dispersion
from chronotope.questions import Question, Rate, RateAnswer, Want
from chronotope.questions.predictor import check_want

LATEST = 200  # rows of the past from which the dispersion of counts is read


@dataclass(frozen=True)
class Rates:
    """Expected numbers.

    Attributes:
        past: (k, n), of the last k rows of the past, each from what the rule knows of other rows.
        ahead: (h, n), of the asked rows.
        elsewhere: (h,), of each cell that is no place.
    """

    past: np.ndarray
    ahead: np.ndarray
    elsewhere: np.ndarray


class AbstractEventFloor(ABC):
    """A rate of events with the model's contract: it reads counts by step and cell, and the events behind them."""

    name: str = ""
    kind: str = "floor"
    gives: ClassVar[frozenset[type[Want]]] = frozenset({Rate})

    @abstractmethod
    def rates(self, history: EventHistory) -> Rates:
        """What is to be expected after the history."""

    def answer(self, question: Question) -> RateAnswer:
        """Rates, and quantiles of counts that scatter around them as they did; see `Predictor.answer`.

        Raises:
            ArgumentError: something else than a rate is wanted.
            KindError: the frame carries no events, or what is asked lies inside the seen time.
        """
        check_want(self, question)
        history = EventHistory.of(question, self.name)
        made = self.rates(history)
        seen = history.counts[len(history.counts) - len(made.past) :]
        rate = np.where(question.asked[question.rows], made.ahead[..., None], np.nan)
        quantiles = count_quantiles(rate, fitted_dispersion(seen, made.past), question.levels)
        return RateAnswer(quantiles, question.levels, rate, made.elsewhere)
