"""The mix of all rules of motion: tried on the objects' own past, weighted by their misses, with the spread of its own."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion import regression
from chronotope.evidence.motion.earlier import EARLIER, Library, library
from chronotope.evidence.motion.members import drawn
from chronotope.evidence.motion.rules import RULES
from chronotope.evidence.motion.spread import Spread, Widths, axis_quantiles, learnt
from chronotope.evidence.motion.together import company_of, dealt
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.evidence.motion.trials import KEPT, TRIED, alike, chosen, enough, local, misses, pooled
from chronotope.evidence.motion.weights import SHARPER, SHARPNESS, mixed

EVERY, KNOTS = 24, 48  # leads up to the first are all answered by the rules, of later ones so many in all
NEWBORN = ("stay", "company")  # rules for objects of which one position is known
GROWTH = 0.8  # how misses grow with the lead where it could not be tried


@dataclass(frozen=True)
class Displacements:
    """Displacements of asked objects: `path` complex (k, h), and offsets of each axis around it, (q, k, h, 2)."""

    path: np.ndarray
    offsets: np.ndarray


def answer(tracks: Tracks, asked: Moments, leads: np.ndarray, levels: tuple[float, ...], name: str | None = None) -> Displacements:
    """Where objects go in `leads` (h,) rows after the moments at which they were last seen, as all rules together say.

    With `name` as one rule says, and where it has no answer, as one that stays.
    """
    path = np.zeros((len(asked), len(leads)), complex)
    offsets = np.zeros((len(levels), len(asked), len(leads), 2))
    for group, part, knots, way, widths in _in_groups(tracks, asked, leads, name):
        path[group] = _between(way, knots, leads, 1)
        quantiles = np.zeros((len(levels), len(part), len(knots), 2))
        for k, spread in enumerate(widths.spreads):
            if spread is not None:
                quantiles[:, :, k] = axis_quantiles(spread, widths.size[:, k], widths.heading[:, k], levels)
        offsets[:, group] = _between(quantiles, knots, leads, 2)
    return Displacements(path, offsets)


def members(
    tracks: Tracks, asked: Moments, leads: np.ndarray, number: int, rng: np.random.Generator, name: str | None = None
) -> np.ndarray:
    """Displacements (n, k, h), complex: whole paths drawn around those of `answer`; what one member says of all objects belongs together.

    What a path misses by is what one trial missed by at all leads, at the size of what the object does now.
    """
    out = np.zeros((number, len(asked), len(leads)), complex)
    ends, company = np.zeros((number, len(asked)), complex), None
    here = tracks.position(asked)
    for group, part, knots, way, widths in _in_groups(tracks, asked, leads, name):
        at = tracks.position(part)
        made = drawn(widths, number, rng, np.argsort(np.abs(at - here.mean()), kind="stable"))
        out[:, group] = _between(way + made, knots, leads, 2)
        ends[:, group] = made[..., -1] / np.maximum(widths.size[:, -1], 1e-12)
        if company is None:
            company = company_of(tracks, widths.tried, _half_way(widths))
    if company is not None:
        out = np.take_along_axis(out, dealt(here[:, None] + out, ends, here, company, rng)[..., None], axis=0)
    return out


def _half_way(widths: Widths) -> np.ndarray:
    """Misses (m,) in the directions of the plane at the last lead that half of the trials reach."""
    count = np.isfinite(widths.unit).sum(axis=0)
    lead = int(np.flatnonzero(count >= 0.5 * count.max())[-1])
    return np.asarray(widths.unit[:, lead] * widths.turn[:, lead])


def _in_groups(
    tracks: Tracks, asked: Moments, leads: np.ndarray, name: str | None
) -> Iterator[tuple[np.ndarray, Moments, np.ndarray, np.ndarray, Widths]]:
    """(which of the asked, their moments, knots, path, widths) of objects with two known positions or more, and of those with one."""
    knots = knots_of(int(leads.max()))
    young = tracks.age[asked.row, asked.who] < 2
    for group, known, shortest in ((~young, tracks, 2), (young, tracks.newborn(), 1)):
        if group.any():
            part = Moments(asked.row[group], asked.who[group])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing are NaN, and meant so
                path, widths = _of_group(known, part, knots, shortest, () if name is None else (name,))
            yield group, part, knots, path, widths


def knots_of(most: int) -> np.ndarray:
    """Leads at which rules are asked, int (h,)."""
    near = np.arange(1, min(most, EVERY) + 1)
    return near if most <= EVERY else np.unique(np.concatenate([near, np.geomspace(EVERY, most, KNOTS - EVERY).round().astype(int)]))


def _of_group(tracks: Tracks, asked: Moments, leads: np.ndarray, shortest: int, names: tuple[str, ...]) -> tuple[np.ndarray, Widths]:
    """Displacements (k, h) of a group, and how far such displacements miss."""
    tried = chosen(tracks, TRIED, shortest)
    known = library(tracks, chosen(tracks, KEPT, shortest), leads)
    truth = enough(tracks.truth(tried, leads))
    said, saying = (_heard(tracks, m, leads, known, names) for m in (tried, asked))
    if names:
        at_trials, path = (np.where(np.isfinite(one[..., 0]), one[..., 0], 0) for one in (said, saying))
    else:
        state, now = _state(tracks, tried), _state(tracks, asked)
        near = (alike(state, state), alike(state, now)) if len(tried) else (np.zeros((0, 0)), np.zeros((len(asked), 0)))
        base, basis = _weighed(said, saying, truth, near, SHARPNESS)
        one, two = _regressed(tracks, tried, asked, leads, truth, (said, base), (saying, basis))
        said, saying = np.concatenate([said, one[..., None]], -1), np.concatenate([saying, two[..., None]], -1)
        at_trials, path = _weighed(said, saying, truth, near, SHARPER)
    return path, _widths(tracks, (tried, at_trials, said), (asked, path, saying), truth, leads)


def _heard(tracks: Tracks, moments: Moments, leads: np.ndarray, known: Library, names: tuple[str, ...]) -> np.ndarray:
    """What the rules say, (m, h, c); those of `names`, or all."""
    plain = names or (tuple(RULES) if tracks.longest else NEWBORN)
    read = names or (tuple(EARLIER) if tracks.longest else ("flow",))
    said = [RULES[name](tracks, moments, leads) for name in plain if name in RULES]
    said += [EARLIER[name](tracks, moments, leads, known) for name in read if name in EARLIER]
    return np.stack(said, axis=-1)


def _weighed(
    said: np.ndarray, saying: np.ndarray, truth: np.ndarray, near: tuple[np.ndarray, np.ndarray], sharpness: float
) -> tuple[np.ndarray, np.ndarray]:
    """The rules mixed at tried and at asked moments, by their misses in trials alike."""
    miss = misses(said, truth)
    common = _carried(pooled(miss))
    one, two = (mixed(answers, local(miss, common, weight), sharpness) for answers, weight in zip((said, saying), near))
    return one, two


def _regressed(
    tracks: Tracks, tried: Moments, asked: Moments, leads: np.ndarray, truth: np.ndarray,
    trial: tuple[np.ndarray, np.ndarray], case: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """What a regression on the rules and their mix says at tried (m, h) and asked (k, h) moments.

    Beyond the leads that teach anything it says the same of the rules as at the last of them.
    """
    columns, wanted = (
        regression.design(*pair, np.stack([tracks.velocity(m, 1), tracks.velocity(m, 8)], 1), _home(tracks, m), leads)
        for pair, m in ((trial, tried), (case, asked))
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
    return np.log(size + 0.02 * _unit_of(tracks, 1.0))


def _home(tracks: Tracks, moments: Moments) -> np.ndarray:
    """From each position to the mean of the positions since the track began, complex (m,)."""
    total = np.cumsum(np.where(np.isfinite(tracks.at), tracks.at, 0), axis=0)
    age = tracks.age[moments.row, moments.who]
    before = moments.row - age
    earlier = np.where(before >= 0, total[np.maximum(before, 0), moments.who], 0)
    return (total[moments.row, moments.who] - earlier) / np.maximum(age, 1) - tracks.position(moments)


def _carried(error: np.ndarray) -> np.ndarray:
    """Errors (h, c) in which a lead that could not be tried has those of the one before."""
    out = error.copy()
    for k in range(1, len(out)):
        out[k] = np.where(np.isfinite(out[k]), out[k], out[k - 1])
    return np.ones_like(out) if not np.isfinite(out[0]).any() else out


def _widths(
    tracks: Tracks, trial: tuple[Moments, np.ndarray, np.ndarray], case: tuple[Moments, np.ndarray, np.ndarray],
    truth: np.ndarray, leads: np.ndarray,
) -> Widths:  # fmt: skip
    """How far the mix missed in the trials, lead by lead, and the size of that for each asked path."""
    (tried, centre, said), (asked, path, saying) = trial, case
    turn, heading = _heading(tracks, tried, centre), _heading(tracks, asked, path)
    unit, size = np.full(truth.shape, np.nan, complex), np.zeros(path.shape)
    spreads: list[Spread | None] = []
    last, at = None, 0
    for k in range(len(leads)):
        features = _features(tracks, tried, said[:, k], centre[:, k])
        miss = (truth[:, k] - centre[:, k]) * turn[:, k].conj()
        found = learnt(miss, features)
        last, at = (last, at) if found is None else (found, k)
        spreads.append(last)
        if last is None:
            continue
        unit[:, k] = unit[:, at] if found is None else miss / last.size(features)
        size[:, k] = last.size(_features(tracks, asked, saying[:, at], path[:, at])) * (leads[k] / leads[at]) ** GROWTH
    return Widths(tried, unit, turn, size, heading, tuple(spreads))


def _heading(tracks: Tracks, moments: Moments, path: np.ndarray) -> np.ndarray:
    """Unit numbers (m, h) along displacements; along the last moves where these are nothing."""
    way = np.nan_to_num(tracks.velocity(moments, 4)) if tracks.longest else np.zeros(len(moments), complex)
    size, pace = np.abs(path), np.abs(way)[:, None]
    rest = np.where(pace > 1e-12, way[:, None] / np.where(pace > 1e-12, pace, 1), 1.0)
    return np.where(size > 1e-9, path / np.where(size > 1e-9, size, 1), rest)


def _features(tracks: Tracks, moments: Moments, said: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Logs (m, f) of what tells the size of misses: how far the rules disagree, how fast and how roughly an object moved."""
    apart = np.sqrt(np.nanmean(np.abs(said - centre[:, None]) ** 2, axis=1))
    parts = [apart]
    if tracks.longest:
        one, four, eight = (np.nan_to_num(np.abs(tracks.velocity(moments, rows))) for rows in (1, 4, 16))
        rough = np.nan_to_num(np.abs(tracks.velocity(moments, 1) - tracks.velocity(moments, 4)))
        parts += [one, four, eight, rough]
    unit = max(float(np.nanmean(apart)), 1e-9)
    return np.log(np.stack(parts, axis=1) + 0.02 * _unit_of(tracks, unit))


def _unit_of(tracks: Tracks, other: float) -> float:
    """The root mean square move in a row; `other` where nothing moves."""
    move = np.abs(np.diff(tracks.at, axis=0)) ** 2
    good = np.isfinite(move)
    power = float(np.sqrt(move[good].mean())) if good.any() else 0.0
    return power if power > 0 else other


def _between(values: np.ndarray, knots: np.ndarray, leads: np.ndarray, axis: int) -> np.ndarray:
    """Values at the knots along an axis, straight between them, at `leads`."""
    full, at = np.append(0, knots), np.searchsorted(np.append(0, knots), leads)
    low = np.maximum(at - 1, 0)
    share = (leads - full[low]) / (full[at] - full[low])
    start = np.concatenate([np.zeros_like(np.take(values, [0], axis)), values], axis)
    shape = [1] * values.ndim
    shape[axis] = len(leads)
    share = share.reshape(shape)
    return np.take(start, low, axis) * (1 - share) + np.take(start, at, axis) * share
