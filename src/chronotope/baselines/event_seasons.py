"""Seasons of events: how much more comes at an hour, on a weekday, in a part of the year than on average."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.event_history import EventHistory

YEAR = 365.2425
PULLS = np.array([1.0, 3.0, 10.0, 40.0, 150.0, 600.0])
"""Events, or bursts of them, that may speak for an even rate in every phase."""
_ROUNDS, _STEEP = 6, 0.5  # of season and growth in turn, and how steep a growth is usual, in logarithms a year


def season_of(history: EventHistory) -> np.ndarray:
    """Factors (t + a,) of every step, mean 1 over the past: the year is read from one of it on, hours from a week, weekdays from four.

    Beside it the events may become more or fewer all the time, which is no season. How far a season is believed is what foresees best
    into which phases the events of each turn fall, when the season is read from the other turns.
    """
    return _season(history, np.inf)


def rhythm_of(history: EventHistory) -> np.ndarray:
    """The same of the hours and weekdays alone."""
    return _season(history, 7.0)


def _season(history: EventHistory, longest: float) -> np.ndarray:
    """Of the cycles of at most so many days; each explains what those longer than it left."""
    totals, past = history.counts.sum(axis=1), history.steps
    factor, kept = np.ones((2, len(history.times)))
    burst = burst_of(totals)
    years = (history.middles[:past] - history.middles[:past].mean()) / YEAR
    for days, phase, turn, count in _cycles(history):
        cell = (turn[:past] - turn[:past].min()) * count + phase[:past]
        found = _phases(totals, factor[:past], years, cell, count, burst)[phase]
        factor, kept = factor * found, kept * found if days <= longest else kept
    return kept / kept[:past].mean()


def _phases(totals: np.ndarray, usual: np.ndarray, years: np.ndarray, cell: np.ndarray, count: int, burst: float) -> np.ndarray:
    """Factors (count,) of the phases beside a growth; `cell` (t,) is turn x count + phase of each step, `usual` (t,) what else is known."""
    growth, factors = 0.0, np.ones(count)
    seen = _by_turn(totals, cell, count)
    for _ in range(_ROUNDS):
        expected = _scaled(usual * np.exp(growth * years), totals)
        factors = _believed(seen, _by_turn(expected, cell, count), PULLS * burst, burst)
        expected = _scaled(expected * factors[cell % count], totals)
        away = years - (expected @ years) / max(expected.sum(), 1e-12)
        slope = ((totals - expected) @ away) / burst - growth / _STEEP**2
        growth += float(np.clip(slope / ((expected @ away**2) / burst + 1 / _STEEP**2), -1.0, 1.0))
    return factors


def _believed(seen: np.ndarray, expected: np.ndarray, pulls: np.ndarray, burst: float) -> np.ndarray:
    """Factors (p,) of phases by counts (k, p) seen and expected in each turn: pulled to 1 as foresees left-out turns best."""
    rates = np.stack([_ratio(seen.sum(axis=0) - seen, expected.sum(axis=0) - expected, pull) for pull in pulls]) * expected
    share = rates / np.maximum(rates.sum(axis=-1, keepdims=True), 1e-300)
    likely = (seen * np.log(np.maximum(share, 1e-300))).sum(axis=(1, 2)) / burst
    weights = np.exp(likely - likely.max())
    whole = np.stack([_ratio(seen.sum(axis=0), expected.sum(axis=0), pull) for pull in pulls])
    return np.asarray(weights / weights.sum() @ whole)


def _ratio(seen: np.ndarray, expected: np.ndarray, pull: float) -> np.ndarray:
    """Seen over expected (..., p), both with `pull` events of an even rate; where phases are many each has half of those beside it."""
    if seen.shape[-1] > 12:
        seen, expected = _smooth(seen), _smooth(expected)
    return (seen + pull) / (expected + pull)


def _by_turn(values: np.ndarray, cell: np.ndarray, count: int) -> np.ndarray:
    """Sums (k, count) of the values (t,) of each turn and phase."""
    return np.bincount(cell, values, minlength=(cell.max() // count + 1) * count).reshape(-1, count)


def _scaled(expected: np.ndarray, totals: np.ndarray) -> np.ndarray:
    return expected * (totals.sum() / max(expected.sum(), 1e-12))


def _cycles(history: EventHistory) -> list[tuple[float, np.ndarray, np.ndarray, int]]:
    """Days, phase and turn (t + a,), and number of phases of each cycle that the steps resolve and the past holds, the longest first."""
    days, step = history.middles, history.step_days
    span = history.steps * step
    found = []
    if span >= YEAR and step <= 92:
        found.append((YEAR, 24 if step < 20 else 12))
    if span >= 28 and step <= 1:
        found.append((7.0, 7))
    if span >= 7 and step <= 0.26:
        found.append((1.0, 24))
    index = [np.floor(days * (bins / turn) + 1e-9).astype(int) for turn, bins in found]
    return [(turn, one % bins, one // bins, bins) for one, (turn, bins) in zip(index, found)]


def burst_of(totals: np.ndarray) -> float:
    """How many events come together: the variance of the steps' totals over their mean, from one step to the next; at least 1."""
    mean = totals.mean()
    if mean <= 0 or len(totals) < 3:
        return 1.0
    return float(max(np.mean(np.diff(totals) ** 2) / 2 / mean, 1.0))


def _smooth(values: np.ndarray) -> np.ndarray:
    """Each phase with half of the ones beside it, round the cycle."""
    return (np.roll(values, 1, axis=-1) + 2 * values + np.roll(values, -1, axis=-1)) / 4
