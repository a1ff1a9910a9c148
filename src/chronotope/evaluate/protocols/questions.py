"""Questions: from a split to pairs of masks - forecasts, gaps, and places read from their neighbours - with the truth kept apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.evaluate.protocols.splits import Split
from chronotope.questions import Question

TASKS = ("forecast", "impute", "interpolate")
ORIGINS = 3


@dataclass(frozen=True)
class Exam:
    """A question with its truth.

    Attributes:
        task: one of `TASKS`.
        question: values of its frame that must not be seen are NaN.
        truth: float (h, n, v) of the asked rows, NaN where nothing is scored.
    """

    task: str
    question: Question
    truth: np.ndarray

    def key(self) -> str:
        """The same for the same question."""
        digest = hashlib.blake2b(self.question.frame.values.tobytes(), digest_size=10)
        digest.update(self.question.asked.tobytes())
        digest.update(repr((self.task, self.question.frame.freq, self.question.frame.times[0])).encode())
        return digest.hexdigest()


def questions_of(split: Split, task: str) -> list[Exam]:
    """The questions of a task about the test cells of a split; none where it has no sense or nothing is observed.

    - forecast: from `ORIGINS` origins spread over the test cells, `horizon` steps; everything up to the origin is seen.
    - impute: runs of half a horizon in the test cells; everything else of a stretch of 16 horizons is seen.
    - interpolate: places hidden altogether for a stretch of four horizons; seen are the others (of those that may be learnt from, where the
      split says which). Objects that move stand nowhere: there every second fix is hidden.
    """
    made = {"forecast": _forecasts, "impute": _gaps, "interpolate": _between}[task](split)
    return [one for one in made if np.isfinite(one.truth).sum() >= 4 and one.question.seen.any()]


def _forecasts(split: Split) -> list[Exam]:
    panel, cells, steps = split.test.sheet.panel, split.test.cells, split.horizon
    t = len(cells)
    whole = np.array([cells[o + 1 : o + 1 + steps].all(axis=0).any() for o in range(t - steps)])
    rows = np.flatnonzero(whole & (np.arange(len(whole)) >= min(t // 4, 4 * steps)))
    if not len(rows):
        return []
    origins = sorted({int(o) for o in rows[np.linspace(0, len(rows) - 1, ORIGINS).round().astype(int)]})
    out = []
    for origin in origins:
        frame = panel.slice_time(0, origin + 1 + steps)
        seen = frame.mask
        seen[origin + 1 :] = False
        asked = np.zeros(seen.shape, bool)
        block = cells[origin + 1 : origin + 1 + steps]
        asked[origin + 1 :] = (block & block.all(axis=0))[..., None] & seen.any(axis=0)
        out.append(_question("forecast", frame, seen, asked))
    return out


def _gaps(split: Split) -> list[Exam]:
    panel, cells = split.test.sheet.panel, split.test.cells
    length = max(2, split.horizon // 2)
    low, high = _stretch(cells, 16 * split.horizon)
    frame, mine = panel.slice_time(low, high), cells[low:high]
    t, n = mine.shape
    run = (np.arange(t)[:, None] + length * np.arange(n)[None] + n) % (4 * length) < length
    run[:1] = run[-1:] = False
    asked = (mine & run)[..., None] & frame.mask
    return [_question("impute", frame, frame.mask & ~asked, asked)]


def _between(split: Split) -> list[Exam]:
    sheet, cells = split.test.sheet, split.test.cells
    low, high = _stretch(cells, 4 * split.horizon)
    frame, mine = sheet.panel.slice_time(low, high), cells[low:high]
    t, n = mine.shape
    if sheet.moving:
        hidden = np.broadcast_to((np.arange(t) % 2 == 1)[:, None], (t, n)) & mine
        asked = hidden[..., None] & frame.mask
        return [_question("interpolate", frame, frame.mask & ~asked, asked)]
    asked_places = np.asarray(mine.any(axis=0))
    if asked_places.all():
        asked_places = np.arange(n) % 4 == 1
    others = ~asked_places
    own = [part.cells.any(axis=0) for part in split.train if part.sheet is sheet]
    if own and not np.logical_or.reduce(own).all():
        others &= np.logical_or.reduce(own)
    if others.sum() < 2:
        return []
    asked = (mine & asked_places)[..., None] & frame.mask
    return [_question("interpolate", frame, frame.mask & others[:, None], asked)]


def _stretch(cells: np.ndarray, length: int) -> tuple[int, int]:
    """Rows [low, high) of the last `length` steps up to the last asked one (and one more, to be seen behind it)."""
    high = min(int(np.flatnonzero(cells.any(axis=1))[-1]) + 2, len(cells))
    return max(0, high - length), high


def _question(task: str, frame: Panel, seen: np.ndarray, asked: np.ndarray) -> Exam:
    values = np.where(seen, frame.values, np.nan).astype(np.float32)
    question = Question(replace(frame, values=values), seen, asked & ~seen)
    rows = question.rows
    truth = np.where(question.asked[rows], frame.values[rows], np.nan).astype(float)
    return Exam(task, question, truth)
