"""The mix of all rules of motion: tried on the objects' own past, weighted by their misses, with the spread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from chronotope.evidence.motion.heard import GROWTH, Heard, hear
from chronotope.evidence.motion.members import drawn
from chronotope.evidence.motion.settled import settled
from chronotope.evidence.motion.shapes import Shapes
from chronotope.evidence.motion.spread import Widths
from chronotope.evidence.motion.together import company_of, dealt
from chronotope.evidence.motion.tracks import Moments, Tracks
from chronotope.evidence.motion.weights import SHARPER, shares

STRAIGHT = 0.1  # of the usual move: how far off one is at least, where nothing could be tried
EVERY, KNOTS = 24, 48  # leads up to the first are all answered by the rules, of later ones so many in all

Refine = Callable[[Heard], Heard]
"""From what the rules say to the same with other paths and sizes of their misses."""


@dataclass(frozen=True)
class Displacements:
    """Displacements of asked objects: `path` complex (k, h), and offsets of each axis around it, (q, k, h, 2)."""

    path: np.ndarray
    offsets: np.ndarray


@dataclass(frozen=True)
class Parts:
    """Of what the path of `answer` is made: `share` (k, h, c) of each rule of `names`, what it `adds` (k, h, c), complex, and what comes on
    top, `moved` (k, h): path = sum of what is added + moved."""

    names: tuple[str, ...]
    share: np.ndarray
    adds: np.ndarray
    moved: np.ndarray


def answer(
    tracks: Tracks, asked: Moments, leads: np.ndarray, levels: tuple[float, ...], name: str | None = None, refine: Refine | None = None
) -> Displacements:
    """Where objects go in `leads` (h,) rows after the moments at which they were last seen, as all rules together say.

    With `name` as one rule says, and where it has no answer, as one that stays; with `refine` as that makes of what all rules say.
    """
    from scipy.special import ndtri

    path = np.zeros((len(asked), len(leads)), complex)
    offsets = np.zeros((len(levels), len(asked), len(leads), 2))
    for group, heard in _in_groups(tracks, asked, leads, name, refine):
        knots, widths = heard.leads, heard.widths
        path[group] = _between(heard.asked.path, knots, leads, 1)
        quantiles, shapes = np.zeros((len(levels), *heard.asked.path.shape, 2)), Shapes.of(widths)
        for k in range(len(knots) if len(shapes.unit) else 0):
            quantiles[:, :, k] = shapes.quantiles(k, widths.size[:, k] * widths.heading[:, k], levels)
        if not len(shapes.unit):
            quantiles += untried(heard.tracks, knots) * ndtri(np.array(levels))[:, None, None, None]
        offsets[:, group] = _between(quantiles, knots, leads, 2)
    return Displacements(path, offsets)


def parts(tracks: Tracks, asked: Moments, leads: np.ndarray, name: str | None = None, refine: Refine | None = None) -> Parts:
    """What each rule has of the path that `answer` gives to the same question."""
    groups = list(_in_groups(tracks, asked, leads, name, refine))
    names = tuple(dict.fromkeys(rule for _, heard in groups for rule in heard.names))
    share = np.zeros((len(asked), len(leads), len(names)))
    adds, moved = np.zeros(share.shape, complex), np.zeros(share.shape[:2], complex)
    for group, heard in groups:
        own = shares(heard.asked.ways, heard.asked.error, SHARPER) if heard.asked.share is None else heard.asked.share
        each = own * np.where(own > 0, heard.asked.ways, 0)
        column = np.array([names.index(rule) for rule in heard.names])
        at = np.ix_(np.flatnonzero(group), np.arange(len(leads)), column)
        share[at], adds[at] = _between(own, heard.leads, leads, 1), _between(each, heard.leads, leads, 1)
        moved[group] = _between(heard.asked.path - each.sum(axis=-1), heard.leads, leads, 1)
    return Parts(names, share, adds, moved)


def members(
    tracks: Tracks, asked: Moments, leads: np.ndarray, number: int, rng: np.random.Generator, name: str | None = None,
    refine: Refine | None = None,
) -> np.ndarray:  # fmt: skip
    """Displacements (n, k, h), complex: whole paths drawn around those of `answer`; what one member says of all objects belongs together.

    What a path misses by is what one trial missed by at all leads, at the size of what the object does now.
    """
    out = np.zeros((number, len(asked), len(leads)), complex)
    ends, company = np.zeros((number, len(asked)), complex), None
    here = tracks.position(asked)
    for group, heard in _in_groups(tracks, asked, leads, name, refine):
        widths, at = heard.widths, tracks.position(heard.asked.moments)
        shapes = Shapes.of(widths)
        if len(shapes.unit):
            made = drawn(shapes, widths.size * widths.heading, number, rng, np.argsort(np.abs(at - here.mean()), kind="stable"))
        else:
            steps = np.cumsum(rng.standard_normal((number, int(group.sum()), len(heard.leads), 2)), axis=2)
            walk = untried(heard.tracks, heard.leads) * steps / np.sqrt(np.arange(1, len(heard.leads) + 1))[:, None]
            made = walk[..., 0] + 1j * walk[..., 1]
        out[:, group] = _between(heard.asked.path + made, heard.leads, leads, 2)
        ends[:, group] = made[..., -1] / np.maximum(widths.size[:, -1], 1e-12)
        if company is None:
            company = company_of(tracks, widths.tried, _half_way(widths))
    if company is not None:
        out = np.take_along_axis(out, dealt(here[:, None] + out, ends, here, company, rng)[..., None], axis=0)
    return out


def untried(tracks: Tracks, leads: np.ndarray) -> np.ndarray:
    """Deviations (h, 2) of both axes where too few moments could be tried: as far as moves differ from each other.

    They grow with the lead. Where all moves are one, a tenth of them; where none is known, nothing.
    """
    moves = np.diff(tracks.at, axis=0)
    turns = np.diff(moves, axis=0)
    sizes = [[float(np.sqrt(np.mean(part[np.isfinite(part)] ** 2))) if np.isfinite(part).any() else 0.0 for part in (one.real, one.imag)]
             for one in (moves, turns)]  # fmt: skip
    usual = np.array(sizes[0])
    change = np.array(sizes[1]) if np.isfinite(turns).any() else usual
    return np.asarray(np.maximum(change, STRAIGHT * usual) * (leads[:, None] ** GROWTH))


def _half_way(widths: Widths) -> np.ndarray:
    """Misses (m,) in the directions of the plane at the last lead that half of the trials reach."""
    count = np.isfinite(widths.unit).sum(axis=0)
    lead = int(np.flatnonzero(count >= 0.5 * count.max())[-1])
    return np.asarray(widths.unit[:, lead] * widths.turn[:, lead])


def _in_groups(
    tracks: Tracks, asked: Moments, leads: np.ndarray, name: str | None, refine: Refine | None
) -> Iterator[tuple[np.ndarray, Heard]]:
    """(which of the asked, what is said of them at the knots) of objects with two known positions or more, and of those with one."""
    knots = knots_of(int(leads.max()))
    young = tracks.age[asked.row, asked.who] < 2
    for group, known, shortest in ((~young, tracks, 2), (young, tracks.newborn(), 1)):
        if group.any():
            part = Moments(asked.row[group], asked.who[group])
            heard = hear(known, part, knots, shortest, () if name is None else (name,))
            yield group, heard if name is not None else settled(heard, heard if refine is None else refine(heard))


def knots_of(most: int) -> np.ndarray:
    """Leads at which rules are asked, int (h,)."""
    near = np.arange(1, min(most, EVERY) + 1)
    return near if most <= EVERY else np.unique(np.concatenate([near, np.geomspace(EVERY, most, KNOTS - EVERY).round().astype(int)]))


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
