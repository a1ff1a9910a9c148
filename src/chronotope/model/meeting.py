"""Meeting: whole frames missing inside a moving field go by what both sides carry to them, as far as that did better in trials.

question --empty frames--> evidence.flow.meeting --planted holes of the same length--> shares --> mixed quantiles
                                   what is answered without motion there, in a few blocks of cells --^

Where that is not surely better, the answer without motion stays as it is, to the last bit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.evidence.flow.learnt import INNER
from chronotope.evidence.flow.meeting import LONGEST, Hole, Met, holes
from chronotope.evidence.flow.rule import LEVELS
from chronotope.evidence.flow.shares import Ledger, kind_of_cell
from chronotope.model.earlier import Predict, lively_blocks
from chronotope.model.lattice import Lattice
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels

TRIED = 3  # planted holes at which the other answer is tried


def with_meeting(question: Question, predict: Predict) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule that reads no motion, or, of frames that are missing as a whole, by motion where that was better."""
    lattice = _lattice(question)
    found = {} if lattice is None else _told(question, lattice, predict)
    if lattice is None or not found:
        return predict(question)
    shape = (len(question.levels), *question.asked.shape)
    carried, share = np.full(shape, np.nan, np.float32), np.zeros(question.asked.shape, np.float32)
    for (v, _), (met, some, chosen) in found.items():
        for hole in some:
            for step, row in enumerate(hole.rows, 1):
                quantiles, part = _carried(question, met, chosen, hole, step)
                carried[:, row, lattice.order, v], share[row, lattice.order, v] = quantiles, part
    share = np.where(question.asked, share, 1.0)
    needed = question.asked & (share < 1)
    other = np.full(shape, np.nan, np.float32)
    if needed.any():
        rest = replace(question, asked=needed)
        other[:, rest.rows] = predict(rest)
    mixed = np.where(share > 0, share * carried, 0.0) + np.where(share < 1, (1 - share) * other, 0.0)
    return np.where(question.asked, np.where(share > 0, mixed, other), np.nan)[:, question.rows].astype(np.float32)


def _lattice(question: Question) -> Lattice | None:
    """The grid of a question about gaps, where frames are missing as a whole."""
    if not question.both_sides or question.frame.blocks is not None or not question.frame.regular:
        return None
    empty = question.asked.any(axis=1) & ~question.seen.any(axis=1)
    return Lattice.of(question) if empty.any() else None


def _told(question: Question, lattice: Lattice, predict: Predict) -> dict[tuple[int, int], tuple[Met, list[Hole], np.ndarray]]:
    """By variable and length of holes: what motion says, the holes, and its shares (l, c); only where it did better."""
    out = {}
    for v in np.flatnonzero(question.asked.any(axis=(0, 1))):
        frames = lattice.images(np.where(question.seen[..., v], question.frame.values[..., v], np.nan).astype(float))
        found = [
            one for one in holes(np.isfinite(frames).any(axis=(1, 2))) if one.length <= LONGEST and question.asked[one.first, :, v].any()
        ]
        for length in sorted({one.length for one in found}):
            some = [one for one in found if one.length == length]
            blocks = lively_blocks([frames[: some[0].first]], question.frame.values.shape[2])
            met = Met.of(frames, some, np.concatenate(blocks))
            if met is None or not met.learnt.moves:
                continue
            chosen = _shares(question, lattice, predict, met, blocks, int(v))
            if chosen.any():
                out[int(v), length] = met, some, chosen
    return out


def _shares(question: Question, lattice: Lattice, predict: Predict, met: Met, blocks: list[np.ndarray], variable: int) -> np.ndarray:
    """The share (l, c) of what is carried, from what it and the other would have said in the blocks in planted holes."""
    learnt, cells = met.learnt, np.unique(np.concatenate(blocks))
    tried = [met.places[i] for i in np.unique(np.linspace(0, len(met.places) - 1, TRIED).astype(int))]
    ledger = Ledger(len(learnt.leads), QUANTILE_LEVELS)
    carried = [learnt.left_out(k) for k in range(len(learnt.leads))]
    for hole in tried:
        other = _without_motion(question, lattice.order[cells], hole, variable, predict)
        for block in blocks:
            ledger.open()
            at, of = np.searchsorted(met.cells, block), np.searchsorted(cells, block)
            for k, step in enumerate(learnt.leads):
                i = met.places.index(hole)
                one = learnt.tried[k][i]
                ledger.add(
                    k, carried[k][i][INNER][:, at], other[:, step - 1, of], one.truth[at], kind_of_cell(one.speed[at], one.known[at])
                )
    return ledger.chosen()


def _without_motion(question: Question, places: np.ndarray, hole: Hole, variable: int, predict: Predict) -> np.ndarray:
    """The other's quantiles (q, k, m) of some places in a planted hole, in which nothing of the asked variables is seen."""
    part = question.of_places(places)
    seen, asked = part.seen.copy(), np.zeros_like(part.asked)
    asked[hole.rows, :, variable] = seen[hole.rows, :, variable]
    missing = question.asked.any(axis=(0, 1))
    seen[np.ix_(hole.rows, np.arange(len(places)), np.flatnonzero(missing))] = False
    tried = replace(part, seen=seen, asked=asked).wanting(QUANTILE_LEVELS)
    out = np.full((len(QUANTILE_LEVELS), *asked.shape), np.nan)
    if len(tried.rows):
        out[:, tried.rows] = predict(tried)
    return out[:, hole.rows][..., variable]


def _carried(question: Question, met: Met, chosen: np.ndarray, hole: Hole, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, n) of what is carried to the cells row by row, and their shares (n,)."""
    found, known, speed = met.quantiles(hole, step)
    share = chosen[met.learnt.nearest(step)][kind_of_cell(speed, known)]
    told = at_levels(found, LEVELS, question.levels).reshape(len(question.levels), -1)
    return told, np.where(np.isfinite(found[0]), share, 0.0).ravel()
