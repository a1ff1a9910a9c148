"""Fine: a variable is asked of which a coarser one is seen everywhere."""

from __future__ import annotations

import numpy as np

from chronotope.questions.kinds.drawing import PATCH, Kind, inside
from chronotope.questions.question import Question


def _recognises(question: Question) -> bool:
    """At most places, or in most rows, a variable is asked while another is seen in all the asked cells."""
    asked = np.asarray(question.asked.any(axis=2))
    variables = np.asarray(question.asked.any(axis=(0, 1)))
    if variables.all() or not asked.any():
        return False
    beside = (question.seen[..., ~variables] | ~asked[..., None]).all(axis=(0, 1)).any()
    hidden = ~question.seen[..., variables].any(axis=2)
    return bool(beside and question.both_sides and hidden.mean() > 0.5)


def _hide(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """The first variable at most places, or at all places in most steps, in place."""
    t, n, _ = seen.shape
    if n >= 6 and rng.random() < 0.5:
        seen[:, rng.choice(n, int(rng.integers(n // 2 + 1, n)), replace=False), 0] = False
        return
    run = int(rng.uniform(0.5, 0.9) * t) + 1
    last = min(int(starts[starts < t].max()) + PATCH, t)
    earliest, latest = max(0, last - run), min(int(starts[0]), t - run)  # so that it holds all that is asked, if that fits into it
    begin = int(rng.integers(min(earliest, latest), max(earliest, latest) + 1))
    seen[begin : begin + run, :, 0] = False


KIND = Kind("fine", "a variable, from a coarser one that is seen everywhere", _recognises, 0.04, inside("fine", _hide), (40, 1, 1))
