"""Settled: paths mixed once more, so that an object that stands or has slowed is told what such objects usually do.

what rules and their mix missed, beside one another and softened --moments as fast, that slowed or did not--> shares --> path, widths

A mean miss is ruled by the few that leave, and by the fast: one ship that departs costs as much as a hundred that stay. Here a rule is
weighed by how it usually misses; those that leave are left to the widths.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.motion.heard import Heard, Said, of_nothing, unit_of, with_widths
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.evidence.motion.trials import alike, carried, local, misses, pooled
from chronotope.evidence.motion.weights import SHARPER, shares

SOFTNESS = 0.5  # power of misses: between their mean, which few rule, and their geometric mean, which tiny ones do
SHRINK = 1.0  # trials' worth of the common misses
FEWEST = 20.0  # trials alike that tell a lead; where there are fewer the lead before tells
SLOWED = 0.8  # share of the speed over four rows below which that over two is slower
MOST = 600  # moments at which widths are learnt
PACE, NOTHING, ROUNDING = 0.05, 1e-3, 1e-6  # of the pace of all tracks: what hardly moves, what does not, and what may be rounding


def settled(heard: Heard, told: Heard) -> Heard:
    """What is told, with paths mixed once more of the rules and of its own, and widths of what these miss.

    Args:
        heard: of the rules, at all moments that are tried.
        told: the same, or what somebody made of it, who may have tried fewer of these moments.
    """
    tracks, tried = heard.tracks, heard.tried.moments
    if not tracks.longest or tracks.where is not None or not np.isfinite(heard.truth).any():
        return told  # numbers that objects carry, and objects of which one position is known, tell little of how they move
    told = _thinned(told)
    kept = _places(tried, told.tried.moments)
    with of_nothing():
        miss = _beside(misses(_with_mix(heard.tried), heard.truth), ROUNDING * unit_of(tracks, 1.0))
        itself = np.arange(len(tried)) == kept[:, None]
        past, now = heard.tried.part(kept), heard.asked
        return with_widths(
            replace(
                told,
                tried=_mixed(told.tried, past, _usual(tracks, tried, past.moments, miss, itself)),
                asked=_mixed(told.asked, now, _usual(tracks, tried, now.moments, miss, False)),
            )
        )


def _thinned(told: Heard) -> Heard:
    """The same with at most `MOST` of the tried moments, of all rows and sizes of misses."""
    said = told.tried
    order = np.lexsort((said.size.mean(axis=1), said.moments.row))  # not by the objects' order, nor by the axes
    if len(order) <= MOST:
        return told
    some = np.sort(order[np.linspace(0, len(order) - 1, MOST).round().astype(int)])
    return replace(told, tried=said.part(some), truth=told.truth[some])


def _with_mix(said: Said) -> np.ndarray:
    """What the rules say and, behind them, their mix, (m, h, c + 1)."""
    return np.concatenate([said.ways, said.path[..., None]], axis=-1)


def _beside(miss: np.ndarray, least: float) -> np.ndarray:
    """Misses (m, h, c) beside the mean of all rules at the same moment and lead, softened: a fast moment counts no more than a slow one."""
    return np.asarray((miss / np.maximum(np.nanmean(miss, axis=2, keepdims=True), least)) ** SOFTNESS)


def _usual(tracks: Tracks, tried: Moments, moments: Moments, miss: np.ndarray, hidden: np.ndarray | bool) -> np.ndarray:
    """How rules usually miss (k, h, c) at moments (k,), from the misses (m, h, c) of tried ones but those that are `hidden` (k, m)."""
    apart = _slowed(tracks, moments)[:, None] != _slowed(tracks, tried)
    weight = alike(_state(tracks, tried), _state(tracks, moments), apart | hidden)
    error = local(miss, carried(pooled(miss)), weight, SHRINK)
    count = weight @ np.isfinite(miss).any(axis=2)
    for k in range(1, error.shape[1]):
        few = count[:, k] < FEWEST
        error[few, k] = error[few, k - 1]
    return np.asarray(error ** (1 / SOFTNESS))


def _mixed(told: Said, heard: Said, error: np.ndarray) -> Said:
    """What is told, with the path that rules and it make by their errors (m, h, c + 1)."""
    share = shares(_with_mix(heard), error, SHARPER)
    own, rest = share[..., :-1], share[..., -1]
    path = np.where(own > 0, own * heard.ways, 0).sum(axis=-1) + rest * told.path
    return replace(told, path=path, share=own + rest[..., None] * shares(heard.ways, heard.error, SHARPER))


def _state(tracks: Tracks, moments: Moments) -> np.ndarray:
    """Logs (m, 2) of how fast an object moves, and of its last speed beside that of the last four rows."""
    one, two, four = (np.log(speed + PACE * unit_of(tracks, 1.0)) for speed in _speeds(tracks, moments))
    return np.stack([two, one - four], axis=1)


def _slowed(tracks: Tracks, moments: Moments) -> np.ndarray:
    """bool (m,): it is slower than it was."""
    _, two, four = (speed + NOTHING * unit_of(tracks, 1.0) for speed in _speeds(tracks, moments))
    return np.asarray(two < SLOWED * four)


def _speeds(tracks: Tracks, moments: Moments) -> list[np.ndarray]:
    """Over the last one, two and four rows."""
    return [np.abs(np.nan_to_num(tracks.velocity(moments, rows))) for rows in (1, 2, 4)]


def _places(among: Moments, moments: Moments) -> np.ndarray:
    """Where moments (k,) stand among others (m,), int."""
    wide = int(among.who.max(initial=0)) + 1
    keys, asked = (one.row * wide + one.who for one in (among, moments))
    order = np.argsort(keys)
    return np.asarray(order[np.searchsorted(keys, asked, sorter=order)])
