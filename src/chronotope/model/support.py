"""Directions as numbers that a network can mix: unwound around the way that each place mostly points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.inspect.circle import beside, way_of
from chronotope.inspect.support import Support
from chronotope.questions import Question

RECENT = 96  # rows before the question that say where a place mostly points


def unwound(question: Question, support: Support) -> Question:
    """The question with directions (degrees) on both sides of each place's mean way, so that 359 and 1 lie side by side."""
    if not support.circle.any():
        return question
    panel, first = question.frame, question.first if len(question.rows) else 0
    values, visible = panel.values.copy(), question.visible()
    for k in np.flatnonzero(support.circle):
        x = visible[..., k]
        near = x[max(0, first - RECENT) : first + RECENT]
        near = np.where(np.isfinite(near).any(axis=0), near, x[: len(near)]) if len(near) else x
        way = beside(way_of(near), way_of(near.ravel()), support.circle[k])  # neighbours at 179 and 181 lie side by side too
        values[..., k] = beside(panel.values[..., k], way, support.circle[k])
    return replace(question, frame=replace(panel, values=values))
