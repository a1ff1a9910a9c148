"""Calendar profiles: what a day, a week and a year look like."""

from __future__ import annotations

import numpy as np

from chronotope.worlds.clock import Clock, Cycle
from chronotope.worlds.dice import Generator, chance, log_uniform, pick, standardise

CELLS = 96  # resolution of a profile: a quarter of an hour of a day
SHAPES = {"smooth": 0.3, "peaks": 0.35, "plateau": 0.12, "bell": 0.1, "saw": 0.05, "rough": 0.08}


def profiles(rng: Generator, k: int, shape: str | None = None) -> np.ndarray:
    """`k` related profiles of one shape over a cycle, (k, CELLS), zero mean and unit spread."""
    shape = shape or pick(rng, SHAPES)
    phase = np.arange(CELLS) / CELLS
    make = {"smooth": _smooth, "peaks": _peaks, "plateau": _plateau, "bell": _bell, "saw": _saw, "rough": _rough}[shape]
    return standardise(make(rng, k, phase))


def seasonal(rng: Generator, clock: Clock, k: int) -> np.ndarray:
    """Sum of the clock's cycles with random profiles and weights, (k, t), about unit spread; zero if the clock has no cycle."""
    total = np.zeros((k, clock.steps))
    week = clock.cycle("week")
    for cycle in clock.cycles:
        weight = log_uniform(rng, 0.15, 1.5) * _audible(cycle, clock)
        if cycle.name == "day" and week is not None:
            total += weight * _working_week(rng, cycle, week, clock.holiday, k)
        elif cycle.name == "week":
            total += 0.5 * weight * _weekdays(rng, cycle, clock.holiday, k)
        else:
            total += weight * _read(profiles(rng, k, "smooth" if cycle.name == "year" and chance(rng, 0.75) else None), cycle.phase)
    spread = total.std()
    return total / spread if spread > 1e-9 else total


def _audible(cycle: Cycle, clock: Clock) -> float:
    """Long cycles in short records only shift the level."""
    return min(1.0, clock.steps / cycle.period)


def _read(table: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Profiles (k, c) read at phases (t,), linear between cells."""
    cells = table.shape[1]
    at = (phase % 1.0) * cells
    low = at.astype(int) % cells
    weight = at - np.floor(at)
    return table[:, low] * (1 - weight) + table[:, (low + 1) % cells] * weight


def _working_week(rng: Generator, day: Cycle, week: Cycle, holiday: np.ndarray, k: int) -> np.ndarray:
    """A daily profile that may differ on the last two days of the week and on holidays."""
    shape = pick(rng, SHAPES)
    values = _read(profiles(rng, k, shape), day.phase)
    if chance(rng, 0.35):
        return values
    weekend = (np.floor((week.phase % 1.0) * 7) >= 5) | holiday
    other = _read(profiles(rng, k, shape if chance(rng, 0.5) else None), day.phase)
    lower, level = rng.choice([0.1, rng.uniform(0.2, 1.0)], p=[0.25, 0.75]), rng.uniform(-0.9, 0.3)
    return np.where(weekend, lower * other + level, values)


def _weekdays(rng: Generator, week: Cycle, holiday: np.ndarray, k: int) -> np.ndarray:
    """A level per weekday, the last two apart, holidays like the last."""
    levels = rng.normal(0, 0.25, (k, 7))
    levels[:, 5:] += rng.normal(-1, 1, (1, 2))
    index = np.where(holiday, 6, np.floor((week.phase % 1.0) * 7).astype(int))
    return levels[:, index]


def _smooth(rng: Generator, k: int, phase: np.ndarray) -> np.ndarray:
    order = int(rng.integers(1, 4))
    j = np.arange(1, order + 1)
    shift = rng.random(order) + rng.normal(0, 0.05, (k, order))
    size = rng.random(order) / j**1.5 * rng.lognormal(0, 0.3, (k, order))
    size[:, 0] += 0.3
    return (size[..., None] * np.cos(2 * np.pi * (j[:, None] * phase - shift[..., None]))).sum(1)


def _peaks(rng: Generator, k: int, phase: np.ndarray) -> np.ndarray:
    count = int(rng.integers(1, 4))
    centre = rng.random(count) + rng.normal(0, 0.015, (k, count))
    width = log_uniform(rng, 0.015, 0.15, count)
    skew = rng.uniform(0.3, 3.0, count)
    height = rng.uniform(0.3, 1, count) * rng.lognormal(0, 0.4, (k, count))
    gap = (phase - centre[..., None] + 0.5) % 1.0 - 0.5
    side = np.where(gap > 0, width[:, None] * skew[:, None], width[:, None])
    peaks = height[..., None] * np.exp(-0.5 * (gap / side) ** 2)
    return peaks.sum(1) + rng.uniform(0, 0.5) * np.exp(np.cos(2 * np.pi * (phase - rng.random())))


def _plateau(rng: Generator, k: int, phase: np.ndarray) -> np.ndarray:
    start, length, ramp = rng.random() + rng.normal(0, 0.02, (k, 1)), rng.uniform(0.2, 0.6), log_uniform(rng, 0.01, 0.15)
    gap = (phase - start) % 1.0
    return np.clip(np.minimum(gap, length - gap) / ramp, 0, 1)


def _bell(rng: Generator, k: int, phase: np.ndarray) -> np.ndarray:
    centre = rng.random() + rng.normal(0, 0.01, (k, 1))
    return np.maximum(0, np.cos(2 * np.pi * (phase - centre)) + rng.uniform(-0.4, 0.4)) ** rng.uniform(0.7, 2)


def _saw(rng: Generator, k: int, phase: np.ndarray) -> np.ndarray:
    gap = (phase - rng.random() - rng.normal(0, 0.01, (k, 1))) % 1.0
    top = rng.uniform(0.02, 0.98)
    return np.minimum(gap / top, (1 - gap) / (1 - top))


def _rough(rng: Generator, k: int, phase: np.ndarray) -> np.ndarray:
    cells = int(rng.integers(4, 25))
    table = rng.normal(0, 1, cells) + rng.normal(0, 0.3, (k, cells))
    return table[:, (phase * cells).astype(int)]
