"""Random questions: pairs of masks of every kind, drawn for training.

`forecast` asks future patches at any lead, `backcast` the beginning from what follows, `impute` hides random runs, blocks or steps,
`piece` a place with all its variables for a run, `interpolate` whole places or a region, `fine` a variable of which a coarser one is seen
everywhere. Forecasts and backcasts may have gaps in what is seen, and some variables may be known in the future.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from chronotope.errors import ArgumentError
from chronotope.tokens.tokenizer import CONTEXT, PATCH

KINDS = {"forecast": 0.62, "impute": 0.14, "interpolate": 0.12, "backcast": 0.05, "fine": 0.04, "piece": 0.03}
LEAST = {  # steps, places, variables that a kind has to have
    "impute": (40, 1, 1), "interpolate": (40, 6, 1), "backcast": (40, 1, 1), "fine": (40, 1, 1), "piece": (40, 1, 2),
}  # fmt: skip
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


def draw_kind(rng: np.random.Generator, shape: tuple[int, ...], kinds: Mapping[str, float] = KINDS) -> str | None:
    """A kind of question that a panel of this shape (t, n, v) has room for, in proportion to the shares; None if it has room for none."""
    fitting = {kind: kinds[kind] for kind in KINDS if kinds.get(kind, 0) > 0 and _fits(kind, shape)}
    if not fitting:
        return None
    share = np.array(list(fitting.values()))
    return str(rng.choice(list(fitting), p=share / share.sum()))


def draw_question(rng: np.random.Generator, observed: np.ndarray, kind: str, patches: int = 4, first: int = 0) -> Question | None:
    """A question about a stretch of observed values, or None if there is no room for it or the draw finds nothing to ask.

    Args:
        rng: source of chance.
        observed: bool (t, n, v); for `fine` the first variable is the fine one and the others stay seen.
        kind: a key of `KINDS`.
        patches: query patches.
        first: nothing before this row is asked.

    Raises:
        ArgumentError: there is no such kind.
    """
    if kind not in DRAWS:
        raise ArgumentError(f"draw_question(kind=) must be one of {', '.join(DRAWS)}; found {kind!r}.")
    question = DRAWS[kind](rng, observed, patches, first) if _fits(kind, observed.shape) else None
    if question is None or not question.asked.any():
        return None
    variables = question.asked.any(axis=(0, 1))
    return question if question.seen[..., variables].any() else None  # of what is asked something must be known, whatever else is seen


def _fits(kind: str, shape: tuple[int, ...]) -> bool:
    return all(size >= least for size, least in zip(shape, LEAST.get(kind, (1, 1, 1)), strict=True))


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


def _backcast(rng: np.random.Generator, observed: np.ndarray, patches: int, first: int) -> Question | None:
    t = len(observed)
    low = int(rng.integers(first, max(first + 1, t - 2 * PATCH * patches)))
    most = min((t - low) // PATCH - 1, CONTEXT)  # hidden patches; some rows must follow
    if most < 1:
        return None
    hidden = min(patches, most) if rng.random() < 0.6 else int(rng.integers(min(patches, most), most + 1))
    cut = PATCH * hidden
    high = low + cut + max(PATCH, _history(rng, t - low - cut))
    starts = PATCH * np.sort(rng.permutation(hidden)[:patches])
    starts = np.concatenate([starts, high - low + PATCH * np.arange(patches)])[:patches]
    frame = observed[low:high]
    seen = frame.copy()
    if rng.random() < 0.25:
        _knock_out(rng, seen)
    seen[:cut] = False
    return Question("backcast", low, high, seen, _rows(frame.shape, starts) & frame & ~seen, starts)


def _window(rng: np.random.Generator, rows: int, patches: int, first: int) -> tuple[int, int, np.ndarray]:
    """First row and length of a frame, and query patches inside it (past its end where it is too short for all)."""
    length = min(rows, max(40, _history(rng, rows)))
    low = int(rng.integers(0, rows - length + 1)) if not first else rows - length
    earliest = min(max(0, first - low), length - 1)
    start = int(rng.integers(earliest, max(1 + earliest, length - PATCH * patches)))
    widest = min(CONTEXT, length // PATCH)
    step = 1 if rng.random() < 0.7 else int(rng.integers(1, max(2, widest // patches)))
    starts = np.unique(np.minimum(start + PATCH * step * np.arange(patches), max(0, length - PATCH)))
    return low, length, np.concatenate([starts, length + PATCH * np.arange(patches)])[:patches]


def _inside(kind: str, rng: np.random.Generator, observed: np.ndarray, patches: int, first: int) -> Question:
    """Hide what `HIDES` says of the kind, and ask what is hidden in the query patches."""
    low, length, starts = _window(rng, len(observed), patches, first)
    frame = observed[low : low + length]
    seen = frame.copy()
    HIDES[kind](rng, seen, starts)
    return Question(kind, low, low + length, seen, _rows(frame.shape, starts) & frame & ~seen, starts)


def _hide_some(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    for _ in range(int(rng.integers(1, 4))):
        _knock_out(rng, seen)
    _hide_runs(rng, seen, starts)


def _hide_places(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    v = seen.shape[2]
    variables = np.ones(v, bool) if v == 1 or rng.random() < 0.6 else rng.permutation(v) < rng.integers(1, v)
    seen[:, _some_places(rng, seen.shape[1])[:, None], np.flatnonzero(variables)] = False
    if rng.random() < 0.2:
        _knock_out(rng, seen)


def _hide_fine(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """The first variable at most places, or at all places in most steps, in place."""
    t, n, _ = seen.shape
    if n >= 6 and rng.random() < 0.5:
        seen[:, rng.choice(n, int(rng.integers(n // 2 + 1, n)), replace=False), 0] = False
        return
    run = int(rng.uniform(0.5, 0.9) * t) + 1
    last = min(int(starts[starts < t].max()) + PATCH, t)
    earliest, latest = max(0, last - run), min(int(starts[0]), t - run)  # so that it holds all that is asked, if that fits into it
    begin = int(rng.integers(min(earliest, latest), max(earliest, latest) + 1))
    seen[begin : begin + run, :, 0] = False


def _hide_pieces(rng: np.random.Generator, seen: np.ndarray, starts: np.ndarray) -> None:
    """Some places with all their variables, each for a run of its own that begins near a query patch, in place."""
    t, n, _ = seen.shape
    some = np.asarray(rng.random(n) < rng.uniform(0.1, 0.6))
    some[rng.integers(n)] = True
    for place in np.flatnonzero(some):
        begin = int(rng.choice(starts[starts < t])) + int(rng.integers(-4, PATCH))
        seen[max(0, begin) : begin + int(np.exp(rng.uniform(np.log(4), np.log(65)))), place] = False


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


HIDES = {"impute": _hide_some, "interpolate": _hide_places, "fine": _hide_fine, "piece": _hide_pieces}
DRAWS = {"forecast": _forecast, "backcast": _backcast} | {kind: partial(_inside, kind) for kind in HIDES}
