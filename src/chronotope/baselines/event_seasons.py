"""Seasons of events: how much more comes at an hour, on a weekday, in a part of the year than on average."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.event_history import EventHistory

YEAR = 365.2425
_PULL = 40.0  # events, or bursts of them, that speak for an even rate in every phase


def season_of(history: EventHistory) -> np.ndarray:
    """Factors (t + a,) of every step, mean 1 over the past: hours need a week of the past, weekdays four, the year two of it."""
    totals, past = history.counts.sum(axis=1), history.steps
    factor = np.ones(len(history.times))
    burst = burst_of(totals)
    for phase, count in _cycles(history):
        expected = factor[:past] * totals.mean()
        seen, hoped = (np.bincount(phase[:past], one, minlength=count) for one in (totals, expected))
        if count > 12:
            seen, hoped = _smooth(seen), _smooth(hoped)
        factor = factor * ((seen + _PULL * burst) / (hoped + _PULL * burst))[phase]
    return factor / factor[:past].mean()


def _cycles(history: EventHistory) -> list[tuple[np.ndarray, int]]:
    """Phase (t + a,) and number of phases of each cycle that the steps resolve and the past holds."""
    days, step = history.middles, history.step_days
    span = history.steps * step
    found = []
    if span >= 2 * YEAR and step <= 92:
        bins = 24 if step < 20 else 12
        found.append((np.floor(np.mod(days, YEAR) / YEAR * bins).astype(int) % bins, bins))
    if span >= 28 and step <= 1:
        found.append((np.floor(days).astype(int) % 7, 7))
    if span >= 7 and step <= 0.26:
        found.append((np.floor(np.mod(days, 1) * 24).astype(int) % 24, 24))
    return found


def burst_of(totals: np.ndarray) -> float:
    """How many events come together: the variance of the steps' totals over their mean, from one step to the next; at least 1."""
    mean = totals.mean()
    if mean <= 0 or len(totals) < 3:
        return 1.0
    return float(max(np.mean(np.diff(totals) ** 2) / 2 / mean, 1.0))


def _smooth(values: np.ndarray) -> np.ndarray:
    """Each phase with half of the ones beside it, round the cycle."""
    return (np.roll(values, 1) + 2 * values + np.roll(values, -1)) / 4
