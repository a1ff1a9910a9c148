"""Conditional: the best linear guess of a cell from what is seen around it, own values on both sides and relatives at its time.

Which of the readings are there differs from cell to cell, so every cell has a small system of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.gaps.bridges import Sides, filled
from chronotope.evidence.gaps.lagged import REACH, RELATIVES, Lagged, relatives

OWN = 3  # own values read on each side
BATCH = 2048  # systems solved at once
NOWHERE = -(10**6)
FILLING, ROUNDS = (0.00005, 0.0005), 2  # noises where gaps are filled to estimate covariances, and how often
Cells = tuple[np.ndarray, np.ndarray]
"""Series (k,) and rows (k,) of cells."""


@dataclass(frozen=True)
class Seen:
    """Series as they are seen.

    Attributes:
        x: (s, t) departures from their levels, zero where not seen.
        m: (s, t) one where seen.
        sides: the seen rows beside every cell.
        relatives: int (s, r), the series most like each.
        cycles: steps of the periods at which own values are read.
    """

    x: np.ndarray
    m: np.ndarray
    sides: Sides
    relatives: np.ndarray
    cycles: tuple[int, ...]

    @classmethod
    def of(cls, x: np.ndarray, m: np.ndarray, sides: Sides, cycles: tuple[int, ...]) -> Seen:
        """With the relatives that these departures tell."""
        return cls(x, m, sides, relatives(x, m), cycles)

    def reading(self, x: np.ndarray) -> Seen:
        """The same with other departures (s, t)."""
        return replace(self, x=x)


@dataclass(frozen=True)
class Readings:
    """What is read for each cell: of which member of its series' group, at which row, and whether it is seen there; (k, f) each."""

    member: np.ndarray
    row: np.ndarray
    is_seen: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, around: Seen, cells: Cells, is_wide: bool = True) -> Readings:
        """Own values beside the gap and a cycle away, and those of relatives at the cell's time.

        `is_wide` also reads relatives one step before and after the cell, and at the gap's ends.
        """
        series, rows = cells
        before, after = _own(around.sides.before, cells), _own(around.sides.after, cells)
        own = np.concatenate([before, after], axis=1)
        away = rows[:, None] + np.array([sign * cycle for cycle in around.cycles for sign in (-1, 1)], int)
        own = np.concatenate([own, np.where((away[:, :, None] == own[:, None]).any(axis=2), NOWHERE, away)], axis=1)
        times = rows[:, None]
        if is_wide:
            ends = np.where(before[:, 0] < rows - 1, before[:, 0], NOWHERE), np.where(after[:, 0] > rows + 1, after[:, 0], NOWHERE)
            times = np.stack([rows - 1, rows, rows + 1, *ends], axis=1)
        row = np.concatenate([own, np.repeat(times, RELATIVES, axis=1)], axis=1)
        member = np.concatenate([np.zeros(own.shape[1], int), np.tile(np.arange(1, RELATIVES + 1), times.shape[1])])
        who = np.concatenate([series[:, None], around.relatives[series]], axis=1)[:, member]
        inside = (row >= 0) & (row < around.x.shape[1]) & (who >= 0)
        at = np.maximum(who, 0), np.clip(row, 0, around.x.shape[1] - 1)
        seen = inside & (around.m[at] > 0)
        return cls(np.broadcast_to(member, row.shape), row, seen, np.where(seen, around.x[at], 0.0))

    def of_cells(self, some: np.ndarray) -> Readings:
        """What is seen for some cells (int), in so many columns as that takes."""
        is_seen = self.is_seen[some]
        seen_first = np.argsort(~is_seen, axis=1, kind="stable")[:, : max(1, int(is_seen.sum(axis=1).max()))]
        at = some[:, None], seen_first
        return Readings(self.member[at], self.row[at], self.is_seen[at], self.value[at])


def refilled(around: Seen, far: np.ndarray | float = 0.0) -> np.ndarray:
    """Departures (s, t) without gaps: straight lines that fade to `far`, then what relatives say at the time, by the covariances of what
    was filled before.

    Source: Dempster, Laird and Rubin (1977), without the variances of what is filled, which made it worse.
    """
    company = np.where(around.relatives[..., None] >= 0, around.m[np.maximum(around.relatives, 0)], 0).max(axis=1)
    series, rows = np.nonzero((around.m <= 0) & (company > 0))
    holes, whole = (series, rows), filled(around.x, around.m, around.sides, far)
    readings = Readings.of(around, holes, is_wide=False)
    for _ in range(ROUNDS):
        whole[holes] = conditional(Lagged.of(around.relatives, whole), readings, holes, (FILLING,))[0][:, 0]
    return whole


def conditional(lagged: Lagged, readings: Readings, cells: Cells, noises: tuple[tuple[float, float], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Means (k, c) of cells given what is read, and variances (k,) by the first noise, in the units of the departures.

    Args:
        lagged: covariances.
        readings: of the cells.
        cells: series and rows.
        noises: c pairs of what own values and relatives vary on their own, in their variances; the more, the less is made of either.
    """
    mean, variance = np.empty((len(cells[0]), len(noises))), np.empty(len(cells[0]))
    order = np.argsort(readings.is_seen.sum(axis=1), kind="stable")  # systems of one size together
    for start in range(0, len(order), BATCH):
        part = order[start : start + BATCH]
        mean[part], variance[part] = _solved(lagged, readings.of_cells(part), (cells[0][part], cells[1][part]), noises)
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
