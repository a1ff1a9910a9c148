"""Backcast: the beginning is asked from what follows."""

from __future__ import annotations

import numpy as np

from chronotope.questions.kinds.drawing import CONTEXT, PATCH, Drawn, Kind, history, knock_out, rows_of
from chronotope.questions.question import Question


def _recognises(question: Question) -> bool:
    """Nothing of what is asked is seen before or among the asked rows, but after them."""
    variables = question.asked.any(axis=(0, 1))
    stop = int(question.rows[-1]) + 1
    seen = np.asarray(question.seen[..., variables].any(axis=(1, 2)))
    return not seen[:stop].any() and bool(seen[stop:].any())


def _draw(rng: np.random.Generator, observed: np.ndarray, patches: int, first: int) -> Drawn | None:
    t = len(observed)
    low = int(rng.integers(first, max(first + 1, t - 2 * PATCH * patches)))
    most = min((t - low) // PATCH - 1, CONTEXT)  # hidden patches; some rows must follow
    if most < 1:
        return None
    hidden = min(patches, most) if rng.random() < 0.6 else int(rng.integers(min(patches, most), most + 1))
    cut = PATCH * hidden
    high = low + cut + max(PATCH, history(rng, t - low - cut))
    starts = PATCH * np.sort(rng.permutation(hidden)[:patches])
    starts = np.concatenate([starts, high - low + PATCH * np.arange(patches)])[:patches]
    frame = observed[low:high]
    seen = frame.copy()
    if rng.random() < 0.25:
        knock_out(rng, seen)
    seen[:cut] = False
    return Drawn("backcast", low, high, seen, rows_of(frame.shape, starts) & frame & ~seen, starts)


KIND = Kind("backcast", "the beginning, from what follows", _recognises, 0.05, _draw, (40, 1, 1))
