"""Floors for paths: an object stays, goes on, slows down, turns, goes where others went - and the mix of all rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import numpy as np

from chronotope.baselines.floor import AbstractFloor
from chronotope.baselines.naive import Drift, LastValue
from chronotope.baselines.path_answer import path_answer, path_members, path_shares
from chronotope.baselines.series import Series
from chronotope.evidence.motion import mix
from chronotope.evidence.motion.earlier import EARLIER
from chronotope.evidence.motion.heard import Heard
from chronotope.evidence.motion.rules import RULES
from chronotope.model.shares import Shares
from chronotope.questions import Answer, Paths, Predictor, Quantiles, Question, Samples, Want
from chronotope.questions.predictor import check_want

Refine = Callable[[Heard, np.ndarray, float], Heard]
"""From what the rules say, the times of the rows and the seconds of a step to the same with other paths."""


class PathMix:
    """All rules of motion, weighted by their misses on the objects' own past, with the spread of the mix; or whole paths drawn so."""

    name = "paths_mix"
    kind = "floor"
    gives: ClassVar[frozenset[type[Want]]] = frozenset({Paths, Samples})
    rule: str | None = None

    def __init__(self, refine: Refine | None = None) -> None:
        self._refine = refine

    def answer(self, question: Question) -> Answer:
        """Paths of the asked objects, or samples of them; see `Predictor.answer`."""
        check_want(self, question)
        refine = self._for(question)
        if isinstance(question.want, Samples):
            return path_members(question, question.want, partial(mix.members, name=self.rule, refine=refine))
        return path_answer(question, partial(mix.answer, name=self.rule, refine=refine))

    def shares(self, question: Question) -> Shares:
        """How much of the paths each rule of motion has; see `path_answer.path_shares`."""
        return path_shares(question, partial(mix.parts, name=self.rule, refine=self._for(question)))

    def _for(self, question: Question) -> mix.Refine | None:
        """Whoever moves the paths, told of the clock of the question; None where nobody does."""
        if self._refine is None:
            return None
        times, make = question.frame.times, self._refine
        return lambda heard: make(heard, times, float(question.frame.step / np.timedelta64(1, "ns")) / 1e9)


class PathRule(PathMix):
    """One rule of motion, with the spread of its misses."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = self.rule = name


class AbstractPathFloor(AbstractFloor):
    """A rule that is the same for each coordinate by itself, so that it answers any series, and paths along and across the heading."""

    gives: ClassVar[frozenset[type[Want]]] = frozenset({Quantiles, Paths})

    def answer(self, question: Question) -> Answer:  # type: ignore[override]
        """Quantiles of any cells, or paths of objects; see `Predictor.answer`."""
        return PathRule(self.name).answer(question) if isinstance(question.want, Paths) else super().answer(question)


class Stay(AbstractPathFloor, LastValue):
    """The object stays where it is."""

    name = "stay"


class ConstantVelocity(AbstractPathFloor):
    """The last step goes on."""

    name = "constant_velocity"

    def point(self, series: Series) -> np.ndarray:
        now = series.carried[series.origins]
        return now[:, None] + _last_step(series)[:, None] * (series.asked - series.origins[:, None])[..., None]


class MeanVelocity(AbstractPathFloor, Drift):
    """The mean step of all that was seen goes on: calmer where positions are noisy."""

    name = "mean_velocity"


def _last_step(series: Series) -> np.ndarray:
    """The change (k + 1, s) in the row of each origin; 0 where it is not known."""
    before = series.carried[np.maximum(series.origins - 1, 0)]
    return np.nan_to_num(series.carried[series.origins] - before)


SERIES_FLOORS: dict[str, type[AbstractPathFloor]] = {one.name: one for one in (Stay, ConstantVelocity, MeanVelocity)}
"""The floors of paths that answer any series too."""

ALONE = ("damped_velocity", "constant_turn", "company", *EARLIER)
assert set(ALONE) <= {*RULES, *EARLIER}

TRACK_FLOORS: dict[str, Callable[[], Predictor]] = {
    **SERIES_FLOORS,
    **{name: partial(PathRule, name) for name in ALONE},
    PathMix.name: PathMix,
}
"""All floors of paths, by the name behind `baseline:`."""
