"""Rules: what each way of reading around a gap says of its cells, all in the scale of the series."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.gaps.bridges import Sides, filled, phase_mean
from chronotope.evidence.gaps.conditional import Cells, Readings, Seen, conditional, refilled
from chronotope.evidence.gaps.lagged import CYCLE, Lagged, in_common
from chronotope.evidence.gaps.moments import alike_moments
from chronotope.evidence.gaps.regressed import regressed
from chronotope.evidence.gaps.shifted import copied, with_shifted
from chronotope.evidence.kriging import surround
from chronotope.evidence.series import Series

WIDEST, READ = 8.0, 40.0  # scaled values are cut off here where covariances are estimated, and where they are read beside gaps
NOISES = {"conditional": (0.01, 0.1), "close conditional": (0.0005, 0.005), "closest conditional": (0.00005, 0.0005)}
PHASED = (0.01, 0.05)  # noises of own values and of relatives, as those
SHORTEST = 4  # steps of a period whose cycles are read
NEXT = 2  # steps from what is seen at which one side is enough
SILENT = 0.1  # share of a series that is silent, from which on its level is found anew
LEAST_CYCLES = 2.5  # of a period in the frame
ENOUGH, RANGES = 24, 4.0  # values of a series that tell how far it reaches, and how many ranges beyond it rules are heard
BETTER = 0.95  # a mean of phases must miss so much less than the level


@dataclass(frozen=True)
class Told:
    """What rules tell of cells.

    Attributes:
        values: (k,) by name.
        expected: (k,) how far off the conditional guess may be.
        signs: (f, k), logarithms of the distance to what is seen and of what the series moves across the gap.
        is_near: bool (k,), the series is seen on both sides, or next to the cell, or one like it is at the time.
    """

    values: dict[str, np.ndarray]
    expected: np.ndarray
    signs: np.ndarray
    is_near: np.ndarray

    def of(self, some: np.ndarray) -> Told:
        """Of some of the cells, by a mask or by their numbers."""
        values = {name: value[some] for name, value in self.values.items()}
        return Told(values, self.expected[some], self.signs[:, some], self.is_near[some])


def told_by_all(series: Series, cells: Cells, is_bounded: bool = False) -> Told:
    """Of cells that are not seen: straight lines, conditional regressions with little and much trust and of phases' departures, kriging,
    relatives one by one and together, and the moments at which all else looked most alike.

    Beside a gap high values count as they are: who cuts them off tells smoke at its height by half. `is_bounded` holds rules near what
    their series showed; not in trials, where who tells the absurd is to be found out.
    """
    (x, read), m = (np.clip(series.x, -widest, widest).astype(float) for widest in (WIDEST, READ)), series.m
    sides = Sides.of(m)
    values = {"line": sides.line(read)[cells]}
    around, whole, level = _levelled(x, m, sides, _cycles(series))
    readings = Readings.of(around.reading((read - level) * m), cells)
    told, variance = conditional(Lagged.of(around.relatives, whole), readings, cells, tuple(NOISES.values()))
    values |= dict(zip(NOISES, (told + level[cells[0]]).T))
    base = _best_phase(around.x, m, series)
    values["conditional of phases"] = values["conditional"]
    if base is not None:
        apart = Seen.of((around.x - base) * m, m, sides, around.cycles)
        readings = Readings.of(apart.reading((read - level - base) * m), cells)
        told, _ = conditional(Lagged.of(apart.relatives, whole - base), readings, cells, (PHASED,))
        values["conditional of phases"] = told[:, 0] + base[cells] + level[cells[0], 0]
    kriged = _kriged(series, level, cells)
    if kriged is not None:
        values["kriging"] = np.where(np.isfinite(kriged), kriged, values["conditional"])
    told, is_told = in_common(read, m, around.relatives)
    values["relatives"] = np.where(is_told[cells], np.clip(told[cells], -READ, READ), values["conditional"])
    fitted = np.clip(_regressed(x, m, around.relatives, read, cells, whole - (0.0 if base is None else base)), -READ, READ)
    values["regressed"] = np.where(np.isfinite(fitted), fitted, values["conditional"])
    alike = alike_moments(x, m, read, cells)
    values["moments"] = np.where(np.isfinite(alike), alike, values["conditional"])
    if is_bounded:
        least, most = _reach(read, m)
        values = {name: np.clip(value, least[cells[0]], most[cells[0]]) for name, value in values.items()}
    low, high = sides.ends(read)
    moved = np.where(sides.is_bounded, np.abs(high - low), 1.0)[cells]
    nearest = sides.nearest[cells]
    is_near = sides.is_bounded[cells] | (nearest <= NEXT) | is_told[cells]
    return Told(values, np.sqrt(variance), np.stack([np.log(nearest), np.log(moved + 1e-3)]), is_near)


def _regressed(x: np.ndarray, m: np.ndarray, near: np.ndarray, read: np.ndarray, cells: Cells, apart: np.ndarray) -> np.ndarray:
    """What relatives tell together (k,), those too that lead or follow in departures `apart` (s, t) without gaps."""
    found = with_shifted(apart, m, near)
    if found is None:
        return regressed(x, m, near, read, cells)
    more, copies = found
    wide = np.concatenate([more, np.full((len(copies[0]), more.shape[1]), -1)])
    return regressed(copied(x, *copies), copied(m, *copies), wide, copied(read, *copies), cells)


def _reach(x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some ranges below and above what each series showed, (s,) each, where that is enough to tell: neighbours' large departures would
    else be those of a place that hardly moves."""
    least, most = np.where(m > 0, x, np.inf).min(axis=1), np.where(m > 0, x, -np.inf).max(axis=1)
    is_told, beyond = m.sum(axis=1) >= ENOUGH, RANGES * (most - least)
    return np.where(is_told, least - beyond, -np.inf), np.where(is_told, most + beyond, np.inf)


