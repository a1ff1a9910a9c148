"""Two views of one window, for objectives that compare them: the same stretch of the same places, told in another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import PATCH, Drawn
from chronotope.training.batch import Batch, example, side_by_side

LEAST, MOST = 48, 512  # rows of a window
SHIFT = 0.25  # largest part of a window by which the second view begins later


def two_views(rng: np.random.Generator, panel: Panel, first: int = 0) -> Batch | None:
    """A window of a panel (t, n, v) seen twice, as one example; None if there is no room for it, or nothing is observed.

    The two differ in the order of their places, in the unit of each variable, and begin up to a quarter of the window apart. All but the
    last patch is seen, and that one is asked.

    Args:
        rng: source of chance.
        panel: what the window is cut from.
        first: row before which it does not begin.
    """
    rows = len(panel.values) - first
    if rows < LEAST:
        return None
    length = int(rng.integers(LEAST, min(rows, MOST) + 1))
    low = first + int(rng.integers(rows - length + 1))
    later = min(low + int(rng.integers(int(SHIFT * length) + 1)), len(panel.values) - length)
    views = [view(rng, panel.slice_time(start, start + length)) for start in (low, later)]
    told = [one for one in views if one is not None]
    if len(told) < 2:
        return None
    both = side_by_side(told)
    return replace(both, example=np.zeros_like(both.example), view=both.example)


def view(rng: np.random.Generator, window: Panel) -> Batch | None:
    """One view of a window: places in another order, variables in other units, its last patch asked."""
    t, n, v = window.values.shape
    window = window.take_places(rng.permutation(n))
    spread = np.nan_to_num(np.nanstd(np.where(window.mask, window.values, 0.0), axis=(0, 1)))
    move = spread * rng.normal(size=v) * (rng.random(v) < 0.5)
    values = ((window.values + move) * 10 ** rng.uniform(-2, 2, v)).astype(np.float32)
    last = np.arange(t)[:, None, None] >= t - PATCH
    drawn = Drawn("forecast", 0, t, window.mask & ~last, window.mask & last, np.array([t - PATCH]))
    if not (drawn.seen.any() and drawn.asked.any()):
        return None
    return example(replace(window, values=values), drawn)
