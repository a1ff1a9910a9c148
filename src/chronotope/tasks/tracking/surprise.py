"""Surprise of fixes: alone, in a stretch that is entered and left by moves that undo each other, exchanged with another object, stuck.

Record -> fixes that are grossly off tell nothing -> misses of fixes and of moves -> chances of the views -> one score a fix
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion.left_out import Misses, fixes_left_out, moves_left_out
from chronotope.evidence.motion.record import Record
from chronotope.tasks.detecting.surprise import ENDLESS, INNER, LIGHT, MOST, VIEWED
from chronotope.tasks.detecting.tails import tail_of
from chronotope.tasks.tracking.stretches import Stretch, exchanged, offset, stuck

GROSS, ROUNDS = 10.0, 2  # usual sizes beyond which a fix tells nothing of others, and how often such are looked for
ALONE = 1.4  # times as far off as those beside it, that a fix is off alone
WIDE = 8
WEIGHTS = {"alone": 0.4, "stretch": 0.4, "wide": 0.2}  # of the views, as in a weighted Bonferroni


@dataclass(frozen=True)
class Surprise:
    """What is known of every fix (f,).

    Attributes:
        score: minus log10 of the tail probability, NaN where nothing tells.
        which, misses: the fixes (k,) that lie between others, and how far they are from what these tell.
        reach: usual sizes that all but about the rate of clean fixes keep to.
        stretches: all that were found, also those that score little.
    """

    score: np.ndarray
    which: np.ndarray
    misses: Misses
    reach: float
    stretches: list[Stretch]


def surprise(record: Record, rate: float) -> Surprise:
    """The surprise of all fixes."""
    read = np.ones(len(record.who), bool)
    for _ in range(ROUNDS):
        which, misses = fixes_left_out(record, read, quick=True)
        gross = _gross(record, which, misses)
        if not gross.any():
            break
        read &= ~gross
    which, misses = fixes_left_out(record, read)
    far = np.full(len(read), np.nan)
    far[which] = misses.far
    moves = moves_left_out(Record(record.who[read], record.time[read], record.at[read], record.degrees))
    odd = _score(moves.far)
    kept = np.flatnonzero(read)
    found = [*offset(record, kept, moves, odd), *exchanged(record, kept, moves, odd), *stuck(record, kept, odd)]
    wide = np.full(len(read), np.nan)
    rows, block = fixes_left_out(record, read, WIDE)
    wide[rows] = block.far
    views = {"wide": np.nan_to_num(_score(wide)), "alone": _score(far), "stretch": np.zeros(len(read))}
    ends = np.flatnonzero(np.isnan(far) & read)
    at = np.searchsorted(kept, ends)
    beside = [np.where((one >= 0) & (one < len(odd)), odd[np.clip(one, 0, max(len(odd) - 1, 0))], np.nan) for one in (at - 1, at)]
    views["alone"][ends] = np.fmax(*beside) if len(odd) else np.nan
    for one in found:
        views["stretch"][one.fixes] = np.maximum(views["stretch"][one.fixes], one.score)
    best = np.max([view + np.log10(WEIGHTS[name]) for name, view in views.items()], axis=0)
    known = np.isfinite(views["alone"])
    reach = tail_of(far[np.isfinite(far)], 0.1).value(rate) if np.isfinite(far).any() else np.nan
    return Surprise(_joined(np.where(known, best, np.nan)), which, misses, reach, found)


def _gross(record: Record, which: np.ndarray, misses: Misses) -> np.ndarray:
    """Fixes (f,) that lie grossly off alone, farther than those beside them: where a stretch begins or ends two are off alike."""
    apart, far = np.zeros(len(record.who) + 2), np.zeros(len(record.who))
    apart[which + 1], far[which] = np.nan_to_num(np.abs(misses.apart)), np.nan_to_num(misses.far)
    return np.asarray((far > GROSS) & (apart[1:-1] > ALONE * np.maximum(apart[:-2], apart[2:])))


def _score(far: np.ndarray) -> np.ndarray:
    """Minus log10 of the share that lies as far out."""
    known = np.isfinite(far)
    if not known.any():
        return np.full(len(far), np.nan)
    chance = tail_of(far[known], *VIEWED, shapes=ENDLESS).chance(far)
    return np.where(known, -np.log10(np.clip(chance, 1e-300, 1.0)), np.nan)


def _joined(raw: np.ndarray) -> np.ndarray:
    """Minus log10 of one tail probability, by the ranks and the tail of the field's own, of what the views say together."""
    known = np.isfinite(raw)
    if not known.any():
        return raw
    own = tail_of(raw[known], shapes=ENDLESS).chance(raw)
    told = MOST * tail_of(raw[known], *INNER, shapes=LIGHT).chance(raw)
    return np.where(known, -np.log10(np.clip(np.minimum(own, told), 1e-300, 1.0)), np.nan)
