"""Apart: what each part does to an answer, where many that do nothing are asked together, in halves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.pace import paced
from chronotope.questions import Question
from chronotope.tasks.explaining.hidden import Part, together

STILL = 0.01  # widths of the interval: parts that together move the answer by less are not told apart
SINGLY = 4  # parts that are hidden one by one at once


@dataclass(frozen=True)
class Apart:
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
        moves = [0.0]
        for k in np.flatnonzero(asked.any(axis=(0, 1))):
            now, then = (one[..., k][:, asked[..., k]].astype(float) for one in (self.told, other))
            moves.append(float(np.abs(now - then).mean() / max(float((now[-1] - now[0]).mean()), 1e-12)))
        return max(moves)
