"""Conditional: the best linear guess of a cell from what is seen around it, own values on both sides and relatives at its time.

Which of the readings are there differs from cell to cell, so every cell has a small system of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.gaps.bridges import Sides
from chronotope.evidence.gaps.lagged import REACH, RELATIVES, Lagged

OWN = 3  # own values read on each side
BATCH = 2048  # systems solved at once
NOWHERE = -(10**6)
Cells = tuple[np.ndarray, np.ndarray]
"""Series (k,) and rows (k,) of cells."""


@dataclass(frozen=True)
class Readings:
    """What is read for each cell: of which member of its series' group, at which row, and whether it is seen there; (k, f) each."""

    member: np.ndarray
    row: np.ndarray
    is_seen: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, m: np.ndarray, sides: Sides, near: np.ndarray, cells: Cells) -> Readings:
        """Own values, and those of relatives at the cell's time, one step before and after it, and at the gap's ends."""
        series, rows = cells
        own = np.concatenate([_own(sides.before, cells), _own(sides.after, cells)], axis=1)
        low, high = own[:, 0], own[:, OWN]
        ends = np.where(low < rows - 1, low, NOWHERE), np.where(high > rows + 1, high, NOWHERE)
        times = np.stack([rows - 1, rows, rows + 1, *ends], axis=1)
        row = np.concatenate([own, np.repeat(times, RELATIVES, axis=1)], axis=1)
        member = np.concatenate([np.zeros(2 * OWN, int), np.tile(np.arange(1, RELATIVES + 1), times.shape[1])])
        who = np.concatenate([series[:, None], near[series]], axis=1)[:, member]
        inside = (row >= 0) & (row < x.shape[1]) & (who >= 0)
        at = np.maximum(who, 0), np.clip(row, 0, x.shape[1] - 1)
        seen = inside & (m[at] > 0)
        return cls(np.broadcast_to(member, row.shape), row, seen, np.where(seen, x[at], 0.0))


def conditional(lagged: Lagged, readings: Readings, cells: Cells, noises: tuple[tuple[float, float], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Means (k, c) of cells given what is read, and variances (k,) by the first noise, in the units of the departures.

    Args:
        lagged: covariances.
        readings: of the cells.
        cells: series and rows.
        noises: c pairs of what own values and relatives vary on their own, in their variances; the more, the less is made of either.
    """
    mean, variance = np.empty((len(cells[0]), len(noises))), np.empty(len(cells[0]))
    for start in range(0, len(mean), BATCH):
        part = slice(start, start + BATCH)
        some = Readings(readings.member[part], readings.row[part], readings.is_seen[part], readings.value[part])
        mean[part], variance[part] = _solved(lagged, some, (cells[0][part], cells[1][part]), noises)
    return mean, variance


def _solved(lagged: Lagged, readings: Readings, cells: Cells, noises: tuple[tuple[float, float], ...]) -> tuple[np.ndarray, np.ndarray]:
    series, rows = cells
    member, seen, size = readings.member, readings.is_seen, lagged.variance
    lag = np.where(seen, readings.row - rows[:, None], 0)
    total = lagged.between(series[:, None, None], member[:, :, None], member[:, None, :], lag[:, None, :] - lag[:, :, None]).astype(float)
    total *= seen[:, :, None] & seen[:, None, :]
    toward = lagged.between(series[:, None], np.zeros_like(member), member, lag).astype(float) * seen
    usual, diagonal, means, variance = size[series[:, None], member], np.arange(member.shape[1]), [], size[series, 0]
    plain = total[:, diagonal, diagonal]
    for number, (own, others) in enumerate(noises):
        total[:, diagonal, diagonal] = plain + np.where(seen, np.where(member == 0, own, others) * usual, 1.0)
        weight = np.linalg.solve(total, toward[..., None])[..., 0]
        means.append((weight * readings.value).sum(axis=1))
        if number == 0:
            variance = np.maximum(variance - (weight * toward).sum(axis=1), 1e-4 * variance)
    return np.stack(means, axis=1), variance


def _own(following: np.ndarray, cells: Cells) -> np.ndarray:
    """Rows (k, OWN) of the nearest seen values on one side, the nearest first."""
    series, rows = cells
    out, at, t = np.full((len(rows), OWN), NOWHERE), rows, following.shape[1]
    is_there = np.ones(len(rows), bool)
    for number in range(OWN):
        at = following[series, np.clip(at, 0, t - 1)]
        is_there = is_there & (at >= 0) & (at < t)
        out[:, number] = np.where(is_there & (np.abs(at - rows) <= REACH), at, NOWHERE)
    return out
