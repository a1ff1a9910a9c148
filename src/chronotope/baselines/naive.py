"""Floors without a clock: the last value, a straight line, the marginal distribution."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.floor import AbstractFloor
from chronotope.baselines.intervals import nan_quantiles
from chronotope.baselines.series import Series


class LastValue(AbstractFloor):
    """Persistence: the last seen value goes on."""

    name = "last_value"

    def point(self, series: Series) -> np.ndarray:
        now = series.carried[series.origins][:, None]
        return np.broadcast_to(now, (*series.asked.shape, now.shape[-1]))


class Linear(LastValue):
    """Straight lines in time between seen values; where nothing comes after, the last value goes on."""

    name = "linear"


class Drift(AbstractFloor):
    """The line through the first and the last seen value goes on."""

    name = "drift"

    def point(self, series: Series) -> np.ndarray:
        seen = np.isfinite(series.x[: series.origin + 1])
        first = seen.argmax(axis=0)
        start = np.take_along_axis(series.x, first[None], axis=0)[0]
        last_at = np.maximum.accumulate(np.where(seen, np.arange(len(seen))[:, None], 0), axis=0)[series.origins]
        now = series.carried[series.origins]
        slope = np.where(last_at > first, series.apart(now, start) / np.maximum(last_at - first, 1), 0.0)
        ahead = series.asked[..., None] - last_at[:, None]
        return now[:, None] + slope[:, None] * ahead


class Marginal(AbstractFloor):
    """The quantiles of what was seen, whatever the time: of everything, or of a recent window of at least 64 steps."""

    def __init__(self, recent: bool = False) -> None:
        self.recent = recent
        self.name = "marginal_recent" if recent else "marginal"

    def point(self, series: Series) -> np.ndarray:
        key = f"{self.name} medians"
        medians = series.table(
            key, lambda: np.stack([nan_quantiles(self._window(series, o), (0.5,), series.circle)[0] for o in series.origins])
        )
        return np.broadcast_to(medians[:, None], (*series.asked.shape, medians.shape[-1]))

    def distribution(self, series: Series, levels: tuple[float, ...]) -> np.ndarray:
        values = nan_quantiles(self._window(series, series.origin, 4096), levels, series.circle)
        older = series.carried[series.origin]
        return np.broadcast_to(np.where(np.isfinite(values), values, older)[:, None], (len(levels), len(series.rows), values.shape[-1]))

    def fill(self, series: Series) -> np.ndarray:
        middle = nan_quantiles(series.x, (0.5,))[0]
        return np.broadcast_to(middle, series.x.shape)

    def _window(self, series: Series, origin: int, most: int = 256) -> np.ndarray:
        """At most `most` evenly spaced rows of the window that ends at `origin`."""
        length = min(max(64, 2 * int(series.leads[-1])), origin + 1) if self.recent else origin + 1
        return series.x[np.unique(np.linspace(origin + 1 - length, origin, min(most, length)).astype(int))]
