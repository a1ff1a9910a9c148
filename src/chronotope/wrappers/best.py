"""Best: a network that steps back where a plain method erred less on the past of the very question, variable by variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chronotope.baselines import BASELINES, FLOORS
from chronotope.data.panel import Panel
from chronotope.evidence.distributions import pinball_loss
from chronotope.pace import paced, say
from chronotope.questions import QUANTILE_LEVELS, Predictor, Question
from chronotope.questions.kinds import kind_of
from chronotope.questions.kinds.forecast import ahead
from chronotope.questions.predictor import shown_name
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

ORIGINS, LEAST = 8, 4  # past origins that are tried; with fewer the network answers
LEAST_ROWS = 16  # read before the first of them
NO_MORE = 0.02  # a difference of the losses that is none
SURE = 1.5  # standard errors by which a plain method must have been better: of many, one is better by luck


def best(base: Predictor) -> Best:
    """The predictor beside the floors of a forecast."""
    return Best(base, [BASELINES[name]() for name in FLOORS])


class Best(AbstractWrapper):
    """A forecast by `base`, or of each variable by the one of `others` that erred less at past origins; other questions go to `base`.

    The past origins lie a horizon apart and end where the question's past ends: nothing later is read. Who answers is said.

    Args:
        base: the predictor that answers unless another one was better.
        others: the plain methods.
        origins: how many past origins are tried.
    """

    name = "best"

    def __init__(self, base: Predictor, others: Sequence[Predictor], origins: int = ORIGINS) -> None:
        self.base, self.others, self._origins = base, tuple(others), origins

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        if kind_of(question) != "forecast":
            say(f"{self.base.name} answers: plain methods are tried for forecasts alone")
            return ask(self.base, question)
        losses = self._losses(question)
        choice = chosen(losses)
        self._tell(question, losses, choice)
        out: np.ndarray | None = None
        for k in dict.fromkeys(choice.tolist()):
            answer = ask((self.base, *self.others)[k], question)
            out = answer if out is None else np.where(choice == k, answer, out)
        assert out is not None
        return out

    def fit(self, panel: Panel, horizon: int) -> Best:
        """See `AbstractWrapper`."""
        return Best(fitted(self.base, panel, horizon), [fitted(one, panel, horizon) for one in self.others], self._origins)

    def _losses(self, question: Question) -> np.ndarray:
        """Mean pinball losses (o, m, v) of each predictor, the base first, at past origins; NaN where nothing was asked."""
        rows, panel = question.rows, question.frame
        origin, steps = int(rows[0]) - 1, int(rows[-1] - rows[0]) + 1
        past = replace(panel.slice_time(0, origin + 1), values=question.visible()[: origin + 1])
        known = np.asarray(question.seen[rows].any(axis=(0, 1)))
        wanted = np.asarray(question.asked.any(axis=(0, 1)))
        made = []
        for row in paced(_rows(origin, steps, self._origins)):
            one = ahead(past, row, steps, target=wanted, known=known).wanting(QUANTILE_LEVELS)
            truth = np.where(one.asked[-steps:], past.after(row, steps), np.nan)
            if one.asked.any():
                made.append([loss(ask(each, one), truth[one.rows - (len(one.seen) - steps)]) for each in paced(self._all, alike=False)])
        return np.array(made).reshape(len(made), len(self._all), len(wanted))

    @property
    def _all(self) -> tuple[Predictor, ...]:
        return (self.base, *self.others)

    def _tell(self, question: Question, losses: np.ndarray, choice: np.ndarray) -> None:
        """Who answers what, and why."""
        panel, first = question.frame, question.first
        since = f"from {np.datetime_as_string(panel.times[first - 1], unit='m').replace('T', ' ')}"
        if len(losses) < LEAST:
            say(f"{since} {self.base.name} answers: the past is too short to try plain methods on ({len(losses)} origins, {LEAST} needed)")
            return
        asked = np.flatnonzero(question.asked.any(axis=(0, 1)))
        for v in asked[choice[asked] > 0]:
            mean = np.nanmean(losses[:, :, v], axis=0)
            less, other = 1 - mean[choice[v]] / mean[0], shown_name(self.others[choice[v] - 1])
            why = f"it erred {less:.0%} less than {self.base.name} at {len(losses)} past origins"
            say(f"{panel.variables[v]} {since} is answered by {other}: {why}")
        if not choice[asked].any():
            say(f"{since} {self.base.name} answers: no plain method erred clearly less at {len(losses)} past origins")


def chosen(losses: np.ndarray) -> np.ndarray:
    """Which predictor answers each variable, int (v,), from losses (o, m, v): 0, the base, unless another was clearly better."""
    origins, _, variables = losses.shape
    choice = np.zeros(variables, int)
    if origins < LEAST:
        return choice
    for v in range(variables):
        mine = losses[:, :, v][np.isfinite(losses[:, :, v]).all(axis=1)]
        if len(mine) < LEAST:
            continue
        gap = mine[:, :1] - mine
        error = gap.std(axis=0, ddof=1) / np.sqrt(len(mine))
        mean = mine.mean(axis=0)
        better = (mean < (1 - NO_MORE) * mean[0]) & (gap.mean(axis=0) > SURE * error)
        if better.any():
            choice[v] = int(np.where(better, mean, np.inf).argmin())
    return choice


def loss(answer: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Mean pinball loss (v,) over levels and known cells of quantiles (q, h, n, v); NaN where there is none."""
    levels = np.array(QUANTILE_LEVELS)[:, None, None, None]
    miss = truth - answer.astype(float)
    each = pinball_loss(miss, levels).mean(axis=0)
    known = np.isfinite(each)
    count = known.sum(axis=(0, 1))
    return np.where(count > 0, np.where(known, each, 0.0).sum(axis=(0, 1)) / np.maximum(count, 1), np.nan)


def _rows(origin: int, steps: int, most: int) -> list[int]:
    """Rows of past origins, the last one `steps` before the question's, a horizon apart or as near as the past asks for."""
    last, first = origin - steps, LEAST_ROWS - 1
    if last < first:
        return []
    apart = max(min(steps, (last - first) // max(most - 1, 1)), 1)
    return list(range(last, first - 1, -apart))[:most]
