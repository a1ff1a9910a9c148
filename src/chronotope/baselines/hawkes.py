"""Hawkes process in steps and cells: every event makes others likelier after it, in its own cell, around it, and everywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from chronotope.baselines.event_density import Density, density_of
from chronotope.baselines.event_history import EventHistory
from chronotope.baselines.event_seasons import rhythm_of, season_of
from chronotope.baselines.events import LATEST, AbstractEventFloor, Rates
from chronotope.baselines.rate_parts import RatePart
from chronotope.evidence.counts.distribution import mixed
from chronotope.questions import Question

MEMORIES = (0.5, 1.5, 4.0, 10.0, 30.0, 100.0)  # mean delays, in steps
REACHES = ("own", "sides", "corners", "second ring", "everywhere")
BACKGROUND = {
    "background": "A background of the places and seasons where events happen.",
    "even": "A background that is the same everywhere and always.",
}
BROUGHT = ("in the same cell", "in the four cells at its sides", "in the four cells at its corners", "two cells away", "anywhere")
PRUNINGS, LEAST_SIGN = 2, 1.0  # parts that are not so many standard errors from nothing are left out, and the others fitted again
_MOST_CELLS, _MOST_ROWS = 10_000_000, 4000  # of the past that a fit reads, the latest


@dataclass(frozen=True)
class Excitement:
    """What was fitted.

    Attributes:
        background: weights of the density of places times the season, and of an even rate.
        children: (reach, memory), the mean number that an event brings in each of `REACHES`, by delay.
        memories: the mean delays in steps.
        inside: (reach,), share of the children that fall into places: beyond the rim nothing is counted.
    """

    background: np.ndarray
    children: np.ndarray
    memories: np.ndarray
    inside: np.ndarray

    @property
    def branching(self) -> float:
        """The mean number of events that an event brings."""
        return float(self.inside @ self.children.sum(axis=1))


class Hawkes(AbstractEventFloor):
    """A background of places and seasons, and from every event more, soon or later, in its cell and around it; by likelihood.

    What events bring comes at the hours and weekdays at which events come (or are seen); the year is the background's.

    Source: Hawkes (1971), doi:10.1093/biomet/58.1.83; in discrete time Mohler et al. (2013), doi:10.1214/13-AOAS629.
    """

    name = "hawkes"

    def __init__(self, found: Excitement | None = None) -> None:
        self._found = found

    def held(self, question: Question) -> Hawkes:
        """The same process as fitted on the past of a question, for other pasts."""
        return Hawkes(self.fit(EventHistory.of(question, self.name)))

    def parts(self, question: Question) -> list[RatePart]:
        """What the rate is the sum of: the background, and what earlier events bring in their cell and around it."""
        scene = self._past(EventHistory.of(question, self.name))
        found, last, _ = self.fitted(scene)
        adds = scene.parted(found, last)
        told = [*BACKGROUND.items(), *((f"events {one}", f"What earlier events bring {one}.") for one in BROUGHT)]
        return [RatePart(name, what, one) for (name, what), one in zip(told, adds)]

    def fit(self, history: EventHistory) -> Excitement:
        """The background and the children that make the counts likeliest (the likelihood has one maximum; EM climbs it)."""
        return self.fitted(Past.of(history))[0]

    def rates(self, history: EventHistory) -> Rates:
        scene = self._past(history)
        found, last, past = self.fitted(scene)
        ahead, elsewhere = scene.go_on(found, last)
        return Rates(past, ahead, elsewhere)

    def _past(self, history: EventHistory) -> Past:
        past = Past.of(history)
        return past if self._found is None else replace(past, memories=self._found.memories)

    def fitted(self, scene: Past) -> tuple[Excitement, np.ndarray, np.ndarray]:
        """What was fitted, the memory (d, n) at the origin, and rates (k, n) of the last rows of the past, each from what came before."""
        if self._found is not None:
            return self._found, scene.memory(), scene.replay(self._found)
        rates, counts, totals, last = scene.regressors()
        f = len(totals) - 2
        weights = mixed(rates, counts, totals, np.concatenate([[0.5, 0.05], np.full(f, 0.4 / f)]))
        for _ in range(PRUNINGS):
            kept = weights * np.sqrt((rates**2).T @ (counts / np.maximum(rates @ weights, 1e-300) ** 2)) > LEAST_SIGN
            kept[:2] = True  # places that never had an event need a background
            weights[~kept] = 0.0
            weights[kept] = mixed(rates[:, kept], counts, totals[kept], np.maximum(weights[kept], 1e-4), belief=1.0, rounds=600)
        found = Excitement(weights[:2], weights[2:].reshape(len(REACHES), -1), scene.memories, scene.inside)
        return found, last, scene.replay(found)


@dataclass(frozen=True)
class Past:
    """A history with what a fit needs of it: density, season, rhythm, rings, memories; `start` is the first row that is read."""

    history: EventHistory
    density: Density
    season: np.ndarray
    rhythm: np.ndarray
    rings: tuple[np.ndarray, ...]
    memories: np.ndarray
    start: int

    @classmethod
    def of(cls, history: EventHistory) -> Past:
        steps, n = history.counts.shape
        most = max(min(_MOST_ROWS, _MOST_CELLS // max(n, 1)), 20)
        memories = np.array([one for one in MEMORIES if one <= max(steps / 3, 0.5)])
        near = history.rings(1)
        rings = near[:, [1, 3, 4, 6]], near[:, [0, 2, 5, 7]], history.rings(2)
        return cls(history, density_of(history), season_of(history), rhythm_of(history), rings, memories, max(steps - most, 0))

    @cached_property
    def level(self) -> float:
        """Events in a step, on average."""
        return float(self.history.counts.sum() / self.history.steps)

    @cached_property
    def inside(self) -> np.ndarray:
        """Share (reach,) of the children of the past's events that fall into places."""
        count = self.history.counts.sum(axis=0)
        rings = [float(count @ (ring >= 0).mean(axis=1)) / max(count.sum(), 1.0) for ring in self.rings]
        return np.array([1.0, *rings, 1.0])

    @cached_property
    def keep(self) -> np.ndarray:
        """Share (d, 1) of a memory that is left after a step."""
        return np.exp(-1 / self.memories)[:, None]

    @cached_property
    def lift(self) -> np.ndarray:
        """Rhythm over that of the hours and weekdays that each memory looks back on, (t + a, d, 1): so much more is brought now."""
        keep, back, out = self.keep, np.ones((len(self.keep), 1)), []
        for now in self.rhythm:
            out.append(now / back)
            back = keep * back + (1 - keep) * now
        return np.stack(out)

    def regressors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Rates (k, f) of each part where events came, their counts (k,), totals (f,) over all, and the memory (d, n) at the end."""
        counts, keep = self.history.counts, self.keep
        ring_share = [(ring >= 0).sum(axis=1) / ring.shape[1] for ring in self.rings]
        heat, rows, hits, totals = np.zeros((len(keep), counts.shape[1])), [], [], np.zeros(2 + len(REACHES) * len(keep))
        for t in range(self.start, len(counts)):
            where, block = np.flatnonzero(counts[t]), self.density.block[t]
            if len(where):
                rows.append(self._parts(t, heat, where, self.density.without[block]))
                hits.append(counts[t, where])
            lifted = self.lift[t] * heat
            everywhere = lifted.sum(axis=1)
            sums = [everywhere, *(lifted @ share for share in ring_share), everywhere]
            totals += np.concatenate([[self.level * self.season[t], self.level], *sums])  # shares of all cells add up to 1
            heat = keep * heat + (1 - keep) * counts[t]
        if not rows:
            return np.zeros((0, len(totals))), np.zeros(0), totals, heat
        return np.concatenate(rows), np.concatenate(hits), totals, heat

    def _parts(self, t: int, heat: np.ndarray, where: np.ndarray | slice, places: np.ndarray) -> np.ndarray:
        """Rates (k, f) of each part at places `where` in row t, by the memory (d, n) of what came before it."""
        heat = self.lift[t] * heat
        padded = np.concatenate([heat, np.zeros((len(heat), 1))], axis=1)
        around = [padded[:, ring[where]].sum(axis=2) / ring.shape[1] for ring in self.rings]
        here, shares = heat[:, where], places[where]
        background = np.stack([self.level * self.season[t] * shares, np.full(len(shares), self.level / self.history.cells)])
        return np.concatenate([background, here, *around, heat.sum(axis=1)[:, None] * shares]).T

    def replay(self, found: Excitement) -> np.ndarray:
        """Rates (k, n) of the last rows of the past, each from what came before it."""
        counts, keep, weights = self.history.counts, self.keep, _flat(found)
        first = max(len(counts) - LATEST, self.start)
        heat, out = np.zeros((len(keep), counts.shape[1])), []
        for t in range(self.start, len(counts)):
            if t >= first:
                places = self.density.without[self.density.block[t]]
                out.append(self._parts(t, heat, slice(None), places) @ weights)
            heat = keep * heat + (1 - keep) * counts[t]
        return np.stack(out)

    def memory(self) -> np.ndarray:
        """The memory (d, n) at the origin."""
        heat = np.zeros((len(self.keep), self.history.counts.shape[1]))
        for now in self.history.counts[self.start :]:
            heat = self.keep * heat + (1 - self.keep) * now
        return heat

    def parted(self, found: Excitement, heat: np.ndarray) -> np.ndarray:
        """Expected numbers (p, h, n) of each background and each reach, which add up to those of `go_on`."""
        ahead, keep, weights = [], self.keep, _flat(found)
        wanted = set(self.history.asked.tolist())
        for row in range(self.history.steps, int(self.history.asked[-1]) + 1):
            each = self._parts(row, heat, slice(None), self.density.places) * weights
            if row in wanted:
                reached = each[:, 2:].reshape(len(each), len(REACHES), -1).sum(axis=2)
                ahead.append(np.concatenate([each[:, :2], reached], axis=1).T)
            heat = keep * heat + (1 - keep) * each.sum(axis=1)
        return np.stack(ahead, axis=1)

    def go_on(self, found: Excitement, heat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected numbers (h, n) and in each cell elsewhere (h,): what is expected excites what comes after it."""
        ahead, elsewhere, keep, weights = [], [], self.keep, _flat(found)
        wanted = set(self.history.asked.tolist())
        for row in range(self.history.steps, int(self.history.asked[-1]) + 1):
            rate = self._parts(row, heat, slice(None), self.density.places) @ weights
            spread = found.background[0] * self.level * self.season[row] + found.children[-1] @ (self.lift[row] * heat).sum(axis=1)
            if row in wanted:
                ahead.append(rate)
                elsewhere.append(spread * self.density.elsewhere + found.background[1] * self.level / self.history.cells)
            heat = keep * heat + (1 - keep) * rate
        return np.stack(ahead), np.array(elsewhere)


def _flat(found: Excitement) -> np.ndarray:
    return np.concatenate([found.background, found.children.ravel()])
