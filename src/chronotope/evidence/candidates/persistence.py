"""Persistence: what the series departs from its level or its phase's mean goes on, and fades as it did in the trials."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.cells import Cells
from chronotope.evidence.series import by_variable

WIDEST = 10.0  # scaled departures are cut off here when their fading is measured
PRIOR = 4.0  # squared departures' worth of the other series' fading


def damped(case: Case) -> Spoken:
    """The level plus what is left of the last departure from it."""
    return _fading(case, "level", case.trials.cells.level_anomaly, case.asked.level_anomaly)


def anomaly(case: Case, period: int, over_all: bool = False) -> Spoken:
    """The mean of the phase plus what is left of the last departure from it."""
    if period >= len(case.past.smoothed):
        return case.silence()
    base = f"{'phase_all' if over_all else 'phase'}{period}"
    share, gains = case.spoken(base).share, case.past.long_gain if over_all else case.past.gain
    tried, asked = (cells.long_anomalies[period] if over_all else cells.anomalies[period] for cells in (case.trials.cells, case.asked))
    if share is not None:  # departures from a mean that was lifted are as much less
        tried = tried - np.repeat(share, case.trials.shape[2], axis=1) * _gain(case.trials.cells, gains[period])
        asked = asked - case.trials.at(share, case.asked.lead) * _gain(case.asked, gains[period])
    return _fading(case, base, tried, asked)


def _gain(cells: Cells, gain: np.ndarray) -> np.ndarray:
    return cells.at_last(gain) * cells.has_before


def _fading(case: Case, base: str, tried: np.ndarray, asked: np.ndarray) -> Spoken:
    """The base plus the departures times their regression on those at the lead, shrunk to all series'."""
    trials, under = case.trials, case.spoken(base)
    before, there = (a.reshape(trials.shape) for a in (under.tried.value, under.tried.is_available))
    good, apart = trials.valid * there, tried.reshape(trials.shape)
    a, y = np.clip(apart, -WIDEST, WIDEST) * good, np.clip(trials.truth - before, -WIDEST, WIDEST) * good
    left = _left(a, y, case.variables)
    middle = a.shape[2] // 2
    late, early = (_left(a[:, :, half], y[:, :, half], case.variables)[:, :, None] for half in (slice(middle, None), slice(None, middle)))
    held = before + np.where(np.arange(a.shape[2]) < middle, late, early) * apart
    return Spoken(
        Said.of(held.reshape(len(left), -1), under.tried.is_available & trials.cells.is_readable),
        Said.of(under.asked.value + trials.at(left, case.asked.lead) * asked, under.asked.is_available & case.asked.is_readable),
    )


def _left(a: np.ndarray, y: np.ndarray, variables: int) -> np.ndarray:
    top, bottom = (a * y).sum(2), (a * a).sum(2)
    pooled = by_variable(top, variables) / (by_variable(bottom, variables) + 1e-6)
    return np.clip((top + PRIOR * pooled) / (bottom + PRIOR), 0.0, 1.0)
