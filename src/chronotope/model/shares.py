"""Shares: how much of an answer each candidate has, through the gates that mix them, and what comes on top.

median = sum over candidates of share x what it says  +  what the network moves  +  what known drivers do  +  what is on its way
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.candidates import FLOORS
from chronotope.inspect.support import support_of
from chronotope.model.counts import small_counts
from chronotope.model.drivers import driven, without_holes
from chronotope.model.lines import without_lines
from chronotope.model.support import unwound
from chronotope.model.totals import totals_asked
from chronotope.questions import Question
from chronotope.tokens.tiling import by_tiles, tiles
from chronotope.tokens.tokenizer import PATCH, Tile


@dataclass(frozen=True)
class Mixed:
    """What one tile's patches are answered, scaled: `answer` (s, q, p, levels) or (s, q * p, levels), `gate` and `centre` alike with k."""

    answer: np.ndarray
    gate: np.ndarray
    centre: np.ndarray


@dataclass(frozen=True)
class Shares:
    """Of the asked rows, NaN where nothing is asked.

    Attributes:
        names: of the candidates, k of them.
        share: (k, h, n, v), adds up to one.
        says: (k, h, n, v), in the unit of the variable.
        moved, driven: (h, n, v), what the network adds to the mix, and what variables known ahead add, in the unit of the variable.
        lines: (h, n, v), what tides and other sharp periods add.
        routes: (h, n, v), what is on its way from other series adds.
    """

    names: tuple[str, ...]
    share: np.ndarray
    says: np.ndarray
    moved: np.ndarray
    driven: np.ndarray
    lines: np.ndarray
    routes: np.ndarray | float = 0.0

    @property
    def median(self) -> np.ndarray:
        """What all of it adds up to, (h, n, v); the answer, before bounds and whole numbers."""
        return (self.share * np.nan_to_num(self.says)).sum(axis=0) + self.moved + self.driven + self.lines + self.routes


def shares_of(question: Question, run: Callable[[Tile, np.ndarray], Mixed]) -> Shares | None:
    """The shares of a forecast; None of running totals, whose gains are what is mixed, of small counts, and inside the seen time."""
    if question.both_sides or totals_asked(question).any() or small_counts(question):
        return None
    support = support_of(question.visible(), question.frame.called, question.frame.units)
    question = unwound(question, support)
    apart = None if support.circle.any() else without_lines(question)
    question = question if apart is None else apart[0]
    less = driven(question)
    asked = question if less is None else less[0]
    shape = (len(question.rows), *question.frame.values.shape[1:])
    share, says = np.full((2, len(FLOORS), *shape), np.nan)
    median = np.full(shape, np.nan)
    for index in tiles(asked):
        if not asked.asked[:, index].any():
            continue
        part = asked.of_places(index)
        own, told, middle = _of_tile(part, run, question.rows)
        where = np.where(part.asked[question.rows], 1.0, np.nan)
        share[:, :, index], says[:, :, index], median[:, index] = own * where, told * where, middle * where
    moved = median - (share * says).sum(axis=0)
    made = Shares(FLOORS, share, says, moved, np.zeros(shape) if less is None else less[1], np.zeros(shape) if apart is None else apart[1])
    holes = without_holes(question) if less is not None else None
    plain = None if holes is None else shares_of(holes[1], run)
    if holes is None or plain is None:
        return made
    parts = {
        name: np.where(holes[0][..., None], getattr(plain, name), getattr(made, name)) for name in ("share", "says", "moved", "driven")
    }
    return replace(made, **parts)


def _of_tile(part: Question, run: Callable[[Tile, np.ndarray], Mixed], rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares and sayings (k, h, n, v), and the median (h, n, v), of one tile."""
    n, v = part.frame.values.shape[1:]
    share, says = np.zeros((2, len(FLOORS), len(rows), n, v))

    def noted(tile: Tile, starts: np.ndarray) -> np.ndarray:
        mixed = run(tile, starts)
        s, covered = len(tile.series.x), (starts[:, None] + np.arange(PATCH)).ravel()
        here = np.flatnonzero(np.isin(rows, covered))
        at = np.searchsorted(covered, rows[here])
        for source, out in ((mixed.gate, share), (tile.scale.invert(mixed.centre.reshape(s, -1, len(FLOORS)).astype(float)), says)):
            out[:, here] = source.reshape(s, -1, len(FLOORS))[:, at].reshape(n, v, len(here), -1).transpose(3, 2, 0, 1)
        return mixed.answer.reshape(s, len(covered), -1)

    answer = by_tiles(part.wanting((0.5,)), noted)
    return share, np.where(share > 0, says, 0.0), answer[0].astype(float)
