"""Pieces: a place with all its variables for a run, while the others go on."""

from __future__ import annotations

import numpy as np

from chronotope.questions.kinds.drawing import PATCH, Kind, inside
from chronotope.questions.question import Question


def _recognises(question: Question) -> bool:
    """Where and when something is asked nothing is seen of any variable, of which there are several."""
    asked = question.asked.any(axis=2)
    return question.asked.shape[2] > 1 and not (question.seen.any(axis=2) & asked).any()


def _hide(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """Some places with all their variables, each for a run of its own that begins near a query patch, in place."""
    t, n, _ = seen.shape
    some = np.asarray(rng.random(n) < rng.uniform(0.1, 0.6))
    some[rng.integers(n)] = True
    for place in np.flatnonzero(some):
        begin = int(rng.choice(starts[starts < t])) + int(rng.integers(-4, PATCH))
        seen[max(0, begin) : begin + int(np.exp(rng.uniform(np.log(4), np.log(65)))), place] = False


KIND = Kind("pieces", "places with all their variables for a while", _recognises, 0.03, inside("pieces", _hide), (40, 1, 2))
