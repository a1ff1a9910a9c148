"""Seasons: how much of a series a repeating mean explains, and how far lines stand out of its spectrum."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.clock import DAY, WEEK, YEAR
from chronotope.evidence.describe.record import Record

NAMES = {"day": DAY, "week": WEEK, "year": YEAR}
BINS = 24  # phases of a long period
CYCLES = 1.9  # that the record must hold
AROUND = 15  # frequencies to each side that a line is compared with
BY_CHANCE = 3.0  # log of how far the highest of some hundred frequencies stands out of noise


def describe(record: Record) -> dict[str, np.ndarray]:
    """Strength of day, week and year (0 where the step or the record does not show them); strength and length of the best period."""
    out = {}
    for name, length in NAMES.items():
        steps = length / record.step_seconds if record.step_seconds else 0.0
        out[name] = strength(record, steps)
    lag, height = _best(record)
    out["best_height"] = height
    out["best_length"] = np.log(np.maximum(lag, 2)) * np.clip(height * 3, 0, 1)
    return out | _lines(record)


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


def _lines(record: Record) -> dict[str, np.ndarray]:
    """How far the two highest lines of the periodogram stand out of what is around them (log), how many do, length of the first."""
    t = record.z.shape[1]
    if t < 4 * AROUND:
        return {name: np.zeros(len(record.z)) for name in ("line", "second_line", "lines", "line_length")}
    power = np.abs(np.fft.rfft(record.filled * np.hanning(t), axis=1)[:, 1:]) ** 2
    padded = np.pad(power, ((0, 0), (AROUND, AROUND)), mode="reflect")
    around = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1, axis=1), axis=2)
    out = np.log((power + 1e-9 * t) / (around + 1e-9 * t))
    peak = (power[:, 1:-1] >= power[:, :-2]) & (power[:, 1:-1] > power[:, 2:])
    height = np.where(peak, out[:, 1:-1], 0.0)[:, 1:]  # the two slowest frequencies are a trend, not a line
    highest = np.sort(height, axis=1)
    over = np.clip(highest[:, -1] - BY_CHANCE, 0, 3) / 3
    return {
        "line": highest[:, -1], "second_line": highest[:, -2],
        "lines": np.log1p((1 / (1 + np.exp(-4 * (height - BY_CHANCE)))).sum(axis=1)),
        "line_length": np.log(t / (height.argmax(axis=1) + 3.0)) * over,
    }  # fmt: skip
