"""Joined: a predictor that tells each cell on its own, made to tell all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.support import Support, support_of
from chronotope.inspect.totals import never_fell
from chronotope.model.support import unwound
from chronotope.model.totals import totals_asked
from chronotope.questions import Predictor, Question
from chronotope.questions.answers import Answer, SampleAnswer
from chronotope.questions.predictor import check_want
from chronotope.questions.wants import Quantiles, Samples, Want
from chronotope.wrappers.joint.ahead import scores_ahead
from chronotope.wrappers.joint.bridges import scores_between
from chronotope.wrappers.joint.margins import LEVELS, evened, values_at
from chronotope.wrappers.joint.moving import moving
from chronotope.wrappers.joint.whole import shared
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

FEWEST = 24  # members that are drawn at least, so that their means say how wide they are; fewer are the first of them


class Joined(AbstractWrapper):
    """A predictor that also gives samples: cells with the quantiles of `base`, together as in the past.

    Where the mean of all places, told by `base` as one series, is less sure than that, members have more in common, and cells are wider.

    Forecasts take their dependence over leads, places and variables from how plain forecasts missed at past
    origins; gaps are tied to what is seen around them. Values lie where values can lie: counts are whole,
    bounds hold, directions turn, totals never fall.

    Args:
        base: any predictor that gives quantiles.
        way: how the dependence of a forecast is learnt, "templates" or "apart"; by default as the past
            allows.
    """

    gives: ClassVar[frozenset[type[Want]]] = frozenset({Quantiles, Samples})

    def __init__(self, base: Predictor, way: str | None = None) -> None:
        self.base, self._way = base, way

    def answer(self, question: Question) -> Answer:  # type: ignore[override]
        """Samples, or quantiles as `base` gives them; see `Predictor.answer`."""
        check_want(self, question)
        if not isinstance(question.want, Samples):
            return self.base.answer(question)
        return SampleAnswer(self.samples(question, question.want))

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        return ask(self.base, question)

    def samples(self, question: Question, want: Samples) -> np.ndarray:
        """Joint draws float32 (m, h, n, v) of the asked cells, NaN where nothing is asked."""
        told = ask(self.base, question.wanting(LEVELS))
        if not question.asked.any():
            return np.full((want.number, *told.shape[1:]), np.nan, np.float32)
        support = support_of(question.visible(), question.frame.called, question.frame.units)
        straight = unwound(question, support)
        rng, totals = generator(question, want.seed), totals_asked(question)
        scores = self._scores(straight, max(want.number, FEWEST) + 1, rng, totals)
        more = self._shared(question, told, scores, support, totals)
        made = np.empty((want.number, *told.shape[1:]), np.float32)
        for row in range(told.shape[1]):  # one after the other: many places make large arrays
            drawn = evened(scores[:, row]) + more[:, row, None]
            made[:, row] = values_at(drawn[: want.number], told[:, row], support)
        asked = question.asked[question.rows]
        if totals.any():
            made[..., totals] = _never_falling(question, made, totals)
        return np.where(asked, made, np.nan)

    def _scores(self, question: Question, number: int, rng: np.random.Generator, totals: np.ndarray) -> np.ndarray:
        """Normal scores (m, h, n, v): of gaps, of fields that move, or of all else after the past."""
        if question.both_sides:
            return scores_between(question, number, rng)
        found = {} if self._way else moving(question)
        if not found:
            return scores_ahead(question, number, rng, totals, self._way)
        asked = question.asked.copy()
        asked[..., list(found)] = False
        out = np.zeros((number, *question.asked[question.rows].shape), np.float32)
        if asked.any():
            out[:, np.isin(question.rows, np.flatnonzero(asked.any(axis=(1, 2))))] = scores_ahead(
                replace(question, asked=asked), number, rng, totals, None
            )
        for v, one in found.items():
            out[..., v] = one.scores(number, question.rows - question.first + 1, rng)
        return out

    def _shared(self, question: Question, told: np.ndarray, scores: np.ndarray, support: Support, totals: np.ndarray) -> np.ndarray:
        """What each member (m, h, v) of a forecast adds to the scores of all of its cells."""
        if question.both_sides:
            return np.zeros((len(scores) - 1, *scores.shape[1:2], scores.shape[3]))
        return np.where(totals, 0.0, shared(self.base, question, told, scores, support))

    def fit(self, panel: Panel, horizon: int) -> Joined:
        """See `AbstractWrapper`."""
        return Joined(fitted(self.base, panel, horizon), self._way)


def _never_falling(question: Question, made: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Members (m, h, n, k) of running totals: one that never fell and is drawn lower stays where it was."""
    past = question.visible()[: question.first][..., totals]
    last = np.fmax.reduce(past, axis=0)
    kept = np.maximum.accumulate(np.fmax(made[..., totals], last), axis=1)
    return np.where(never_fell(past), kept, made[..., totals])


def generator(question: Question, seed: int) -> np.random.Generator:
    """Chance of a seed and of the first asked step, whatever else is asked."""
    stamp = int(question.frame.times[question.first].astype("datetime64[ns]").astype(np.int64)) if len(question.rows) else 0
    return np.random.default_rng([seed, stamp % 2**63])
