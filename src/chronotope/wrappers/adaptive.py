"""Adaptive conformal inference: levels that follow a drift, one step behind the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.pace import paced
from chronotope.questions import Predictor, Question
from chronotope.questions.kinds import kind_of
from chronotope.questions.kinds.forecast import ahead
from chronotope.wrappers.misses import GRID, moved, scored
from chronotope.wrappers.pools import Pool
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

GAMMA = 0.05  # how fast a level moves; larger follows sooner and shakes more
WINDOW = 48  # origins whose scores make the distribution
_FEW = 8
_BEYOND = 0.2  # how far outside 0 to 1 a working level may go


def adaptive_offsets(scores: np.ndarray, level: float, delay: int = 1, gamma: float = GAMMA, window: int = WINDOW) -> np.ndarray:
    """What to add to a quantile, in units of the scores, at every origin and after the last one.

    At each origin the offset is the quantile of the last `window` known scores at a working level, which rises after truths above
    the moved quantile and falls after those below, so that in the long run a share `level` lies below whatever the data do. It may
    rise beyond all scores that were seen.

    Args:
        scores: (o, m), one row per origin in order, m places; truth less quantile over the width, NaN where unknown.
        level: the asked level.
        delay: origins until a row's truth is known: 1 for the next step, the lead in steps between origins otherwise.
        gamma: how far the working level moves.
        window: rows.

    Returns:
        (o + 1,), NaN as long as fewer than eight scores are known. Offset i is made of rows up to i - delay and nothing later.

    Source: Gibbs and Candes (2021), arXiv:2106.00170.
    """
    count = len(scores)
    out, working = np.full(count + 1, np.nan), level
    for i in range(count + 1):
        known = i - delay  # the last row whose truth is there
        if known >= 0 and np.isfinite(out[known]) and np.isfinite(scores[known]).any():
            row = scores[known][np.isfinite(scores[known])]
            working = float(np.clip(working + gamma * (level - np.mean(row <= out[known])), -_BEYOND, 1 + _BEYOND))
        past = scores[max(known + 1 - window, 0) : max(known + 1, 0)]
        origins = int(np.isfinite(past).any(axis=1).sum())
        past = past[np.isfinite(past)]
        if len(past) >= _FEW:
            out[i] = _outwards(past, 0.5 + (working - 0.5) * (1 + 2 / origins))
    return out


def _outwards(past: np.ndarray, level: float) -> float:
    """Quantile of scores; beyond all of them where the level lies outside 0 to 1, by ten times their middle half for a whole level.

    The level has been drawn outwards as few samples ask for. Few means few origins: the places of one origin err together.
    """
    at, low, high = np.quantile(past, [np.clip(level, 0.0, 1.0), 0.25, 0.75], method="hazen")
    return float(at + 10 * (high - low) * (level - np.clip(level, 0.0, 1.0)))


@dataclass(frozen=True)
class Adaptive(AbstractWrapper):
    """A predictor that tries its base on the last `recent` origins of what it is shown and moves the quantiles accordingly.

    One answer costs `recent` more answers of the base.
    """

    base: Predictor
    recent: int = 64
    pool: Pool = Pool()

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the model and of the method."""
        return f"{self.base.name}+adaptive"

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`; gaps are answered as the model answers them."""
        panel, own = question.frame, ask(self.base, question)
        if kind_of(question) != "forecast":
            return own
        rows = question.rows
        scores = self._scores(question)
        offset = np.full((len(GRID), len(rows), *panel.values.shape[1:]), np.nan)
        groups = self._groups(panel.values.shape[1])
        for k, h, v in np.ndindex(len(GRID), len(rows), panel.values.shape[2]) if len(scores) else ():
            for mine in groups:
                offset[k, h, mine, v] = adaptive_offsets(scores[:, k, h, mine, v], GRID[k], int(rows[h] - rows[0]) + 1)[-1]
        return moved(question, ask(self.base, question.wanting(GRID)), own, offset, "cqr")

    def fit(self, panel: Panel, horizon: int) -> Adaptive:
        """See `AbstractWrapper`."""
        return replace(self, base=fitted(self.base, panel, horizon))

    def _groups(self, places: int) -> list[np.ndarray]:
        """Which places (n,) share a working level: those of a region, else all (nearness has no levels of its own)."""
        group = self.pool.group
        if group is None or len(group) != places:
            return [np.ones(places, bool)]
        return [group == one for one in np.unique(group)]

    def _scores(self, question: Question) -> np.ndarray:
        """Scores (o, l, h, n, v) of the last origins, for the asked leads; NaN where the truth lies after the origin or is hidden."""
        panel, rows = question.frame, question.rows
        origin, leads = int(rows[0]) - 1, rows - rows[0] + 1
        past = replace(panel.slice_time(0, origin + 1), values=question.visible()[: origin + 1])
        wanted, steps, made = np.asarray(question.asked.any(axis=0)), int(leads[-1]), []
        for row in paced(range(max(origin - self.recent, 1), origin)):
            asked = ahead(past, row, steps, target=wanted)
            made.append(scored(self.base, asked, past.after(row, steps), "cqr")[:, leads - 1])
        return np.stack(made) if made else np.empty((0,))
