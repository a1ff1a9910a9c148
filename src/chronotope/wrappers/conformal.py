"""Conformal calibration: intervals that mean what they say, from a model's own past errors and nothing later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chronotope.baselines.intervals import nan_quantiles
from chronotope.data.panel import Panel
from chronotope.errors import DataError
from chronotope.pace import paced, say
from chronotope.questions import Predictor, Question
from chronotope.questions.kinds import kind_of
from chronotope.questions.kinds.forecast import ahead
from chronotope.wrappers.misses import GRID, moved, scored
from chronotope.wrappers.pools import Pool
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

LEAST = 8  # origins that a budget leaves
_FEW = 20  # with fewer scores than this at a lead all leads are taken together, and with fewer still the model is left as it is


def conformal(
    base: Predictor,
    panel: Panel,
    steps: int,
    origins: Sequence[int],
    method: str = "cqr",
    context: int | None = None,
    pool: Pool = Pool(),
) -> Conformal:
    """The predictor with its quantiles moved so that they held the asked share of a panel's past.

    Args:
        base: the predictor.
        panel: whose past is tried.
        steps: of a forecast that are tried; longer leads take the correction of its last one.
        origins: rows to try it from.
        method: "cqr" moves each of the model's own quantiles, so that its widths still differ from cell to cell; "split" takes the
            model's median and the distribution of its past errors.
        context: steps read before each origin, all by default.
        pool: whose errors speak for a place.

    Raises:
        DataError: no asked step has a truth.
    """
    made = {}
    for row in paced(list(origins)[::-1], LEAST, "origins"):  # the latest first: it reads most, so that nothing takes longer than was told
        made[row] = scored(base, ahead(panel, row, steps, context=context), panel.after(row, steps), method)
    origins = sorted(made)
    scores = [made[row] for row in origins]
    if not np.isfinite(np.stack(scores)).any():
        raise DataError("At least one value must be observed after an origin to calibrate on; found none. Choose other origins.")
    stamps = np.stack([_valid(panel, row, steps) for row in origins])
    whole = Conformal(base, method, np.stack(scores, axis=1), stamps, panel.variables, pool)
    if not np.isfinite(_of_all(whole.scores)).any():
        say(f"fewer than {_FEW} past values to calibrate on: the intervals of {base.name} stay as they are. Give a longer past")
    return whole


@dataclass(frozen=True)
class Conformal(AbstractWrapper):
    """A predictor with its quantiles moved by quantiles of past scores.

    Attributes:
        base: the predictor.
        method: "cqr" or "split".
        scores: (l, o, h, n, v) of `scored`.
        stamps: datetime64 (o, h), when each score's truth came.
        variables: names (v,).
        pool: whose scores speak for a place; panels of other places are answered with those of all.
    """

    base: Predictor
    method: str
    scores: np.ndarray
    stamps: np.ndarray
    variables: tuple[str, ...]
    pool: Pool = Pool()
    _made: dict[Any, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the model and of the method."""
        return f"{self.base.name}+{self.method}"

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`; gaps are answered as the model answers them."""
        own = ask(self.base, question)
        if kind_of(question) != "forecast":
            return own
        panel, rows = question.frame, question.rows
        offset = self._offsets(panel.times[rows[0] - 1], panel.variables, panel.values.shape[1])
        lead = np.minimum(rows - rows[0], offset.shape[1] - 1)
        return moved(question, ask(self.base, question.wanting(GRID)), own, offset[:, lead], self.method)

    def fit(self, panel: Panel, horizon: int) -> Conformal:
        """See `AbstractWrapper`; the scores stay."""
        return replace(self, base=fitted(self.base, panel, horizon))

    def _offsets(self, now: np.datetime64, variables: tuple[str, ...], places: int) -> np.ndarray:
        """Quantiles of the scores known at `now`, (len(GRID), h, 1 or n, 1 or v); NaN where there are too few."""
        known = self.stamps <= now
        same = variables == self.variables
        pool = self.pool if places == self.scores.shape[3] else Pool()
        key = (int(known.sum()), same, pool is self.pool)
        if key not in self._made:
            usable = np.where(known[None, :, :, None, None], self.scores, np.nan)
            self._made[key] = offsets_of(usable if same else usable.reshape(*usable.shape[:3], -1, 1), pool if same else Pool())
        return self._made[key]


def offsets_of(scores: np.ndarray, pool: Pool = Pool()) -> np.ndarray:
    """Quantile at each level of `GRID` of scores (l, o, h, n, v) over origins and pools, (len(GRID), h, 1 or n, v); NaN with too few.

    Where a place's own pool has too few at a lead, all places speak.
    """
    every = _of_all(scores)[:, :, None]
    if pool.group is None and pool.near is None:
        return every
    own = np.full((len(GRID), *scores.shape[2:]), np.nan)
    for k, h, v in np.ndindex(len(GRID), scores.shape[2], scores.shape[4]):
        own[k, h, :, v] = pool.quantiles(scores[k if len(scores) > 1 else 0, :, h, :, v], GRID[k], _FEW)
    return np.where(np.isfinite(own), own, every)


def _of_all(scores: np.ndarray) -> np.ndarray:
    """Quantile at each level of `GRID` of scores (l, o, h, n, v) over origins and places, (len(GRID), h, v); NaN with too few."""
    pooled = np.moveaxis(scores, 2, 3).reshape(len(scores), -1, scores.shape[2], scores.shape[4])
    own = _quantiles(pooled)
    if np.isfinite(own).all():
        return own
    every = _quantiles(pooled.reshape(len(scores), -1, 1, scores.shape[4]))
    return np.where(np.isfinite(own), own, every)


def _quantiles(pooled: np.ndarray) -> np.ndarray:
    """Level k of `GRID` of scores (l, m, h, v): those of level k, or the only ones; NaN with fewer than twenty."""
    each = [nan_quantiles(pooled[k if len(pooled) > 1 else 0], (level,))[0] for k, level in enumerate(GRID)]
    return np.where(np.isfinite(pooled).sum(axis=1).min(axis=0) >= _FEW, np.stack(each), np.nan)


def _valid(panel: Panel, row: int, steps: int) -> np.ndarray:
    """Stamps (h,) of the steps after a row; NaT beyond the end, where there is no truth either."""
    found = panel.times[row + 1 : row + 1 + steps]
    return np.concatenate([found, np.full(steps - len(found), np.datetime64("NaT"), found.dtype)])
