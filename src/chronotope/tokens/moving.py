"""Moving: objects as series along and across their headings, so that the tokens of places are theirs too.

heard rules --row by row--> a tile of moments: ways, headings, candidates in the units of their misses --cut_tokens--> tokens

Each moment gives two series, along and across its heading, which turn with the scene; what a rule says fills the slot of the candidate of
places that is most like it, and the mix with its misses that of a distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.candidates import CENTRES, FLOORS, SPREADS
from chronotope.evidence.candidates.evidence import Evidence
from chronotope.evidence.distributions import MIDDLE
from chronotope.evidence.motion.heard import REGRESSION, Heard, Said
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.evidence.neighbours import find_neighbours
from chronotope.evidence.series import Series
from chronotope.harmonize.scale import RobustScale
from chronotope.questions import QUANTILE_LEVELS
from chronotope.questions.kinds.drawing import CONTEXT, PATCH
from chronotope.tokens.partition import series_balls
from chronotope.tokens.tokenizer import Tile

ROWS = CONTEXT * PATCH  # rows of the past that tokens show
SLOT_OF = {  # in the order of the rules; weights are taught with it
    "stay": "last", "constant_velocity": "drift", "velocity_2": "repeat0", "velocity_4": "repeat1", "velocity_8": "repeat2",
    "mean_velocity": "level", "damped_velocity": "damped", "slowing_95": "phase0", "slowing_85": "phase1", "slowing_60": "phase2",
    "slowing_4_85": "phase_all0", "constant_turn": "phase_all1", "company": "near", "flow": "around", "alike_here": "near_anomaly",
    "alike": "kriging", REGRESSION: "ridge",
}  # fmt: skip
MIX_SLOT = "residual"
NEIGHBOURS = 8  # objects whose mean velocity is shown beside one's own
DRAWN = 101  # misses that quantiles are read from
RULED = 1e-5  # of how far a way goes: the least miss that is expected of it
NORTH = np.exp(1j * np.pi / 2)


@dataclass(frozen=True)
class Frame:
    """How moments (m,) are laid: unit numbers along their headings, and the length that counts as one."""

    heading: np.ndarray
    unit: np.ndarray

    def split(self, ways: np.ndarray) -> np.ndarray:
        """Displacements (m, ...), complex, as series (2 m, ...): along, across, along of the next."""
        shape = (-1,) + (1,) * (ways.ndim - 1)
        turned = ways * self.heading.conj().reshape(shape) / self.unit.reshape(shape)
        return np.stack([turned.real, turned.imag], axis=1).reshape(2 * len(ways), *ways.shape[1:])

    def joined(self, series: np.ndarray) -> np.ndarray:
        """Displacements (m, ...) of series (2 m, ...)."""
        pair = series.reshape(-1, 2, *series.shape[1:])
        shape = (-1,) + (1,) * (series.ndim - 1)
        return (pair[:, 0] + 1j * pair[:, 1]) * self.heading.reshape(shape) * self.unit.reshape(shape)


def frame_of(tracks: Tracks, said: Said) -> Frame:
    """Along what moments moved lately, or along their mix where they stood; one is twice the miss that is expected of the mix.

    Of ways that go on without a miss, as of a ruler, it is a part of how far they go, so that numbers stay such as networks read.
    """
    way = np.nan_to_num(tracks.velocity(said.moments, 4)) if tracks.longest else np.zeros(len(said.moments), complex)
    way = np.where(np.abs(way) > 1e-12, way, said.path[:, -1])
    size = np.abs(way)
    heading = np.where(size > 1e-12, way / np.where(size > 1e-12, size, 1), NORTH)
    return Frame(heading, 2 * np.maximum(said.size.mean(axis=1), np.maximum(RULED * np.abs(said.path).max(axis=1), 1e-9)))


def moving_tile(
    heard: Heard, said: Said, frame: Frame, origin: np.datetime64, step: float, least: int = 1
) -> tuple[Tile, Evidence, np.ndarray]:
    """A tile of moments that lie in one row, what the rules say of it, and the first rows of its query patches.

    Args:
        heard: of the group.
        said: at moments (m,) of one row.
        frame: of the moments.
        origin: the time of that row.
        step: seconds.
        least: query patches, though the leads fill fewer.
    """
    tracks, moments = heard.tracks, said.moments
    at, seen = _before(tracks, moments)
    x = np.nan_to_num(frame.split(np.where(seen, at - at[:, -1:], 0)))
    m = np.repeat(seen, 2, axis=0).astype(np.float32)
    xy = np.stack([at[:, -1].real, at[:, -1].imag], axis=1)
    near = find_neighbours(xy, None, np.ones(len(xy), bool))
    xy = xy / near.spacing
    times = origin.astype("datetime64[ns]") + (np.arange(1 - ROWS, 1) * int(step * 1e9)).astype("timedelta64[ns]")
    ones, good = np.ones(2 * len(xy)), np.ones(2 * len(xy), bool)
    series = Series(x.astype(np.float32), m, 2, [], xy, near, near, 0 * ones, ones, good, False, ROWS)
    tile = Tile(series, RobustScale(0 * ones, ones, good), xy, True, times, step, series_balls(xy, 2), ~good, moves=True)
    patches = max(least, -(-len(heard.leads) // PATCH))
    evidence = _evidence(heard, said, frame, np.minimum(np.arange(patches * PATCH), len(heard.leads) - 1), (at, seen))
    return tile, evidence, ROWS + np.arange(0, evidence.centre.shape[1], PATCH)


def _before(tracks: Tracks, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
    """Positions (m, ROWS), complex, up to each moment, and where they are known of the same track."""
    rows = moments.row[:, None] + np.arange(1 - ROWS, 1)
    back = np.minimum(tracks.age[moments.row, moments.who], ROWS) if tracks.longest else np.ones(len(moments), int)
    at = tracks.at[np.maximum(rows, 0), moments.who[:, None]]
    known = (rows >= 0) & (np.arange(ROWS)[::-1] < back[:, None]) & np.isfinite(at)
    return np.where(known, at, np.nan), known


def _evidence(heard: Heard, said: Said, frame: Frame, lead: np.ndarray, past: tuple[np.ndarray, np.ndarray]) -> Evidence:
    """What the rules say at indices of leads, in the slots of the candidates of places; the past as positions and where they are known."""
    shape = (2 * len(said.moments), len(lead), len(FLOORS))
    centre, error, there = np.zeros(shape, np.float32), np.ones(shape, np.float32), np.zeros(shape, bool)
    unit = np.repeat(frame.unit, 2)[:, None]
    for c, name in enumerate(heard.names):
        slot = FLOORS.index(SLOT_OF[name])
        known = np.isfinite(said.ways[:, lead, c]) & np.isfinite(said.error[:, lead, c])
        centre[..., slot] = frame.split(np.where(known, said.ways[:, lead, c], 0))
        error[..., slot] = np.repeat(np.where(known, said.error[:, lead, c], 1), 2, axis=0) / unit
        there[..., slot] = np.repeat(known, 2, axis=0)
    slot, spread = FLOORS.index(MIX_SLOT), np.zeros((*shape[:2], len(SPREADS), len(QUANTILE_LEVELS)), np.float32)
    told = _told(heard, said, frame)[:, lead]
    spread[:, :, FLOORS.index(MIX_SLOT) - len(CENTRES)] = told
    centre[..., slot], there[..., slot] = told[..., MIDDLE], True
    error[..., slot] = np.repeat(np.maximum(said.size[:, lead], 1e-12), 2, axis=0) / unit
    error = np.maximum(error, 1e-4)
    tried = np.asarray(there.any(axis=1))
    mean = np.where(tried, np.where(there, error, 0).sum(1) / np.maximum(there.sum(1), 1), 1.0).astype(np.float32)
    return Evidence(centre, error, there, spread, mean, tried, 0, _bends(heard.tracks, said, frame, *past), _others(heard, said, frame))


def _told(heard: Heard, said: Said, frame: Frame) -> np.ndarray:
    """Quantiles (2 m, h, q) of the mix along and across: its misses as they were and mirrored, at the size expected of each moment."""
    out = np.repeat(frame.split(said.path)[..., None], len(QUANTILE_LEVELS), axis=2)
    for k, spread in enumerate(heard.widths.spreads):
        if spread is None:
            continue
        pick = np.linspace(0, len(spread.unit) - 1, min(DRAWN, len(spread.unit))).round().astype(int)
        both = np.concatenate([spread.unit[pick], spread.unit[pick].conj()])
        miss = frame.split(both * (said.heading * said.size)[:, k, None])
        out[:, k] += np.quantile(miss, QUANTILE_LEVELS, axis=1).T
    return out


def _bends(tracks: Tracks, said: Said, frame: Frame, at: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How far the past (2 m, ROWS) lies off the line of the last velocity."""
    velocity = np.nan_to_num(tracks.velocity(said.moments, 2)) if tracks.longest else np.zeros(len(at), complex)
    line = velocity[:, None] * np.arange(1 - ROWS, 1)
    return frame.split(np.where(seen, at - at[:, -1:] - line, 0)).astype(np.float32)


