"""Conformal calibration: intervals that mean what they say, from a model's own past errors and nothing later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chronotope.baselines.intervals import deviation, nan_quantiles
from chronotope.baselines.load import as_model
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DataError
from chronotope.evaluate.pools import Pool, pool_of
from chronotope.questions import QUANTILE_LEVELS, AbstractQuantilePredictor, Predictor, Question
from chronotope.tasks.forecast import Ask, question
from chronotope.tasks.times import origins_of, steps_of
from chronotope.tasks.verbs import Model, as_field

METHODS = ("cqr", "split", "adaptive")
GRID = (0.01, 0.025, 0.05, *QUANTILE_LEVELS, 0.95, 0.975, 0.99)
_LOW, _MEDIAN, _HIGH = (GRID.index(level) for level in (0.1, 0.5, 0.9))
_FEW = 20  # with fewer scores than this at a lead all leads are taken together, and with fewer still the model is left as it is


def calibrate(
    model: Any,
    field: Any,
    horizon: Any,
    *,
    method: str = "cqr",
    origins: Any = 64,
    context: Any = None,
    recent: int = 64,
    pool: str = "all",
    regions: Any = None,
) -> Model:
    """A model whose quantiles are moved so that they held the asked share of a field's past.

    Args:
        model: a Model, a name, or anything with `name` and `predict`.
        field: whose past is tried; what `chronotope.open` returns, or anything it opens.
        horizon: steps or a duration; longer leads take the correction of its last one.
        method: "cqr" moves each of the model's own quantiles, so that its widths still differ from cell to cell; "split" takes the
            model's median and the distribution of its past errors; "adaptive" tries the model on the `recent` origins before every
            answer and follows drifts (so many times as slow).
        origins: how many past origins to try, spread over the second half of the field, or the time stamps themselves.
        context: steps (or a duration) read before each of them, all by default.
        recent: origins that "adaptive" tries before every answer.
        pool: whose errors speak for a place: those of "all", of its "region" (a quarter around the median position, or `regions`), or
            of the places "near" it, the more the nearer.
        regions: a label for every place, in order.

    Returns:
        A Model with the same contract. Scores are in units of the model's own width (or of the series' changes), pooled over places
        as `pool` says, per variable and lead; an answer uses only those whose truth lies at or before its origin. Gaps are
        answered as before.

    Raises:
        ArgumentError: an argument is not as above, or the horizon does not fit.
        DataError: no asked step has a truth.
    """
    if method not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(METHODS)}; found {method!r}.")
    base, panel = as_model(model).predictor, as_field(field).panel()
    shared = pool_of(panel, pool, regions)
    if method == "adaptive":
        from chronotope.evaluate.adaptive import Adaptive

        return Model(Adaptive(base, recent, shared))
    steps = steps_of(horizon, panel, "horizon")
    cut = None if context is None else steps_of(context, panel, "context")
    everything = np.ones(panel.values.shape[2], bool)
    ask = Ask(steps, _rows(panel, steps, origins), cut, everything, ~everything, GRID)
    scores = [scored(base, question(panel, ask, row), panel.after(row, steps), method) for row in ask.origins]
    if not np.isfinite(np.stack(scores)).any():
        raise DataError("At least one value must be observed after an origin to calibrate on; found none. Choose other origins.")
    stamps = np.stack([_valid(panel, row, steps) for row in ask.origins])
    return Model(Conformal(base, method, np.stack(scores, axis=1), stamps, panel.variables, shared))


@dataclass(frozen=True)
class Conformal(AbstractQuantilePredictor):
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

    @property
    def kind(self) -> str:  # type: ignore[override]
        """That of what it wraps."""
        return self.base.kind

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel = question.frame
        if question.kind != "forecast":
            return self.base.answer(question).values
        answer, own = self.base.answer(question.wanting(GRID)).values, self.base.answer(question).values
        rows = question.rows
        offset = self._offsets(panel.times[rows[0] - 1], panel.variables, panel.values.shape[1])
        lead = np.minimum(rows - rows[0], offset.shape[1] - 1)
        return moved(question, answer, own, offset[:, lead], self.method)

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


def scored(base: Predictor, question: Question, truth: np.ndarray, method: str) -> np.ndarray:
    """How far the truth (h, n, v) of a forecast lies from each quantile of `GRID` ("split": from the median, once), in widths.

    Returns:
        (l, h, n, v), NaN where the truth is unknown or the width is 0.
    """
    steps = slice(len(question.seen) - len(truth), None)
    if not question.asked.any():
        return np.full((1 if method == "split" else len(GRID), *truth.shape), np.nan)
    answer = np.full((len(GRID), *truth.shape), np.nan)
    answer[:, question.asked[steps].any(axis=(1, 2))] = base.answer(question.wanting(GRID)).values
    truth = np.where(question.asked[steps], truth, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = (truth - (answer[_MEDIAN : _MEDIAN + 1] if method == "split" else answer)) / unit_of(question, answer, method)
    return np.where(np.isfinite(scores), scores, np.nan)


def unit_of(question: Question, answer: np.ndarray, method: str) -> np.ndarray:
    """The width (h, n, v) that scores are measured in: half the model's 80 % interval, or the series' mean change ("split").

    A model without width is measured by a thousandth of the series' change; 0 only where a series never changed.
    """
    seen = question.visible().astype(float)
    change = np.abs(np.diff(seen, axis=0))
    count = np.isfinite(change).sum(axis=0)
    mean = np.nansum(change, axis=0) / np.maximum(count, 1)
    scale = np.where(count > 0, mean, deviation(seen.reshape(len(seen), -1)).reshape(mean.shape))
    if method == "split":
        return np.broadcast_to(scale, answer.shape[1:])
    return np.maximum((answer[_HIGH] - answer[_LOW]) / 2, 1e-3 * scale)


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


def moved(question: Question, answer: np.ndarray, own: np.ndarray, offset: np.ndarray, method: str) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 as asked: the model's `own`, or its median, moved by `offset` (len(GRID), h, 1 or n, v) widths."""
    at = np.clip(question.levels, GRID[0], GRID[-1])
    high = np.clip(np.searchsorted(GRID, at), 1, len(GRID) - 1)
    part = ((at - np.take(GRID, high - 1)) / (np.take(GRID, high) - np.take(GRID, high - 1)))[:, None, None, None]
    by = offset[high - 1] * (1 - part) + offset[high] * part
    unit = unit_of(question, answer.astype(float), method)
    from_here = answer[_MEDIAN : _MEDIAN + 1] if method == "split" else own
    usable = np.isfinite(by).all(axis=0) & (unit > 0)
    made = np.where(usable, from_here + np.where(np.isfinite(by), by, 0.0) * unit, own)
    return np.maximum.accumulate(np.sort(made, axis=0), axis=0).astype(np.float32)


