"""Window: nothing is asked; what is seen is to be described, or counted on."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import Kind
from chronotope.questions.question import Question
from chronotope.questions.wants import Vectors, Want


def whole(panel: Panel, want: Want = Vectors()) -> Question:
    """The question about a panel as it stands."""
    return Question(panel, panel.mask, np.zeros(panel.values.shape, bool), want)


def _recognises(question: Question) -> bool:
    return not question.asked.any()


KIND = Kind("window", "what is seen, as a whole", _recognises)
