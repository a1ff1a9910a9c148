"""AutoETS, AutoTheta and MSTL of statsforecast, one series after the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from chronotope.baselines.phases import phases
from chronotope.baselines.rivals.base import AbstractForecaster, Past, needed
from chronotope.baselines.scoring import best_of
from chronotope.baselines.seasonal import SeasonalNaive
from chronotope.baselines.series import Series

_WAY = "pip install 'chronotope[rivals]'"


class _Statistical(AbstractForecaster):
    """Fitted on the stretch between the first and the last seen value; the steps from there to the origin are forecast too.

    statsforecast takes no missing values: gaps are filled with straight lines. Its central intervals give the quantiles, its mean is
    the median. The series start at 1, so that multiplicative models are in the choice. What cannot be fitted is the last value's.
    """

    least = 12
    largest = 10**9  # longest period that the method can hold, in steps

    def __init__(self, context: int | None = None) -> None:
        self.context = context
        self._models = needed("statsforecast.models", f"rival:{self.name}", _WAY)

    def model(self, periods: tuple[int, ...]) -> Any:
        """The method for a series with these periods, the one that does best in a back-test first."""
        raise NotImplementedError

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        periods = _periods(past, self.largest)
        answers = [self._one(*past.stretch(s, self.context), past.horizon, periods[s], levels) for s in range(past.z.shape[1])]
        return np.stack(answers, axis=-1)

    def _one(self, y: np.ndarray, late: int, horizon: int, periods: tuple[int, ...], levels: tuple[float, ...]) -> np.ndarray:
        model = self.model(tuple(p for p in periods if 2 * p < len(y)))
        spans = {level: _percent(level) for level in levels if _percent(level) > 0}
        try:
            with np.errstate(all="ignore"):
                found = model.forecast(y + 1.0, horizon + late, level=sorted(set(spans.values())) or None)
        except Exception:  # the package raises bare Exceptions for series that it cannot fit
            return np.full((len(levels), horizon), np.nan)
        named = {level: f"{'lo' if level < 0.5 else 'hi'}-{span}" for level, span in spans.items()}
        return np.stack([np.asarray(found[named.get(level, "mean")], float)[late:] - 1.0 for level in levels])


class AutoETS(_Statistical):
    """Exponential smoothing, its form chosen by AICc; seasonal up to 24 steps, as the package holds no more."""

    name = "auto_ets"
    largest = 24

    def model(self, periods: tuple[int, ...]) -> Any:
        return self._models.AutoETS(season_length=periods[0] if periods else 1)


class AutoTheta(_Statistical):
    """The theta method, its form chosen by the error on the context; one period."""

    name = "auto_theta"

    def model(self, periods: tuple[int, ...]) -> Any:
        return self._models.AutoTheta(season_length=periods[0] if periods else 1)


class MSTL(_Statistical):
    """Seasons taken off one after the other by LOESS, the trend by exponential smoothing; every period that fits twice.

    A series without a period is AutoETS's. The package's intervals know the trend's errors only, and are narrow where seasons vary.
    """

    name = "mstl"

    def model(self, periods: tuple[int, ...]) -> Any:
        return self._models.MSTL(season_length=sorted(periods)) if periods else self._models.AutoETS()


def _percent(level: float) -> float | int:
    """Coverage in percent of the central interval that ends at a level; whole numbers as int, as the package's names have them."""
    percent = round(abs(1 - 2 * level) * 100, 6)
    return int(percent) if percent == int(percent) else percent


def _periods(past: Past, largest: int) -> list[tuple[int, ...]]:
    """Periods in steps for each series that lie within the context twice; the one with the best back-test of the seasonal naive first."""
    clock = {name: p for name, p in phases(past.panel).items() if p.size <= largest and 2 * p.size < len(past.z)}
    sizes = [p.size for p in clock.values()]
    if len(sizes) < 2:
        return [tuple(sizes)] * past.z.shape[1]
    series = Series(past.z, len(past.z) + np.arange(past.horizon), clock)
    last = np.broadcast_to(series.carried[series.origins][:, None], (*series.asked.shape, past.z.shape[1]))
    found = SeasonalNaive().candidates(series)
    best = best_of(list(found.values()), series, last, index=True)
    names = list(found)
    return [(clock[names[b]].size, *(p.size for n, p in clock.items() if n != names[b])) for b in best]
