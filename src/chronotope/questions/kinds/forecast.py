"""Forecast: the past is seen, and of some variables the future; what comes after the origin is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.kinds.drawing import FARTHEST, PATCH, Drawn, Kind, history, knock_out, rows_of
from chronotope.questions.question import Question
from chronotope.questions.wants import Quantiles, Want


def ahead(
    panel: Panel,
    origin: int,
    horizon: int,
    *,
    context: int | None = None,
    target: np.ndarray | None = None,
    known: np.ndarray | None = None,
    want: Want = Quantiles(),
) -> Question:
    """The question about the steps after an origin; later values of the panel are not even handed on.

    Args:
        panel: the frame, which may go on after the origin.
        origin: the last row that is read.
        horizon: steps that are asked.
        context: rows read before the origin; None for all.
        target: bool (v,), variables that are asked, or (n, v), series; all by default.
        known: bool (v,), variables of which the asked steps are seen as well, as far as the panel holds them; none by default.
        want: the form of the answer.
    """
    start = 0 if context is None else max(origin + 1 - context, 0)
    past = panel.slice_time(start, origin + 1)
    longer = past.extend(horizon)
    future, values = slice(len(past.times), None), longer.values
    if known is not None and known.any():
        values, later = values.copy(), panel.values[origin + 1 : origin + 1 + horizon][..., known]
        values[len(past.times) : len(past.times) + len(later)][..., known] = later
    seen, asked = np.isfinite(values), np.zeros(values.shape, bool)
    wanted = np.ones(values.shape[2], bool) if target is None else target
    asked[future] = wanted & np.isfinite(panel.values[: origin + 1]).any(axis=0)
    return Question(replace(longer, values=values), seen, asked & ~seen, want)


def _recognises(question: Question) -> bool:
    return not question.both_sides


def _draw(rng: np.random.Generator, observed: np.ndarray, patches: int, first: int) -> Drawn:
    t, n, v = observed.shape
    earliest = max(first - 1, min(12, t // 2))
    origin = int(rng.integers(earliest, max(earliest + 1, t - 4)))  # last row that is read
    low = origin + 1 - history(rng, origin + 1)
    leads = _leads(rng, max(1, min((t - origin - 1) // PATCH, FARTHEST)), patches)
    starts = origin + 1 - low + PATCH * leads
    high = min(t, origin + 1 + PATCH * (int(leads[-1]) + 1))
    frame = observed[low:high]
    seen = frame.copy()
    cut = origin + 1 - low
    seen[cut:] = False
    if rng.random() < 0.25:
        knock_out(rng, seen)
    if v > 1 and rng.random() < 0.25:
        known = np.asarray(rng.random(v) < 0.5)
        known[rng.integers(v)] = False
        seen[cut:, :, known] = frame[cut:, :, known]
    return Drawn("forecast", low, high, seen, rows_of(frame.shape, starts) & frame & ~seen, starts)


def _leads(rng: np.random.Generator, most: int, patches: int) -> np.ndarray:
    """Patches ahead of the origin: the first ones, or some that are spread over all that there are."""
    if rng.random() < 0.6 or most <= patches:
        leads = np.arange(min(patches, most))
    else:
        far = np.exp(rng.uniform(0, np.log(most + 1), patches)).astype(int)
        leads = np.unique(np.minimum(far - (rng.random(patches) < 0.3), most - 1).clip(0))
    leads = np.concatenate([leads, np.setdiff1d(np.arange(FARTHEST), leads)])[:patches]
    leads.sort()
    return leads


KIND = Kind("forecast", "the steps after what is seen", _recognises, 0.62, _draw)
