"""Meeting: frames missing inside a moving field, told by what is carried to them from the frames before and from those after."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.evidence.flow.carry import is_inside, paths, read_smoothly
from chronotope.evidence.flow.frames import completed
from chronotope.evidence.flow.learnt import Learnt
from chronotope.evidence.flow.rule import LEVELS
from chronotope.evidence.flow.signs import blurred
from chronotope.evidence.flow.trials import FRAMES, Tried, motion_of

LEAST_BESIDE = 2  # frames on each side of a hole, from which a motion can be read
PLACES, REACH = 9, 60  # holes that are planted, and rows around the real ones that they lie in
LONGEST = 16  # missing frames in a row, over which a motion is carried
STEPS = 6  # different steps into a hole that are tried
CELLS = 4000  # that are tried, beside those that are named
SCALES = (1.0, 3.0)  # cells, over which what meets is smoothed
STAYED = 2.0  # cells, over which what stays is smoothed


@dataclass(frozen=True)
class Hole:
    """Rows first .. first + length - 1 of which no frame was seen, and so many seen ones directly before and after, at most `FRAMES`."""

    first: int
    length: int
    before: int
    after: int

    @property
    def rows(self) -> np.ndarray:
        return np.arange(self.first, self.first + self.length)


def holes(filled: np.ndarray) -> list[Hole]:
    """The runs of empty frames, bool (t,) of which frames were seen, that have enough seen ones on both sides."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], filled, [True]]).astype(int)))
    found = [_hole(filled, int(first), int(stop - first)) for first, stop in edges.reshape(-1, 2)]
    return [one for one in found if min(one.before, one.after) >= LEAST_BESIDE]


def planted(filled: np.ndarray, real: list[Hole]) -> list[Hole]:
    """Holes of the length of the real ones where all frames were seen, spread evenly over the rows around these."""
    length = real[0].length
    centre = np.array([one.first for one in real])
    found = []
    for first in range(LEAST_BESIDE, len(filled) - length - LEAST_BESIDE + 1):
        if filled[first : first + length].all() and np.abs(centre - first).min() <= REACH:
            one = _hole(filled, first, length)
            if min(one.before, one.after) >= LEAST_BESIDE:
                found.append(one)
    return [found[i] for i in np.unique(np.linspace(0, len(found) - 1, PLACES).round().astype(int))] if found else []


def bridged(frames: np.ndarray, filled: np.ndarray) -> np.ndarray:
    """Complete frames (t, y, x) in which those that were not seen, bool (t,), are carried there from both sides.

    The motion is read from the frames before such a hole and from the two beside it, never from later ones, so that what is tried from
    the next frame on knows nothing of what came after it.
    """
    out = frames
    edges = np.flatnonzero(np.diff(np.concatenate([[1], filled, [1]]).astype(int)))
    for first, stop in edges.reshape(-1, 2):
        if first == 0 or stop == len(frames) or stop - first > LONGEST:
            continue
        out = frames.copy() if out is frames else out
        before = slice(_hole_side(filled, first), first)
        motion = motion_of(out[before]) if first - before.start >= LEAST_BESIDE else motion_of(out[[first - 1, stop]]) / (stop - first + 1)
        beside = np.isfinite(frames[[first - 1, stop]])
        meeting = Meeting(out[first - 1], out[stop], np.stack([motion, motion]), beside, int(stop - first))
        here = np.indices(frames.shape[1:], float).reshape(2, -1)
        for step in range(1, stop - first + 1):
            out[first + step - 1] = meeting.read(here, step)[0][0].reshape(frames.shape[1:])
    return out


def _hole_side(filled: np.ndarray, first: int) -> int:
    """The first of at most `FRAMES` frames that end before a hole and were all seen."""
    before = filled[max(0, first - FRAMES) : first][::-1]
    return first - int(np.argmin([*before, False]))


def _hole(filled: np.ndarray, first: int, length: int) -> Hole:
    before, after = filled[max(0, first - FRAMES) : first][::-1], filled[first + length : first + length + FRAMES]
    return Hole(first, length, *(int(np.argmin([*side, False])) for side in (before, after)))


