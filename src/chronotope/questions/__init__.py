"""Questions: what is seen, what is asked, what is wanted; and who answers.

    Question(frame, seen, asked, want) --Predictor.answer--> Answer

`kinds.KINDS` are the kinds of pairs of masks: each is built for a task, drawn for training and recognised in one file.
"""

from chronotope.questions.answers import Answer, PathAnswer, QuantileAnswer, RateAnswer, SampleAnswer, VectorAnswer
from chronotope.questions.predictor import AbstractQuantilePredictor, AbstractVectorPredictor, Predictor
from chronotope.questions.question import Question
from chronotope.questions.wants import QUANTILE_LEVELS, Paths, Quantiles, Rate, Samples, Vectors, Want

__all__ = [
    "QUANTILE_LEVELS", "AbstractQuantilePredictor", "AbstractVectorPredictor", "Answer", "PathAnswer", "Paths", "Predictor",
    "QuantileAnswer", "Quantiles", "Question", "Rate", "RateAnswer", "SampleAnswer", "Samples", "VectorAnswer", "Vectors", "Want",
]  # fmt: skip
