"""Gaps: everything observed is seen, and what is missing between is asked."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import PATCH, Kind, inside, knock_out
from chronotope.questions.question import Question
from chronotope.questions.wants import Quantiles, Want


def missing_cells(panel: Panel, target: np.ndarray) -> np.ndarray:
    """bool (t, n, v): missing cells of the variables `target` (v,) at places where something of the variable was observed."""
    return ~panel.mask & target & panel.mask.any(axis=0)


def between(panel: Panel, asked: np.ndarray, want: Want = Quantiles()) -> Question:
    """The question about cells `asked` (t, n, v) of a panel of which all else that is observed is seen."""
    return Question(panel, panel.mask & ~asked, asked, want)


def _recognises(question: Question) -> bool:
    return True


def _hide(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """Gaps anywhere, or runs that meet the query patches, in place."""
    for _ in range(int(rng.integers(1, 4))):
        knock_out(rng, seen)
    _hide_runs(rng, seen, starts)


def _hide_runs(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """Hide runs that meet the query patches: of some series, or of all at once."""
    t, n, v = seen.shape
    everywhere = rng.random() < 0.2
    share = rng.uniform(0.2, 0.8)
    for start in starts[starts < t]:
        length = int(np.exp(rng.uniform(0, np.log(24.0)))) + 1
        offset = int(start) + int(rng.integers(-4, PATCH))
        hit = np.ones((n, v), bool) if everywhere else rng.random((n, v)) < share
        seen[max(0, offset) : offset + length][:, hit] = False


KIND = Kind("gaps", "what is missing between seen values", _recognises, 0.14, inside("gaps", _hide), (40, 1, 1))
