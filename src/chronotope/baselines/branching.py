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

    def draw(self, rate: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
        """Counts (m, h, n) whose mean is `rate` (h, n) in every step and place.

        What comes is what the member's own events bring, as far as the rate leaves room for it, and as many more as are missing on average.
        """
        expected, plan = self.memory, []
        for now in rate:
            brought = self.offspring(expected[None])[0]
            plan.append((np.maximum(now - brought, 0.0), np.minimum(1.0, now / np.maximum(brought, 1e-300))))
            expected = self.past.keep * expected + (1 - self.past.keep) * now
        parts = [self._members(plan, min(BLOCK, number - low), rng) for low in range(0, number, BLOCK)]
        return np.concatenate(parts)

    def _members(self, plan: list[tuple[np.ndarray, np.ndarray]], number: int, rng: np.random.Generator) -> np.ndarray:
        memory = np.broadcast_to(self.memory, (number, *self.memory.shape))
        out = []
        for more, share in plan:
            mean = more + share * self.offspring(memory)
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
