"""Sums: gains that come rarely add up to more than the quantiles of single steps show.

A step that gains something one time in twenty has nine tenths of its distribution at nought, and so would have any sum of its quantiles.
How much such sums are is read from past ones: what was gained lately, and how far sums scattered about it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.counts.answer import dispersions, rate_weights
from chronotope.evidence.counts.distribution import count_quantiles
from chronotope.questions import QUANTILE_LEVELS

WINDOWS = 4  # of past gains, each four times the one before
CYCLES, SHORTEST = 4, 14  # of the clock that the shortest of them is long, and steps at least
ORIGINS, ALIKE = 96, 4.0  # past sums of a length, of which neighbouring ones say about the same
OWN = 2.0  # steps' worth of all places in what a place gained in a window
FEWEST = 24  # steps that tell anything
RARE, HIDDEN = 0.8, 0.1  # share of steps that gain next to nothing where gains are rare; of the usual gain, what is next to nothing
PARTS = 2  # of a place's mean gain where it gains at all, as which amounts that are no counts are counted


@dataclass(frozen=True)
class Usual:
    """What the places of one variable gain in a step, (n,), whether most of their steps gain next to nothing, (n,), and how sums of some
    numbers of steps, `leads` (s,), scatter about their mean: variance = mean + dispersion x mean^2 in units (n,), dispersion (s, n)."""

    gain: np.ndarray
    rare: np.ndarray
    leads: np.ndarray
    dispersion: np.ndarray
    unit: np.ndarray

    def hides(self, highest: np.ndarray) -> np.ndarray:
        """Where (h, n) steps whose highest quantile (h, n) is so small may still gain: what is usually gained lies beyond it."""
        return np.asarray(highest <= np.where(self.rare, 1.0, HIDDEN) * self.gain)

    def quantiles(self, mean: np.ndarray) -> np.ndarray:
        """Quantiles (q, h, n) of what was gained after each of h steps, around its mean (h, n)."""
        nearest = np.abs(np.log(np.arange(1, len(mean) + 1))[:, None] - np.log(self.leads)).argmin(axis=1)
        return count_quantiles(mean / self.unit, self.dispersion[nearest], QUANTILE_LEVELS) * self.unit


def usual_gains(gains: np.ndarray, period: int, horizon: int, unit: np.ndarray) -> Usual | None:
    """What places usually gain; None where too little was seen.

    Args:
        gains: float (t, n), since the step before, NaN where not known.
        period: steps of the shortest cycle of the clock, 1 for none.
        horizon: steps that are asked.
        unit: (n,), of which all gains of a place are multiples, 0 for none.
    """
    seen = np.isfinite(gains)
    x = np.where(seen, np.maximum(np.nan_to_num(gains), 0), 0.0)
    t = len(x)
    if seen.any(axis=1).sum() < FEWEST or not x.any():
        return None
    part = x.sum(axis=0) / np.maximum((x > 0).sum(axis=0), 1) / PARTS
    unit = np.where(unit > 0, unit, np.where(part > 0, part, 1.0))
    x = x / unit
    shortest = max(CYCLES * period, SHORTEST)
    lately = _lately(x, seen, shortest)
    added, known = (np.concatenate([np.zeros((1, x.shape[1])), np.cumsum(one, axis=0)]) for one in (x, seen.astype(float)))
    leads = np.unique(np.minimum(np.ceil(horizon ** np.array([0.0, 0.5, 1.0])), t // 2).astype(int))
    spread = []
    for lead in leads:
        starts = np.unique(np.linspace(min(max(SHORTEST, t // 6), t - lead), t - lead, ORIGINS).astype(int))
        whole = known[starts + lead] - known[starts] == lead
        sums, told = added[starts + lead] - added[starts], lately[starts - 1] * lead
        weights = rate_weights(told[whole], sums[whole], len(starts) / ALIKE)
        spread.append(dispersions(np.rint(sums), told @ weights, whole))
    gain = lately[-1] @ weights
    recent = slice(-4 * shortest, None)
    nothing = (seen & (x <= HIDDEN * gain))[recent].sum(axis=0)
    return Usual(gain * unit, nothing >= RARE * seen[recent].sum(axis=0), leads, np.stack(spread), unit)


def _lately(x: np.ndarray, seen: np.ndarray, shortest: int) -> np.ndarray:
    """Mean gains (t, n, windows + 1), in units, of the last steps up to each row; the last says that nothing is gained."""
    added, known = np.cumsum(x, axis=0), np.cumsum(seen, axis=0)
    most = (added + 1) / np.maximum(known, 1)  # of a place that has gained nothing yet
    out: list[np.ndarray] = []
    for length in shortest * 4 ** np.arange(WINDOWS):
        if out and length >= len(x):
            break
        total, count = (one - np.concatenate([np.zeros_like(one[:length]), one[:-length]])[: len(one)] for one in (added, known))
        every = total.sum(axis=1, keepdims=True) / np.maximum(count.sum(axis=1, keepdims=True), 1)
        out.append((total + OWN * np.minimum(every, most)) / (count + OWN))
    return np.stack([*out, np.zeros_like(x)], axis=-1)
