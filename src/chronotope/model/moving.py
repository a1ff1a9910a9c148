"""Moving: fields that move over a grid are carried on along their motion, as far as that did better in trials than the network.

question --frames of each variable--> outlook --what carrying would have said at earlier origins--> shares --> mixed quantiles
                                         the network's answers there, in a few blocks of cells --^

Where nothing moves, where the past is too short or the places are no grid, the network's answer stays as it is, to the last bit.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation

from chronotope.evidence.flow.learnt import INNER
from chronotope.evidence.flow.outlook import Outlook
from chronotope.evidence.flow.rule import LEVELS
from chronotope.evidence.flow.shares import Ledger, kind_of_cell
from chronotope.model.coarser import whole_blocks, with_blocks
from chronotope.model.earlier import Earlier, Predict, lively_blocks
from chronotope.model.lattice import Lattice
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels

LEAST_ROWS = 8  # steps of a past in which motion can be tried
RIM = 2  # cells around those that are asked of the network, that it may see

Told = tuple[Outlook, np.ndarray]


def with_motion(question: Question, predict: Predict) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule that knows numbers only, or by the motion of the field where that was better."""
    lattice = _lattice(question)
    if lattice is None:
        return predict(question)
    found, earlier = _outlooks(question, lattice, predict)
    network = lambda one: predict(one) if earlier is None else with_blocks(one, earlier)  # noqa: E731
    if not found:
        return network(question)
    asked = question.asked[question.rows]
    carried = np.full((len(question.levels), *asked.shape), np.nan, np.float32)
    share = np.zeros(asked.shape, np.float32)
    for v, (outlook, chosen) in found.items():
        carried[..., v][..., lattice.order], share[..., v][..., lattice.order] = _carried(question, outlook, chosen)
    share[~asked] = 1.0
    other = _rest(question, share < 1, lattice, network)
    mixed = np.where(share > 0, share * carried, 0.0) + np.where(share < 1, (1 - share) * other, 0.0)
    return np.where(asked, np.where(share > 0, mixed, other), np.nan).astype(np.float32)


def _lattice(question: Question) -> Lattice | None:
    """The grid of a forecast that motion may have something to say about."""
    if question.both_sides or not len(question.rows) or question.first < LEAST_ROWS or not question.frame.regular:
        return None
    return Lattice.of(question)


def _outlooks(question: Question, lattice: Lattice, predict: Predict) -> tuple[dict[int, Told], Earlier | None]:
    """Of every asked variable that moves, and whose motion did better than the network: what it says, and its shares (l, c); and the
    network's trials, None where there is too little past for any."""
    first, horizon = question.first, int(question.rows[-1]) - question.first + 1
    past = np.where(question.seen[:first], question.frame.values[:first], np.nan)
    asked = [int(v) for v in np.flatnonzero(question.asked.any(axis=(0, 1)))]
    frames = {v: lattice.images(past[..., v].astype(float)) for v in asked}
    blocks = lively_blocks(list(frames.values()), question.frame.values.shape[2])
    cells = whole_blocks(np.concatenate(blocks), lattice.shape)
    made = {v: one for v in asked if (one := Outlook.of(frames[v], horizon, cells)) is not None}
    if not made:
        return {}, None
    earlier = Earlier(question, lattice, blocks, made, predict)
    moving = {v: one for v, one in made.items() if one.learnt.moves}
    shares = {v: _shares(one, earlier, v) for v, one in moving.items()}
    return {v: (moving[v], share) for v, share in shares.items() if share.any()}, earlier


def _shares(outlook: Outlook, earlier: Earlier, variable: int) -> np.ndarray:
    """The share (l, c) of what is carried, from what it and the network would have said in the blocks at earlier origins."""
    learnt = outlook.learnt
    ledger = Ledger(len(learnt.leads), QUANTILE_LEVELS)
    carried = [learnt.left_out(k) for k in range(len(learnt.leads))]
    for origin, answer in earlier.answers.items():
        for block in earlier.blocks:
            ledger.open()
            at, of = np.searchsorted(outlook.cells, block), np.searchsorted(earlier.cells, block)
            for k, lead in enumerate(learnt.leads):
                i = next((i for i, one in enumerate(learnt.tried[k]) if one.origin == origin - outlook.start), None)
                if i is None or lead > earlier.leads[-1]:  # another variable's last frames are missing, and its origins are others
                    continue
                one, quantiles = learnt.tried[k][i], carried[k][i][INNER]
                kind = kind_of_cell(one.speed[at], one.known[at])
                ledger.add(k, quantiles[:, at], answer[:, lead - 1, of, variable], one.truth[at], kind)
    return ledger.chosen()


def _carried(question: Question, outlook: Outlook, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, h, n) of what is carried to the cells row by row, and their shares (h, n)."""
    values, shares = [], []
    for row in question.rows:
        lead = int(row) - question.first + 1 + outlook.late
        found, known, speed = outlook.quantiles(lead)
        share = chosen[outlook.learnt.nearest(lead)][kind_of_cell(speed, known)]
        shares.append(np.where(np.isfinite(found[0]), share, 0.0).ravel())
        values.append(at_levels(found, LEVELS, question.levels).reshape(len(question.levels), -1))
    return np.stack(values, axis=1), np.stack(shares)


def _rest(question: Question, wanted: np.ndarray, lattice: Lattice, predict: Predict) -> np.ndarray:
    """The network's quantiles (q, h, n, v) where they are wanted, bool (h, n, v); NaN elsewhere."""
    out = np.full((len(question.levels), *wanted.shape), np.nan, np.float32)
    needed = lattice.images(np.asarray(wanted.any(axis=(0, 2))))
    if not needed.any():
        return out
    around = binary_dilation(needed, np.ones((3, 3), bool), RIM)
    if around.mean() > 0.5:
        return predict(question)
    places = lattice.places(np.flatnonzero(around))
    asked = np.zeros_like(question.asked)
    asked[question.rows] = wanted
    part = replace(question, asked=question.asked & asked).of_places(places)
    out[:, np.isin(question.rows, part.rows)] = _spread(predict(part), places, wanted.shape)
    return out


def _spread(found: np.ndarray, places: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    out = np.full((*found.shape[:2], *shape[1:]), np.nan, np.float32)
    out[:, :, places] = found
    return out
