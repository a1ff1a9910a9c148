"""Heard: what all rules of motion say of asked moments, and of past ones where they are tried - with errors, their mix and its spread."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from chronotope.evidence.motion import regression
from chronotope.evidence.motion.earlier import CARRIED, EARLIER, Library, library
from chronotope.evidence.motion.rules import RULES
from chronotope.evidence.motion.spread import Spread, Widths, learnt
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.evidence.motion.trials import KEPT, TRIED, alike, carried, chosen, enough, local, misses, pooled
from chronotope.evidence.motion.weights import SHARPER, SHARPNESS, mixed

NEWBORN = ("stay", "company")  # rules for objects of which one position is known
GROWTH = 0.8  # how misses grow with the lead where it could not be tried
REGRESSION = "regression"  # the candidate that has read all others
DESCRIBED = {**RULES, **EARLIER, **CARRIED, REGRESSION: "A regression on what all the other rules say, and on the recent moves."}
"""Every rule, by name, with what it says of itself."""
of_nothing = partial(warnings.catch_warnings, action="ignore", category=RuntimeWarning)  # means of nothing are NaN, and meant so


@dataclass(frozen=True)
class Said:
    """What the rules say at some moments.

    Attributes:
        moments: (m,).
        ways: displacements, complex (m, h, c), NaN where a rule has no answer.
        error: mean misses (m, h, c) in trials alike.
        path: their mix, complex (m, h).
        size: how far it is expected to miss, (m, h).
        heading: unit numbers (m, h) along it.
        width: how wide somebody else thinks the miss will be, (m, h), or None.
        share: how much of the path each rule has (m, h, c), where other errors than these tell; or None.
    """

    moments: Moments
    ways: np.ndarray
    error: np.ndarray
    path: np.ndarray
    size: np.ndarray
    heading: np.ndarray
    width: np.ndarray | None = None
    share: np.ndarray | None = None

    def part(self, which: np.ndarray) -> Said:
        """Some of the moments."""
        moments = Moments(self.moments.row[which], self.moments.who[which])
        ways, error, path, size, heading = (one[which] for one in (self.ways, self.error, self.path, self.size, self.heading))
        width, share = (None if one is None else one[which] for one in (self.width, self.share))
        return Said(moments, ways, error, path, size, heading, width, share)


@dataclass(frozen=True)
class Heard:
    """What the rules say of a group of objects.

    Attributes:
        tracks: of all objects.
        leads: int (h,), rows.
        names: of the rules (c,).
        tried, asked: what they say at moments whose sequel is known, having read none of it, and at those that are asked.
        truth: that sequel, displacements (m, h); NaN where unknown.
        widths: how far the mix misses.
    """

    tracks: Tracks
    leads: np.ndarray
    names: tuple[str, ...]
    tried: Said
    asked: Said
    truth: np.ndarray
    widths: Widths


def hear(tracks: Tracks, asked: Moments, leads: np.ndarray, shortest: int, names: tuple[str, ...] = (), most: int = TRIED) -> Heard:
    """Ask every rule, or those of `names` alone.

    Args:
        tracks: what may be read.
        asked: moments (k,).
        leads: int (h,), rows.
        shortest: rows that an object must have been seen before a moment at which rules are tried.
        names: of single rules.
        most: moments that are tried.
    """
    with of_nothing():
        return with_widths(_without_widths(tracks, asked, leads, shortest, names, most))


def _without_widths(tracks: Tracks, asked: Moments, leads: np.ndarray, shortest: int, names: tuple[str, ...], most: int) -> Heard:
    tried = chosen(tracks, most, shortest)
    known = library(tracks, chosen(tracks, KEPT, shortest), leads)
    truth = enough(tracks.truth(tried, leads))
    said, saying = (_heard(tracks, m, leads, known, names) for m in (tried, asked))
    every = rules_of(tracks, names)
    if names:
        errors = (np.ones(said.shape), np.ones(saying.shape))
        paths = [np.where(np.isfinite(one[..., 0]), one[..., 0], 0) for one in (said, saying)]
    else:
        state, now = _state(tracks, tried), _state(tracks, asked)
        near = (alike(state, state), alike(state, now)) if len(tried) else (np.zeros((0, 0)), np.zeros((len(asked), 0)))
        (base, basis), _ = _weighed(said, saying, truth, near, SHARPNESS)
        one, two = _regressed(tracks, tried, asked, leads, truth, (said, base), (saying, basis))
        said, saying = np.concatenate([said, one[..., None]], -1), np.concatenate([saying, two[..., None]], -1)
        paths, errors = _weighed(said, saying, truth, near, SHARPER)
        every = (*every, REGRESSION)
    blank = np.zeros(0)
    one_side, other = (Said(*parts, blank, blank) for parts in zip((tried, asked), (said, saying), errors, paths))
    return Heard(tracks, leads, every, one_side, other, truth, Widths(tried, blank, blank, blank, blank, (), (blank, blank)))


def rules_of(tracks: Tracks, names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The rules that are heard, in their order: those of `names`, or all."""
    plain = names or (tuple(RULES) if tracks.longest else NEWBORN)
    read = names or (tuple(EARLIER) if tracks.longest else ("flow",))
    more = tuple(CARRIED) if tracks.where is not None and tracks.longest and not names else ()
    return (*(name for name in plain if name in RULES), *(name for name in read if name in EARLIER), *more)


