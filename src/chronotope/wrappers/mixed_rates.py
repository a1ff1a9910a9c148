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
from chronotope.evidence.counts.distribution import count_quantiles, fitted_dispersion, mixed
from chronotope.questions import Predictor, Question, Rate, RateAnswer, Want
from chronotope.questions.kinds.forecast import ahead
from chronotope.questions.predictor import check_want

ORIGINS, LEAST_ORIGINS, TRIED = 8, 3, 3000  # past origins, a horizon apart: fewer where more places than so many would be asked
LEAST_ROWS = 8  # read before the first of them
BELIEF = 10.0  # bursts of events that speak for the weights believed before


@dataclass(frozen=True)
class Trial:
    """What past origins say.

    Attributes:
        rates: (k, m), of each predictor in the cells where something happened.
        counts: (k,), what happened there.
        totals: (m,), expected by each in all cells.
        dense: rates (j, m) and counts (j,) of all places, for the dispersion.
        origins: how many there are.
    """

    rates: np.ndarray
    counts: np.ndarray
    totals: np.ndarray
    dense: tuple[np.ndarray, np.ndarray]
    origins: int

    def gain(self, weights: np.ndarray) -> float:
        """Poisson log-likelihood, in nats for each event, but for what no weights change."""
        return float((self.counts @ np.log(np.maximum(self.rates @ weights, 1e-300)) - self.totals @ weights) / max(self.counts.sum(), 1))


class MixedRates:
    """A weighted sum of rates. At past origins of the same question each predictor is tried, reading nothing after them.

    The weights make what came likeliest (they need not add up to 1, so that a common error of level is corrected too), and the dispersion
    of counts is that of what came around the sum. Events that come in bursts say less: what is believed before counts as so many bursts.
    Where the past is too short for an origin, the weights are those believed before.

    Args:
        bases: predictors that give rates; the first lends its name and kind.
        believed: a weight above 0 for each before anything is tried; all alike by default.

        held: weights and a dispersion found before, which are taken as they are; nothing is tried then.

    Raises:
        ArgumentError: there is no predictor, or the weights are not as above.
    """

    gives: ClassVar[frozenset[type[Want]]] = frozenset({Rate})

    def __init__(
        self, bases: Sequence[Predictor], believed: Sequence[float] | None = None, held: tuple[np.ndarray, float] | None = None
    ) -> None:
        if not len(bases):
            raise ArgumentError("bases must hold at least one predictor; found none.")
        given = np.ones(len(bases)) if believed is None else np.asarray(believed, float)
        if given.shape != (len(bases),) or not (np.isfinite(given) & (given > 0)).all():
            raise ArgumentError(f"believed must be a number above zero for each of the {len(bases)} predictors; found {believed!r}.")
        self._believed, self._held = given / given.sum(), held
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
        trial, weights, dispersion = self._weighed(question)
        answers = [_told(base, question) for base in self.bases]
        rate = sum(weight * one.rate for weight, one in zip(weights, answers))
        elsewhere = sum(weight * _elsewhere(one) for weight, one in zip(weights, answers))
        quantiles = count_quantiles(np.asarray(rate), dispersion, question.levels)
        return RateAnswer(quantiles, question.levels, np.asarray(rate), np.asarray(elsewhere), self._notes(trial, weights))

    def held(self, question: Question) -> MixedRates:
        """The same mix with the weights, and what its predictors learnt, of a question, for questions about other events."""
        _, weights, dispersion = self._weighed(question)
        return MixedRates([held_to(base, question) for base in self.bases], list(self._believed), (weights, dispersion))

    def parts(self, question: Question) -> list[RatePart]:
        """What the rate is the sum of: the parts of each predictor, at its weight."""
        weights = self._weighed(question)[1]
        return [
            RatePart(part.name if part.name == base.name else f"{base.name}: {part.name}", part.what, weight * part.adds)
            for base, weight in zip(self.bases, weights)
            for part in parts_of(base, question)
        ]

    def _weighed(self, question: Question) -> tuple[Trial | None, np.ndarray, float]:
        """What past origins say, the weights, and the dispersion of counts."""
        if self._held is not None:
            return None, *self._held
        trial, weights = self._trial(question), self._believed
        if trial is not None:
            burst = burst_of(np.nansum(question.visible()[: question.first], axis=(1, 2)))
            weights = mixed(trial.rates, trial.counts, trial.totals, weights, BELIEF * burst)
        return trial, weights, 0.0 if trial is None else fitted_dispersion(trial.dense[1], trial.dense[0] @ weights)

    def _notes(self, trial: Trial | None, weights: np.ndarray) -> dict[str, Any]:
        names = [base.name for base in self.bases]
        notes: dict[str, Any] = {"weights": {name: round(float(weight), 4) for name, weight in zip(names, weights)}}
        if trial is not None:
            alone = [trial.gain(one) for one in np.eye(len(names))]
            best, of_all = max(alone), trial.gain(weights)
            notes["log_score"] = {name: round(score - best, 4) for name, score in zip(names, alone)} | {"mix": round(of_all - best, 4)}
        return notes | {"origins": 0 if trial is None else trial.origins}

    def _trial(self, question: Question) -> Trial | None:
        """The predictors at past origins; None where the past is too short."""
        past = question.frame.slice_time(0, question.first)
        past = replace(past, values=question.visible()[: question.first])
        horizon = int(question.rows[-1]) - question.first + 1
        least, places = max(LEAST_ROWS, len(past.times) // 3), past.values.shape[1]
        number = min(ORIGINS, max(LEAST_ORIGINS, TRIED // places))
        origins = list(range(len(past.times) - 1 - horizon, least - 2, -horizon))[:number]
        leads = question.rows - question.first
        found = [one for one in (self._at(past, row, horizon, leads) for row in origins) if one is not None]
        if not found:
            return None
        rates, counts, totals, cells, seen = zip(*found)
        dense = np.concatenate(cells), np.concatenate(seen)
        return Trial(np.concatenate(rates), np.concatenate(counts), np.sum(totals, axis=0), dense, len(found))

    def _at(self, past: Panel, row: int, horizon: int, leads: np.ndarray) -> tuple[np.ndarray, ...] | None:
        """Rates (k, m) and counts (k,) where something came, totals (m,), and both for all places; None where nothing came before."""
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
        totals = inside.sum(axis=(0, 1)) + empty * beside.sum(axis=0)
        rates, counts = np.concatenate([inside[hit], beside[new]]), np.concatenate([seen[hit], outside[new]])
        return rates, counts, totals, inside.reshape(-1, inside.shape[-1]), seen.ravel()


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


def _elsewhere(answer: RateAnswer) -> np.ndarray:
    """(h,); 0 where a predictor knows of none."""
    return np.zeros(len(answer.rate)) if answer.elsewhere is None else answer.elsewhere
