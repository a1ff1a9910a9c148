"""Misses: how far the truth lay from a predictor's quantiles at earlier origins, in its own widths, and quantiles moved by that."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.intervals import deviation
from chronotope.data.panel import Panel
from chronotope.tokens.query import QUANTILE_LEVELS, Predictor, Query
from chronotope.wrappers.wrapper import ask

GRID = (0.01, 0.025, 0.05, *QUANTILE_LEVELS, 0.95, 0.975, 0.99)
_LOW, _MEDIAN, _HIGH = (GRID.index(level) for level in (0.1, 0.5, 0.9))


def earlier_question(
    panel: Panel, row: int, steps: int, wanted: np.ndarray | None = None, context: int | None = None
) -> tuple[Panel, Query]:
    """The panel up to a row with the asked steps behind it, and its masks; later values are not even handed on.

    Args:
        panel: the whole record.
        row: of the last values that are read.
        steps: asked after it.
        wanted: bool (n, v), series that are asked; all by default. One that was never observed up to the row is not.
        context: only so many steps are read, all by default.
    """
    longer = panel.slice_time(0 if context is None else max(row + 1 - context, 0), row + 1).extend(steps)
    known = np.isfinite(panel.values[: row + 1]).any(axis=0)
    asked = np.zeros(longer.values.shape, bool)
    asked[-steps:] = known if wanted is None else wanted & known
    return longer, Query(np.isfinite(longer.values), asked)


def scored(base: Predictor, panel: Panel, query: Query, truth: np.ndarray, method: str) -> np.ndarray:
    """How far the truth (h, n, v) of a forecast lies from each quantile of `GRID` ("split": from the median, once), in widths.

    Returns:
        (l, h, n, v), NaN where the truth is unknown or the width is 0.
    """
    steps = slice(len(panel.times) - len(truth), None)
    if not query.asked.any():
        return np.full((1 if method == "split" else len(GRID), *truth.shape), np.nan)
    answer = np.full((len(GRID), *truth.shape), np.nan)
    answer[:, query.asked[steps].any(axis=(1, 2))] = ask(base, panel, query, GRID)
    truth = np.where(query.asked[steps], truth, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = (truth - (answer[_MEDIAN : _MEDIAN + 1] if method == "split" else answer)) / unit_of(panel, query, answer, method)
    return np.where(np.isfinite(scores), scores, np.nan)


def unit_of(panel: Panel, query: Query, answer: np.ndarray, method: str) -> np.ndarray:
    """The width (h, n, v) that scores are measured in: half the model's 80 % interval, or the series' mean change ("split").

    A model without width is measured by a thousandth of the series' change; 0 only where a series never changed.
    """
    seen = np.where(query.seen, panel.values, np.nan).astype(float)
    change = np.abs(np.diff(seen, axis=0))
    count = np.isfinite(change).sum(axis=0)
    mean = np.nansum(change, axis=0) / np.maximum(count, 1)
    scale = np.where(count > 0, mean, deviation(seen.reshape(len(seen), -1)).reshape(mean.shape))
    if method == "split":
        return np.broadcast_to(scale, answer.shape[1:])
    return np.maximum((answer[_HIGH] - answer[_LOW]) / 2, 1e-3 * scale)


def moved(
    panel: Panel, query: Query, answer: np.ndarray, own: np.ndarray, offset: np.ndarray, levels: tuple[float, ...], method: str
) -> np.ndarray:
    """Quantiles (q, h, n, v) float32 at `levels`: the model's `own`, or its median, moved by `offset` (len(GRID), h, 1 or n, v) widths."""
    at = np.clip(levels, GRID[0], GRID[-1])
    high = np.clip(np.searchsorted(GRID, at), 1, len(GRID) - 1)
    part = ((at - np.take(GRID, high - 1)) / (np.take(GRID, high) - np.take(GRID, high - 1)))[:, None, None, None]
    by = offset[high - 1] * (1 - part) + offset[high] * part
    unit = unit_of(panel, query, answer.astype(float), method)
    from_here = answer[_MEDIAN : _MEDIAN + 1] if method == "split" else own
    usable = np.isfinite(by).all(axis=0) & (unit > 0)
    made = np.where(usable, from_here + np.where(np.isfinite(by), by, 0.0) * unit, own)
    return np.maximum.accumulate(np.sort(made, axis=0), axis=0).astype(np.float32)


def is_forecast(query: Query) -> bool:
    """Whether nothing is seen of an asked series at or after the first asked step, and something before."""
    rows = query.rows
    if not len(rows) or not rows[0]:
        return False
    return not (query.seen[rows[0] :].any(axis=0) & query.asked.any(axis=0)).any()
