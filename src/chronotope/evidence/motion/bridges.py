"""Bridges: rules of motion run forward from one end of a gap and backward from the other, and joined in between.

All say offsets from the chord, complex (g, k), at shares (g, k) of the gap; they turn with the scene and end at both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from chronotope.evidence.motion.record import Record, Stretches
from chronotope.inspect.sphere import unit_vectors

Bridge = Callable[[Stretches, np.ndarray], np.ndarray]
NEAREST = 12  # earlier stretches that are averaged


def chord(gaps: Stretches, share: np.ndarray) -> np.ndarray:
    """The straight line, at one speed."""
    return np.zeros(share.shape, complex)


def curved(gaps: Stretches, share: np.ndarray, back: int, strength: float) -> np.ndarray:
    """A cubic that leaves and arrives with the velocities at both ends, as far as `strength` believes these."""
    u = share
    leave, arrive = ((gaps.velocity(back, late) - gaps.chord)[:, None] for late in (False, True))
    return np.asarray(strength * (leave * (u**3 - 2 * u**2 + u) + arrive * (u**3 - u**2)))


def dead_reckoned(gaps: Stretches, share: np.ndarray, back: int) -> np.ndarray:
    """Going on from the first end and coming back from the second, the nearer end the heavier."""
    u = share
    leave, arrive = ((gaps.velocity(back, late) - gaps.chord)[:, None] for late in (False, True))
    return np.asarray((1 - u) ** 2 * (1 + 2 * u) * leave * u - u**2 * (3 - 2 * u) * arrive * (1 - u))


def one_way(gaps: Stretches, share: np.ndarray, late: bool) -> np.ndarray:
    """Going on from one end alone, with what is missed at the other spread over the way."""
    leave = (gaps.velocity(2, late) - gaps.chord)[:, None]
    u = share
    return np.asarray(-leave * u * (1 - u) if late else leave * u * (1 - u))


def stopped(gaps: Stretches, share: np.ndarray, late: bool) -> np.ndarray:
    """Standing at one end for half of the time."""
    u = share
    way = np.clip(2 * u - (1 if late else 0), 0, 1)
    return np.asarray(gaps.chord[:, None] * (way - u))


BRIDGES: dict[str, Bridge] = {
    "chord": chord,
    **{f"curved_{back}_{int(10 * s)}": partial(curved, back=back, strength=s) for back in (1, 3) for s in (0.5, 1.0)},
    "dead_reckoned": partial(dead_reckoned, back=2),
    "forward": partial(one_way, late=False),
    "backward": partial(one_way, late=True),
    "stopped_late": partial(stopped, late=False),
    "stopped_early": partial(stopped, late=True),
}
"""In the order in which they are heard."""


def routes(record: Record, gaps: Stretches, known: Stretches, sequel: np.ndarray) -> dict[str, np.ndarray]:
    """Offsets (g, k) that stretches had which lay at the same place, and which began and ended alike wherever they were.

    Args:
        known: stretches whose inside is known, `sequel` (j, k) their offsets from their chords, NaN where it is not; one that shares a
            moment and an object with a gap is not read for it.
    """
    clash = _clash(record, gaps, known)
    turn, theirs = _turn(gaps), _turn(known)
    here = _mean(_ends(record, gaps), _ends(record, known), sequel, clash)
    alike = _mean(_shape(gaps, turn), _shape(known, theirs), sequel * theirs.conj()[:, None], clash) * turn[:, None]
    return {"here": here, "alike": alike}


def _clash(record: Record, gaps: Stretches, known: Stretches) -> np.ndarray:
    """bool (g, j): both are of one object and overlap, with a margin of their length."""
    same = record.who[gaps.first][:, None] == record.who[known.first]
    length = gaps.length[:, None]
    one, two = record.time[gaps.first][:, None], record.time[known.first]
    return np.asarray(same & (np.abs(one - two) < 2 * length + 1e-9))


def _ends(record: Record, stretches: Stretches) -> np.ndarray:
    """Where both ends lie (g, d), on the sphere or in the plane."""
    both = [record.at[one] for one in (stretches.first, stretches.second)]
    return np.concatenate([unit_vectors(at) if record.degrees else at for at in both], axis=1)


def _turn(stretches: Stretches) -> np.ndarray:
    """Unit numbers (g,) along the chord; along the way of arrival where the ends are one place."""
    way = stretches.chord + 1e-3 * (stretches.velocity(3, False) + stretches.velocity(3, True))
    size = np.abs(way)
    return np.where(size > 1e-12, way / np.where(size > 1e-12, size, 1), 1.0)


def _shape(stretches: Stretches, turn: np.ndarray) -> np.ndarray:
    """How a stretch leaves and arrives beside its chord (g, 5), turned into it, in logs of the common size."""
    moves = [(stretches.velocity(2, late) * turn.conj()) for late in (False, True)]
    size = np.abs(stretches.chord) + np.abs(moves[0]) + np.abs(moves[1]) + 1e-12
    parts = [part for move in moves for part in ((move / size).real, (move / size).imag)]
    return np.stack([*parts, 0.3 * np.log(size)], axis=1)


def _mean(mine: np.ndarray, theirs: np.ndarray, sequel: np.ndarray, clash: np.ndarray) -> np.ndarray:
    """Means (g, k) of the sequels of the nearest, the nearer the heavier; NaN where there is none."""
    if not len(theirs):
        return np.full((len(mine), sequel.shape[1]), np.nan, complex)
    scale = theirs.std(axis=0).mean() + 1e-12
    away = ((mine[:, None] - theirs) ** 2).sum(axis=2) / scale**2
    away = np.where(clash, np.inf, away)
    number = min(NEAREST, away.shape[1])
    near = np.argpartition(away, number - 1, axis=1)[:, :number]
    gap = np.take_along_axis(away, near, axis=1)
    good = np.isfinite(gap)
    width = np.where(good, gap, 0).sum(1) / np.maximum(good.sum(1), 1)
    weight = np.where(good, np.exp(-0.5 * np.where(good, gap, 0) / (width + 1e-12)[:, None]), 0.0)
    told = np.isfinite(sequel[near])
    total = (weight[..., None] * told).sum(1)
    mean = (weight[..., None] * np.where(told, sequel[near], 0)).sum(1) / np.maximum(total, 1e-30)
    return np.where(total > 0, mean, np.nan)
