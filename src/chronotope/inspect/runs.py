"""Runs of identical values, and how long one must be to be unlikely for its series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 30  # runs that a series must have to be judged by itself


@dataclass(frozen=True)
class Runs:
    """Runs of identical values in a series without gaps: first position, length and value of each, all (r,)."""

    first: np.ndarray
    length: np.ndarray
    value: np.ndarray


def runs_of(values: np.ndarray) -> Runs:
    """The runs of a series (k,) without NaN."""
    if not len(values):
        return Runs(np.zeros(0, int), np.zeros(0, int), np.zeros(0))
    first = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    return Runs(first, np.diff(np.append(first, len(values))), values[first])


def stretches_of(flags: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(first, one past the last) of each stretch in which the flags (k,) hold, int (r,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return edges[::2], edges[1::2]


def usual_constants(runs: Runs, steady: tuple[float, ...]) -> np.ndarray:
    """True for runs (r,) at a value where this series may rest: those in `steady`, and its lowest and highest value if it keeps coming back
    to it (a full car park, an empty one, a sensor at the end of its range)."""
    rest = np.isin(runs.value, steady)
    for edge in (runs.value.min(), runs.value.max()):
        at = runs.value == edge
        if at.sum() >= 4 and (runs.length[at] > 1).sum() >= 3:
            rest |= at
    return rest


def returns(runs: Runs, k: int) -> bool:
    """True if the series comes back to the value of run k for runs that compare with it: a level where it rests, not a chance stop."""
    alike = (runs.value == runs.value[k]) & (runs.length >= max(4, runs.length[k] // 3))
    return int(alike.sum()) >= 3


def continuation(length: np.ndarray) -> float:
    """Chance that a run goes on for one more step, a cautious estimate from run lengths (r,): the largest share found at any length.

    Counted in runs, not in steps, so that one very long run says no more than one short one; each share is smoothed, and lengths that
    fewer than eight runs reach are not asked.
    """
    shares = [0.0]
    for at in range(1, 25):
        reach, on = int((length >= at).sum()), int((length > at).sum())
        if reach < 8 and at > 1:
            break
        shares.append((on + 0.5) / (reach + 1.0))
    return float(max(shares))


def longest_likely(chance: float, runs: int, unlikely: float) -> float:
    """Length that at most a share `unlikely` of series of `runs` runs exceed, if a run goes on with `chance` at each step."""
    if chance >= 0.995 or not runs:
        return np.inf
    return 1.0 + np.log(unlikely / runs) / np.log(max(chance, 1e-4))


def run_lengths(flags: np.ndarray) -> np.ndarray:
    """Lengths of the stretches in which the flags (k,) hold, int (r,)."""
    first, stop = stretches_of(flags)
    return stop - first
