"""Trials: what carrying a field on from earlier origins would have said, and what came."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.evidence.flow.carry import common_motion, paths
from chronotope.evidence.flow.optical import optical_flow
from chronotope.evidence.flow.signs import Signs

FRAMES = 4  # that a motion is read from
WINDOW = 4.0  # of the optical flow, cells
LARGEST = 320  # cells along a side on which motion is read; larger fields are read on block means
ORIGINS, LATE, REACH = 6, 3, 24  # earlier origins for all leads and for the first ones, and steps that the earliest lies farther back
LATER = 8  # origins for the first leads, where so few leave it open whether anything moves
LEADS = 12  # different leads that are tried


@dataclass(frozen=True)
class Tried:
    """One lead from one origin, at some cells.

    Attributes:
        origin: its row.
        signs, unrest, known: see `Signs.read`.
        truth: (m,), what came; NaN where it was not seen.
        still: (m,), the last value of each cell.
        speed: (m,), cells per step by which what comes there moves.
    """

    origin: int
    signs: np.ndarray
    unrest: np.ndarray
    known: np.ndarray
    truth: np.ndarray
    still: np.ndarray
    speed: np.ndarray

    @cached_property
    def good(self) -> np.ndarray:
        """bool (m,): something was carried there, and what came was seen."""
        return np.asarray(self.known & np.isfinite(self.truth))

    @cached_property
    def beyond(self) -> np.ndarray:
        """bool (m,): what came there was not in sight, and was seen."""
        return np.asarray(~self.known & np.isfinite(self.truth))


def motion_of(frames: np.ndarray) -> np.ndarray:
    """Cells per step (2, y, x) of the last complete frames (t, y, x)."""
    some = frames[-FRAMES:]
    factor = -(-max(some.shape[1:]) // LARGEST)
    if factor > 1:
        y, x = (size // factor * factor for size in some.shape[1:])
        some = some[:, :y, :x].reshape(len(some), y // factor, factor, x // factor, factor).mean(axis=(2, 4))
    size = some.std()
    if not size > 0:
        return np.zeros((2, *frames.shape[1:]))
    found = optical_flow(some / size, common_motion(some), WINDOW) * factor
    return _grown(found, frames.shape[1:], factor) if factor > 1 else found


def tried_leads(horizon: int, rows: int) -> np.ndarray:
    """The leads (l,) that stand for 1..horizon, as far as two origins with a motion before them can be tried in so many rows."""
    longest = min(horizon, rows - FRAMES - 1)
    return np.unique(np.rint(np.geomspace(1, longest, LEADS)).astype(int)) if longest >= 1 else np.zeros(0, int)


def earlier_origins(leads: np.ndarray, rows: int, late: int = LATE) -> np.ndarray:
    """Rows (k,) of earlier origins: some from which all leads can be tried, and some late ones for the first leads."""
    last = rows - 1 - int(leads[-1])
    first = max(FRAMES - 1, last - int(leads[-1]) - REACH)
    return np.unique(np.rint(np.concatenate([np.linspace(first, last, ORIGINS), np.linspace(last, rows - 2, late)])).astype(int))


def run_trials(frames: np.ndarray, seen: np.ndarray, leads: np.ndarray, origins: np.ndarray, cells: np.ndarray) -> list[list[Tried]]:
    """What was tried, for every lead.

    Args:
        frames: complete (t, y, x). seen: bool (t, y, x), where they were observed.
        leads, origins: see above.
        cells: row-major indices (m,).
    """
    here = np.array(np.unravel_index(cells, frames.shape[1:]), float)
    tried: list[list[Tried]] = [[] for _ in leads]
    for origin in origins:
        past = frames[: origin + 1]
        motion = motion_of(past)
        signs, still = Signs.of(past, motion, seen[origin]), past[-1].ravel()[cells]
        sources = paths(motion, here, int(min(leads[-1], len(frames) - 1 - origin)))
        for k, lead in enumerate(leads[leads <= len(sources)]):
            row = origin + lead
            truth = np.where(seen[row].ravel()[cells], frames[row].ravel()[cells], np.nan)
            source = sources[lead - 1]
            speed = np.hypot(*(here - source)) / lead
            tried[k].append(Tried(int(origin), *signs.read(here, source, int(lead)), truth, still, speed))
    return tried


def _grown(flow: np.ndarray, shape: tuple[int, ...], factor: int) -> np.ndarray:
    """Flow of block means for every cell."""
    grown = flow.repeat(factor, axis=1).repeat(factor, axis=2)
    more = [(0, max(size - have, 0)) for size, have in zip(shape, grown.shape[1:])]
    return np.pad(grown, [(0, 0), *more], mode="edge")[:, : shape[0], : shape[1]]
