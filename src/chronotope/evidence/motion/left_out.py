"""Left out: every fix told from the fixes around it, and every move from the moves before and after it.

Record --fixes in turn left out, bridged--> Misses of fixes
       --moves beside the velocities of both sides, a regression--> Misses of moves
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion.gaps import Bridged, Trying, bridged
from chronotope.evidence.motion.record import Record, Stretches
from chronotope.evidence.motion.regression import fitted
from chronotope.evidence.motion.spread import learnt

LEVELS = (0.1, 0.5, 0.9)
FOLDS, PART = 3, 4000  # blocks of each object that are answered by what the others teach, and fixes that are asked at once
TRIED, KNOTS = 500, 3
QUICK = ("curved_1_5",)  # the bridge that is heard where fixes are looked through for the first time
LONGEST = 6.0  # steps: velocities tell nothing of a longer move
SHRINK = 20.0  # misses' worth of the common size in that of an object
HELD = 0.1  # of the usual size of what moves, that is added to every size: positions are read with errors


@dataclass(frozen=True)
class Misses:
    """How far what happened lies from what the rest told.

    Attributes:
        apart: complex (k,), in metres or units of the plane; NaN where nothing tells.
        size: usual length (k,) of it, there and of that object.
        said: positions or moves (k,) that were told, complex, in the planes of `stretches`.
        stretches: between the fixes that told it.
    """

    apart: np.ndarray
    size: np.ndarray
    said: np.ndarray
    stretches: Stretches

    @property
    def far(self) -> np.ndarray:
        """How many usual sizes (k,)."""
        return np.asarray(np.abs(self.apart) / self.size)


def fixes_left_out(record: Record, read: np.ndarray, reach: int = 1, quick: bool = False) -> tuple[np.ndarray, Misses]:
    """Which fixes (k,) lie between others, and their misses.

    Args:
        read: bool (f,), no other fix tells anything.
        reach: so many fixes on each side are left out together, the fix itself the last of both.
        quick: one bridge alone is heard.
    """
    kept = np.flatnonzero(read)
    sub = Record(record.who[kept], record.time[kept], record.at[kept], record.degrees)
    place = np.searchsorted(kept, np.arange(len(read)))  # of the first read fix that is not before
    before, after = place - reach, place + read + reach - 1
    inside = (before >= 0) & (after < len(kept))
    low, high = np.where(inside, before, 0), np.where(inside, after, 0)
    inside &= (sub.who[low] == record.who) & (sub.who[high] == record.who)
    which = np.flatnonzero(inside)
    first, second = before[which], after[which]
    lines = sub.stretches(first, second)
    share = (record.time[which] - lines.when[:, 3]) / lines.length
    offset, width = _bridged(sub, first, second, share, quick)
    way = lines.where[:, 3] + lines.chord * share + offset
    apart = _flat(record.at[which], lines) - way
    bump = np.log(share * (1 - share) + 0.02)
    features = np.stack([_log(width), np.log(lines.length), bump, *_speeds(lines)], axis=1)
    return which, Misses(apart, _sizes(apart, features, record.who[which]), way, lines)


def moves_left_out(record: Record) -> Misses:
    """Of the moves from each fix to the next, (f - 1,): beside what the velocities before and after lead to expect; NaN between objects."""
    first = np.arange(len(record.who) - 1)
    lines = record.stretches(first, first + 1)
    sides = np.stack([_velocity(lines, back, late) for late in (False, True) for back in (1, 3)], axis=1)
    sides = np.where(np.isfinite(sides), sides, sides[:, [1, 0, 3, 2]])
    sides = np.where(np.isfinite(sides), sides, sides[:, [2, 3, 0, 1]])
    known = np.isfinite(sides).all(axis=1) & (record.who[first] == record.who[first + 1]) & (lines.length < LONGEST)
    said = np.full(len(first), np.nan, complex)
    if known.sum() > 2 * sides.shape[1]:
        mean = sides.mean(axis=1)
        columns = (sides - mean[:, None])[:, :3]
        columns = np.concatenate([columns, mean[:, None]], axis=1)
        scale = np.median(np.abs(mean[known])) + 1e-12
        said[known] = mean[known] + columns[known] @ fitted(columns[known] / scale, (lines.chord - mean)[known] / scale)
    apart = np.where(known, lines.chord - said, np.nan)
    features = np.stack([np.log(lines.length.clip(1e-9)), _log(np.abs(sides[:, 0] - sides[:, 2])), *_speeds(lines)], axis=1)
    return Misses(apart, _sizes(apart, features, record.who[first]), said, lines)


def _bridged(record: Record, first: np.ndarray, second: np.ndarray, share: np.ndarray, quick: bool) -> tuple[np.ndarray, np.ndarray]:
    """Offset from the chord (g,) at a share of each gap, and its width."""
    offset, width = np.full(len(first), np.nan, complex), np.full(len(first), np.nan)
    fold = _folds(record.who)
    for k in range(FOLDS):
        hidden = fold == k
        trying = Trying(TRIED, KNOTS, None if quick else hidden)
        mine = np.flatnonzero(fold[(first + second) // 2] == k)
        for part in np.array_split(mine, -(-len(mine) // PART)) if len(mine) else ():
            for found in bridged(record, first[part], second[part], LEVELS, QUICK if quick else (), trying):
                rows = part[found.gaps]
                offset[rows], width[rows] = _at(found, share[rows])
    return offset, width


def _folds(who: np.ndarray) -> np.ndarray:
    """Blocks (f,) of the fixes of each object: what one holds is told by what the others teach."""
    start = np.searchsorted(who, who)
    number = np.searchsorted(who, who, side="right") - start
    return (FOLDS * (np.arange(len(who)) - start) // number + who) % FOLDS


def _at(found: Bridged, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offset (g,) and width (g,) at a share of each gap of a group."""
    k = np.clip(np.searchsorted(found.share, share, side="right") - 1, 0, len(found.share) - 2)
    rest, gap = (share - found.share[k]) / (found.share[k + 1] - found.share[k]), np.arange(len(share))
    offset = found.offset[gap, k] * (1 - rest) + found.offset[gap, k + 1] * rest
    wide = np.hypot(*(found.widths[-1] - found.widths[0])[:, 1:-1].mean(axis=1).T)
    return offset, wide


