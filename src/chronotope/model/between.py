"""Between: places that were never seen are answered by the evidence of those that were, and by the network too where these are few.

question --never seen, others are--> evidence.between --few known places--> mixed with the network; all other cells: the network
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from chronotope.evidence.between.answer import FEWEST, between
from chronotope.inspect.circle import around_truth, directions_of, way_of
from chronotope.inspect.support import TURN, is_direction, zero_bounds
from chronotope.questions import Question

Answer = Callable[[Question], np.ndarray]

ROWS, BESIDE = 2048, 256  # rows that are answered at once, and that are read to each side of them
FEW, SHARE = 24, 0.4  # known places below which the network has a say, and how much
TOGETHER = 64  # new places that the network is asked about at once, so that they do not crowd the known ones out of its balls


def with_places(question: Question, answer: Answer) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 of a question of which some cells are told by the places around, and all others by `answer`."""
    if not question.both_sides:  # a forecast: nobody is seen at its time
        return answer(question)
    told, few = by_evidence(question)
    asked = question.asked[question.rows]
    silent = asked & ~np.isfinite(told[0])
    heard = silent | (asked & few)
    if not heard.any():
        return told
    said, middle = _in_groups(question, heard, answer), len(question.levels) // 2
    said = around_truth(said, np.where(silent, said[middle], told[middle]), middle, _turning(question))
    mixed = np.where(silent, said, (1 - SHARE) * told + SHARE * said)
    return np.where(heard, mixed, told).astype(np.float32)


def _turning(question: Question) -> np.ndarray:
    """Which variables (v,) are directions; they may have been unwound."""
    return directions_of(np.mod(question.visible(), TURN), question.frame.called, question.frame.units)


def by_evidence(question: Question) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, h, n, v) at places of which a variable is never seen, in steps in which others are, NaN for all other cells.

    Returns:
        The quantiles, and where they come from so few places that the network should have a say, bool (n, v).
    """
    frame, seen = question.frame, question.seen
    out = np.full((len(question.levels), len(question.rows), *seen.shape[1:]), np.nan, np.float32)
    few = np.zeros(seen.shape[1:], bool)
    if frame.xy is None or not question.both_sides or frame.blocks is not None:
        return out, few
    blank = np.asarray(question.asked.any(axis=0) & ~seen.any(axis=0))
    for v in map(int, np.flatnonzero(blank.any(axis=0))):
        new = np.flatnonzero(blank[:, v])
        for rows, read in _windows(question.rows, len(seen)):
            known = np.flatnonzero(seen[read, :, v].any(axis=0))
            if len(known) < FEWEST:
                continue
            found = _told(question, v, read, known, new)[:, question.rows[rows] - read.start]
            there = question.asked[question.rows[rows]][:, new, v] & seen[question.rows[rows]][:, known, v].any(axis=1)[:, None]
            out[:, rows, new, v] = np.where(there, found, np.nan)
            few[new, v] = len(known) < FEW and frame.about is None  # the network does not read what is known of places
    return out, few


def _told(question: Question, v: int, read: slice, known: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Quantiles (q, t, m) of one variable at new places in the rows that are read; NaN where known places tell nothing apart."""
    frame, xy = question.frame, question.frame.xy
    assert xy is not None
    values = np.where(question.seen[read][:, known, v], frame.values[read][:, known, v], np.nan).astype(float)
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if low == high or not np.ptp(xy[known], axis=0).any():
        return np.full((len(question.levels), len(values), len(new)), np.nan)
    name, unit = frame.called[v], frame.units[v] if frame.units else ""
    turns = is_direction(name, unit, *_range(values))
    way = _common_way(values) if turns else np.zeros((len(values), 1))
    values = np.mod(values - way + TURN / 2, TURN) - TURN / 2 if turns else values
    about = None if frame.about is None else (frame.about[known], frame.about[new])
    together = values.reshape(1, -1)
    from_zero = not turns and bool(zero_bounds(together, np.isfinite(together), (name,), (unit,))[0])
    return between(values, xy[known], xy[new], question.levels, about, _edges(question, known, new), from_zero) + way


def _edges(question: Question, known: np.ndarray, new: np.ndarray) -> csr_array | None:
    """Strengths (n + m, n) of edges to known places, of these and of the new ones; None where no new place has one."""
    edges = question.frame.edges
    if edges is None:
        return None
    count = question.seen.shape[1]
    both = np.concatenate([edges.source, edges.target]), np.concatenate([edges.target, edges.source])
    strength = csr_array((np.tile(edges.weight, 2).astype(float), both), (count, count))
    strength.setdiag(0)
    found = strength[np.concatenate([known, new])][:, known]
    return found if found[len(known) :].nnz else None


def _range(values: np.ndarray) -> tuple[float, float]:
    turned = np.mod(values, TURN)
    return float(np.nanmin(turned)), float(np.nanmax(turned))


def _common_way(values: np.ndarray) -> np.ndarray:
    """The mean direction (t, 1) of all places in each step, in degrees."""
    return way_of(values.T)[:, None]


def _windows(rows: np.ndarray, steps: int) -> Iterator[tuple[slice, slice]]:
    """(positions in the asked rows, rows that are read) until all asked rows are answered."""
    start = 0
    while start < len(rows):
        stop = int(np.searchsorted(rows, rows[start] + ROWS))
        yield slice(start, stop), slice(max(0, int(rows[start]) - BESIDE), min(steps, int(rows[stop - 1]) + 1 + BESIDE))
        start = stop


def _in_groups(question: Question, heard: np.ndarray, answer: Answer) -> np.ndarray:
    """What `answer` says of the cells heard (h, n, v), new places being asked in groups; NaN elsewhere."""
    out = np.full((len(question.levels), *heard.shape), np.nan, np.float32)
    asked = np.zeros_like(question.asked)
    asked[question.rows] = heard
    new = np.asarray(~question.seen.any(axis=(0, 2)))
    wanted = np.flatnonzero(new & heard.any(axis=(0, 2)))
    groups = [wanted[i : i + TOGETHER] for i in range(0, len(wanted), TOGETHER)] or [wanted]
    for number, group in enumerate(groups):
        mine = np.isin(np.arange(len(new)), group) | (~new & (number == 0))
        index = np.flatnonzero(mine | ~new)
        part = replace(question, asked=asked & mine[:, None]).of_places(index)
        rows = np.searchsorted(question.rows, part.rows)
        found = answer(part)
        there = part.asked[part.rows]
        out[:, rows[:, None], index] = np.where(there, found, out[:, rows[:, None], index])
    return out
