"""MixedRates: the rates of several predictors as one, weighted by how likely they made what came after past origins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from chronotope.baselines.event_seasons import burst_of
from chronotope.baselines.rate_parts import RatePart, held_to, parts_of
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, KindError
from chronotope.evidence.counts.distribution import DISPERSIONS, count_quantiles, fitted_dispersion
from chronotope.questions import QUANTILE_LEVELS, Predictor, Quantiles, Question, Rate, RateAnswer, Want
from chronotope.questions.kinds.forecast import ahead
from chronotope.questions.predictor import check_want
from chronotope.wrappers.lifted import moments
from chronotope.wrappers.rate_trials import Trial, joined, towards

ORIGINS, LEAST_ORIGINS, TRIED = 8, 3, 3000  # past origins, a horizon apart: fewer where more places than so many would be asked
LEAST_ROWS = 8  # read before the first of them


@dataclass(frozen=True)
class Held:
    """What a mix has learnt.

    Attributes:
        weights: (m,), of the predictors.
        factors: (h, m), by which the rates of each are multiplied in each asked step, which draw their sums to the told ones.
        dispersion: of counts around the rate.
        sums: (h,), dispersion of the told sums; None where nobody tells them.
    """

    weights: np.ndarray
    factors: np.ndarray
    dispersion: float
    sums: np.ndarray | None


class MixedRates:
    """A weighted sum of rates. At past origins of the same question each predictor is tried, reading nothing after them.

    The weights make what came likeliest (they need not add up to 1, so that a common error of level is corrected too), and the dispersion
    of counts is that of what came around the sum. Events that come in bursts say less: what is believed before counts as so many bursts.
    Where the past is too short for an origin, the weights are those believed before.

    Predictors of cells know where, but see seasons and levels in few events; so the sum of all cells is told as one series too, and the
    rates of each predictor are drawn half of the way to it.

    Args:
        bases: predictors that give rates; the first lends its name and kind.
        believed: a weight above 0 for each before anything is tried; all alike by default.
        teller: a predictor of quantiles, which tells the sum of all cells; None for none.
        held: what was found before, which is taken as it is; nothing is tried then.

    Raises:
        ArgumentError: there is no predictor, or the weights are not as above.
    """

    gives: ClassVar[frozenset[type[Want]]] = frozenset({Rate})

    def __init__(
        self,
        bases: Sequence[Predictor],
        believed: Sequence[float] | None = None,
        teller: Predictor | None = None,
        held: Held | None = None,
    ) -> None:
        if not len(bases):
            raise ArgumentError("bases must hold at least one predictor; found none.")
        given = np.ones(len(bases)) if believed is None else np.asarray(believed, float)
        if given.shape != (len(bases),) or not (np.isfinite(given) & (given > 0)).all():
            raise ArgumentError(f"believed must be a number above zero for each of the {len(bases)} predictors; found {believed!r}.")
        self._believed, self._teller, self._held = given / given.sum(), teller, held
        self.bases = tuple(bases)
        self.name, self.kind = bases[0].name, bases[0].kind

    def answer(self, question: Question) -> RateAnswer:
        """Rates of the asked cells; `notes` hold the weights and how each predictor did alone.

        Raises:
            ArgumentError: something else than a rate is wanted.
            KindError: the frame carries no events.
        """
        check_want(self, question)
        if question.past_events() is None:
            raise KindError(f"{self.name} needs counts of events with the events behind them; open events.")
        answers = self._answers(question)
        trial, held = (None, self._held) if self._held else self._learnt(question, answers)
        parts = [(weight * factor, one) for weight, factor, one in zip(held.weights, held.factors.T, answers)]
        rate = sum(many[:, None, None] * one.rate for many, one in parts)
        elsewhere = sum(many * _elsewhere(one) for many, one in parts)
        quantiles = count_quantiles(np.asarray(rate), held.dispersion, question.levels)
        return RateAnswer(quantiles, question.levels, np.asarray(rate), np.asarray(elsewhere), held.sums, self._notes(trial, held))

    def held(self, question: Question) -> MixedRates:
        """The same mix with what it, and its predictors, learnt of a question, for questions about other events."""
        held = self._held or self._learnt(question, self._answers(question))[1]
        return MixedRates([held_to(base, question) for base in self.bases], list(self._believed), held=held)

    def parts(self, question: Question) -> list[RatePart]:
        """What the rate is the sum of: the parts of each predictor, at its weight."""
        held = self._held or self._learnt(question, self._answers(question))[1]
        return [
            RatePart(part.name if part.name == base.name else f"{base.name}: {part.name}", part.what, weight * factor[:, None] * part.adds)
            for base, weight, factor in zip(self.bases, held.weights, held.factors.T)
            for part in parts_of(base, question)
        ]

    def _answers(self, question: Question) -> list[RateAnswer]:
        return [_told(base, question) for base in self.bases]

    def _learnt(self, question: Question, answers: list[RateAnswer]) -> tuple[Trial | None, Held]:
        """What past origins say, and what follows for the answers of this question."""
        past = replace(question.frame.slice_time(0, question.first), values=question.visible()[: question.first])
        trial, weights, dispersion = self._trial(question, past), self._believed, 0.0
        if trial is not None:
            burst = burst_of(np.nansum(past.values, axis=(1, 2)))
            trial = trial.drawn()
            weights = trial.weights(weights, burst)
            dispersion = fitted_dispersion(trial.dense[1], trial.dense[0] @ weights)
        told, spread = self._sums(past, question.first - 1, question.rows - question.first)
        factors = np.ones((len(question.rows), len(answers)))
        if told is not None and past.events is not None:
            factors = towards(np.stack([_total(one, past.events.elsewhere) for one in answers], axis=1), told)
        return trial, Held(weights, factors, dispersion, spread)

    def _notes(self, trial: Trial | None, held: Held) -> dict[str, Any]:
        names = [base.name for base in self.bases]
        notes: dict[str, Any] = {"weights": {name: round(float(weight), 4) for name, weight in zip(names, held.weights)}}
        if trial is not None:
            alone = [trial.gain(one) for one in np.eye(len(names))]
            best, of_all = max(alone), trial.gain(held.weights)
            notes["log_score"] = {name: round(score - best, 4) for name, score in zip(names, alone)} | {"mix": round(of_all - best, 4)}
        return notes | {"origins": 0 if trial is None else trial.origins}

    def _trial(self, question: Question, past: Panel) -> Trial | None:
        """The predictors at past origins; None where the past is too short."""
        horizon = int(question.rows[-1]) - question.first + 1
        least, places = max(LEAST_ROWS, len(past.times) // 3), past.values.shape[1]
        number = min(ORIGINS, max(LEAST_ORIGINS, TRIED // places))
        origins = list(range(len(past.times) - 1 - horizon, least - 2, -horizon))[:number]
        leads = question.rows - question.first
        tried = [self._at(past, row, horizon, leads) for row in origins]
        found = [one for one in tried if one is not None]
        return joined(found) if found else None

    def _sums(self, past: Panel, row: int, leads: np.ndarray) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """Events (h,) in all cells, expected after a row by the series of their sums, and the dispersion (h,); None where nobody tells."""
        if self._teller is None:
            return None, None
        sums = np.nansum(past.values[: row + 1], axis=(1, 2))
        one = replace(past.slice_time(0, row + 1).take_places(np.array([0])), values=sums[:, None, None].astype(np.float32), events=None)
        told = self._teller.answer(ahead(one, row, int(leads[-1]) + 1, want=Quantiles(QUANTILE_LEVELS))).values
        mean, variance = (part.reshape(-1)[leads] for part in moments(np.maximum(told.astype(float), 0.0)))
        mean = np.maximum(mean, min(sums.mean(), -np.log(QUANTILE_LEVELS[-1])))  # quantiles that say nothing only bound it
        return mean, np.clip((variance - mean) / mean**2, 0.0, DISPERSIONS[-1])

    def _at(self, past: Panel, row: int, horizon: int, leads: np.ndarray) -> Trial | None:
        """One origin; None where nothing came before."""
        known = known_places(past, row)
        if not len(known):
            return None
        part = of_known(past, known)
        answers = [_told(base, ahead(part, row, horizon, want=Rate((0.5,)))) for base in self.bases]
        came = past.after(row, horizon)[leads, :, 0]
        inside = np.stack([one.rate[leads, :, 0] for one in answers], axis=-1)
        seen, outside = came[:, known], came.sum(axis=1) - came[:, known].sum(axis=1)
        beside = np.stack([_elsewhere(one)[leads] for one in answers], axis=-1)
        hit, new = seen > 0, outside > 0
        empty = part.events.elsewhere if part.events is not None else 0
        totals = inside.sum(axis=1) + empty * beside
        rates, counts = np.concatenate([inside[hit], beside[new]]), np.concatenate([seen[hit], outside[new]])
        step = np.concatenate([np.nonzero(hit)[0], np.flatnonzero(new)])
        dense = inside.reshape(-1, inside.shape[-1]), seen.ravel(), np.repeat(np.arange(len(seen)), seen.shape[1])
        return Trial(rates, counts, step, totals, self._sums(past, row, leads)[0], dense, 1)


def known_places(panel: Panel, row: int) -> np.ndarray:
    """Places (k,) in or beside which something had happened by the end of a row."""
    events = panel.events
    assert events is not None
    before = events.times <= panel.times[row]
    taken = np.zeros((events.shape[0] + 2, events.shape[1] + 2), bool)
    at = events.lattice[events.place[before]] + 1
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            taken[at[:, 0] + dy, at[:, 1] + dx] = True
    return np.flatnonzero(taken[events.lattice[:, 0] + 1, events.lattice[:, 1] + 1])


def of_known(panel: Panel, known: np.ndarray) -> Panel:
    """The panel of some places, the others being elsewhere."""
    part = panel.take_places(known)
    assert part.events is not None
    dropped = panel.values.shape[1] - len(known)
    return replace(part, events=replace(part.events, elsewhere=part.events.elsewhere + dropped))


def _told(base: Predictor, question: Question) -> RateAnswer:
    answer = base.answer(question)
    assert isinstance(answer, RateAnswer)
    return answer


def _total(answer: RateAnswer, empty: int) -> np.ndarray:
    """Expected (h,) in all cells, of which so many are no places."""
    return np.asarray(np.nansum(answer.rate, axis=(1, 2)) + empty * _elsewhere(answer))


def _elsewhere(answer: RateAnswer) -> np.ndarray:
    """(h,); 0 where a predictor knows of none."""
    return np.zeros(len(answer.rate)) if answer.elsewhere is None else answer.elsewhere
