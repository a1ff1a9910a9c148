"""Specialist: a ridge trained on one set's training part alone - the thing a generalist has to stand beside."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from chronotope.evaluate.protocols.memoriser import floor_answer
from chronotope.evaluate.protocols.splits import Part
from chronotope.questions import QUANTILE_LEVELS, AbstractQuantilePredictor, Question

LAGS = 16
SAMPLES = 20_000
PENALTY = 3.0


class TrainedRidge(AbstractQuantilePredictor):
    """Autoregression on sixteen lags, scaled by each series' own recent level and spread; one set of weights per lead.

    Fitted once, on what a split lets it learn from; forecasts only, a floor answers the rest.

    Args:
        train: parts of the set itself (others are left out by the caller).
        horizon: leads that are fitted; longer ones take the last.
    """

    name, kind = "specialist ridge", "trained"

    def __init__(self, train: Sequence[Part], horizon: int) -> None:
        began = time.process_time()
        self.weights: np.ndarray | None = None
        pairs = [_samples(part, horizon) for part in train]
        x, y = (np.concatenate([pair[k] for pair in pairs]) if pairs else np.empty((0, LAGS + 1)) for k in (0, 1))
        if len(x) >= 8 * LAGS:
            self._fit(x, y)
        self.seconds = time.process_time() - began

    def _fit(self, x: np.ndarray, y: np.ndarray) -> None:
        """Weights (lead, LAGS + 1), and quantiles of the misses (q, lead) on every third sample, which a first fit has not seen."""
        later = np.arange(len(x)) % 3 == 2
        first = _solve(x[~later], y[~later])
        miss = y[later] - x[later] @ first.T
        self.offsets = np.stack([np.nanquantile(miss, q, axis=0) for q in QUANTILE_LEVELS])
        self.weights = _solve(x, y)

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        answer = floor_answer(question)
        rows = question.rows
        if self.weights is None or not len(rows) or question.seen[rows[0] :].any() or tuple(levels) != QUANTILE_LEVELS:
            return answer
        origin = rows[0] - 1
        known = question.visible()[max(0, origin - LAGS + 1) : origin + 1].astype(float)
        n, v = panel.values.shape[1:]
        features, level, scale = _features(_padded(known.reshape(len(known), n * v)).T)
        lead = np.minimum(rows - origin - 1, len(self.weights) - 1)
        middle = features @ self.weights[lead].T
        made = (middle[None] + self.offsets[:, lead][:, None]) * scale[None, :, None] + level[None, :, None]
        made = made.transpose(0, 2, 1).reshape(len(levels), len(rows), n, v)
        good = question.asked[rows] & np.isfinite(made).all(axis=0)
        return np.where(good, np.maximum.accumulate(made, axis=0), answer).astype(np.float32)


def _solve(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ridge weights (lead, f) towards the last value."""
    last = x[:, [LAGS - 1]]
    left = x.T @ x + PENALTY * np.eye(x.shape[1])
    weights = np.linalg.solve(left, x.T @ (y - last)).T
    weights[:, LAGS - 1] += 1
    return weights


def _features(lags: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scaled lags and a one (k, LAGS + 1), level and spread (k,)."""
    known = np.isfinite(lags)
    count = np.where(known.any(axis=1), known.sum(axis=1), np.nan)
    level = np.where(known, lags, 0).sum(axis=1) / count
    spread = np.sqrt(np.where(known, (lags - level[:, None]) ** 2, 0).sum(axis=1) / count)
    scale = spread + 1e-3 * np.abs(level) + 1e-9
    return np.concatenate([(lags - level[:, None]) / scale[:, None], np.ones((len(lags), 1))], axis=1), level, scale


def _padded(known: np.ndarray) -> np.ndarray:
    """The last LAGS rows (LAGS, s) with gaps carried forward, then back."""
    blank = np.full((max(LAGS - len(known), 0), known.shape[1]), np.nan)
    x = np.concatenate([blank, known])[-LAGS:]
    for k in range(1, LAGS):
        x[k] = np.where(np.isfinite(x[k]), x[k], x[k - 1])
    for k in range(LAGS - 2, -1, -1):
        x[k] = np.where(np.isfinite(x[k]), x[k], x[k + 1])
    return x


def _samples(part: Part, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (k, LAGS + 1) and scaled targets (k, horizon) of windows that lie whole in a part."""
    values = np.where(part.cells[..., None], part.sheet.panel.values, np.nan).astype(float)
    flat = values.reshape(len(values), -1)
    length = LAGS + horizon
    if len(flat) < length:
        return np.empty((0, LAGS + 1)), np.empty((0, horizon))
    windows = np.lib.stride_tricks.sliding_window_view(flat, length, axis=0).reshape(-1, length)
    windows = windows[:: max(1, len(windows) // (4 * SAMPLES))]
    windows = windows[np.isfinite(windows).all(axis=1)][:SAMPLES]
    features, level, scale = _features(windows[:, :LAGS]) if len(windows) else (np.empty((0, LAGS + 1)), np.empty(0), np.empty(0))
    moving = np.ptp(windows[:, :LAGS], axis=1) > 0
    return features[moving], ((windows[:, LAGS:] - level[:, None]) / scale[:, None])[moving]
