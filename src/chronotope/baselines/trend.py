"""What a series gained since the cycles that its same-phase mean is taken over, so that a trend is no jump where the phase wraps."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.phases import Phase
from chronotope.baselines.seasonal import gather, smooth
from chronotope.baselines.series import Series
from chronotope.evidence.trend import kept_share, slopes


def gains(series: Series, phase: Phase, origins: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Slope at `origins` (k,) times how far the cells of the same-phase mean lie back from `rows` (k, h), (k, h, s); 0 where unknown."""
    slope = series.table(f"slope:{phase.name}", lambda: _slope(series, phase))
    total, count = series.table(f"rows:{phase.name}", lambda: _rows(series, phase))
    cycle = phase.latest(origins, rows, phase.width * phase.stride)
    at = phase.phase[rows]
    number = gather(count, cycle, at)
    with np.errstate(invalid="ignore", divide="ignore"):
        age = rows[..., None] - gather(total, cycle, at) / number
    return np.where(number > 0, np.nan_to_num(age), 0.0) * slope[np.maximum(origins, 0)][:, None]


def kept_gain(gain: np.ndarray, miss: np.ndarray) -> np.ndarray:
    """The share (s,) of gains (k, h, s) that showed in what the mean missed at past origins, between 0 and 1."""
    order = lambda a: np.moveaxis(a, 2, 0).reshape(a.shape[2], 1, -1)  # noqa: E731
    gain, miss = order(gain), order(miss)
    known = np.isfinite(miss)
    miss = np.where(known, miss, 0.0)
    size = np.abs(miss).sum(axis=2, keepdims=True) / np.maximum(known.sum(axis=2, keepdims=True), 1)
    size = np.where(size > 0, size, 1.0)  # units of the series do not matter
    return kept_share(gain / size, miss / size, known.astype(float), len(gain))[:, 0]


def _slope(series: Series, phase: Phase) -> np.ndarray:
    """Gain a step (t, s) over the last cycles up to each row."""
    x = series.x[: series.origin + 1].T
    return slopes(np.nan_to_num(x), np.isfinite(x).astype(float), 0, _steps(phase)).T


def _steps(phase: Phase) -> int:
    """Rows in a cycle: the phases that the clock really has."""
    return max(1, len(np.unique(phase.phase)))


def _rows(series: Series, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
    """Running sums over cycles of the rows and counts that a same-phase mean reads."""
    x = series.x[: series.origin + 1]
    numbers = np.where(np.isfinite(x), np.arange(len(x), dtype=float)[:, None], np.nan)
    sums, counts = smooth(numbers, phase)
    return tuple(np.cumsum(np.nan_to_num(phase.table(a)), axis=0) for a in (sums, counts))  # type: ignore[return-value]