def _others(heard: Heard, said: Said, frame: Frame) -> np.ndarray:
    """How the nearest others (2 m, ROWS) moved in each row, less how the object itself does, over half the longest lead."""
    tracks, moments = heard.tracks, said.moments
    row, reach = int(moments.row[0]), 0.5 * float(heard.leads[-1])
    there = np.flatnonzero(np.isfinite(tracks.at[row]))
    here = tracks.at[row, moments.who]
    apart = np.abs(tracks.at[row, there] - here[:, None])
    apart[there == moments.who[:, None]] = np.inf
    near = there[np.argsort(apart, axis=1, kind="stable")[:, :NEIGHBOURS]]
    rows = row + np.arange(1 - ROWS, 1)
    move = np.diff(tracks.at[np.maximum(np.append(rows[0] - 1, rows), 0)], axis=0)
    known = np.isfinite(move) & (rows > 0)[:, None]
    count = known.T[near].sum(axis=1) * np.isfinite(np.sort(apart, axis=1)[:, :1])
    mean = np.where(known, move, 0).T[near].sum(axis=1) / np.maximum(count, 1)
    own = np.nan_to_num(tracks.velocity(moments, 2)) if tracks.longest else np.zeros(len(here), complex)
    return frame.split(np.where(count > 0, mean - own[:, None], 0) * reach).astype(np.float32)
