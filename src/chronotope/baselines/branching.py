"""Branching: counts drawn step by step, in which every event brings more, and whose mean is a rate that somebody else has told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.baselines.event_history import EventHistory
from chronotope.baselines.events import LATEST
from chronotope.baselines.hawkes import Excitement, Hawkes, Past
from chronotope.evidence.counts.distribution import fitted_dispersion
from chronotope.questions import Question

BLOCK = 64  # members that are drawn at once
ALIKE = 0.8  # correlation of the levels of two steps that follow each other


@dataclass(frozen=True)
class Branching:
    """How events bring more, as fitted on the past of a question.

    Attributes:
        past: the past, with what a fit needs of it. found: what was fitted.
        memory: what is left of the past's events (d, n), by delay.
        dispersion: of counts around what was to be expected of them one step ahead: variance = rate + dispersion x rate^2.
    """

    past: Past
    found: Excitement
    memory: np.ndarray
    dispersion: float

    @classmethod
    def of(cls, question: Question) -> Branching:
        """Of a question about what comes after an origin.

        Raises:
            KindError: its frame carries no events.
        """
        history = EventHistory.of(question, Hawkes.name)
        past = Past.of(history)
        found, memory, replayed = Hawkes().fitted(past)
        seen = history.counts[max(len(history.counts) - LATEST, past.start) :]
        return cls(past, found, memory, fitted_dispersion(seen, replayed))

    def draw(self, rate: np.ndarray, number: int, rng: np.random.Generator, sums: np.ndarray | None = None) -> np.ndarray:
        """Counts (m, h, n) whose mean is `rate` (h, n) in every step and place.

        What comes is what the member's own events bring, as far as the rate leaves room for it, and as many more as are missing on average.
        Where the sums of all places are known to scatter more, by a dispersion of `sums` (h,), each member has a level of its own.
        """
        expected, plan = self.memory, []
        for now in rate:
            brought = self.offspring(expected[None])[0]
            plan.append((np.maximum(now - brought, 0.0), np.minimum(1.0, now / np.maximum(brought, 1e-300))))
            expected = self.past.keep * expected + (1 - self.past.keep) * now
        if sums is None:
            return self._drawn(plan, np.ones((number, len(rate))), rng)
        several = max(number, BLOCK)  # so that they say how much they scatter; fewer are the first of them
        drawn = self._drawn(plan, np.ones((several, len(rate))), rng)
        total, mean = drawn.sum(axis=2), np.maximum(rate.sum(axis=1), 1e-12)
        missing = np.maximum(sums - np.maximum(total.var(axis=0) - mean, 0.0) / mean**2, 0.0)
        drawn = self._drawn(plan, levels(missing, several, rng), rng) if missing.any() else drawn
        return drawn[:number]

    def _drawn(self, plan: list[tuple[np.ndarray, np.ndarray]], level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Counts (m, h, n) of members that have `level` (m, h) times the plan's."""
        return np.concatenate([self._members(plan, level[low : low + BLOCK], rng) for low in range(0, len(level), BLOCK)])

    def _members(self, plan: list[tuple[np.ndarray, np.ndarray]], level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        memory = np.broadcast_to(self.memory, (len(level), *self.memory.shape))
        out = []
        for (more, share), times in zip(plan, level.T):
            mean = (more + share * self.offspring(memory)) * times[:, None]
            if self.dispersion > 1e-6:
                mean = mean * rng.gamma(1 / self.dispersion, self.dispersion, mean.shape)
            count = rng.poisson(mean)
            memory = self.past.keep * memory + (1 - self.past.keep) * count[:, None]
            out.append(count)
        return np.stack(out, axis=1)

    def offspring(self, memory: np.ndarray) -> np.ndarray:
        """Expected numbers (m, n) that memories (m, d, n) bring in the next step, in all reaches."""
        weights = self.found.children  # (reach, d)
        each = np.einsum("rd,mdn->rmn", weights, memory)
        out = each[0].copy()
        for ring, share in zip(self.past.rings, each[1:]):
            if share.any():
                padded = np.concatenate([share, np.zeros((len(share), 1))], axis=1)
                out += padded[:, ring].sum(axis=2) / ring.shape[1]
        return np.asarray(out + each[-1].sum(axis=1, keepdims=True) * self.past.density.places)


def levels(dispersion: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Factors (m, h) of mean 1 and the dispersion (h,) of each step, which stay much alike from one step to the next."""
    from scipy.special import gammaincinv, ndtr

    normal = rng.standard_normal((number, len(dispersion)))
    for k in range(1, len(dispersion)):
        normal[:, k] = ALIKE * normal[:, k - 1] + np.sqrt(1 - ALIKE**2) * normal[:, k]
    size = 1 / np.maximum(dispersion, 1e-6)
    drawn = np.asarray(gammaincinv(size, ndtr(normal)) / size)
    return np.asarray(drawn / drawn.mean(axis=0))
