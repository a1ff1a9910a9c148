"""Answer: rules of rates mixed by what they missed, and the distribution of counts around the mixed rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.counts.counted import Counted
from chronotope.evidence.counts.distribution import DISPERSIONS, count_quantiles, log_probability
from chronotope.evidence.counts.rules import Rules
from chronotope.evidence.simplex import least

CELLS, FEWEST = 12_000, 24  # tried cells of a lead, and tried rows at least
YOUNG, START = 10, 6  # rows, and a part of the past, before which rules are not tried
ROUNDS = 4
FEW, ALIKE = 10.0, 4.0  # squared trials' worth of equal weights; neighbouring rows that say about the same
SPEED = 0.01  # of a dispersion, below which it makes no difference
BELIEF, SHARED = 30, 0.01  # rounds of learning how dispersions differ between places, and the share that any may have


@dataclass(frozen=True)
class Spread:
    """What was learnt at one lead: weights of rules (r,), and how much more than Poisson's each place scatters, (n,)."""

    lead: int
    weights: np.ndarray
    dispersion: np.ndarray


def foretold(counted: Counted, rows: np.ndarray, levels: tuple[float, ...]) -> np.ndarray:
    """Quantiles (q, h, n) of the counts in rows (h,) after the past, counted from its first row."""
    rules, t = Rules(counted), len(counted.y)
    leads = rows - (t - 1)
    tried = np.ceil(leads.max() ** np.array([0.0, 0.5, 1.0])).astype(int)
    learnt = [_learnt(rules, lead) for lead in np.unique(np.minimum(tried, max(1, t // 2)))]  # farther ones cannot be tried
    which = np.abs(np.log(leads)[:, None] - np.log([one.lead for one in learnt])).argmin(axis=1)
    told = rules.at(rows, np.full(len(rows), t - 1))
    rate = np.stack([told[i] @ learnt[k].weights for i, k in enumerate(which)])
    return count_quantiles(rate, np.stack([learnt[k].dispersion for k in which]), levels)


def _learnt(rules: Rules, lead: int) -> Spread:
    counted = rules.counted
    t, n = counted.y.shape
    first = min(max(lead + YOUNG, t // START), t - 2)
    rows = np.unique(np.linspace(first, t - 1, max(FEWEST, CELLS // n)).astype(int))
    rows = rows[rows >= lead]
    told, y, seen = rules.at(rows, rows - lead), counted.y[rows], counted.m[rows] > 0
    weights = rate_weights(told[seen], y[seen], len(rows) / ALIKE)
    return Spread(lead, weights, dispersions(y, told @ weights, seen))


def rate_weights(told: np.ndarray, counts: np.ndarray, worth: float) -> np.ndarray:
    """Weights (r,), none below zero and one together, of rates (i, r) that miss counts (i,) least, each by what it should scatter.

    `worth` is of how many independent steps the trials are; few leave the weights near equal ones, of which the last rule has none.
    """
    toward = np.append(np.full(told.shape[1] - 1, 1 / (told.shape[1] - 1)), 0.0)
    if not len(counts):
        return toward
    weights, floor = toward, 1e-3 * counts.mean() + 1e-9
    for _ in range(ROUNDS):
        rate = np.maximum(told @ weights, floor)
        wide = max(float((((counts - rate) ** 2 - rate) / rate).mean() / rate.mean()), 0.0)
        apart = told - counts[:, None]
        gram = (apart / (rate + wide * rate**2)[:, None]).T @ apart / len(counts)
        weights = least(gram, float(np.sqrt(FEW / worth**2 * np.trace(gram) / len(gram))), toward)
    return weights


def dispersions(counts: np.ndarray, rate: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The dispersion (n,) of each place's counts (k, n) around rates of the same shape, drawn to those of all places.

    How often each of `DISPERSIONS` is met among the places is learnt from them, and a place with few counts goes by that.

    Source: Laird (1978), doi:10.1080/01621459.1978.10480103, on a fixed grid.
    """
    n, rate = counts.shape[1], np.maximum(rate, 1e-9)
    hit, empty = seen & (counts > 0), seen & (counts == 0)
    likely = np.empty((n, len(DISPERSIONS)))
    for k, wide in enumerate(DISPERSIONS):
        some = np.bincount(np.nonzero(hit)[1], log_probability(counts[hit], rate[hit], wide), n)
        none = -rate[empty] if wide < 1e-6 else -np.log1p(wide * rate[empty]) / wide
        likely[:, k] = some + np.bincount(np.nonzero(empty)[1], none, n)
    likely = np.exp(likely - likely.max(axis=1, keepdims=True))
    common = np.full(len(DISPERSIONS), 1 / len(DISPERSIONS))
    for _ in range(BELIEF):
        share = common * likely
        share /= share.sum(axis=1, keepdims=True)
        common = (1 - SHARED) * share.mean(axis=0) + SHARED / len(DISPERSIONS)
    return np.asarray(np.exp(share @ np.log(DISPERSIONS + SPEED)) - SPEED)
