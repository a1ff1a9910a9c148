"""Anomaly persistence: the same-phase mean, plus what is left of the last departure from it."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.gaps import interpolate
from chronotope.baselines.phases import Phase
from chronotope.baselines.seasonal import Climatology, _OfThePeriod, causal_mean, overall_mean
from chronotope.baselines.series import Series, by_components, carry
from chronotope.baselines.trend import gains, kept_gain

_RECENT = 3000  # steps over which the memory of anomalies is measured
_MEASURED_LEADS = 8


class AnomalyPersistence(_OfThePeriod):
    """Same-phase mean plus the last anomaly times the share of it that survives to that lead, as measured on the context."""

    base = "anomaly_persistence"

    def at(self, series: Series, phase: Phase) -> np.ndarray:
        mean = series.table(f"climatology:{phase.name}", lambda: Climatology().at(series, phase))
        rows = _recent_rows(series)
        before = causal_mean(series, phase, rows - 1, rows[:, None])[:, 0]
        gain, gain_before = gains(series, phase, series.origins, series.asked), gains(series, phase, rows - 1, rows[:, None])[:, 0]
        kept = kept_gain(gain[:-1], series.truth - mean[:-1])
        return damped(series, mean + kept * gain, series.x[rows] - (before + kept * gain_before))

    def otherwise(self, series: Series) -> list[np.ndarray]:
        return [series.table("damped to the mean", lambda: by_components(self._to_the_mean, series))]

    def fill(self, series: Series) -> np.ndarray:
        middle = Climatology(self.period).fill(series)
        return middle + interpolate(series.x - _without_jumps(middle, series.x))

    def _to_the_mean(self, series: Series) -> np.ndarray:
        mean = series.table("overall mean", lambda: overall_mean(series))
        return damped(series, mean, series.x[_recent_rows(series)] - mean[-1, :1])


def damped(series: Series, mean: np.ndarray, anomaly: np.ndarray) -> np.ndarray:
    """`mean` (k + 1, h, s) plus the last recent `anomaly` (t, s) at each origin times what survives of it at each lead."""
    last = carry(anomaly)[series.origins - _recent_rows(series)[0]]
    return mean + survival(anomaly, series.leads)[None] * last[:, None]


def _recent_rows(series: Series) -> np.ndarray:
    """The last rows up to the origin, past origins included."""
    return np.arange(max(min(series.origin + 1 - _RECENT, int(series.origins[0])), 0), series.origin + 1)


def survival(anomaly: np.ndarray, leads: np.ndarray) -> np.ndarray:
    """Share (h, s) of an anomaly (t, s) that is left after each lead: its regression on itself, between 0 and 1.

    Measured at a few leads and joined by straight lines; leads longer than half the record keep the last one.
    """
    steps = np.unique(np.geomspace(leads[0], max(min(leads[-1], len(anomaly) // 2), leads[0]), _MEASURED_LEADS).round().astype(int))
    steps = steps[steps < len(anomaly)]
    if not len(steps):
        return np.zeros((len(leads), anomaly.shape[1]))
    shares = np.stack([_share(anomaly[:-step], anomaly[step:]) for step in steps])
    place = np.interp(leads, steps, np.arange(len(steps)))
    low = np.minimum(place.astype(int), max(len(steps) - 2, 0))
    high = np.minimum(low + 1, len(steps) - 1)
    part = (place - low)[:, None]
    return shares[low] * (1 - part) + shares[high] * part


def _share(now: np.ndarray, later: np.ndarray) -> np.ndarray:
    both = np.isfinite(now) & np.isfinite(later)
    power = np.where(both, now**2, 0).sum(axis=0)
    common = np.where(both, now * later, 0).sum(axis=0)
    return np.clip(np.divide(common, power, out=np.zeros_like(power), where=power > 0), 0, 1)


def _without_jumps(middle: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The filled rule as it would stand at seen cells too (a fill returns its guess everywhere)."""
    return np.where(np.isfinite(middle), middle, x)
