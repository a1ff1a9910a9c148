"""Asked: from a question about a panel of objects to their tracks and last positions, and from displacements back to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chronotope.errors import DimensionError
from chronotope.evidence.motion.mix import Displacements, Parts
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.model.shares import Shares
from chronotope.questions import PathAnswer, Question, SampleAnswer, Samples

Solver = Callable[[Tracks, Moments, np.ndarray, tuple[float, ...]], Displacements]
"""From tracks, the moments at which the asked objects were last seen, leads and levels to where they go."""

Drawer = Callable[[Tracks, Moments, np.ndarray, int, np.random.Generator], np.ndarray]
"""From the same, how many, and chance to displacements (n, k, h)."""


@dataclass(frozen=True)
class _Asked:
    """Objects (k,) that were seen before the first asked row, their tracks and last moments, and rows (h,) that are asked."""

    who: np.ndarray
    tracks: Tracks
    moments: Moments
    rows: np.ndarray

    @classmethod
    def of(cls, question: Question) -> _Asked:
        if question.frame.values.shape[2] not in (2, 4):
            found = ", ".join(question.frame.variables)
            raise DimensionError(
                "Paths are asked of frames with two variables, the positions of objects, or with four, of which the last two are the "
                f"positions of objects that carry the first; found {found}."
            )
        past = question.visible()[: question.first].astype(float)
        seen = np.isfinite(past[..., :2]).all(axis=2)
        who = np.flatnonzero(question.asked.any(axis=(0, 2)) & seen.any(axis=0))
        last = len(seen) - 1 - seen[::-1, who].argmax(axis=0) if len(who) else np.zeros(0, int)
        return cls(who, Tracks.of(past), Moments(last, who), question.rows)

    @property
    def leads(self) -> np.ndarray:
        """From 1 to the longest way from a last moment to an asked row."""
        return np.arange(1, int(self.rows[-1] - self.moments.row.min()) + 1)

    @property
    def pick(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices (k, 1) of objects and (k, h) of leads, of the asked rows."""
        return np.arange(len(self.who))[:, None], self.rows - self.moments.row[:, None] - 1

    def __bool__(self) -> bool:
        return len(self.rows) > 0 and len(self.who) > 0


def path_answer(question: Question, solver: Solver) -> PathAnswer:
    """The answer of a solver to a question about objects whose two variables are their positions.

    Objects that were never seen before the first asked row get NaN.

    Raises:
        DimensionError: the frame has not two variables.
    """
    found, levels = _Asked.of(question), question.levels
    path = np.full((len(question.rows), *question.asked.shape[1:]), np.nan)
    values = np.full((len(levels), *path.shape), np.nan)
    if found:
        made = solver(found.tracks, found.moments, found.leads, levels)
        way = made.path[found.pick] + found.tracks.position(found.moments)[:, None]
        path[:, found.who, :2] = np.stack([way.real, way.imag], axis=-1).swapaxes(0, 1)
        values[:, :, found.who, :2] = path[:, found.who, :2] + made.offsets[:, found.pick[0], found.pick[1]].swapaxes(1, 2)
    asked = question.asked[question.rows]
    return PathAnswer(np.where(asked, np.maximum.accumulate(values, 0), np.nan), levels, np.where(asked, path, np.nan))


def path_shares(question: Question, parter: Callable[[Tracks, Moments, np.ndarray], Parts]) -> Shares:
    """The shares of the rules in the path of every asked object; what they say is the way from where it was last seen.

    The last position, plus shares times sayings, plus what comes on top, is the most likely path.
    """
    found, shape = _Asked.of(question), (len(question.rows), *question.asked.shape[1:])
    made = parter(found.tracks, found.moments, found.leads) if found else Parts((), *np.zeros((3, 0, 0, 0)))
    share, says = np.full((2, len(made.names), *shape), np.nan)
    moved = np.full(shape, np.nan)
    if found:
        own = made.share[found.pick].transpose(2, 1, 0)[..., None]
        adds = made.adds[found.pick].transpose(2, 1, 0)
        share[:, :, found.who, :2] = own
        says[:, :, found.who, :2] = np.stack([adds.real, adds.imag], axis=-1) / np.where(own > 0, own, 1.0)
        way = made.moved[found.pick].T
        moved[:, found.who, :2] = np.stack([way.real, way.imag], axis=-1)
    where = np.where(question.asked[question.rows], 1.0, np.nan)
    return Shares(made.names, share * where, says * where, moved * where, np.zeros(shape), np.zeros(shape))


def path_members(question: Question, want: Samples, drawer: Drawer) -> SampleAnswer:
    """Whole paths drawn by a drawer, for the same questions; the same seed draws the same after the same first asked step."""
    found = _Asked.of(question)
    values = np.full((want.number, len(question.rows), *question.asked.shape[1:]), np.nan)
    if found:
        rng = np.random.default_rng([want.seed, int(question.frame.times[question.first].astype(np.int64)) % 2**63])
        made = drawer(found.tracks, found.moments, found.leads, want.number, rng)
        way = made[:, found.pick[0], found.pick[1]] + found.tracks.position(found.moments)[:, None]
        values[:, :, found.who, :2] = np.stack([way.real, way.imag], axis=-1).swapaxes(1, 2)
    return SampleAnswer(np.where(question.asked[question.rows], values, np.nan))
