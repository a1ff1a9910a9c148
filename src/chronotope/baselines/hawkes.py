"""Hawkes process: every event makes others likelier after and around it (an ETAS without magnitudes)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from chronotope.baselines.events import AbstractEventFloor, Events, enough
from chronotope.baselines.poisson import InhomogeneousPoisson, inside_share, rule_of_thumb, thinned, week_shape

_MOST = 5_000  # latest events that a fit reads
_PARENTS = 200  # earlier events that may have caused one


@dataclass(frozen=True)
class Hawkes(AbstractEventFloor):
    """A background of places and hours of the week, and from every event `branching` more on average, exponentially soon and near.

    Fitted by maximum likelihood. Attributes are in days and plane units: `background` events per day, `decay` per day, `reach` such
    that children fall 2 reach away on average; what would fall outside the box falls inside.

    Source: Hawkes (1971), doi:10.1093/biomet/58.1.83; Ogata (1998), doi:10.1023/A:1003403601725.
    """

    base: InhomogeneousPoisson = field(default_factory=InhomogeneousPoisson, repr=False)
    background: float = float("nan")
    branching: float = float("nan")
    decay: float = float("nan")
    reach: float = float("nan")
    name: str = field(default="hawkes", repr=False)

    def fit(self, events: Events) -> Hawkes:
        enough(events, 20, self.name)
        events = _latest(events)
        length, count = events.end - events.start, len(events.times)
        base, reach = InhomogeneousPoisson(1.0, week_shape(events)), 1.0
        if events.xy is not None:
            reach = rule_of_thumb(events.xy, events.area)
            base = replace(base, points=thinned(events.xy), bandwidth=reach, box=events.corners)
        pairs, flat, whole = _Pairs.of(events), base.intensity(events), base.expected(events, events.start, events.end)
        left = events.end - events.times
        first = np.log([0.5 * count / whole, 1.0, 0.2 * count / length, reach])

        def cost(logs: np.ndarray) -> float:
            model = _from_logs(base, logs)
            rate = model.background * flat + pairs.sums(model, events.xy is not None)
            integral = model.background * whole + model.branching * -np.expm1(-model.decay * left).sum()
            return float(integral - np.log(np.maximum(rate, 1e-300)).sum()) / count

        free = 3 if events.xy is None else 4
        model = _from_logs(base, _search(cost, first, free))
        return model if events.xy is not None else replace(model, reach=float("nan"))

    def intensity(self, events: Events) -> np.ndarray:
        return self.background * self.base.intensity(events) + _Pairs.of(events).sums(self, events.xy is not None)

    def expected(self, events: Events, start: float, end: float) -> float:
        known = events.times[events.times < end]
        after = np.exp(-self.decay * np.maximum(start - known, 0.0)) - np.exp(-self.decay * (end - known))
        return float(self.background * self.base.expected(events, start, end) + self.branching * after.sum())


@dataclass(frozen=True)
class _Pairs:
    """Every event with the events before it: delay (e, k) in days (infinite where there is none), distance and index (e, k)."""

    delay: np.ndarray
    distance: np.ndarray | None
    index: np.ndarray
    events: Events

    @classmethod
    def of(cls, events: Events) -> _Pairs:
        count = len(events.times)
        index = np.arange(count)[:, None] - np.arange(1, min(_PARENTS, max(count - 1, 1)) + 1)
        at = np.maximum(index, 0)
        delay = (events.times[:, None] - events.times[at]).astype(np.float32)
        delay[(index < 0) | (delay <= 0)] = np.inf  # nobody there, or at the same moment
        apart = None if events.xy is None else np.linalg.norm(events.xy[:, None] - events.xy[at], axis=-1).astype(np.float32)
        return cls(delay, apart, at, events)

    def sums(self, model: Hawkes, placed: bool) -> np.ndarray:
        """Rate (e,) that the earlier events add to each."""
        if not placed or self.distance is None:
            return model.branching * model.decay * np.exp(-np.float32(model.decay) * self.delay).sum(axis=1, dtype=float)
        near = np.exp(-np.float32(model.decay) * self.delay - self.distance / np.float32(model.reach))
        assert self.events.xy is not None
        inside = inside_share(self.events.xy, model.reach * 3**0.5, self.events.corners)  # as for a Gaussian of the same variance
        height = (model.branching * model.decay / (2 * np.pi * model.reach**2) / inside).astype(np.float32)
        return (near * height[self.index]).sum(axis=1, dtype=float)


def _from_logs(base: InhomogeneousPoisson, logs: np.ndarray) -> Hawkes:
    """Parameters from background, odds of branching, decay and reach, all as logarithms."""
    background, odds, decay, reach = np.exp(np.clip(logs, -30, 30)).tolist()
    return Hawkes(base, background, odds / (1 + odds), decay, reach)


def _search(cost: Callable[[np.ndarray], float], start: np.ndarray, free: int) -> np.ndarray:
    """The first `free` logarithms where the cost is lowest near `start`."""
    from scipy.optimize import minimize

    rest = start[free:]
    found = minimize(lambda logs: cost(np.concatenate([logs, rest])), start[:free], method="L-BFGS-B", options={"maxiter": 40, "eps": 1e-4})
    return np.concatenate([found.x, rest])


def _latest(events: Events) -> Events:
    if len(events.times) <= _MOST:
        return events
    xy = None if events.xy is None else events.xy[-_MOST:]
    return replace(events, times=events.times[-_MOST:], xy=xy, start=float(events.times[-_MOST]))
