"""Predictor: whatever answers questions - a network, a floor, a rival, or a wrapper around one of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import numpy as np

from chronotope.errors import ArgumentError
from chronotope.questions.answers import Answer, QuantileAnswer, VectorAnswer
from chronotope.questions.question import Question
from chronotope.questions.wants import Quantiles, Rate, Vectors, Want

PREDICTOR_KINDS = {
    "network": "pretrained weights",
    "floor": "a rule without weights, to be beaten",
    "trained": "a network trained on the data itself",
    "rival": "a forecaster of another package",
}


class Predictor(Protocol):
    """The one primitive of the house.

    Attributes:
        name: what tables call it.
        kind: a key of `PREDICTOR_KINDS`; a wrapper has the kind of what it wraps.
        gives: the wants that it can answer.
    """

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def gives(self) -> frozenset[type[Want]]: ...

    def answer(self, question: Question) -> Answer:
        """The answer in the form that is wanted, for the asked rows: finite where asked, NaN elsewhere.

        Raises:
            ArgumentError: the want is not among those that it gives.
        """
        ...


class AbstractQuantilePredictor(ABC):
    """A predictor that gives quantiles; whoever fills in `name` and `quantiles` has the whole contract."""

    name: str = ""
    kind: str = "network"
    reads_known: bool = True  # what is known of the asked steps
    gives: ClassVar[frozenset[type[Want]]] = frozenset({Quantiles})

    def answer(self, question: Question) -> QuantileAnswer:
        """Quantiles of the asked cells; see `Predictor.answer`."""
        check_want(self, question)
        return QuantileAnswer(self.quantiles(question), question.levels)

    @abstractmethod
    def quantiles(self, question: Question) -> np.ndarray:
        """float32 (q, h, n, v) at `question.levels` for `question.rows`; not decreasing along q, NaN where nothing is asked."""


class AbstractVectorPredictor(ABC):
    """A predictor that gives vectors; whoever fills in `name` and `vectors` has the whole contract."""

    name: str = ""
    kind: str = "floor"
    gives: ClassVar[frozenset[type[Want]]] = frozenset({Vectors})

    def answer(self, question: Question) -> VectorAnswer:
        """Vectors of what is seen; see `Predictor.answer`."""
        check_want(self, question)
        return VectorAnswer(self.vectors(question))

    @abstractmethod
    def vectors(self, question: Question) -> np.ndarray:
        """float32 (n, f), (w, n, f) or (f,), as `question.want.per` says; NaN for a place of which nothing is seen."""


SHOWN = {"floor": "baseline:", "trained": "baseline:", "rival": "rival:"}
"""What stands before the name of a kind of predictor, so that `chronotope.load` finds it again."""


def shown_name(predictor: Predictor) -> str:
    """The name in tables."""
    return SHOWN.get(predictor.kind, "") + predictor.name


def check_want(predictor: Predictor, question: Question) -> None:
    """Refuse a want that a predictor does not give."""
    if not isinstance(question.want, tuple(predictor.gives)):
        given = ", ".join(sorted(want.__name__ for want in predictor.gives)) or "nothing"
        way_out = " Ask a network that ships, such as tiny." if isinstance(question.want, Vectors) else ""
        if predictor.gives == {Rate}:
            way_out = " It tells how many events come: open such data with kind='events', or ask another model, such as tiny."
        raise ArgumentError(f"{predictor.name} must be asked for what it gives ({given}); found {type(question.want).__name__}.{way_out}")
