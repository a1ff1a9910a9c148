"""Leaps: values that leap away from those around them for a few steps, and never again, are read as if they were missing.

A glitch of a sensor, or cases that are reported all at once, would else come back a day or a week later in what repeats.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from chronotope.evidence.neighbours import find_neighbours
from chronotope.inspect.spikes import leaps
from chronotope.questions import Question
from chronotope.tokens.partition import coordinates


def without_leaps(question: Question) -> Question:
    """A forecast's question without the leaps that it holds; counts that carry their events are left as they are.

    Beside gaps the rest of an event that is partly hidden looks like a leap, so there everything is read.
    """
    frame = question.frame
    if question.both_sides or frame.events is not None:
        return question
    values = np.asarray(question.visible(), float)
    found = np.stack([leaps(values[..., v], frame.times, partial(_pairs, question, v)) for v in range(values.shape[2])], axis=2)
    return replace(question, seen=question.seen & ~found) if found.any() else question


def _pairs(question: Question, variable: int) -> np.ndarray | None:
    """Places (k, 2) beside each other; two neighbours that leap alike are no fault."""
    frame, seen = question.frame, question.seen[..., variable]
    edges = None if frame.edges is None else (frame.edges.source, frame.edges.target, frame.edges.weight)
    if edges is None and frame.xy is None:
        return None
    xy = coordinates(seen.shape[1], frame.xy, edges, np.zeros((seen.shape[1], 1), np.float32))
    near = find_neighbours(xy, edges, np.asarray(seen.any(axis=0))).index
    here = np.repeat(np.arange(len(near)), near.shape[1])
    return np.stack([here, near.ravel()], axis=1)[near.ravel() >= 0]