def usual(series: Series, variable: int) -> tuple[np.ndarray, np.ndarray]:
    """At cells of a variable that are seen: the lines through the cells beside them, and their values, (k,) each, scaled."""
    pick = slice(variable, None, series.variables)
    x, m = np.clip(series.x[pick], -READ, READ).astype(float), series.m[pick]
    return Sides.of(m).line(x)[m > 0], x[m > 0]


def _levelled(x: np.ndarray, m: np.ndarray, sides: Sides, cycles: tuple[int, ...]) -> tuple[Seen, np.ndarray, np.ndarray]:
    """Departures from levels as they are seen, without gaps (s, t), and the levels (s, 1): of all rows, silent ones as relatives tell them.

    A place that is silent all summer would else have the level of its winters, and summers as far above it as other places' are above
    their year.
    """
    level = (x * m).sum(axis=1, keepdims=True) / np.maximum(m.sum(axis=1, keepdims=True), 1)
    around = Seen.of((x - level) * m, m, sides, cycles)
    if 1 - m.mean(axis=1).min() > SILENT:
        told, is_told = in_common(x, m, around.relatives)
        whole = filled(x, m, sides, np.where(is_told, told, level))
        level = whole.mean(axis=1, keepdims=True)
        around = Seen.of((x - level) * m, m, sides, cycles)
        return around, refilled(around, np.where(is_told, told - level, 0.0)), level
    return around, refilled(around), level


def _cycles(series: Series) -> tuple[int, ...]:
    """Whole steps of the two shortest periods at which own values are read."""
    steps = sorted(round(period.steps) for period in series.periods)
    return tuple(dict.fromkeys(one for one in steps if SHORTEST <= one <= CYCLE))[:2]


def _best_phase(x: np.ndarray, m: np.ndarray, series: Series) -> np.ndarray | None:
    """The means of the period whose phases miss what is seen least; None where they miss hardly less than the level."""
    least, best = BETTER * float(np.abs(x * m).sum()), None
    for period in series.periods:
        if period.steps * LEAST_CYCLES <= x.shape[1]:
            mean = phase_mean(x, m, period.steps)
            miss = float((np.abs(x - mean) * m).sum())
            if miss < least:
                least, best = miss, mean
    return best


def _kriged(series: Series, level: np.ndarray, cells: Cells) -> np.ndarray | None:
    """What the other places' departures from their levels say (k,), NaN where they say nothing; None without any."""
    if len(series.near.index) < 2 or not (series.near.index >= 0).any():
        return None
    rows, column = np.unique(cells[1], return_inverse=True)
    departures = replace(series, x=(series.x - level) * series.m, location=np.zeros_like(series.location), kept={})
    m = series.m[:, rows]
    found, there = surround(departures, departures.x[:, rows] * series.spread[:, None], m)
    at = cells[0], column.ravel()
    told = np.clip(found[at] / series.spread[cells[0]] + level[cells[0], 0], -READ, READ)
    return np.where(there[at] > 0, told, np.nan)
