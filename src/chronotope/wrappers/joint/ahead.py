"""Ahead: the normal scores of a forecast's cells, which belong together as plain forecasts' past misses did.

past --anomalies--> misses at past origins --standardised--> templates, or leads and places apart --> scores
"""

from __future__ import annotations

import numpy as np

from chronotope.questions import Question
from chronotope.wrappers.joint.anomalies import Anomalies, anomalies
from chronotope.wrappers.joint.dependence import (
    Alone,
    Apart,
    Dependence,
    Mixed,
    Templates,
    normed,
    root_over_leads,
    standardised,
)
from chronotope.wrappers.joint.order import order_of

LONGEST, NUMBERS = 8192, 16_000_000  # rows of the past that are looked at, and numbers in one array of them
MOST, ENOUGH = 256, 24  # templates that are taken, and with which whole misses are trusted
OWN = 16.0  # templates' worth of each cell's own chance, as few templates make alike what is not


def scores_ahead(question: Question, number: int, rng: np.random.Generator, totals: np.ndarray, way: str | None = None) -> np.ndarray:
    """Normal scores float32 (m, h, n, v) of a forecast; nothing at or after its first asked row is looked at.

    Args:
        question: directions unwound.
        number: m.
        rng: source of chance.
        totals: bool (v,), running totals, whose misses add up.
        way: "templates" or "apart"; by default templates where there are enough of them.
    """
    asked, first = np.asarray(question.asked.any(axis=0)), question.first
    index, leads = order_of(question, asked), question.rows - first + 1
    rows = slice(max(0, first - int(np.clip(NUMBERS // max(len(index), 1), 64, LONGEST))), first)
    seen, v = question.seen[rows].reshape(first - rows.start, -1)[:, index], asked.shape[1]
    x = np.where(seen, question.frame.values[rows].reshape(len(seen), -1)[:, index].astype(np.float64), np.nan)
    added = totals[index % v]
    if added.any():
        x[1:, added] = np.diff(x[:, added], axis=0)
        x[:1, added] = np.nan
    past = anomalies(question.frame.slice_time(rows.start, first), x, leads)
    kind = np.unique(index % v, return_inverse=True)[1]
    names = np.array([question.frame.variables[k] for k in np.unique(index % v)])
    made = learnt(past, leads, np.argsort(np.argsort(names))[kind], added, way).scores(number, rng)
    out = np.zeros((number, len(leads), asked.size), np.float32)
    out[:, :, index] = made
    return out.reshape(number, len(leads), *asked.shape)


def learnt(past: Anomalies, leads: np.ndarray, kind: np.ndarray, added: np.ndarray, way: str | None = None) -> Dependence:
    """The dependence of the cells at `leads` (h,) of the series of a past.

    Args:
        past: anomalies (t, s).
        leads: asked steps after the last row.
        kind: int (s,), the variable of each series, rising.
        added: bool (s,), series whose misses add up over leads.
        way: see `scores_ahead`.
    """
    steps = np.arange(1, int(leads[-1]) + 1) if added.any() else leads
    shape, room = (len(steps), len(kind)), len(past.values) - int(leads[-1])
    most = int(min(MOST, NUMBERS // max(int(np.prod(shape)), 1), room))
    kinds = range(int(kind.max()) + 1)
    if room < 4:
        return Alone(tuple(_fading(leads) for _ in kinds), kind)
    origins = np.unique(np.linspace(0, room - 1, max(most, min(ENOUGH, room))).astype(int))
    if most >= ENOUGH and way != "apart" or way == "templates":
        misses = _added_up(past.misses(origins, steps), added)[:, leads - steps[0]] if added.any() else past.misses(origins, leads)
        templates = standardised(misses)
        shared: Dependence = Templates(normed(templates))
        roots = tuple(root_over_leads(templates[:, :, kind == k]) for k in kinds)
        known = (templates != 0).any(axis=0)
    else:
        shared, roots, known = _apart(past, leads, kind)
    own = OWN / (OWN + len(origins))
    return Mixed(shared, Alone(roots, kind), np.where(known, own, 1.0))


def _apart(past: Anomalies, leads: np.ndarray, kind: np.ndarray) -> tuple[Dependence, tuple[np.ndarray, ...], np.ndarray]:
    """Maps of misses at three leads, and how some series' misses belong together over all of them."""
    room = len(past.values) - int(leads[-1])
    few = np.unique(leads[[0, len(leads) // 2, -1]])
    count = int(np.clip(NUMBERS // max(len(few) * len(kind), 1), min(room, ENOUGH), min(room, MOST)))
    misses = past.misses(np.unique(np.linspace(0, room - 1, count).astype(int)), few)
    maps = normed(standardised(misses).reshape(-1, len(kind)))
    roots = []
    for k in range(int(kind.max()) + 1):
        mine = np.flatnonzero(kind == k)
        some = mine[np.unique(np.linspace(0, len(mine) - 1, min(len(mine), max(1, NUMBERS // (16 * 64 * len(leads))))).astype(int))]
        part = Anomalies(past.values[:, some], past.carried[:, some])
        roots.append(root_over_leads(standardised(part.misses(np.unique(np.linspace(0, room - 1, 64).astype(int)), leads))))
    mean = np.mean([root @ root.T for root in roots], axis=0)
    value, vector = np.linalg.eigh(mean)
    root = vector * np.sqrt(np.maximum(value, 0.0))
    return Apart(maps, root), tuple(roots), np.broadcast_to((maps != 0).any(axis=0), (len(leads), len(kind)))


def _added_up(misses: np.ndarray, added: np.ndarray) -> np.ndarray:
    """Misses (k, h, s) of every step as those of what they add up to, where they do."""
    misses[..., added] = np.cumsum(np.nan_to_num(misses[..., added]), axis=1)
    return misses


def _fading(leads: np.ndarray) -> np.ndarray:
    """A root (h, h) for a past too short to say anything: half forgotten after as many steps as are asked."""
    apart = np.abs(leads[:, None] - leads) / max(int(leads[-1]), 1)
    value, vector = np.linalg.eigh(0.5**apart)
    return vector * np.sqrt(np.maximum(value, 0.0))
