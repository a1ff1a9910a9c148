"""Seasons: how much of a series a repeating mean explains, for the periods of the calendar and the one that shows most."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.clock import DAY, WEEK, YEAR
from chronotope.evidence.describe.record import Record

NAMES = {"day": DAY, "week": WEEK, "year": YEAR}
BINS = 24  # phases of a long period
CYCLES = 1.9  # that the record must hold


def describe(record: Record) -> dict[str, np.ndarray]:
    """Strength of day, week and year (0 where the step or the record does not show them); strength and length of the best period."""
    out = {}
    for name, length in NAMES.items():
        steps = length / record.step_seconds if record.step_seconds else 0.0
        out[name] = strength(record, steps)
    steps, height = _best(record)
    out["best_height"] = height
    out["best_length"] = np.log(np.maximum(steps, 2)) * np.clip(height * 3, 0, 1)
    return out


def strength(record: Record, steps: float) -> np.ndarray:
    """Share of the variance (s,) that the mean over the same phase explains, less what chance would."""
    t = record.z.shape[1]
    if steps < 2.9 or t < CYCLES * steps:
        return np.zeros(len(record.z))
    bins = int(min(BINS, np.floor(steps)))
    phase = np.floor(np.arange(t) / steps % 1.0 * bins).astype(int)
    table = np.eye(bins)[phase]
    count = record.m @ table
    mean = (record.z * record.m) @ table / np.maximum(count, 1)
    total = np.maximum(record.m.sum(axis=1), 1)
    raw = (count * mean**2).sum(axis=1) / total
    chance = np.minimum((bins - 1) / np.maximum(total - 1, 1), 0.99)
    return np.clip((raw - chance) / (1 - chance), -0.2, 1.0)


def _best(record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Lag (s,) of the highest peak of the autocorrelation after its first valley, and its height above that valley."""
    r = record.correlation[:, : max(4, record.z.shape[1] // 2)]
    lowest = np.minimum.accumulate(r, axis=1)
    above = r - lowest
    turning = np.zeros(r.shape, bool)
    turning[:, 1:-1] = (r[:, 1:-1] >= r[:, :-2]) & (r[:, 1:-1] > r[:, 2:])
    score = np.where(turning, np.clip(above, 0, 2) * (r > 0), 0.0)
    best = score.max(axis=1)
    at = (score >= 0.9 * best[:, None]).argmax(axis=1)  # the first of nearly equal peaks is the period, the others its multiples
    return np.where(best > 0, at, 2).astype(float), best
