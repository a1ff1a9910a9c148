"""Moving: fields that move over a grid are carried on along their motion, as far as that did better in trials than the network.

question --frames of each variable--> outlook --what carrying would have said at earlier origins--> shares --> mixed quantiles
                                         the network's answers there, in a few blocks of cells --^

Where nothing moves, where the past is too short or the places are no grid, the network's answer stays as it is, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation, uniform_filter

from chronotope.evidence.flow.grid import grid_order
from chronotope.evidence.flow.learnt import INNER
from chronotope.evidence.flow.outlook import Outlook
from chronotope.evidence.flow.rule import LEVELS
from chronotope.evidence.flow.shares import Ledger, kind_of_cell
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels
from chronotope.tokens.tokenizer import TILE

LEAST_SIDE, LEAST_ROWS = 8, 8  # cells of a grid, and steps of a past, in which motion can be tried
RANKS, ORIGINS, RECENT = (0.95, 0.6), 3, 8  # blocks by how much happened in the last steps, and origins, at which the network is tried
RIM = 2  # cells around those that are asked of the network, that it may see

Predict = Callable[[Question], np.ndarray]


@dataclass(frozen=True)
class Lattice:
    """Places of a grid, row by row (n,), and its shape."""

    order: np.ndarray
    shape: tuple[int, ...]

    def images(self, values: np.ndarray) -> np.ndarray:
        """Values (..., n) of places as (..., y, x)."""
        return values[..., self.order].reshape(*values.shape[:-1], *self.shape)

    def places(self, cells: np.ndarray) -> np.ndarray:
        """bool (y, x) of cells as the places that they are, in rising order."""
        return np.sort(self.order[cells.ravel()])


def with_motion(question: Question, predict: Predict) -> np.ndarray:
    """Quantiles (q, h, n, v) by a rule that knows numbers only, or by the motion of the field where that was better."""
    lattice = _lattice(question)
    found = {} if lattice is None else _outlooks(question, lattice, predict)
    if lattice is None or not found:
        return predict(question)
    asked = question.asked[question.rows]
    carried = np.full((len(question.levels), *asked.shape), np.nan, np.float32)
    share = np.zeros(asked.shape, np.float32)
    for v, (outlook, chosen) in found.items():
        carried[..., v][..., lattice.order], share[..., v][..., lattice.order] = _carried(question, outlook, chosen)
    share[~asked] = 1.0
    other = _rest(question, share < 1, lattice, predict)
    mixed = np.where(share > 0, share * carried, 0.0) + np.where(share < 1, (1 - share) * other, 0.0)
    return np.where(asked, np.where(share > 0, mixed, other), np.nan).astype(np.float32)


def _lattice(question: Question) -> Lattice | None:
    """The grid of a forecast that motion may have something to say about."""
    if question.both_sides or not len(question.rows) or question.first < LEAST_ROWS or not question.frame.regular:
        return None
    order, shape = grid_order(question.frame)
    return Lattice(order, shape) if shape and min(shape) >= LEAST_SIDE else None


def _outlooks(question: Question, lattice: Lattice, predict: Predict) -> dict[int, tuple[Outlook, np.ndarray]]:
    """Of every asked variable that moves, and whose motion did better than the network: what it says, and its shares (l, c)."""
    first, horizon = question.first, int(question.rows[-1]) - question.first + 1
    past = np.where(question.seen[:first], question.frame.values[:first], np.nan)
    asked = [int(v) for v in np.flatnonzero(question.asked.any(axis=(0, 1)))]
    frames = {v: lattice.images(past[..., v].astype(float)) for v in asked}
    blocks = _blocks(np.sum([_change(one) for one in frames.values()], axis=0), question.frame.values.shape[2])
    made = {v: Outlook.of(frames[v], horizon, np.concatenate(blocks)) for v in asked}
    moving = {v: one for v, one in made.items() if one is not None and one.learnt.moves}
    if not moving:
        return {}
    told = _earlier_answers(question, next(iter(moving.values())), blocks, lattice, predict)
    shares = {v: _shares(one, blocks, {origin: answer[..., v] for origin, answer in told.items()}) for v, one in moving.items()}
    return {v: (moving[v], share) for v, share in shares.items() if share.any()}


def _change(frames: np.ndarray) -> np.ndarray:
    """How much each cell (y, x) changed in the last steps, in the field's own deviation."""
    size = float(np.nanstd(frames[-1])) if np.isfinite(frames[-1]).any() else 0.0
    return np.asarray(np.nan_to_num(np.abs(np.diff(frames[-RECENT:], axis=0))).mean(axis=0) / (size or 1.0))


