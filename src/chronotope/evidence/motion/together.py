"""Together: which members of neighbours belong to one future - misses that go together as they did, and nobody walks through anybody.

The members of each object are dealt out in another order; which there are does not change, and so neither do their quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from chronotope.evidence.motion.tracks import Moments, Tracks

PAIRS, BINS = 100_000, 8  # of trials in one row that tell how misses go together, and classes of distance
SURE = 3.0  # standard errors by which likeness must differ from none
CLOSE = 0.02  # share of the moments of the past in which the nearest other was nearer than what counts as walking through
LOOKED = 400  # rows of the past that are looked at for that
NEAREST, BLOCK = 8, 64  # neighbours that are looked at, and members that are dealt out together
TOUCH = 3.0  # what a step inside somebody else costs, in squared misses
MOST = 1500  # objects whose misses are drawn together


@dataclass(frozen=True)
class Company:
    """How objects of a scene go together.

    Attributes:
        likeness: correlation of misses at no distance; 0 where they have nothing to do with each other.
        reach: distance over which it falls to a third.
        close: distance below which two objects are hardly ever.
    """

    likeness: float
    reach: float
    close: float


def company_of(tracks: Tracks, tried: Moments, misses: np.ndarray) -> Company:
    """From misses (m,) of trials in one direction of the compass, complex, NaN where unknown, in units of their expected size."""
    known = np.flatnonzero(np.isfinite(misses))
    size = np.abs(misses[known])
    capped = misses[known] * np.minimum(1, 3 * np.median(size) / np.maximum(size, 1e-12)) if len(known) else misses[known]
    capped = capped / max(float(np.sqrt((np.abs(capped) ** 2).mean())) if len(known) else 1.0, 1e-12)
    one, two = _pairs(tried.row[known])
    apart = np.abs(tracks.position(tried)[known[one]] - tracks.position(tried)[known[two]])
    likeness, reach = _fitted(apart, (capped[one] * capped[two].conj()).real)
    return Company(likeness, reach, _close(tracks))


def dealt(paths: np.ndarray, misses: np.ndarray, start: np.ndarray, company: Company, rng: np.random.Generator) -> np.ndarray:
    """The order (n, k) in which the members of each object are taken.

    Args:
        paths: positions (n, k, h), complex. misses: of them at the end (n, k), about 1 in size.
        start: positions (k,) now.
        company: of the scene.
    """
    number, count = misses.shape
    order = np.tile(np.arange(number)[:, None], (1, count))
    if count < 2 or (company.likeness == 0 and company.close == 0):
        return order
    turn = np.argsort(np.abs(start - start.mean()), kind="stable")
    goal = _goals(start[turn], company, number, rng)
    middle = paths.mean(axis=0)
    done: list[int] = []
    for place, k in enumerate(turn):
        near = _neighbours(middle, k, done)
        for low in range(0, number, BLOCK):
            part = np.arange(low, min(low + BLOCK, number))
            cost = np.abs(misses[part, k][:, None] - goal[part, place][None]) ** 2 * company.likeness
            for other in near:
                cost = cost + TOUCH * _touching(paths[part, k], paths[order[part, other], other], company.close)
            order[part, k] = part[np.argsort(linear_sum_assignment(cost)[1])]
        done.append(int(k))
    return order


def _goals(start: np.ndarray, company: Company, number: int, rng: np.random.Generator) -> np.ndarray:
    """Complex normal scores (n, k), as alike as misses at these distances are."""
    drawn = (rng.standard_normal((number, len(start))) + 1j * rng.standard_normal((number, len(start)))) / np.sqrt(2)
    if company.likeness == 0 or len(start) > MOST:
        return drawn
    apart = np.abs(start[:, None] - start)
    matrix = company.likeness * np.exp(-apart / company.reach) + (1 - company.likeness + 1e-9) * np.eye(len(start))
    return np.asarray(drawn @ np.linalg.cholesky(matrix).T)


def _neighbours(middle: np.ndarray, k: int, done: list[int]) -> np.ndarray:
    """Those of `done` whose mean paths (k, h) come nearest to that of k."""
    if not done:
        return np.zeros(0, int)
    others = np.array(done)
    least = np.abs(middle[others] - middle[k]).min(axis=1)
    return np.asarray(others[np.argsort(least, kind="stable")[:NEAREST]])


def _touching(mine: np.ndarray, theirs: np.ndarray, close: float) -> np.ndarray:
    """In how many steps each of mine (m, h) is inside each of theirs (l, h): (m, l)."""
    return (np.abs(mine[:, None] - theirs[None]) < close).sum(axis=2)


def _pairs(row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices of all pairs in one row, thinned evenly to about `PAIRS`."""
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], row[order], side="left")
    count = np.arange(len(row)) - first  # those before it in its row
    two = np.repeat(np.arange(len(row)), count)
    one = np.arange(len(two)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    step = max(len(two) // PAIRS, 1)
    return order[one[::step]], order[two[::step]]


def _fitted(apart: np.ndarray, product: np.ndarray) -> tuple[float, float]:
    """Likeness at no distance and its reach: an exponential through the mean products of classes of distance."""
    good = apart > 0
    apart, product = apart[good], product[good]
    if len(apart) < 10 * BINS:
        return 0.0, 1.0
    edges = np.quantile(apart, np.linspace(0, 1, BINS + 1))
    which = np.clip(np.searchsorted(edges, apart, side="right") - 1, 0, BINS - 1)
    _, which, number = np.unique(which, return_inverse=True, return_counts=True)  # equal distances leave classes empty
    mean, middle = (np.bincount(which, weights=w) / number for w in (product, apart))
    best, least, reach = 0.0, float((number * mean**2).sum()), 1.0
    for length in np.geomspace(0.25 * middle[0], 8 * middle[-1], 24):
        shape = np.exp(-middle / length)
        level = float(np.clip((number * mean * shape).sum() / (number * shape**2).sum(), 0.0, 0.95))
        left = float((number * (mean - level * shape) ** 2).sum())
        if left < least:
            best, least, reach = level, left, float(length)
    power = (number * np.exp(-middle / reach) ** 2).sum()
    return (best, reach) if best > SURE / np.sqrt(max(power, 1e-12)) else (0.0, 1.0)


def _close(tracks: Tracks) -> float:
    """The distance that the nearest other was below in a share of `CLOSE` of the moments of the past; 0 where nobody met anybody."""
    rows = np.flatnonzero(tracks.seen.sum(axis=1) > 1)
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(LOOKED, len(rows))).round().astype(int))] if len(rows) else rows
    least = []
    for row in rows:
        at = tracks.at[row, tracks.seen[row]]
        apart = np.abs(at[:, None] - at)
        np.fill_diagonal(apart, np.inf)
        least.append(apart.min(axis=1))
    return float(np.quantile(np.concatenate(least), CLOSE)) if least else 0.0