def _flat(at: np.ndarray, lines: Stretches) -> np.ndarray:
    """Positions (k, 2) in the planes of as many stretches, complex."""
    flat = at if lines.plane is None else lines.plane.to_plane(at[:, None])[:, 0]
    return np.asarray(flat[:, 0] + 1j * flat[:, 1])


def _velocity(lines: Stretches, back: int, late: bool) -> np.ndarray:
    """Move (g,) in the length of each stretch at the velocity over so many fixes before or after; NaN where these are not known."""
    one, two = (4, 4 + back) if late else (3 - back, 3)
    gap = np.maximum(lines.when[:, two] - lines.when[:, one], 1e-9)
    return np.asarray((lines.where[:, two] - lines.where[:, one]) / gap * lines.length)


def _speeds(lines: Stretches) -> list[np.ndarray]:
    """Logs (g,) of the moves that velocities around a stretch would make in its length, and of how far they differ."""
    leave, arrive = (np.nan_to_num(_velocity(lines, 1, late)) for late in (False, True))
    return [_log(np.abs(leave) + np.abs(arrive)), _log(np.abs(leave - arrive))]


def _log(size: np.ndarray) -> np.ndarray:
    known = size[np.isfinite(size) & (size > 0)]
    usual = float(np.median(known)) if len(known) else 1.0
    return np.asarray(np.log(np.nan_to_num(size) + 0.01 * usual))


def _sizes(apart: np.ndarray, features: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Usual length (k,) of misses with such features, of that object."""
    far = np.abs(apart)
    known = np.isfinite(far)
    usual = float(np.median(far[known])) if known.any() else 1.0
    found = learnt(apart, features)
    size = np.full(len(far), usual) if found is None else found.size(features)
    moving = far[known & (far > 1e-3 * usual)]
    size = np.hypot(size, HELD * (float(np.median(moving)) if len(moving) else 1.0))
    rest = np.where(known, np.log(np.maximum(far / size, 1e-3)), 0.0)
    count = np.bincount(who, known, int(who.max(initial=0)) + 1)
    mean = np.bincount(who, rest, len(count))
    common = rest[known].mean() if known.any() else 0.0
    own = (mean + SHRINK * common) / (count + SHRINK)
    return np.asarray(size * np.exp(own[who]))
