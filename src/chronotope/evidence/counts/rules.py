"""Rules: what each way of reading the past expects a place to count in a step, all of them rates and none below zero."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from chronotope.evidence.counts.counted import Counted, fading

LIVES = (2.0, 8.0, 32.0, 128.0)  # half-lives, in steps, of what a place remembers
NEAR_LIFE, COMMON_LIVES = 8.0, (4.0, 16.0)  # of what its neighbours and all places do
OWN, LEVEL, PHASED = 4.0, 1.0, 3.0  # steps' worth of all places in a place's mean, of that in what it did lately, and in what a phase did
SEASON = 30.0  # events' worth of no season, and of no common change
LEAST = 1e-9


class Rules:
    """Rates by every rule, of what was counted."""

    def __init__(self, counted: Counted) -> None:
        self.counted = counted
        y, m = counted.y, counted.m
        whole = y.sum() / max(m.sum(), 1.0)
        self._mean = (y.sum(axis=0) + OWN * whole) / (m.sum(axis=0) + OWN) + LEAST
        usual = m * self._season(np.arange(len(y)))[:, None]
        self._sums = np.cumsum(y, axis=0), np.cumsum(usual, axis=0)
        self._lately = {life: (fading(y, life), fading(usual, life)) for life in sorted({*LIVES, NEAR_LIFE, *COMMON_LIVES})}

    @cached_property
    def _phases(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return [self.counted.by_phase(period) for period in self.counted.periods]

    def _season(self, rows: np.ndarray) -> np.ndarray:
        return self.counted.season(rows, self._mean, SEASON)

    def at(self, rows: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Rates (k, n, r) in rows (k,), from what was counted up to rows `last` (k,); the last rule says that nothing happens.

        What a phase did is read from all of the past but the row itself, which so is no trial of what it has seen.
        """
        season = self._season(rows)[:, None]
        y, usual = (one[last] for one in self._sums)
        every = y.sum(axis=1, keepdims=True) / np.maximum(usual.sum(axis=1, keepdims=True), LEAST) + LEAST
        mean = (y + OWN * every) / (usual + OWN)
        lately = {life: (count[last], time[last]) for life, (count, time) in self._lately.items()}
        out = [mean, np.broadcast_to(every, mean.shape), self._near(mean)[0]]
        out += [(count + LEVEL * mean) / (time + LEVEL) for count, time in (lately[life] for life in LIVES)]
        count, time = lately[NEAR_LIFE]
        around, expected = self._near(count, time * mean)
        out.append((around + LEVEL * mean) / (expected + LEVEL * mean) * mean)
        for count, time in (lately[life] for life in COMMON_LIVES):
            out.append((count.sum(axis=1) + SEASON)[:, None] / ((time * mean).sum(axis=1) + SEASON)[:, None] * mean)
        return np.stack([*(one * season for one in out), *self._by_phase(rows, mean * season), np.zeros_like(mean)], axis=-1)

    def _near(self, *parts: np.ndarray) -> list[np.ndarray]:
        """Means over neighbours of (k, n) arrays; of the place's own values where it has none."""
        ones, out = np.ones(parts[0].T.shape, np.float32), []
        for part in parts:
            mean, mass = self.counted.near.mean(part.T.astype(np.float32), ones)
            out.append(np.where(mass > 0, mean, part.T).T.astype(float))
        return out

    def _by_phase(self, rows: np.ndarray, expected: np.ndarray) -> list[np.ndarray]:
        known = rows < len(self.counted.y)
        inside = np.where(known, rows, 0)
        own, seen = (one[inside] * known[:, None] for one in (self.counted.y, self.counted.m))
        out = []
        for period, (total, number) in zip(self.counted.periods, self._phases):
            phase = self.counted.phase(period, rows)[0]
            out.append((total[phase] - own + PHASED * expected) / (number[phase] - seen + PHASED))
        return out