def _quantiles(pooled: np.ndarray) -> np.ndarray:
    """Level k of `GRID` of scores (l, m, h, v): those of level k, or the only ones; NaN with fewer than twenty."""
    each = [nan_quantiles(pooled[k if len(pooled) > 1 else 0], (level,))[0] for k, level in enumerate(GRID)]
    return np.where(np.isfinite(pooled).sum(axis=1).min(axis=0) >= _FEW, np.stack(each), np.nan)


def _rows(panel: Panel, steps: int, origins: Any) -> list[int]:
    last = len(panel.times) - 1 - steps
    if not isinstance(origins, (int, np.integer)):
        return origins_of(list(origins), panel)[0]
    if last < 1 or origins < 1:
        raise ArgumentError(f"horizon must leave room for an origin; {steps} steps in {len(panel.times)} with {origins} origins do not.")
    return sorted(set(np.linspace(max(min(len(panel.times) // 2, last), 1), last, int(origins)).round().astype(int).tolist()))


def _valid(panel: Panel, row: int, steps: int) -> np.ndarray:
    """Stamps (h,) of the steps after a row; NaT beyond the end, where there is no truth either."""
    found = panel.times[row + 1 : row + 1 + steps]
    return np.concatenate([found, np.full(steps - len(found), np.datetime64("NaT"), found.dtype)])
