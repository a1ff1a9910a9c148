"""Earlier tracks: what others, or the object itself, did before when they were here, or moved alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion.tracks import Moments, Tracks

NEAREST = 24  # earlier moments that are averaged
SHAPE = (1, 2, 4, 6)  # rows back whose positions tell how an object moves
_CELLS = 4_000_000  # pairs of moments compared at once


@dataclass(frozen=True)
class Library:
    """Moments whose sequel is known.

    Attributes:
        moments: of them.
        sequel: displacements, complex (l, h) at the leads; NaN where unknown.
        end: the last row (l,) that the sequel reads.
        reach: how far an object usually gets in half the longest lead; pace: the root mean square move in a row.
    """

    moments: Moments
    sequel: np.ndarray
    end: np.ndarray
    reach: float
    pace: float


def library(tracks: Tracks, moments: Moments, leads: np.ndarray) -> Library:
    """Of moments in the past and what followed."""
    sequel = tracks.truth(moments, leads)
    known = np.isfinite(sequel)
    end = moments.row + np.where(known, leads, 0).max(axis=1, initial=0)
    middle = np.abs(sequel[:, len(leads) // 2])
    reach = float(np.nanmedian(middle)) if np.isfinite(middle).any() else 0.0
    move = np.abs(tracks.velocity(moments, 1)) ** 2
    pace = float(np.sqrt(np.nanmean(move))) if np.isfinite(move).any() else 0.0
    spread = np.abs(tracks.position(moments) - tracks.position(moments).mean()).mean() if len(moments) else 0.0
    return Library(moments, sequel, end, max(reach, 1e-3 * float(spread), 1e-9), max(pace, 1e-9))


def flow(tracks: Tracks, moments: Moments, leads: np.ndarray, known: Library) -> np.ndarray:
    """The mean of what followed when somebody was here before."""
    return _mean(_place(tracks, moments, known), _place(tracks, known.moments, known), moments, known)


def alike_here(tracks: Tracks, moments: Moments, leads: np.ndarray, known: Library) -> np.ndarray:
    """The mean of what followed when somebody was here before and moved alike."""
    mine, theirs = (np.concatenate([_place(tracks, m, known), _move(tracks, m, known)], 1) for m in (moments, known.moments))
    return _mean(mine, theirs, moments, known)


def alike(tracks: Tracks, moments: Moments, leads: np.ndarray, known: Library) -> np.ndarray:
    """The continuation of earlier tracks that moved alike, wherever they were, each turned into the heading of the object."""
    turn, theirs = _turn(tracks, moments), _turn(tracks, known.moments)
    shape, other = (_shape(tracks, m, t, known) for m, t in ((moments, turn), (known.moments, theirs)))
    turned = Library(known.moments, known.sequel * theirs.conj()[:, None], known.end, known.reach, known.pace)
    return _mean(shape, other, moments, turned) * turn[:, None]


def same_place(tracks: Tracks, moments: Moments, leads: np.ndarray, known: Library) -> np.ndarray:
    """The mean of what such a number did when an object that carried it was here, went there, and it was and moved alike."""
    if tracks.where is None:
        return np.full((len(moments), len(leads)), np.nan, complex)
    reach = _usual(np.abs(_way(tracks.where, known.moments, int(leads[len(leads) // 2]))))
    pace = _usual(np.abs(_way(tracks.where, known.moments, 1)))
    mine, theirs = (_surroundings(tracks, tracks.where, m, known, (reach, pace)) for m in (moments, known.moments))
    return _mean(mine, theirs, moments, known)


def _surroundings(tracks: Tracks, where: np.ndarray, moments: Moments, known: Library, unit: tuple[float, float]) -> np.ndarray:
    """Features (m, 6): the place, how it changes, the number, and how that changes."""
    at = where[moments.row, moments.who] / unit[0]
    back = np.maximum(tracks.back(moments, 4), 1)
    go = np.nan_to_num((where[moments.row, moments.who] - where[moments.row - back, moments.who]) / back) / unit[1]
    value, move = tracks.position(moments).real / known.reach, tracks.velocity(moments, 2).real / known.pace
    return np.stack([at.real, at.imag, go.real, go.imag, value, move], axis=1)


def _way(where: np.ndarray, moments: Moments, rows: int) -> np.ndarray:
    """How far objects had come in so many rows before each moment, complex (m,); NaN where it is not known."""
    before = moments.row - rows
    way = where[moments.row, moments.who] - where[np.maximum(before, 0), moments.who]
    return np.where(before >= 0, way, np.nan)


def _usual(size: np.ndarray) -> float:
    known = size[np.isfinite(size) & (size > 0)]
    return float(np.median(known)) if len(known) else 1.0


def _place(tracks: Tracks, moments: Moments, known: Library) -> np.ndarray:
    at = tracks.position(moments) / known.reach
    return np.stack([at.real, at.imag], axis=1)


def _move(tracks: Tracks, moments: Moments, known: Library) -> np.ndarray:
    move = tracks.velocity(moments, 2) / known.pace
    return np.stack([move.real, move.imag], axis=1)


def _turn(tracks: Tracks, moments: Moments) -> np.ndarray:
    """Unit numbers (m,) along the heading of the last rows; 1 for those who stand."""
    way = tracks.velocity(moments, 4)
    size = np.abs(way)
    return np.where(size > 1e-9, way / np.where(size > 1e-9, size, 1), np.where(np.isnan(size), np.nan, 1.0))


def _shape(tracks: Tracks, moments: Moments, turn: np.ndarray, known: Library) -> np.ndarray:
    """Mean velocities (m, 2 k) over the last rows, turned into the heading."""
    moves = [tracks.velocity(moments, rows) * turn.conj() / known.pace for rows in SHAPE]
    return np.concatenate([[move.real, move.imag] for move in moves]).T


def _mean(mine: np.ndarray, theirs: np.ndarray, moments: Moments, known: Library) -> np.ndarray:
    """Means (m, h) of the sequels of the nearest that ended by the moment, the nearer the heavier; NaN where there is none."""
    out = np.full((len(mine), known.sequel.shape[1]), np.nan, complex)
    if not len(theirs):
        return out
    step = max(_CELLS // len(theirs), 1)
    number = min(NEAREST, len(theirs))
    usable = np.isfinite(theirs).all(axis=1)
    theirs = np.where(usable[:, None], theirs, 0.0)
    for start in range(0, len(mine), step):
        part = slice(start, start + step)
        away = (theirs**2).sum(1) - 2 * mine[part] @ theirs.T + (mine[part] ** 2).sum(1)[:, None]
        late = known.end > moments.row[part][:, None]
        away = np.where(late | ~usable | ~np.isfinite(away), np.inf, np.maximum(away, 0.0))
        near = np.argpartition(away, number - 1, axis=1)[:, :number]
        out[part] = _weighted(np.take_along_axis(away, near, axis=1), known.sequel[near])
    return out


def _weighted(away: np.ndarray, sequel: np.ndarray) -> np.ndarray:
    """Means (m, h) of sequels (m, k, h) by squared distances (m, k)."""
    good = np.isfinite(away)
    width = np.where(good, away, 0).sum(1) / np.maximum(good.sum(1), 1)
    weight = np.where(good, np.exp(-0.5 * np.where(good, away, 0) / (width + 1e-12)[:, None]), 0.0)[:, :, None]
    weight = weight * np.isfinite(sequel)
    total = weight.sum(1)
    mean = (weight * np.where(np.isfinite(sequel), sequel, 0)).sum(1) / np.maximum(total, 1e-30)
    return np.where(total > 0, mean, np.nan)


EARLIER = {"flow": flow, "alike_here": alike_here, "alike": alike}
"""Rules that read a library of earlier moments."""

CARRIED = {"same_place": same_place}
"""Those for numbers that objects carry, of which it is known where they were."""
