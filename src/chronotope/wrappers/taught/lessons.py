"""Lessons: what is known where a forecast was made, as differences in units of its width, so that places and units are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from chronotope.baselines.intervals import deviation
from chronotope.baselines.phases import Phase, phases
from chronotope.baselines.seasonal import causal_mean, gather
from chronotope.baselines.series import Series, carry
from chronotope.baselines.spatial import around, neighbour_weights
from chronotope.data.panel import Panel
from chronotope.questions import QUANTILE_LEVELS

LOW, MIDDLE, HIGH = (QUANTILE_LEVELS.index(level) for level in (0.1, 0.5, 0.9))
LAGS = (0, 1, 2, 3, 5, 8, 11)
NEAR = 6  # rows over which a recent anomaly is averaged
RECENT = 500  # rows in which the last value, the mean and the deviation of a series are looked for
NOTHING = 1e-9  # of the mean: a deviation that is rounding
LEAST_WIDTH = 0.05  # of the deviation: the width of a forecast counts as no smaller


@dataclass(frozen=True)
class Clock:
    """Names of periods: those with means of their own, and those of which it is read where one stands.

    The latter came round twice: where one stands in others is only how late it is.
    """

    means: tuple[str, ...]
    stands: tuple[str, ...]

    @staticmethod
    def of(panel: Panel) -> Clock:
        """The periods that a panel holds once, and twice."""
        found, rows = phases(panel).values(), len(panel.times)
        once, twice = (tuple(phase.name for phase in found if rows >= times * phase.size) for times in (1, 2))
        return Clock(once, twice)


@dataclass(frozen=True)
class Lessons:
    """A panel's past as lessons are read from it; those of an origin read nothing after it but what is known ahead.

    Attributes:
        panel: the frame, the steps ahead included.
        visible: float64 (t, n, v), NaN where nothing may be read; rows after an origin count only for variables known ahead.
        end: rows of the past.
        clock: the periods that are read; what a period is missing for is NaN, so that lessons of one model are alike.
    """

    panel: Panel
    visible: np.ndarray
    end: int
    clock: Clock
    _known: dict[tuple[int, int], tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    def of(self, variable: int, known: tuple[int, ...], origin: int, leads: np.ndarray, told: np.ndarray) -> np.ndarray:
        """What stands beside a forecast of a variable.

        Args:
            variable: whose.
            known: variables that are known ahead.
            origin: the last row read.
            leads: int (h,), from 1.
            told: (q, h, n), quantiles at the house's levels.

        Returns:
            float32 (h, n, f), NaN where something is not known.
        """
        rows, shape = origin + leads, told.shape[1:]
        unit, last, median = self.unit(variable, origin, told), self._last(variable, origin), told[MIDDLE]
        parts = [(told[HIGH] - median) / unit, (median - told[LOW]) / unit, (last - median) / unit]
        parts += [(self._last(variable, origin, lag) - median[0]) / unit for lag in LAGS]
        for name in self.clock.means:
            parts += self._of_phase(variable, name, origin, rows, median, unit)
        moved = [self._moved(variable, origin, back) for back in (1, 3)]
        parts += [np.log(unit / self._deviation(variable, origin)), *moved, *around(np.stack(moved), self._weights)]
        others = [u for u in range(self.visible.shape[2]) if u != variable]
        parts += [_standing(self._last(u, origin), *self._recent(u, origin)[1:]) for u in others]
        parts += [_standing(self.visible[rows][..., u], *_usual(self.visible[: origin + 1, :, u])) for u in known]  # a holiday is rare
        parts += [leads[:, None].astype(float), *(self._stands(name, rows) for name in self.clock.stands)]
        with np.errstate(invalid="ignore"):
            table = np.stack([np.broadcast_to(part, shape) for part in parts], axis=-1)
        return np.where(np.isfinite(table), table, np.nan).astype(np.float32)

    def unit(self, variable: int, origin: int, told: np.ndarray) -> np.ndarray:
        """The width (n,) in which misses are told: of the middle 80 %, the mean over leads."""
        return np.maximum((told[HIGH] - told[LOW]).mean(axis=0), LEAST_WIDTH * self._deviation(variable, origin))

    def _of_phase(self, variable: int, name: str, origin: int, rows: np.ndarray, median: np.ndarray, unit: np.ndarray) -> list[np.ndarray]:
        """The mean and the last value of the phase asked beside the median, and what was above such means now and lately."""
        phase = self._phases.get(name)
        if phase is None:
            return [np.full_like(unit, np.nan)] * 4
        series, at = self._all_series[variable], np.array([origin])
        near = origin - np.arange(min(NEAR, origin + 1))
        mean = causal_mean(series, phase, at, np.concatenate([rows, near])[None])[0]
        table = series.table(f"carried:{name}", lambda: carry(phase.table(series.x[: self.end])))
        latest = gather(table, phase.latest(at, rows[None]), phase.phase[rows][None])[0]
        above = series.x[near] - mean[len(rows) :]
        count = np.isfinite(above).sum(axis=0)
        lately = np.where(count > 0, np.nansum(above, axis=0) / np.maximum(count, 1), np.nan)
        now = self._last(variable, origin) - mean[len(rows)]
        return [(mean[: len(rows)] - median) / unit, (latest - median) / unit, now / unit, lately / unit]

    def _stands(self, name: str, rows: np.ndarray) -> np.ndarray:
        """Where rows stand in a period, (h, 1) from 0 to 1."""
        phase = self._phases.get(name)
        return np.full((len(rows), 1), np.nan) if phase is None else phase.phase[rows][:, None] / phase.size

    def _moved(self, variable: int, origin: int, back: int) -> np.ndarray:
        """Change (n,) of the last values over some steps, in deviations."""
        return (self._last(variable, origin) - self._last(variable, origin, back)) / self._deviation(variable, origin)

    def _last(self, variable: int, origin: int, back: int = 0) -> np.ndarray:
        """The last value (n,) seen at or before some rows before an origin; NaN where none was lately."""
        carried, _, _ = self._recent(variable, origin)
        return carried[-1 - back] if back < len(carried) else np.full(carried.shape[1], np.nan)

    def _deviation(self, variable: int, origin: int) -> np.ndarray:
        """Deviation (n,) of what was seen lately, the mean of the others where a place never moved; NaN where none did."""
        return self._recent(variable, origin)[2]

    def _recent(self, variable: int, origin: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What was seen in the last rows up to an origin: carried on (r, n), its mean (n,) and its deviation (n,)."""
        if (variable, origin) not in self._known:
            x = self.visible[max(origin + 1 - RECENT, 0) : origin + 1, :, variable]
            if len(self._known) > 2 * self.visible.shape[2]:
                self._known.clear()
            self._known[variable, origin] = carry(x), *_usual(x)
        return self._known[variable, origin]

    @cached_property
    def _all_series(self) -> list[Series]:
        past = np.where((np.arange(len(self.visible)) < self.end)[:, None, None], self.visible, np.nan)
        rows = np.arange(self.end, self.end + 1)
        return [Series(past[..., v], rows, {}) for v in range(past.shape[2])]

    @cached_property
    def _phases(self) -> dict[str, Phase]:
        return phases(self.panel)

    @cached_property
    def _weights(self) -> csr_array:
        return neighbour_weights(self.panel)


def _usual(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (n,) of what was seen of x (t, n), and its deviation, the mean of the others where a place never moved; NaN where none did."""
    seen, spread = np.isfinite(x), deviation(x)
    mean = np.where(seen.any(axis=0), np.where(seen, x, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1), np.nan)
    moved = spread > NOTHING * np.abs(np.nan_to_num(mean))
    return mean, np.where(moved, spread, spread[moved].mean() if moved.any() else np.nan)


def _standing(values: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Where values stand beside a mean, in deviations."""
    return (values - mean) / spread
