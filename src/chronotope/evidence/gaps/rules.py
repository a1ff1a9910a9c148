"""Rules: what each way of reading around a gap says of its cells, all in the scale of the series."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.gaps.bridges import Sides, phase_mean
from chronotope.evidence.gaps.conditional import Cells, Readings, conditional
from chronotope.evidence.gaps.lagged import Lagged
from chronotope.evidence.kriging import surround
from chronotope.evidence.series import Series

WIDEST = 8.0  # scaled departures are cut off here
PLAIN, CLOSE, PHASED = (0.01, 0.1), (0.0005, 0.005), (0.01, 0.05)  # noises of own values and of relatives
NEXT = 2  # steps from what is seen at which one side is enough
LEAST_CYCLES = 2.5  # of a period in the frame
BETTER = 0.95  # a mean of phases must miss so much less than the level


@dataclass(frozen=True)
class Told:
    """What rules tell of cells.

    Attributes:
        values: (k,) by name.
        expected: (k,) how far off the conditional guess may be.
        signs: (f, k), logarithms of the distance to what is seen and of what the series moves across the gap.
        is_near: bool (k,), the series is seen on both sides, or next to the cell.
    """

    values: dict[str, np.ndarray]
    expected: np.ndarray
    signs: np.ndarray
    is_near: np.ndarray

    def of(self, some: np.ndarray) -> Told:
        """Of some of the cells, by a mask or by their numbers."""
        values = {name: value[some] for name, value in self.values.items()}
        return Told(values, self.expected[some], self.signs[:, some], self.is_near[some])


def told_by_all(series: Series, cells: Cells) -> Told:
    """Of cells that are not seen: straight lines, conditional regressions with little and much trust and of phases' departures, kriging."""
    x, m = np.clip(series.x, -WIDEST, WIDEST).astype(float), series.m
    sides = Sides.of(m)
    values = {"line": sides.line(x)[cells]}
    plain, variance = _conditional(x, m, sides, cells, (PLAIN, CLOSE))
    values |= {"conditional": plain[:, 0], "close conditional": plain[:, 1]}
    base = _best_phase(x, m, series)
    if base is not None:
        values["conditional of phases"] = _conditional((x - base) * m, m, sides, cells, (PHASED,))[0][:, 0] + base[cells]
    kriged = _kriged(series, cells)
    if kriged is not None:
        values["kriging"] = np.where(np.isfinite(kriged), kriged, values["conditional"])
    low, high = sides.ends(x)
    moved = np.where(sides.is_bounded, np.abs(high - low), 1.0)[cells]
    nearest = sides.nearest[cells]
    return Told(values, np.sqrt(variance), np.stack([np.log(nearest), np.log(moved + 1e-3)]), sides.is_bounded[cells] | (nearest <= NEXT))


def usual(series: Series, variable: int) -> tuple[np.ndarray, np.ndarray]:
    """At cells of a variable that are seen: the lines through the cells beside them, and their values, (k,) each, scaled."""
    pick = slice(variable, None, series.variables)
    x, m = np.clip(series.x[pick], -WIDEST, WIDEST).astype(float), series.m[pick]
    return Sides.of(m).line(x)[m > 0], x[m > 0]


def _conditional(
    x: np.ndarray, m: np.ndarray, sides: Sides, cells: Cells, noises: tuple[tuple[float, float], ...]
) -> tuple[np.ndarray, np.ndarray]:
    lagged = Lagged.of(x, m, sides)
    return conditional(lagged, Readings.of(x, m, sides, lagged.relatives, cells), cells, noises)


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


def _kriged(series: Series, cells: Cells) -> np.ndarray | None:
    """What the other places' departures from their levels say (k,), NaN where they say nothing; None without any."""
    if len(series.near.index) < 2 or not (series.near.index >= 0).any():
        return None
    rows, column = np.unique(cells[1], return_inverse=True)
    departures = replace(series, location=np.zeros_like(series.location), kept={})
    m = series.m[:, rows]
    found, there = surround(departures, series.x[:, rows] * series.spread[:, None] * m, m)
    at = cells[0], column.ravel()
    return np.where(there[at] > 0, found[at] / series.spread[cells[0]], np.nan)
