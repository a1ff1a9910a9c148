"""Drawing: what the kinds of questions share when they are drawn at random for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.data.panel import Panel
from chronotope.questions.question import Question

PATCH = 8  # steps in a token: questions are drawn along whole patches
CONTEXT = 16  # context tokens
FARTHEST = 90  # patches ahead: 720 steps
LONGEST = 6000  # rows of a frame


@dataclass(frozen=True)
class Drawn:
    """Masks drawn on a window of a source.

    Attributes:
        kind: a key of `kinds.KINDS`.
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

    def on(self, source: Panel) -> Question:
        """The question about the window of a source."""
        return Question(source.slice_time(self.low, self.high), self.seen, self.asked)


Draw = Callable[[np.random.Generator, np.ndarray, int, int], Drawn | None]
"""(source of chance, observed bool (t, n, v), query patches, first row that may be asked) to masks, None where nothing fits."""


@dataclass(frozen=True)
class Kind:
    """A kind of pairs of masks.

    Attributes:
        name, words: what tables call it, and what it asks.
        recognises: whether a question is of this kind; the first in the order of `KINDS` that does names it.
        share: of the questions drawn for training; 0 for kinds that are not drawn.
        draw: masks for training.
        least: steps, places and variables that a source must have.
    """

    name: str
    words: str
    recognises: Callable[[Question], bool]
    share: float = 0.0
    draw: Draw | None = None
    least: tuple[int, int, int] = (1, 1, 1)

    def fits(self, shape: tuple[int, ...]) -> bool:
        """Whether a source of this shape (t, n, v) has room for it."""
        return all(size >= least for size, least in zip(shape, self.least, strict=True))


def inside(name: str, hide: Callable[[np.random.Generator, np.ndarray, np.ndarray], None]) -> Draw:
    """A draw inside the seen time: `hide` takes out of what is seen, in place, and what is hidden in the query patches is asked."""

    def draw(rng: np.random.Generator, observed: np.ndarray, patches: int, first: int) -> Drawn:
        low, length, starts = window(rng, len(observed), patches, first)
        frame = observed[low : low + length]
        seen = frame.copy()
        hide(rng, seen, starts)
        return Drawn(name, low, low + length, seen, rows_of(frame.shape, starts) & frame & ~seen, starts)

    return draw


def history(rng: np.random.Generator, rows: int) -> int:
    """How many of the rows are read: more often all than few."""
    longest = min(rows, LONGEST)
    if rng.random() < 0.55:
        return longest
    return int(np.exp(rng.uniform(np.log(min(12, longest)), np.log(longest))))


def window(rng: np.random.Generator, rows: int, patches: int, first: int) -> tuple[int, int, np.ndarray]:
    """First row and length of a frame, and query patches inside it (past its end where it is too short for all)."""
    length = min(rows, max(40, history(rng, rows)))
    low = int(rng.integers(0, rows - length + 1)) if not first else rows - length
    earliest = min(max(0, first - low), length - 1)
    start = int(rng.integers(earliest, max(1 + earliest, length - PATCH * patches)))
    widest = min(CONTEXT, length // PATCH)
    step = 1 if rng.random() < 0.7 else int(rng.integers(1, max(2, widest // patches)))
    starts = np.unique(np.minimum(start + PATCH * step * np.arange(patches), max(0, length - PATCH)))
    return low, length, np.concatenate([starts, length + PATCH * np.arange(patches)])[:patches]


def rows_of(shape: tuple[int, ...], starts: np.ndarray) -> np.ndarray:
    """bool of a shape (t, n, v): the rows of the query patches."""
    out = np.zeros(shape, bool)
    rows = (starts[:, None] + np.arange(PATCH)).ravel()
    out[rows[(rows >= 0) & (rows < shape[0])]] = True
    return out


def knock_out(rng: np.random.Generator, seen: np.ndarray) -> None:
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
