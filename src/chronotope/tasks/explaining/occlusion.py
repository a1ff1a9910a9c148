"""Occlusion: what an answer is without each part, where many parts that do nothing are hidden together, in halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.inspect.circle import beside, unrolled
from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tasks.explaining.hidden import Part, together
from chronotope.wrappers.averaged import directions

MIDDLE = QUANTILE_LEVELS.index(0.5)

STILL = 0.01  # widths of the interval: parts that together move the answer by less are not told apart
SINGLY = 4  # parts that are hidden one by one at once


def compared(now: np.ndarray, then: np.ndarray, circle: bool) -> tuple[np.ndarray, np.ndarray]:
    """Two answers (q, ...) as numbers to subtract; those of a direction rise, and the second stands beside the first."""
    if not circle:
        return now.astype(float), then.astype(float)
    about = np.array([True])
    now, then = (unrolled(one[..., None].astype(float), about) for one in (now, then))
    then = then + (beside(then[MIDDLE], now[MIDDLE], about) - then[MIDDLE])
    return now[..., 0], then[..., 0]


@dataclass(frozen=True)
class Occlusion:
    """Who is asked, of what, and what is answered when nothing is hidden, quantiles (q, h, n, v)."""

    ask: Callable[[Question], np.ndarray]
    question: Question
    told: np.ndarray

    def singly(self, parts: list[Part]) -> list[tuple[Part, np.ndarray]]:
        """Each part, and what is answered without it."""
        return [(part, self.ask(part.without(self.question))) for part in paced(parts)]

    def halved(self, parts: list[Part]) -> list[tuple[Part, np.ndarray]]:
        """The same, where parts that do nothing together stand as one; those that concern different answers are never put together."""
        if len(parts) <= SINGLY or any((part.concerns != parts[0].concerns).any() for part in parts):
            return self.singly(parts)
        all_of_them = self.singly([together(parts)])
        if self._moves(*all_of_them[0]) < STILL:
            return all_of_them
        middle = len(parts) // 2
        return self.halved(parts[:middle]) + self.halved(parts[middle:])

    def _moves(self, part: Part, other: np.ndarray) -> float:
        """By how many widths the answers of a variable move that move most."""
        asked = self.question.asked[self.question.rows] & part.concerns
        moves, circle = [0.0], directions(self.question)
        for k in np.flatnonzero(asked.any(axis=(0, 1))):
            cells = asked[..., k]
            now, then = compared(self.told[..., k][:, cells], other[..., k][:, cells], bool(circle[k]))
            moves.append(float(np.abs(now - then).mean() / max(float((now[-1] - now[0]).mean()), 1e-12)))
        return max(moves)
