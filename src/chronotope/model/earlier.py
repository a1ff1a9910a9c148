"""Earlier: what the network would have said at earlier origins of a grid, in a few blocks of cells, so that others can be weighed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.ndimage import uniform_filter

from chronotope.evidence.flow.outlook import Outlook
from chronotope.model.lattice import Lattice
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tokens.tokenizer import TILE

RANKS, ORIGINS, RECENT = (0.95, 0.6), 3, 8  # blocks by how much happened in the last steps, and origins, at which the network is tried

Predict = Callable[[Question], np.ndarray]


@dataclass(frozen=True)
class Earlier:
    """Trials of the network, which are made when somebody first asks for them.

    Attributes:
        question, lattice: what is asked, and the grid that its places are.
        blocks: row-major indices of the cells of each block.
        outlooks: what the motion of each variable says; they were tried at the same origins, and at these cells too.
        predict: the network.
    """

    question: Question
    lattice: Lattice
    blocks: list[np.ndarray]
    outlooks: dict[int, Outlook]
    predict: Predict

    @property
    def leads(self) -> np.ndarray:
        """The leads (l,) that are tried."""
        return next(iter(self.outlooks.values())).learnt.leads

    @property
    def origins(self) -> list[int]:
        """Rows of the frame, at most `ORIGINS`, from which all leads are tried."""
        one = next(iter(self.outlooks.values()))
        rows = [one.start + tried.origin for tried in one.learnt.tried[-1]]
        return sorted({rows[i] for i in np.linspace(0, len(rows) - 1, ORIGINS).astype(int)})

    @cached_property
    def cells(self) -> np.ndarray:
        """Those of all blocks (m,), rising."""
        return np.unique(np.concatenate(self.blocks))

    @cached_property
    def answers(self) -> dict[int, np.ndarray]:
        """The network's quantiles (q, h, m, v) of the cells at each origin."""
        places = self.lattice.order[self.cells]
        return {origin: _asked(self.question, places, origin, int(self.leads[-1]), self.predict) for origin in self.origins}


def lively_blocks(frames: list[np.ndarray], variables: int) -> list[np.ndarray]:
    """Row-major indices of the cells of a few blocks, each as many as the network answers together: where much and where less happens.

    Args:
        frames: (t, y, x) of each variable that is asked, NaN where not seen.
        variables: of the frame.
    """
    change = np.sum([_change(one) for one in frames], axis=0)
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


def _asked(question: Question, places: np.ndarray, origin: int, horizon: int, predict: Predict) -> np.ndarray:
    """Quantiles (q, h, m, v) of some places, asked at an earlier row as the question asks now."""
    earlier = as_of(question, places, origin, horizon)
    out = np.full((len(QUANTILE_LEVELS), horizon, *earlier.asked.shape[1:]), np.nan)
    out[:, earlier.rows - origin - 1] = predict(earlier)
    return out


def as_of(question: Question, places: np.ndarray, origin: int, horizon: int) -> Question:
    """The same question about some places, as of an earlier row."""
    part = question.of_places(places).of_rows(0, origin + 1 + horizon)
    ahead = question.seen[question.first :].any(axis=(0, 1))  # variables that are known ahead
    seen, asked = part.seen.copy(), np.zeros(part.seen.shape, bool)
    seen[origin + 1 :, :, ~ahead] = False
    wanted = np.asarray(question.asked.any(axis=(0, 1))) & ~ahead
    asked[origin + 1 :] = wanted & part.seen[: origin + 1].any(axis=0)
    return replace(part, seen=seen, asked=asked).wanting(QUANTILE_LEVELS)


def _change(frames: np.ndarray) -> np.ndarray:
    """How much each cell (y, x) changed in the last steps, in the field's own deviation."""
    size = float(np.nanstd(frames[-1])) if np.isfinite(frames[-1]).any() else 0.0
    return np.asarray(np.nan_to_num(np.abs(np.diff(frames[-RECENT:], axis=0))).mean(axis=0) / (size or 1.0))
