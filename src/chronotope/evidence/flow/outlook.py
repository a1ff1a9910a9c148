"""Outlook: what a moving field brings, told from its last frame or from an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from chronotope.evidence.flow.carry import paths
from chronotope.evidence.flow.frames import at_frames, begin_of, completed
from chronotope.evidence.flow.learnt import SURER, Learnt
from chronotope.evidence.flow.meeting import bridged
from chronotope.evidence.flow.rule import LEVELS
from chronotope.evidence.flow.signs import Signs
from chronotope.evidence.flow.trials import FRAMES, LATE, LATER, REACH, earlier_origins, motion_of, run_trials, tried_leads

CELLS = 4000  # that are tried, beside those that are named
SHARE_SEEN = 0.5  # at the origin, of the cells that were ever seen
LATEST, FEWEST_SEEN = 3, 2  # empty frames before the first that is asked, at most, and frames seen among the last `FRAMES` before these


@dataclass(frozen=True)
class Outlook:
    """What a field's motion says from its last frame on.

    Attributes:
        frames: complete (t, y, x), the last the origin's; seen bool (t, y, x).
        start: the row of the first of them.
        cells: row-major indices of those that were tried.
        learnt: from what was tried; its leads count from the last frame that was seen.
        late: empty frames after that one, before the first that is asked.
    """

    frames: np.ndarray
    seen: np.ndarray
    start: int
    cells: np.ndarray
    learnt: Learnt
    late: int = 0

    @classmethod
    def of(cls, values: np.ndarray, horizon: int, cells: np.ndarray) -> Outlook | None:
        """Of frames (t, y, x), NaN where not seen; None where there are too few.

        Args:
            values: up to the origin.
            horizon: steps that are asked.
            cells: row-major indices that are tried beside some of all.
        """
        filled = np.isfinite(values).any(axis=(1, 2))
        late = int(filled[::-1].argmax())
        values, filled = values[: len(values) - late], filled[: len(values) - late]
        seen = np.isfinite(values)
        if late > LATEST or filled[-FRAMES:].sum() < FEWEST_SEEN or seen[-1].sum() < SHARE_SEEN * seen.any(axis=0).sum():
            return None
        recent = max(0, len(values) - 2 * (horizon + late) - REACH - 4 * FRAMES)  # no trial reaches farther back
        begun = begin_of(values[recent:])
        begun += recent if begun else 0
        rows = len(values) - begun
        leads = tried_leads(horizon + late, rows)
        if not len(leads):
            return None
        origins, more = (begun + at_frames(earlier_origins(leads, rows, late_ones), filled[begun:]) for late_ones in (LATE, LATER))
        if not len(origins):
            return None
        start = max(begun, int(origins[0]) - 2 * FRAMES)
        frames, seen = bridged(completed(values[start:]), filled[start:]), seen[start:]
        some = np.random.default_rng(0).permutation(frames[0].size)[:CELLS]
        cells = np.unique(np.concatenate([some, cells]))
        tried = lambda rows: run_trials(frames, seen, leads, rows - start, cells)  # noqa: E731
        learnt = Learnt(leads, tried(origins))
        if not learnt.moves and learnt.may_move:
            again = learnt.with_more(tried(np.setdiff1d(more, origins)))
            learnt = again if again.moves_surely(SURER) else learnt
        return cls(frames, seen, start, cells, learnt, late)

    def earlier(self, origin: int) -> Outlook:
        """The same from an earlier frame, by what is learnt now."""
        return replace(self, frames=self.frames[: origin + 1], seen=self.seen[: origin + 1])

    @cached_property
    def motion(self) -> np.ndarray:
        """Cells per step (2, y, x) at the origin."""
        return motion_of(self.frames)

    def quantiles(self, lead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What comes so many steps after the last frame that was seen.

        Returns:
            (q, y, x) at `LEVELS`, NaN where nothing can be said; bool (y, x), whether it is in sight now; (y, x), cells a step.
        """
        source, shape = self.source(lead), self.frames.shape[1:]
        signs, unrest, known = self._signs.read(self._walked[0], source, lead)
        found = self.learnt.quantiles(lead, signs, unrest, known)
        speed = np.hypot(*(self._walked[0] - source)) / lead
        return found.reshape(len(LEVELS), *shape), known.reshape(shape), speed.reshape(shape)

    def source(self, lead: int) -> np.ndarray:
        """Where what comes to every cell is now: rows and columns (2, y * x)."""
        while len(self._walked) <= lead:
            self._walked.append(paths(self.motion, self._walked[-1], 1)[0])
        return self._walked[lead]

    @cached_property
    def _signs(self) -> Signs:
        return Signs.of(self.frames, self.motion, self.seen[-1])

    @cached_property
    def _walked(self) -> list[np.ndarray]:
        return [np.indices(self.frames.shape[1:], float).reshape(2, -1)]