@dataclass(frozen=True)
class Meeting:
    """What is carried into one hole from both of its sides.

    Attributes:
        last, next: the frames (y, x) before and after it, complete.
        motions: cells per step (2, 2, y, x), as read before and after it.
        seen: bool (2, y, x), where these two frames were.
        length: missing frames between them.
    """

    last: np.ndarray
    next: np.ndarray
    motions: np.ndarray
    seen: np.ndarray
    length: int

    @classmethod
    def of(cls, frames: np.ndarray, seen: np.ndarray, hole: Hole) -> Meeting:
        """Of complete frames (t, y, x) and where they were seen; those inside the hole are not read."""
        stop = hole.first + hole.length
        before, after = slice(hole.first - hole.before, hole.first), slice(stop, stop + hole.after)
        motions = np.stack([motion_of(frames[before]), -motion_of(frames[after][::-1])])
        return cls(frames[hole.first - 1], frames[stop], motions, seen[[hole.first - 1, stop]], hole.length)

    def read(self, here: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(signs (f, m), unrest (m,), whether anything was carried there, bool (m,), cells a step (m,)) of cells.

        Args:
            here: rows and columns (2, m).
            step: 1 .. length, of the missing frame.
        """
        share = step / (self.length + 1)
        back, ahead = self._sources(here, step)
        low, high = read_smoothly(self.last, back), read_smoothly(self.next, ahead)
        known = [_seen_at(seen, at) for seen, at in zip(self.seen, (back, ahead))]
        ours = np.where(known[0] == known[1], share, known[1])
        met = (1 - ours) * low + ours * high
        smooth = [(1 - ours) * read_smoothly(a, back) + ours * read_smoothly(b, ahead) for a, b in self._smooth]
        between = (1 - share) * self.last + share * self.next
        stays = [read_smoothly(one, here) for one in (between, blurred(between, STAYED), (self.last + self.next) / 2)]
        speed = np.hypot(*(ahead - back)) / (self.length + 1)
        return np.stack([met, low, high, *smooth, *stays]), np.abs(high - low), known[0] | known[1], speed

    def _sources(self, here: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Where what is at some cells then was in the frame before, and will be in the frame after, (2, m) each."""
        return paths(self.motions[0], here, step)[-1], paths(-self.motions[1], here, self.length + 1 - step)[-1]

    @cached_property
    def _smooth(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(blurred(self.last, scale), blurred(self.next, scale)) for scale in SCALES]


@dataclass(frozen=True)
class Met:
    """What motion says of holes of one length.

    Attributes:
        frames: complete (t, y, x); seen bool (t, y, x).
        places: the planted holes that were tried.
        cells: row-major indices of those that were tried.
        learnt: from what was tried; its leads are steps into a hole, its origins the first rows of planted ones.
    """

    frames: np.ndarray
    seen: np.ndarray
    places: list[Hole]
    cells: np.ndarray
    learnt: Learnt

    @classmethod
    def of(cls, values: np.ndarray, real: list[Hole], cells: np.ndarray) -> Met | None:
        """Of frames (t, y, x), NaN where not seen, with holes of one length; None where none could be planted.

        Args:
            values: the frames.
            real: the holes.
            cells: row-major indices that are tried beside some of all.
        """
        seen = np.isfinite(values)
        places = planted(seen.any(axis=(1, 2)), real)
        if not places:
            return None
        frames = completed(values)
        some = np.random.default_rng(0).permutation(frames[0].size)[:CELLS]
        cells = np.unique(np.concatenate([some, cells]))
        steps = np.unique(np.rint(np.linspace(1, real[0].length, STEPS)).astype(int))
        return cls(frames, seen, places, cells, Learnt(steps, _tried(frames, seen, places, steps, cells)))

    def quantiles(self, hole: Hole, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of a missing frame: (q, y, x) at `LEVELS`, NaN where nothing can be said; bool (y, x), whether it was in sight; cells a step."""
        shape = self.frames.shape[1:]
        here = np.indices(shape, float).reshape(2, -1)
        signs, unrest, known, speed = self.meeting(hole).read(here, step)
        found = self.learnt.quantiles(step, signs, unrest, known)
        return found.reshape(len(LEVELS), *shape), known.reshape(shape), speed.reshape(shape)

    def meeting(self, hole: Hole) -> Meeting:
        """What is carried into a hole."""
        return Meeting.of(self.frames, self.seen, hole)


def _tried(frames: np.ndarray, seen: np.ndarray, places: list[Hole], steps: np.ndarray, cells: np.ndarray) -> list[list[Tried]]:
    """What carrying into planted holes would have said, and what was there, for every step into a hole."""
    here = np.array(np.unravel_index(cells, frames.shape[1:]), float)
    tried: list[list[Tried]] = [[] for _ in steps]
    for hole in places:
        meeting = Meeting.of(frames, seen, hole)
        for k, step in enumerate(steps):
            row = hole.first + int(step) - 1
            signs, unrest, known, speed = meeting.read(here, int(step))
            truth = np.where(seen[row].ravel()[cells], frames[row].ravel()[cells], np.nan)
            tried[k].append(Tried(hole.first, signs, unrest, known, truth, signs[-3], speed))
    return tried


def _seen_at(seen: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Whether something was seen at positions (2, m)."""
    near = np.clip(np.rint(at).astype(int), 0, np.array(seen.shape)[:, None] - 1)
    return np.asarray(is_inside(seen.shape, at) & seen[tuple(near)])
