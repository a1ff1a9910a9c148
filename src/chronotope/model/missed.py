"""Missed: by how much the plain mix misses in its trials, which judges what else may be done to a question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.distributions import BASE
from chronotope.evidence.mix import plain_mix
from chronotope.questions import Question
from chronotope.tokens.tiling import by_tiles
from chronotope.tokens.tokenizer import Tile, asked_rows

LEADS, PLACES = 8, 48  # asked rows and places that are judged


def judged(question: Question, variable: int) -> tuple[Question, np.ndarray]:
    """The part that is judged: one variable alone, at some rows from the first to the last and some places (integers) from the lowest
    to the highest, and those places."""
    places = np.flatnonzero(question.asked[..., variable].any(axis=0))
    seen = question.seen[:, places, variable]
    mean = np.where(seen, question.frame.values[:, places, variable], 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    places = places[np.argsort(mean, kind="stable")[spread_over(len(places), PLACES)]]
    part, one = question.of_places(places), slice(variable, variable + 1)
    frame, rows = part.frame, question.rows[spread_over(len(question.rows), LEADS)]
    told = {name: getattr(frame, name)[one] for name in ("variables", "units", "totals", "standard_names")}
    asked = np.zeros_like(part.asked[..., one])
    asked[rows] = part.asked[rows][..., one]
    frame = replace(frame, values=frame.values[..., one], **told)
    return replace(part, frame=frame, seen=part.seen[..., one], asked=asked), places


def missed(question: Question) -> np.ndarray:
    """Logarithm of the miss at the asked cells (h, n, v), NaN where nothing is asked."""
    said = by_tiles(question.wanting((0.1, 0.9)), _say)
    return np.asarray(np.log(np.maximum(said[1] - said[0], 1e-12)))


def spread_over(count: int, most: int) -> np.ndarray:
    """So many of `count` positions at most, from the first to the last."""
    return np.unique(np.rint(np.linspace(0, count - 1, min(count, most))).astype(int))


def _say(tile: Tile, starts: np.ndarray) -> np.ndarray:
    rows, anchor = asked_rows(tile, starts)
    evidence = gather(tile.series, rows, anchor)
    middle, width = plain_mix(evidence.centre, evidence.error, evidence.is_available)
    return np.asarray(middle[..., None] + width[..., None] * BASE)
