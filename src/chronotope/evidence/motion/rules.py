"""Rules of motion that need no fitting: an object stays, goes on, slows down, turns, or goes with those around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from chronotope.evidence.motion.tracks import Moments, Tracks

Rule = Callable[[Tracks, Moments, np.ndarray], np.ndarray]
"""From tracks, moments (m,) and leads (h,) in rows to displacements, complex (m, h); NaN where the rule has no answer."""

NEAREST = 8  # others around that an object may go with


def stay(tracks: Tracks, moments: Moments, leads: np.ndarray) -> np.ndarray:
    """The object stays where it is."""
    return np.zeros((len(moments), len(leads)), complex)


def going_on(tracks: Tracks, moments: Moments, leads: np.ndarray, rows: int = 1) -> np.ndarray:
    """The mean velocity of the last `rows` goes on."""
    return tracks.velocity(moments, rows)[:, None] * leads


def mean_velocity(tracks: Tracks, moments: Moments, leads: np.ndarray) -> np.ndarray:
    """The mean velocity of the whole track goes on: calmer where positions are noisy."""
    back = tracks.age[moments.row, moments.who] - 1 if tracks.longest else np.zeros(len(moments), int)
    move = tracks.position(moments) - tracks.position(moments, back)
    return np.where(back > 0, move / np.maximum(back, 1), np.nan)[:, None] * leads


def slowing(tracks: Tracks, moments: Moments, leads: np.ndarray, keep: float, rows: int = 1) -> np.ndarray:
    """The velocity of the last `rows` loses all but `keep` of itself in every row."""
    return tracks.velocity(moments, rows)[:, None] * _summed(keep, leads)


def damped(tracks: Tracks, moments: Moments, leads: np.ndarray) -> np.ndarray:
    """The last velocity dies away as fast as velocities in these tracks forget themselves."""
    move = np.diff(tracks.at, axis=0)
    one, two = move[:-1], move[1:]
    both = np.isfinite(one) & np.isfinite(two)
    power = (np.abs(one[both]) ** 2).sum()
    keep = (two[both] * one[both].conj()).real.sum() / power if power > 0 else 1.0
    return slowing(tracks, moments, leads, float(np.clip(keep, 0.0, 1.0)))


def turning(tracks: Tracks, moments: Moments, leads: np.ndarray, rows: int = 4) -> np.ndarray:
    """The object goes on along an arc: its speed and its mean turn per row of the last `rows` stay."""
    velocity, spin = tracks.velocity(moments, 2), np.zeros(len(moments), complex)
    for k in range(rows):
        back = tracks.back(moments, k + 2)
        known = back == k + 2
        now, then = (tracks.position(moments, np.where(known, b, 0)) for b in (k, k + 1))
        former = tracks.position(moments, np.where(known, k + 2, 0))
        spin += np.where(known, (now - then) * (then - former).conj(), 0)
    size = np.abs(spin)
    turn = np.where(size > 0, spin / np.where(size > 0, size, 1), 1.0)
    half = np.sqrt(turn)  # the mean of the last two moves points half a turn behind the last one, and is shorter by the cosine
    move = velocity * half / np.maximum(half.real, 0.5)
    steps = np.cumprod(np.repeat(turn[:, None], int(leads.max(initial=0)), axis=1), axis=1)
    return np.asarray(move[:, None] * np.cumsum(steps, axis=1)[:, leads - 1])


def company(tracks: Tracks, moments: Moments, leads: np.ndarray) -> np.ndarray:
    """The mean velocity of the nearest others that are there in the same row goes on."""
    out = np.full(len(moments), np.nan, complex)
    for row in np.unique(moments.row):
        mine = np.flatnonzero(moments.row == row)
        there = np.flatnonzero(tracks.age[row] > 1)
        if len(there) < 2:
            continue
        others = Moments(np.full(len(there), row), there)
        velocity = tracks.velocity(others, 2) if tracks.longest else (tracks.at[row] - tracks.at[row - 1])[there]
        apart = np.abs(tracks.at[row, there] - tracks.position(moments)[mine][:, None])
        apart[there == moments.who[mine][:, None]] = np.inf
        near = np.argsort(apart, axis=1, kind="stable")[:, : min(NEAREST, len(there) - 1)]
        away = np.take_along_axis(apart, near, axis=1)
        weight = 1 / (away + 0.5 * away.mean(axis=1, keepdims=True) + 1e-9)
        weight[~np.isfinite(away)] = 0
        out[mine] = (weight * velocity[near]).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-30)
    return out[:, None] * leads


def _summed(keep: float, leads: np.ndarray) -> np.ndarray:
    """keep + keep^2 + ... + keep^lead."""
    return leads.astype(float) if keep >= 1 else keep * (1 - keep**leads) / (1 - keep)


RULES: dict[str, Rule] = {
    "stay": stay,
    "constant_velocity": going_on,
    "velocity_2": partial(going_on, rows=2),
    "velocity_4": partial(going_on, rows=4),
    "velocity_8": partial(going_on, rows=8),
    "mean_velocity": mean_velocity,
    "damped_velocity": damped,
    "slowing_95": partial(slowing, keep=0.95),
    "slowing_85": partial(slowing, keep=0.85),
    "slowing_60": partial(slowing, keep=0.6),
    "slowing_4_85": partial(slowing, keep=0.85, rows=4),
    "constant_turn": turning,
    "company": company,
}
"""In the order in which they are heard."""
