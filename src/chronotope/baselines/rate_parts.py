"""Rate parts: what a rate of events is the sum of - a background, and what past events bring from near and far - exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.questions import Predictor, Question, RateAnswer


@dataclass(frozen=True)
class RatePart:
    """One of the parts that add up to a rate.

    Attributes:
        name: what people call it.
        what: what it is, in a sentence.
        adds: (h, n), expected numbers in each asked step and place.
    """

    name: str
    what: str
    adds: np.ndarray


def parts_of(predictor: Predictor, question: Question) -> list[RatePart]:
    """The parts of the rate that a predictor answers, its own where it knows them, else the whole."""
    if hasattr(predictor, "parts"):
        return list(predictor.parts(question))
    answer = predictor.answer(question)
    assert isinstance(answer, RateAnswer)
    what = (type(predictor).__doc__ or "").strip().split("\n")[0]
    return [RatePart(predictor.name, what, np.nan_to_num(answer.rate[..., 0]))]


def held_to(predictor: Predictor, question: Question) -> Predictor:
    """The same predictor with what it has learnt from a question, for questions about other events; itself where it keeps nothing."""
    return predictor.held(question) if hasattr(predictor, "held") else predictor