def _heard(tracks: Tracks, moments: Moments, leads: np.ndarray, known: Library, names: tuple[str, ...]) -> np.ndarray:
    """What the rules say, (m, h, c)."""
    said = []
    for name in rules_of(tracks, names):
        said.append(RULES[name](tracks, moments, leads) if name in RULES else (EARLIER | CARRIED)[name](tracks, moments, leads, known))
    return np.stack(said, axis=-1)


def _weighed(
    said: np.ndarray, saying: np.ndarray, truth: np.ndarray, near: tuple[np.ndarray, np.ndarray], sharpness: float
) -> tuple[list[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The rules mixed at tried and at asked moments, by their misses in trials alike; and these misses."""
    miss = misses(said, truth)
    common = carried(pooled(miss))
    errors = (local(miss, common, near[0]), local(miss, common, near[1]))
    return [mixed(answers, error, sharpness) for answers, error in zip((said, saying), errors)], errors


def _regressed(
    tracks: Tracks, tried: Moments, asked: Moments, leads: np.ndarray, truth: np.ndarray,
    trial: tuple[np.ndarray, np.ndarray], case: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """What a regression on the rules and their mix says at tried (m, h) and asked (k, h) moments.

    Beyond the leads that teach anything it says the same of the rules as at the last of them.
    """
    pace = unit_of(tracks, 1.0)
    velocity = [np.stack([tracks.velocity(m, 1), tracks.velocity(m, 8)], 1) for m in (tried, asked)]
    columns, wanted = (
        regression.design(*pair, way, _home(tracks, m), leads, pace, _surroundings(tracks, m))
        for pair, way, m in ((trial, velocity[0], tried), (case, velocity[1], asked))
    )
    base, basis = trial[1], case[1]
    one, two = np.full(base.shape, np.nan, complex), np.full(basis.shape, np.nan, complex)
    last = None
    for k, lead in enumerate(leads):
        one[:, k], found = regression.crossed(columns[:, k], truth[:, k] - base[:, k], tried.row, int(lead))
        last = last if found is None else found
        if last is not None:
            two[:, k] = wanted[:, k] @ last
    return base + one, basis + two


def _state(tracks: Tracks, moments: Moments) -> np.ndarray:
    """Logs (m, 5) of how fast an object moves and how its velocity changes; nothing (m, 1) where one position is known."""
    if not tracks.longest:
        return np.zeros((len(moments), 1))
    one, two, four, eight = (np.nan_to_num(tracks.velocity(moments, rows)) for rows in (1, 2, 4, 8))
    size = np.abs(np.stack([one, one - two, one - four, four - eight, eight], axis=1))
    return np.log(size + 0.02 * unit_of(tracks, 1.0))


def _home(tracks: Tracks, moments: Moments) -> np.ndarray:
    """From each position to the mean of the positions since the track began, complex (m,)."""
    total = np.cumsum(np.where(np.isfinite(tracks.at), tracks.at, 0), axis=0)
    age = tracks.age[moments.row, moments.who]
    before = moments.row - age
    earlier = np.where(before >= 0, total[np.maximum(before, 0), moments.who], 0)
    return (total[moments.row, moments.who] - earlier) / np.maximum(age, 1) - tracks.position(moments)


def _surroundings(tracks: Tracks, moments: Moments) -> np.ndarray | None:
    """Of numbers that objects carry: where these are along both main axes of the scene, and how large the numbers are, (m, 3); or None."""
    if tracks.where is None:
        return None
    middle = np.nanmean(tracks.where)
    turn = np.exp(-0.5j * np.angle(np.nanmean((tracks.where - middle) ** 2)))
    scene, here = ((at - middle) * turn for at in (tracks.where, tracks.where[moments.row, moments.who]))
    least = 1e-3 * float(np.nanstd(scene))  # a scene on a line has no second axis
    value, now = tracks.at.real - np.nanmean(tracks.at.real), tracks.position(moments).real - np.nanmean(tracks.at.real)
    columns = ((scene.real, here.real, least), (scene.imag, here.imag, least), (value, now, 0.0))
    return np.stack([np.nan_to_num(some) / max(float(np.nanstd(every)), low, 1e-12) for every, some, low in columns], axis=1)


def with_widths(heard: Heard) -> Heard:
    """The same, with how far the mix missed in the trials, lead by lead, and the size of that for each path."""
    tracks, leads, tried, asked, truth = heard.tracks, heard.leads, heard.tried, heard.asked, heard.truth
    turn, heading = (heading_of(tracks, one.moments, one.path) for one in (tried, asked))
    unit, size, wide = np.full(truth.shape, np.nan, complex), np.zeros(truth.shape), np.zeros(asked.path.shape)
    limited = wide.copy()
    spreads: list[Spread | None] = []
    last, at = None, 0
    for k in range(len(leads)):
        features = _features(tracks, tried, k)
        miss = (truth[:, k] - tried.path[:, k]) * turn[:, k].conj()
        found = learnt(miss, features)
        last, at = (last, at) if found is None else (found, k)
        spreads.append(last)
        if last is None:
            continue
        size[:, k] = last.size(features)
        unit[:, k] = unit[:, at] if found is None else miss / size[:, k]
        growth = (leads[k] / leads[at]) ** GROWTH
        wide[:, k] = last.size(_features(tracks, asked, at)) * growth
        limited[:, k] = last.limited(wide[:, k] / growth, asked.path[:, at]) * growth
    now = _features(tracks, tried, at // 2), _features(tracks, asked, at // 2)
    widths = Widths(tried.moments, unit, turn, limited, heading, tuple(spreads), now)
    return replace(heard, tried=replace(tried, size=size, heading=turn), asked=replace(asked, size=wide, heading=heading), widths=widths)


def heading_of(tracks: Tracks, moments: Moments, path: np.ndarray) -> np.ndarray:
    """Unit numbers (m, h) along displacements; along the last moves where these are nothing."""
    way = np.nan_to_num(tracks.velocity(moments, 4)) if tracks.longest else np.zeros(len(moments), complex)
    size, pace = np.abs(path), np.abs(way)[:, None]
    rest = np.where(pace > 1e-12, way[:, None] / np.where(pace > 1e-12, pace, 1), 1.0)
    return np.where(size > 1e-9, path / np.where(size > 1e-9, size, 1), rest)


def _features(tracks: Tracks, said: Said, lead: int) -> np.ndarray:
    """Logs (m, f) of what tells the size of misses: how far the rules disagree, how fast and how roughly an object moved."""
    moments = said.moments
    apart = np.sqrt(np.nanmean(np.abs(said.ways[:, lead] - said.path[:, lead, None]) ** 2, axis=1))
    parts = [apart] if said.width is None else [apart, said.width[:, lead]]
    if tracks.longest:
        one, four, eight = (np.nan_to_num(np.abs(tracks.velocity(moments, rows))) for rows in (1, 4, 16))
        rough = np.nan_to_num(np.abs(tracks.velocity(moments, 1) - tracks.velocity(moments, 4)))
        parts += [one, four, eight, rough]
    unit = max(float(np.nanmean(apart)), 1e-9)
    return np.log(np.stack(parts, axis=1) + 0.02 * unit_of(tracks, unit))


def unit_of(tracks: Tracks, other: float) -> float:
    """The root mean square move in a row; `other` where nothing moves."""
    move = np.abs(np.diff(tracks.at, axis=0)) ** 2
    good = np.isfinite(move)
    power = float(np.sqrt(move[good].mean())) if good.any() else 0.0
    return power if power > 0 else other
