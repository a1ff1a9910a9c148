"""Leaps: values that leap away from those around them for a few steps, and never again, are read as if they were missing.

A glitch of a sensor, or cases that are reported all at once, would else come back a day or a week later in what repeats. Values before a
restart, in another unit or currency, are not read either: beside them all that came since is nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from chronotope.inspect.look import neighbour_pairs
from chronotope.inspect.restarts import restarts
from chronotope.inspect.spikes import leaps
from chronotope.questions import Question


def without_leaps(question: Question) -> Question:
    """A forecast's question without the leaps that it holds and what went before restarts; counts that carry their events stay as they are.

    Beside gaps the rest of an event that is partly hidden looks like a leap, so there everything is read; so is what is known ahead,
    which somebody has planned.
    """
    frame = question.frame
    if question.both_sides or frame.events is not None:
        return question
    past, found = slice(0, question.first), np.zeros(question.seen.shape, bool)
    values = np.asarray(question.visible()[past], float)
    for v in np.flatnonzero(~question.seen[question.first :].any(axis=(0, 1))):
        before = np.arange(question.first)[:, None] < restarts(values[..., v], frame.times[past])
        found[past, :, v] = before | leaps(values[..., v], frame.times[past], partial(neighbour_pairs, frame))
    return replace(question, seen=question.seen & ~found) if found.any() else question
