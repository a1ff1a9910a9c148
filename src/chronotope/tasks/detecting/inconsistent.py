"""Inconsistent: values that break what holds exactly between series, and which of those that take part is the wrong one.

misses beyond their limits --> who, set right, mends all that is broken and breaks nothing --> of those, whose course gains most

Where that cannot be told all of them are named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.tasks.detecting.relations import Relations, relations_of

WHOLE = 600  # series that are looked through together; of more, the variables of each place
AT_LIMIT, FALLING = 1e-4, 4.0  # chance of a miss at the limit of its relation, and the power by which it falls beyond
SLACK = 1.5  # limits that what is set right may miss
TOGETHER = 3  # wrong values of a row
LISTED = 4  # series that are named where it cannot be told which is wrong
PAUSE = 2  # rows that obey between two that belong together
MARGIN = 5.0  # usual moves that the course of a series must gain more than that of the next
ONE = 0.005  # by how much the weights of a sum may differ from one


@dataclass(frozen=True)
class Told:
    """What others tell of a value.

    Attributes:
        value: in the unit of the values.
        reach: by how much it may miss.
        by: (place, variable) of those that tell it.
        is_sum: whether it is their sum; of one, the same.
        suspects: (place, variable) of others that may be the wrong ones instead.
    """

    value: float
    reach: float
    by: tuple[tuple[int, int], ...]
    is_sum: bool
    suspects: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Inconsistent:
    """Values that break a relation.

    Attributes:
        chance: (t, n, v), one where none is broken.
        told: by (row, place, variable).
    """

    chance: np.ndarray
    told: dict[tuple[int, int, int], Told]

    @property
    def where(self) -> np.ndarray:
        """Bool (t, n, v)."""
        return self.chance < 1.0

    def last(self) -> Inconsistent:
        """Those of the last row alone."""
        row = len(self.chance) - 1
        return Inconsistent(self.chance[-1:], {(0, *cell[1:]): told for cell, told in self.told.items() if cell[0] == row})


@dataclass(frozen=True)
class Held:
    """Relations of some `series` (s,), int of (place, variable) one after the other."""

    series: np.ndarray
    relations: Relations

    def members(self) -> list[tuple[int, ...]]:
        """The series between which each relation holds."""
        return [tuple(self.series[weights != 0].tolist()) for weights in self.relations.weights]

    def some(self, which: np.ndarray | list[bool]) -> Held | None:
        """The relations of `which` (r,); None where there is none."""
        relations = self.relations.some(np.asarray(which))
        return None if relations is None else Held(self.series, relations)


def inconsistent(values: np.ndarray, trusted: np.ndarray, usual: np.ndarray) -> Inconsistent:
    """Values (t, n, v), NaN where not seen, that break what holds exactly.

    Args:
        values: (t, n, v), NaN where not seen or where there is nothing to be told.
        trusted: bool (t, n, v), from which is learnt what holds.
        usual: (t, n, v), what they are at this hour.
    """
    return broken(held(values, trusted), values, usual)


def held(values: np.ndarray, trusted: np.ndarray) -> list[Held]:
    """What holds exactly between series of values (t, n, v), as in `inconsistent`."""
    t, n, v = values.shape
    flat, sure = series_of(values), series_of(trusted)
    if n * v <= WHOLE:
        parts = [(np.arange(n * v), None)]
    elif v > 1:
        size = max(1, WHOLE // v)
        parts = [(np.arange(low * v, min(low + size, n) * v), v) for low in range(0, n, size)]
    else:
        parts = []
    out = []
    for series, variables in parts:
        groups = None if variables is None else _at_one_place(len(series), variables)
        relations = relations_of(flat[series], sure[series], groups)
        if relations is not None:
            out.append(Held(series, relations))
    return out


def broken(holding: list[Held], values: np.ndarray, usual: np.ndarray) -> Inconsistent:
    """Values (t, n, v) that break what holds; `usual` (t, n, v) is what they are at this hour."""
    out = Inconsistent(np.ones(values.shape), {})
    flat, hour = series_of(values), series_of(usual)
    for one in holding:
        _find(one.relations, flat[one.series], hour[one.series], out, (int(one.series[0]), values.shape[2]))
    return out


def series_of(values: np.ndarray) -> np.ndarray:
    """Values (t, n, v) as series (n v, t)."""
    t, n, v = values.shape
    return np.moveaxis(values, 0, 2).reshape(n * v, t)


def _at_one_place(count: int, variables: int) -> np.ndarray:
    """Of each series the others of its place, int (s, v - 1)."""
    series = np.arange(count)
    return np.stack([series // variables * variables + (series + j) % variables for j in range(1, variables)], axis=1)


def _find(relations: Relations, x: np.ndarray, usual: np.ndarray, out: Inconsistent, of: tuple[int, int]) -> None:
    """Write into `out` what is found in series (s, t), the first and the variables of which are `of`."""
    course = _Course((x - usual) / np.maximum(relations.spread, 1e-300)[:, None])
    misses = relations.misses(x)
    rows = np.flatnonzero((np.abs(np.nan_to_num(misses)) > relations.limits[:, None]).any(axis=0))
    for _ in range(TOGETHER):
        found = {int(row): sets for row in rows if (sets := _hypotheses(relations, misses[:, row]))}
        if not found:
            return
        for run in _runs(found):
            _blame(relations, run, {row: found[row] for row in run}, (misses, x, course), out, of)
        rows = np.array(sorted(found))


Hypotheses = dict[int, tuple[float, int]]  # by series: how far off it is, and the relation that tells it


def _hypotheses(relations: Relations, miss: np.ndarray) -> Hypotheses:
    """Series of which one, set right, mends most of what is broken in a row (r,)."""
    known = np.isfinite(miss)
    ratio = np.where(known, np.abs(np.nan_to_num(miss)) / relations.limits, 0.0)
    broken = ratio > 1.0
    best = int(broken.sum())
    out: Hypotheses = {}
    for one in np.flatnonzero((relations.weights[broken] != 0).any(axis=0)):
        part = relations.weights[:, one]
        first = int(np.argmax(np.where(broken & (part != 0), np.minimum(ratio, 1e6) * np.minimum(np.abs(part), 1.0), 0.0)))
        off = miss[first] / part[first]
        slack = SLACK * (relations.limits + np.abs(part / part[first]) * relations.limits[first])
        left = int((known & (np.abs(np.nan_to_num(miss) - part * off) > np.where(part != 0, slack, relations.limits))).sum())
        if left < best:
            best, out = left, {}
        if left == best and left < broken.sum():
            out[int(one)] = (float(off), first)
    return out


def _runs(found: dict[int, Hypotheses]) -> list[list[int]]:
    """Rows that follow one another and leave the same series to choose from."""
    out: list[list[int]] = []
    for row in sorted(found):
        if out and row - out[-1][-1] <= PAUSE + 1 and found[row].keys() == found[out[-1][-1]].keys():
            out[-1].append(row)
        else:
            out.append([row])
    return out


def _blame(
    relations: Relations,
    run: list[int],
    found: dict[int, Hypotheses],
    of_series: tuple[np.ndarray, np.ndarray, _Course],
    out: Inconsistent,
    of: tuple[int, int],
) -> None:
    """Write down which series of a run are wrong, and set the misses right."""
    misses, x, course = of_series
    names = sorted(found[run[0]])
    gain = {one: course.gain(one, run, np.array([found[row][one][0] for row in run])) for one in names}
    order = sorted(names, key=lambda one: -gain[one])
    suspects = [one for one in order if gain[one] >= gain[order[0]] - MARGIN]
    place = {one: ((of[0] + one) // of[1], (of[0] + one) % of[1]) for one in range(len(x))}
    for row in run:
        for one in suspects[:LISTED]:
            off, first = found[row][one]
            weights = relations.weights[first]
            by = [int(other) for other in np.flatnonzero(weights) if other != one]
            shares = -weights[by] / weights[one] * relations.spread[one] / relations.spread[by]
            value = float(x[one, row] - off * relations.spread[one])
            is_sum = bool((np.abs(shares - 1) < ONE).all()) and abs(value - x[by, row].sum()) < ONE * relations.spread[one]
            others = tuple(place[other] for other in suspects if other != one)
            reach = float(relations.limits[first] * relations.spread[one] / abs(weights[one]))
            cell = (row, *place[one])
            size = abs(misses[first, row]) / relations.limits[first]
            out.chance[cell] = min(out.chance[cell], AT_LIMIT * max(size, 1.0) ** -FALLING)
            out.told.setdefault(cell, Told(value, reach, tuple(place[other] for other in by), is_sum, others))
        off = found[row][order[0]][0]
        misses[:, row] -= relations.weights[:, order[0]] * off


@dataclass(frozen=True)
class _Course:
    """How series go.

    Attributes:
        apart: (s, t) departures from what is usual at the hour.
    """

    apart: np.ndarray

    def gain(self, one: int, rows: list[int], off: np.ndarray) -> float:
        """By how many usual moves and departures a series goes evener with `off` (k,) taken from it in some rows."""
        was = self.apart[one]
        put = was.copy()
        put[rows] -= off
        low, high = max(rows[0] - 1, 0), rows[-1] + 2
        moves = np.abs(np.diff(was))
        usual = max(float(np.nanmedian(moves)), 1e-9) if np.isfinite(moves).any() else 1.0
        gain = np.nansum(np.abs(np.diff(was[low:high])) - np.abs(np.diff(put[low:high]))) / usual
        level = was - np.nanmedian(was)
        size = max(float(np.nanmedian(np.abs(level))), 1e-9)
        alike = min(usual / size, 1.0) ** 2 / 2.0  # independent departures move as far as they are large
        return float(gain + alike * np.nansum(np.abs(level[rows]) - np.abs(level[rows] - off)) / size)