def _blocks(change: np.ndarray, variables: int) -> list[np.ndarray]:
    """Row-major indices of the cells of a few blocks, each as many as the network answers together: where much and where less happens."""
    shape = change.shape
    side = min(max(int(np.sqrt(TILE / variables)), 4), *shape)
    lively = uniform_filter(change, side, mode="constant")[side // 2 : shape[0] - (side - 1) // 2, side // 2 : shape[1] - (side - 1) // 2]
    ranked = np.argsort(lively.ravel(), kind="stable")
    out = []
    for rank in RANKS:
        y, x = np.divmod(ranked[int(rank * (len(ranked) - 1))], lively.shape[1])
        rows, columns = np.mgrid[y : y + side, x : x + side]
        out.append(np.ravel_multi_index((rows.ravel(), columns.ravel()), shape))
    return out


def _earlier_answers(
    question: Question, outlook: Outlook, blocks: list[np.ndarray], lattice: Lattice, predict: Predict
) -> dict[int, np.ndarray]:
    """The network's quantiles (q, h, m, v) of the blocks' cells, in rising order, from a few earlier origins."""
    rows, cells = [one.origin for one in outlook.learnt.tried[-1]], np.unique(np.concatenate(blocks))
    some = {rows[i] for i in np.linspace(0, len(rows) - 1, ORIGINS).astype(int)}
    horizon = int(outlook.learnt.leads[-1])
    return {origin: _earlier(question, lattice.order[cells], outlook.start + origin, horizon, predict) for origin in sorted(some)}


def _shares(outlook: Outlook, blocks: list[np.ndarray], told: dict[int, np.ndarray]) -> np.ndarray:
    """The share (l, c) of what is carried, from what it and the network would have said in the blocks at earlier origins."""
    learnt, cells = outlook.learnt, np.unique(np.concatenate(blocks))
    ledger = Ledger(len(learnt.leads), QUANTILE_LEVELS)
    carried = [learnt.left_out(k) for k in range(len(learnt.leads))]
    for origin, other in told.items():
        for block in blocks:
            ledger.open()
            at, of = np.searchsorted(outlook.cells, block), np.searchsorted(cells, block)
            for k, lead in enumerate(learnt.leads):
                i = next(i for i, one in enumerate(learnt.tried[k]) if one.origin == origin)
                one, quantiles = learnt.tried[k][i], carried[k][i][INNER]
                kind = kind_of_cell(one.speed[at], one.known[at])
                ledger.add(k, quantiles[:, at], other[:, lead - 1, of], one.truth[at], kind)
    return ledger.chosen()


def _earlier(question: Question, places: np.ndarray, origin: int, horizon: int, predict: Predict) -> np.ndarray:
    """Quantiles (q, h, m, v) of some places, asked at an earlier row as the question asks now."""
    part = question.of_places(places).of_rows(0, origin + 1 + horizon)
    ahead = question.seen[question.first :].any(axis=(0, 1))  # variables that are known ahead
    seen, asked = part.seen.copy(), np.zeros(part.seen.shape, bool)
    seen[origin + 1 :, :, ~ahead] = False
    wanted = np.asarray(question.asked.any(axis=(0, 1))) & ~ahead
    asked[origin + 1 :] = wanted & part.seen[: origin + 1].any(axis=0)
    out = np.full((len(QUANTILE_LEVELS), horizon, len(places), len(wanted)), np.nan)
    earlier = replace(part, seen=seen, asked=asked).wanting(QUANTILE_LEVELS)
    out[:, earlier.rows - origin - 1] = predict(earlier)
    return out


def _carried(question: Question, outlook: Outlook, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (q, h, n) of what is carried to the cells row by row, and their shares (h, n)."""
    values, shares = [], []
    for row in question.rows:
        lead = int(row) - question.first + 1
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
