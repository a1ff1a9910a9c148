"""Directions as numbers that a network can mix: unwound around the way that each place mostly points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.inspect.support import TURN, Support
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
        angle = np.deg2rad(near)
        way = np.rad2deg(np.arctan2(np.nansum(np.sin(angle), axis=0), np.nansum(np.cos(angle), axis=0)))
        values[..., k] = way + np.mod(panel.values[..., k] - way + TURN / 2, TURN) - TURN / 2
    return replace(question, frame=replace(panel, values=values))
