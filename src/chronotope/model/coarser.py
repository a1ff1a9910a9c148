"""Coarser: large grids are asked of the network as means of 2 x 2 cells, where trials on the context show that this loses next to nothing.

question --means of blocks--> network --what each cell last was beside its block--> quantiles of cells
          the same at earlier origins, beside the network's answers for cells --> whether, and how wide
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from chronotope.data.panel import Panel
from chronotope.evidence.distributions import pinball_loss
from chronotope.evidence.flow.rule import MIDDLE
from chronotope.model.earlier import Earlier, as_of
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels

LARGE = 8192  # series, from which blocks are tried
SIDE = 2  # cells of a block along each axis
LOST, SPARED = 0.005, 0.02  # of the loss, that asking blocks may cost, and of the truths that intervals held
RULED = (0.0, 0.5, 1.0)  # share of the rules of motion in how cells lie beside their blocks; the rest is how they last did
WIDTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)  # of what a cell does beside its block, in units of what it did lately
RECENT = 8  # rows from which that is read
PROMISED = 0.8  # of the truths, that lie between the outermost levels of the house
USUAL = float(np.sqrt(np.pi / 2))  # deviation of a normal with mean absolute deviation one


@dataclass(frozen=True)
class Grouping:
    """Which block each place lies in.

    Attributes:
        block: int (n,), of each place.
        corner: int (b,), the first place of each block, row by row.
        cells: int (b, 2), row and column of each block.
    """

    block: np.ndarray
    corner: np.ndarray
    cells: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, columns: np.ndarray) -> Grouping:
        """Of places at rows and columns (n,) of a grid."""
        order = np.lexsort((columns, rows))
        keys = np.stack([rows // SIDE, columns // SIDE], axis=1)[order]
        cells, first, block = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        return cls(block.ravel()[np.argsort(order)], order[first], cells)

    def means(self, values: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Means (t, b, v) of what is seen of values (t, n, v) in each block, NaN where nothing is."""
        order = np.argsort(self.block, kind="stable")
        first = np.searchsorted(self.block[order], np.arange(len(self.corner)))
        total = np.add.reduceat(np.where(seen, values, 0.0)[:, order].astype(float), first, axis=1)
        count = np.add.reduceat(seen[:, order].astype(float), first, axis=1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def any(self, mask: np.ndarray) -> np.ndarray:
        """Whether any cell of each block is set, bool (t, b, v) of bool (t, n, v)."""
        order = np.argsort(self.block, kind="stable")
        first = np.searchsorted(self.block[order], np.arange(len(self.corner)))
        return np.asarray(np.logical_or.reduceat(mask[:, order], first, axis=1))


def with_blocks(question: Question, earlier: Earlier) -> np.ndarray:
    """Quantiles (q, h, n, v) of a forecast by the network, of blocks where these will do.

    Args:
        question: about all places of the grid, or about others, which are asked as they are.
        earlier: the network, and its trials.
    """
    lattice, predict = earlier.lattice, earlier.predict
    whole = question.seen.shape[1] == len(lattice.order) and question.seen[0].size >= LARGE
    frame = question.frame
    if not whole or frame.edges is not None or frame.events is not None:
        return predict(question)
    best = _best(question, earlier)
    if best is None:
        return predict(question)
    share, width = best
    cell = np.argsort(lattice.order)
    grouping = Grouping.of(cell // lattice.shape[1], cell % lattice.shape[1])
    told = predict(coarser(question, grouping).wanting(QUANTILE_LEVELS))[:, :, grouping.block]
    beside = _beside(question, grouping)
    if share:
        beside = (1 - share) * beside + share * _apart(_ruled_ahead(question, earlier), grouping, beside)
    out = at_levels(_cells(told, beside, _restless(question, grouping), width), QUANTILE_LEVELS, question.levels)
    return np.where(question.asked[question.rows], out, np.nan).astype(np.float32)


def _ruled_ahead(question: Question, earlier: Earlier) -> np.ndarray:
    """What the rules of motion expect of all cells, (h, n, v); NaN where nothing."""
    out = np.full((len(question.rows), *question.seen.shape[1:]), np.nan)
    for v, outlook in earlier.outlooks.items():
        for k, row in enumerate(question.rows):
            found = outlook.quantiles(int(row) - question.first + 1 + outlook.late)[0]
            out[k, earlier.lattice.order, v] = found[MIDDLE].ravel()
    return out


def coarser(question: Question, grouping: Grouping) -> Question:
    """The same question about means of blocks."""
    frame, corner = question.frame, grouping.corner
    values = grouping.means(frame.values, question.seen).astype(frame.values.dtype)
    pick = lambda a: None if a is None else a[corner]  # noqa: E731
    panel = Panel(
        values, frame.times, frame.freq, frame.variables, pick(frame.xy), pick(frame.latlon), places=pick(frame.places),
        regular=frame.regular, units=frame.units, totals=frame.totals, cells=grouping.cells, about=pick(frame.about),
        standard_names=frame.standard_names,
    )  # fmt: skip
    seen = grouping.any(question.seen)
    return replace(question, frame=panel, seen=seen, asked=grouping.any(question.asked) & ~seen)


def _beside(question: Question, grouping: Grouping) -> np.ndarray:
    """What every cell last was beside its block, (h, n, v) the same for all steps that are asked; zero where it was not seen lately."""
    low = max(0, question.first - RECENT)
    apart = _past_apart(question, grouping, low)
    last = np.zeros(apart.shape[1:])
    for row in apart:
        last = np.where(np.isfinite(row), row, last)
    return np.broadcast_to(last, (len(question.rows), *last.shape))


def _restless(question: Question, grouping: Grouping) -> np.ndarray:
    """How much a cell changed lately beside its block over as many steps as are asked, (h, n, v)."""
    lead = question.rows - question.first + 1
    apart = _past_apart(question, grouping, max(0, question.first - RECENT - int(lead[-1])))
    out = np.zeros((len(lead), *apart.shape[1:]))
    for k, steps in enumerate(np.minimum(lead, len(apart) - 1)):
        change = np.abs(apart[steps:] - apart[: len(apart) - steps])[-RECENT:]
        count = np.isfinite(change).sum(axis=0)
        out[k] = np.where(count > 0, np.nansum(change, axis=0) / np.maximum(count, 1), 0.0)
    return out


def _past_apart(question: Question, grouping: Grouping, low: int) -> np.ndarray:
    """Values (t, n, v) beside those of their blocks from a row on to the last that may be read, NaN where not seen."""
    seen = question.seen[low : question.first]
    return _apart(np.where(seen, question.frame.values[low : question.first], np.nan), grouping, np.nan)


def _apart(values: np.ndarray, grouping: Grouping, other: np.ndarray | float) -> np.ndarray:
    """Values (t, n, v) beside the means of their blocks; `other` where there are none."""
    seen = np.isfinite(values)
    return np.where(seen, values - grouping.means(values, seen)[:, grouping.block], other)


def _cells(told: np.ndarray, beside: np.ndarray, restless: np.ndarray, width: float) -> np.ndarray:
    """Quantiles (q, h, n, v) of cells at the house's levels: those of their blocks, moved by `beside` and as much wider as cells are."""
    scores = ndtri(np.array(QUANTILE_LEVELS))[:, None, None, None]
    middle = told[QUANTILE_LEVELS.index(0.5)]
    own = width * USUAL * restless * scores
    return np.asarray(middle + beside + np.copysign(np.sqrt((told - middle) ** 2 + own**2), scores))


def _best(question: Question, earlier: Earlier) -> tuple[float, float] | None:
    """How far cells are set beside their blocks by the rules of motion instead of as they last were, and how wide they must be made.

    None where blocks would have lost too much. Of what lost little and held as much as cells' own answers did or as they promise - or
    next to it, if nothing did -, that is taken which lost least. Every earlier origin counts alike, however much happened there.
    """
    trials = _trials(question, earlier)
    if not trials:
        return None
    lost = np.mean([one.lost for one in trials], axis=0)
    held, plainly = np.mean([one.held for one in trials], axis=0), float(np.mean([one.plainly for one in trials]))
    for spared in (0.0, SPARED):
        good = (lost <= 1 + LOST) & (held >= min(plainly, PROMISED) - spared)
        if good.any():
            kind, k = np.unravel_index(int(np.where(good, lost, np.inf).argmin()), good.shape)
            return RULED[int(kind)], WIDTHS[int(k)]
    return None


@dataclass(frozen=True)
class Trial:
    """What blocks would have brought at an earlier origin.

    Attributes:
        lost: (r, w), the loss over that of cells' own answers, for each of `RULED` and of `WIDTHS`.
        held: (r, w), the share of the truths in the intervals; plainly: the same of cells' own answers.
    """

    lost: np.ndarray
    held: np.ndarray
    plainly: float


def _trials(question: Question, earlier: Earlier) -> list[Trial]:
    """At every earlier origin with anything to compare."""
    order, shape = earlier.lattice.order, earlier.lattice.shape
    level = np.array(QUANTILE_LEVELS)[:, None, None, None]
    cells = whole_blocks(earlier.cells, shape)
    grouping = Grouping.of(cells // shape[1], cells % shape[1])
    at, visible, out = np.searchsorted(cells, earlier.cells), question.visible(), []
    for origin, answer in earlier.answers.items():
        part = as_of(question, order[cells], origin, int(earlier.leads[-1]))
        lead = earlier.leads[np.isin(origin + earlier.leads, part.rows)]
        row = np.searchsorted(part.rows, origin + lead)
        truth, answer = visible[origin + lead][:, order[earlier.cells]], answer[:, lead - 1]
        good = np.isfinite(truth) & np.isfinite(answer[0])
        plain = _lost(answer, truth, level)[good].sum()
        if not plain > 0:
            continue
        told = earlier.predict(coarser(part, grouping))[:, row][:, :, grouping.block]
        last, restless = _beside(part, grouping)[row], _restless(part, grouping)[row]
        ruled = _apart(_ruled(earlier, origin, cells, lead, last.shape), grouping, last)
        lost, held = np.zeros((len(RULED), len(WIDTHS))), np.zeros((len(RULED), len(WIDTHS)))
        for kind, share in enumerate(RULED):
            beside = (1 - share) * last + share * ruled
            for k, width in enumerate(WIDTHS):
                found = _cells(told, beside, restless, width)[:, :, at]
                lost[kind, k] = np.nan_to_num(_lost(found, truth, level)[good], nan=np.inf).sum() / plain
                held[kind, k] = _holds(found, truth)[good].mean()
        out.append(Trial(lost, held, float(_holds(answer, truth)[good].mean())))
    return out


def _ruled(earlier: Earlier, origin: int, cells: np.ndarray, leads: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What the rules of motion, knowing other origins only, would have said of cells at an earlier one, (l, n, v); NaN where nothing."""
    out = np.full(shape, np.nan)
    for v, outlook in earlier.outlooks.items():
        learnt, at = outlook.learnt, np.searchsorted(outlook.cells, cells)
        for i, lead in enumerate(leads):
            for k in np.flatnonzero(learnt.leads == lead):
                number = [n for n, one in enumerate(learnt.tried[k]) if one.origin == origin - outlook.start]
                if number:
                    out[i, :, v] = learnt.left_out(int(k))[number[0]][MIDDLE, at]
    return out


def whole_blocks(cells: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """All cells of the blocks in which some (row-major indices) lie, rising."""
    every = np.arange(shape[0] * shape[1])
    key = every // shape[1] // SIDE * shape[1] + every % shape[1] // SIDE
    return np.flatnonzero(np.isin(key, key[cells]))


def _holds(told: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Whether the truth (h, m, v) lies between the outermost quantiles."""
    return np.asarray((truth >= told[0]) & (truth <= told[-1]))


def _lost(told: np.ndarray, truth: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Pinball loss (h, m, v)."""
    return np.asarray(pinball_loss(truth - told, level).mean(axis=0))
