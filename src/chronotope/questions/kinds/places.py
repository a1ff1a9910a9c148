"""Places: some places are seen, others are asked - also such as were never observed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import Kind, inside, knock_out
from chronotope.questions.question import Question
from chronotope.questions.wants import Quantiles, Want


def elsewhere(
    panel: Panel, xy: np.ndarray, rows: slice, target: np.ndarray, want: Want = Quantiles(), about: np.ndarray | None = None
) -> Question:
    """The question about new places, which stand behind the known ones.

    Args:
        panel: the known places, with positions.
        xy: (k, 2) of the new places, on the panel's plane.
        rows: that are asked.
        target: bool (v,), variables that are asked.
        want: the form of the answer.
        about: (k, f) of the new places, as `panel.about` is of the known ones; by default that is not read.
    """
    assert panel.xy is not None
    t, n, v = panel.values.shape
    values = np.concatenate([panel.values, np.full((t, len(xy), v), np.nan, panel.values.dtype)], axis=1)
    asked = np.zeros(values.shape, bool)
    asked[rows, n:] = target & np.isfinite(panel.values).any(axis=(0, 1))
    beside = None if about is None or panel.about is None else np.concatenate([panel.about, about])
    where = np.concatenate([panel.xy, xy])
    bare = replace(panel, latlon=None, edges=None, places=None, edge_history=None, cells=None, xy=None, about=None)
    frame = replace(bare, values=values, xy=where, about=beside)
    return Question(frame, np.isfinite(values), asked, want)


def _recognises(question: Question) -> bool:
    """Series are asked of which nothing is seen at any time."""
    return bool((question.asked.any(axis=0) & ~question.seen.any(axis=0)).any())


def _hide(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """Whole places, of all variables or of some, in place."""
    v = seen.shape[2]
    variables = np.ones(v, bool) if v == 1 or rng.random() < 0.6 else rng.permutation(v) < rng.integers(1, v)
    seen[:, _some_places(rng, seen.shape[1])[:, None], np.flatnonzero(variables)] = False
    if rng.random() < 0.2:
        knock_out(rng, seen)


def _some_places(rng: np.random.Generator, n: int) -> np.ndarray:
    """A random share of places, or a run of neighbours (places arrive ordered by nearness to one of them)."""
    count = int(np.clip(rng.uniform(0.08, 0.55) * n, 1, n - 2))
    if rng.random() < 0.35:
        first = int(rng.integers(0, n - count + 1))
        return np.arange(first, first + count)
    return rng.choice(n, count, replace=False)


KIND = Kind("places", "places of which nothing is seen", _recognises, 0.12, inside("places", _hide), (40, 6, 1))
