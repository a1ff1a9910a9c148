"""Trials of rates: what several predictors told at past origins, drawn to what one series of all cells told, and how many came."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.counts.distribution import mixed

BELIEF = 10.0  # bursts of events that speak for the weights believed before
SHARE = 0.5  # of the way, by ratio, from a predictor's own sum of all cells to the told one: trials of more and less found nothing better
MOST, GROWN = 100.0, 4.0  # times that the told sum may lie above a predictor's own, and a predictor's own above the told one, to be heard


@dataclass(frozen=True)
class Trial:
    """What past origins say.

    Attributes:
        rates: (k, m), of each predictor in the cells where something happened.
        counts: (k,), what happened there.
        step: int (k,), the step of each, over all origins.
        totals: (s, m), expected by each in all cells at each step.
        told: (s,), expected in all cells by the series of their sums; None where nobody tells it.
        dense: rates (j, m), counts (j,) and steps (j,) of all places, for the dispersion.
        origins: how many there are.
    """

    rates: np.ndarray
    counts: np.ndarray
    step: np.ndarray
    totals: np.ndarray
    told: np.ndarray | None
    dense: tuple[np.ndarray, np.ndarray, np.ndarray]
    origins: int

    def drawn(self) -> Trial:
        """The same with the sums of each predictor drawn to the told ones; itself where nobody tells them."""
        if self.told is None:
            return self
        factor = towards(self.totals, self.told)
        rates, counts, step = self.dense
        dense = rates * factor[step], counts, step
        return replace(self, rates=self.rates * factor[self.step], totals=self.totals * factor, dense=dense)

    def weights(self, believed: np.ndarray, burst: float) -> np.ndarray:
        """Weights (m,) that make what came likeliest, drawn to what was believed; of a common error of level half where sums are told."""
        weights = mixed(self.rates, self.counts, self.totals.sum(axis=0), believed, BELIEF * burst)
        return weights if self.told is None else np.asarray(weights / weights.sum() ** SHARE)

    def gain(self, weights: np.ndarray) -> float:
        """Poisson log-likelihood, in nats for each event, but for what no weights change."""
        likely = self.counts @ np.log(np.maximum(self.rates @ weights, 1e-300))
        return float((likely - self.totals.sum(axis=0) @ weights) / max(self.counts.sum(), 1))


def joined(trials: list[Trial]) -> Trial:
    """Several origins as one trial, their steps one after the other."""
    first = np.cumsum([0, *(len(one.totals) for one in trials[:-1])])
    step = np.concatenate([one.step + low for one, low in zip(trials, first)])
    dense = [np.concatenate([one.dense[i] for one in trials]) for i in (0, 1)]
    told = None if trials[0].told is None else np.concatenate([one.told for one in trials if one.told is not None])
    rates, counts, totals = (np.concatenate([getattr(one, name) for one in trials]) for name in ("rates", "counts", "totals"))
    steps = np.concatenate([one.dense[2] + low for one, low in zip(trials, first)])
    return Trial(rates, counts, step, totals, told, (dense[0], dense[1], steps), sum(one.origins for one in trials))


def towards(totals: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Factors (s, m) that draw sums (s, m) to the told ones (s,); of a sum beyond `GROWN` times the told one no more is heard.

    So a process that saw one burst follow itself, and has it grow on, is held.
    """
    own, told = np.maximum(totals, 1e-12), np.maximum(told, 1e-12)[:, None]
    target = told * np.clip(own / told, 1 / MOST, GROWN) ** (1 - SHARE)
    return np.asarray(np.where(totals > 0, target / own, 1.0))
