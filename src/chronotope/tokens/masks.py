"""Random questions: pairs of masks of every kind, drawn for training.

`forecast` asks future patches at any lead, `impute` hides random runs, blocks or steps, `interpolate` hides whole places or a region;
forecasts may have gaps in their past, and some variables may be known in the future.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.tokens.tokenizer import CONTEXT, PATCH

KINDS = {"forecast": 0.66, "impute": 0.18, "interpolate": 0.16}
FARTHEST = 90  # patches ahead: 720 steps


@dataclass(frozen=True)
class Question:
    """A drawn question on a frame.

    Attributes:
        kind: one of `KINDS`.
        low, high: the rows of the source that make the frame.
        seen, asked: bool (high - low, n, v).
        starts: int (q,): first rows of the query patches within the frame.
    """

    kind: str
    low: int
    high: int
    seen: np.ndarray
    asked: np.ndarray
    starts: np.ndarray


def draw_question(
    rng: np.random.Generator, observed: np.ndarray, patches: int = 4, kind: str | None = None, first: int = 0
) -> Question | None:
    """A question about a stretch of observed values, or None if the draw finds nothing to ask.

    Args:
        rng: source of chance.
        observed: bool (t, n, v).
        patches: query patches.
        kind: a key of `KINDS`; None draws one.
        first: nothing before this row is asked.
    """
    kind = kind or str(rng.choice(list(KINDS), p=list(KINDS.values())))
    if kind == "interpolate" and observed.shape[1] < 6:
        kind = "impute"
    if observed.shape[0] < 40:
        kind = "forecast"
    question = _forecast(rng, observed, patches, first) if kind == "forecast" else _inside(rng, observed, patches, kind, first)
    return question if question.asked.any() and question.seen.any() else None


def _history(rng: np.random.Generator, rows: int) -> int:
    longest = min(rows, 6000)
    if rng.random() < 0.55:
        return longest
    return int(np.exp(rng.uniform(np.log(min(12, longest)), np.log(longest))))


def _forecast(rng: np.random.Generator, observed: np.ndarray, patches: int, first: int) -> Question:
    t, n, v = observed.shape
    earliest = max(first - 1, min(12, t // 2))
    origin = int(rng.integers(earliest, max(earliest + 1, t - 4)))  # last row that is read
    low = origin + 1 - _history(rng, origin + 1)
    ahead = max(1, min((t - origin - 1) // PATCH, FARTHEST))
    if rng.random() < 0.6 or ahead <= patches:
        leads = np.arange(min(patches, ahead))
    else:
        far = np.exp(rng.uniform(0, np.log(ahead + 1), patches)).astype(int)
        leads = np.unique(np.minimum(far - (rng.random(patches) < 0.3), ahead - 1).clip(0))
    leads = np.concatenate([leads, np.setdiff1d(np.arange(FARTHEST), leads)])[:patches]
    leads.sort()
    starts = origin + 1 - low + PATCH * leads
    high = min(t, origin + 1 + PATCH * (int(leads[-1]) + 1))
    frame = observed[low:high]
    seen = frame.copy()
    cut = origin + 1 - low
    seen[cut:] = False
    if rng.random() < 0.25:
        _knock_out(rng, seen)
    if v > 1 and rng.random() < 0.25:
        known = np.asarray(rng.random(v) < 0.5)
        known[rng.integers(v)] = False
        seen[cut:, :, known] = frame[cut:, :, known]
    return Question("forecast", low, high, seen, _rows(frame.shape, starts) & frame & ~seen, starts)


def _inside(rng: np.random.Generator, observed: np.ndarray, patches: int, kind: str, first: int) -> Question:
    t, n, v = observed.shape
    length = min(t, max(40, _history(rng, t)))
    low = int(rng.integers(0, t - length + 1)) if not first else t - length
    frame = observed[low : low + length]
    widest = min(CONTEXT, length // PATCH)
    start = int(rng.integers(min(max(0, first - low), length - 1), max(1 + min(max(0, first - low), length - 1), length - PATCH * patches)))
    step = 1 if rng.random() < 0.7 else int(rng.integers(1, max(2, widest // patches)))
    starts = np.minimum(start + PATCH * step * np.arange(patches), max(0, length - PATCH))
    starts = np.unique(starts)
    starts = np.concatenate([starts, length + PATCH * np.arange(patches)])[:patches]
    seen = frame.copy()
    if kind == "interpolate":
        variables = np.ones(v, bool) if v == 1 or rng.random() < 0.6 else rng.permutation(v) < rng.integers(1, v)
        seen[:, _some_places(rng, n)[:, None], np.flatnonzero(variables)] = False
        if rng.random() < 0.2:
            _knock_out(rng, seen)
    else:
        for _ in range(int(rng.integers(1, 4))):
            _knock_out(rng, seen)
        _hide_runs(rng, seen, starts)
    return Question(kind, low, low + length, seen, _rows(frame.shape, starts) & frame & ~seen, starts)


def _rows(shape: tuple[int, ...], starts: np.ndarray) -> np.ndarray:
    out = np.zeros(shape, bool)
    rows = (starts[:, None] + np.arange(PATCH)).ravel()
    out[rows[(rows >= 0) & (rows < shape[0])]] = True
    return out


def _some_places(rng: np.random.Generator, n: int) -> np.ndarray:
    """A random share of places, or a run of neighbours (places arrive ordered by nearness to one of them)."""
    count = int(np.clip(rng.uniform(0.08, 0.55) * n, 1, n - 2))
    if rng.random() < 0.35:
        first = int(rng.integers(0, n - count + 1))
        return np.arange(first, first + count)
    return rng.choice(n, count, replace=False)


def _knock_out(rng: np.random.Generator, seen: np.ndarray) -> None:
    """Hide random cells, runs of single series, or all series for a while, in place."""
    t, n, v = seen.shape
    how = rng.random()
    if how < 0.4:
        seen &= rng.random(seen.shape) > rng.uniform(0.02, 0.5)
    elif how < 0.85:
        for i in np.flatnonzero(rng.random(n * v) < rng.uniform(0.1, 0.6)):
            start = int(rng.integers(0, t))
            seen[start : start + int(np.exp(rng.uniform(0, np.log(min(t, 200)))) + 1), i // v, i % v] = False
    else:
        start = int(rng.integers(0, t))
        seen[start : start + int(np.exp(rng.uniform(0, np.log(min(t, 64)))) + 1)] = False


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
