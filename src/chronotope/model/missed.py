"""Missed: by how much the plain mix missed in its trials, which judges what else may be done to a question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.candidates.evidence import gather
from chronotope.evidence.distributions import BASE
from chronotope.evidence.mix import plain_mix
from chronotope.questions import Question
from chronotope.tokens.tiling import by_tiles
from chronotope.tokens.tokenizer import Tile, asked_rows

LEADS = 8  # asked rows that are judged


def missed(question: Question) -> np.ndarray:
    """Logarithm of the miss, (k, n, v) of at most `LEADS` asked rows from the first to the last; NaN where nothing is asked."""
    rows = question.rows[np.unique(np.rint(np.linspace(0, len(question.rows) - 1, LEADS)).astype(int))]
    asked = np.zeros_like(question.asked)
    asked[rows] = question.asked[rows]
    said = by_tiles(replace(question, asked=asked).wanting((0.1, 0.9)), _say)
    return np.asarray(np.log(np.maximum(said[1] - said[0], 1e-12)))


def _say(tile: Tile, starts: np.ndarray) -> np.ndarray:
    rows, anchor = asked_rows(tile, starts)
    evidence = gather(tile.series, rows, anchor)
    middle, width = plain_mix(evidence.centre, evidence.error, evidence.is_available)
    return np.asarray(middle[..., None] + width[..., None] * BASE)
