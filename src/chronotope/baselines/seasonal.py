"""Floors of the clock: the same phase of the cycle before, and the mean or the quantiles of the same phase."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.floor import AbstractFloor
from chronotope.baselines.gaps import interpolate
from chronotope.baselines.intervals import nan_quantiles
from chronotope.baselines.naive import LastValue
from chronotope.baselines.phases import Phase
from chronotope.baselines.scoring import best_of
from chronotope.baselines.series import Series, by_components, carry


class _OfThePeriod(AbstractFloor):
    """A rule per period; without a named one, each series takes the period whose back-test is best."""

    base = ""

    def __init__(self, period: str | None = None) -> None:
        self.period = period
        self.name = f"{self.base}:{period}" if period else self.base

    def at(self, series: Series, phase: Phase) -> np.ndarray:
        """The rule for one period, (k + 1, h, s)."""
        raise NotImplementedError

    def fill_at(self, series: Series, phase: Phase) -> np.ndarray:
        """The rule for one period in gaps, (t, s); the mean of all seen cells of the phase unless overridden."""
        sums, counts = smooth(series.x, phase)
        total, count = (np.nansum(phase.table(a), axis=0) for a in (sums, counts))
        with np.errstate(invalid="ignore", divide="ignore"):
            return (total / count)[phase.phase[: len(series.x)]]

    def candidates(self, series: Series) -> dict[str, np.ndarray]:
        """Points of every period with history for it, by the period's name."""
        periods = [p for p in series.periods if self.period in (None, p.name)]
        return {
            p.name: series.table(f"{self.base}:{p.name}", lambda p=p: by_components(lambda one: self.at(one, p), series)) for p in periods
        }

    def point(self, series: Series) -> np.ndarray:
        found = list(self.candidates(series).values()) + self.otherwise(series)
        return best_of(found, series, LastValue().point(series))

    def otherwise(self, series: Series) -> list[np.ndarray]:
        """Rules for a series without any period."""
        return []

    def fill(self, series: Series) -> np.ndarray:
        guesses = [self.fill_at(series, p) for p in series.periods_within(len(series.x)) if self.period in (None, p.name)]
        return first_finite([*guesses[::-1], interpolate(series.x)])


class SeasonalNaive(_OfThePeriod):
    """The last seen value of the same phase of the hour, day, week or year."""

    base = "seasonal_naive"

    def at(self, series: Series, phase: Phase) -> np.ndarray:
        table = series.table(f"carried:{phase.name}", lambda: carry(phase.table(series.x[: series.origin + 1])))
        return gather(table, phase.latest(series.origins, series.asked), phase.phase[series.asked])

    def fill_at(self, series: Series, phase: Phase) -> np.ndarray:
        table = phase.table(series.x)
        before, after = carry(table), carry(table[::-1])[::-1]
        near = first_finite([(before + after) / 2, before, after])
        return near[phase.cycle[: len(series.x)], phase.phase[: len(series.x)]]


class Climatology(_OfThePeriod):
    """The mean of the same phase over all cycles before; days of a year are averaged with those around them."""

    base = "climatology"

    def at(self, series: Series, phase: Phase) -> np.ndarray:
        return causal_mean(series, phase, series.origins, series.asked)

    def otherwise(self, series: Series) -> list[np.ndarray]:
        return [series.table("overall mean", lambda: by_components(overall_mean, series))]


class ClimatologyQuantiles(_OfThePeriod):
    """The quantiles of the same phase over all cycles before, for the period whose mean does best; no point rule behind it."""

    base = "climatology_quantiles"

    def at(self, series: Series, phase: Phase) -> np.ndarray:
        return series.table(f"climatology:{phase.name}", lambda: Climatology().at(series, phase))

    def otherwise(self, series: Series) -> list[np.ndarray]:
        return Climatology().otherwise(series)

    def distribution(self, series: Series, levels: tuple[float, ...]) -> np.ndarray:
        points = [*self.candidates(series).values(), *self.otherwise(series)]
        choice = best_of(points, series, LastValue().point(series), index=True)
        periods = [p for p in series.periods if self.period in (None, p.name)]
        out = super().distribution(series, levels)
        for i, phase in enumerate([*periods, None]):
            mine = np.flatnonzero(choice == i)
            if len(mine):
                found = self._samples(series.x[: series.origin + 1, mine], series.rows, phase, levels, series.circle)
                out[..., mine] = np.where(np.isfinite(found), found, out[..., mine])
        return out

    def _samples(self, x: np.ndarray, rows: np.ndarray, phase: Phase | None, levels: tuple[float, ...], circle: bool) -> np.ndarray:
        """Quantiles (q, h, s) of the past cells that share a row's phase, with their likes where cycles are few."""
        if phase is None:
            every = x[np.unique(np.linspace(0, len(x) - 1, min(len(x), 2048)).astype(int))]
            return np.repeat(nan_quantiles(every, levels, circle)[:, None], len(rows), axis=1)
        by_phase = [np.flatnonzero(phase.phase[: len(x)] == p) for p in phase.phase[rows]]
        reach = np.arange(-max(phase.width, 1), max(phase.width, 1) + 1) * phase.stride
        out = []
        for at in by_phase:
            around = (at[:, None] + reach).ravel()
            out.append(nan_quantiles(x[around[(around >= 0) & (around < len(x))][-600:]], levels, circle))
        return np.stack(out, axis=1)


def causal_mean(series: Series, phase: Phase, origins: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Same-phase mean (k, h, s) for `rows` (k, h) of what was seen at or before `origins` (k,); NaN without any."""
    total, count = series.table(f"cumulated:{phase.name}", lambda: _cumulated(series.x[: series.origin + 1], phase))
    cycle = phase.latest(origins, rows, phase.width * phase.stride)
    at = phase.phase[rows]
    number = gather(count, cycle, at)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, gather(total, cycle, at) / number, np.nan)


def overall_mean(series: Series) -> np.ndarray:
    """Mean of all that was seen at or before each origin, (k + 1, h, s)."""
    x = series.x[: series.origin + 1]
    seen = np.isfinite(x)
    total, count = np.cumsum(np.where(seen, x, 0), axis=0), np.cumsum(seen, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total[series.origins] / count[series.origins]
    return np.broadcast_to(mean[:, None], (*series.asked.shape, x.shape[1]))


def smooth(x: np.ndarray, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
    """Sums and counts (t, s) of the seen cells at t and its likes t +- stride * (1..width)."""
    seen = np.isfinite(x)
    values, ones = np.where(seen, x, 0.0), seen.astype(float)
    return (_window_sum(values, phase), _window_sum(ones, phase)) if phase.width else (values, ones)


def _window_sum(values: np.ndarray, phase: Phase) -> np.ndarray:
    """Sum over t +- stride * width by differences of running sums along the stride."""
    stride, width = phase.stride, phase.width
    rows = -(-len(values) // stride) * stride
    padded = np.zeros((rows // stride + 2 * width + 1, stride, values.shape[1]))
    padded[width + 1 : width + 1 + rows // stride].reshape(rows, -1)[: len(values)] = values
    running = np.cumsum(padded, axis=0)
    out = running[2 * width + 1 :] - running[: -2 * width - 1]
    return out.reshape(-1, values.shape[1])[: len(values)]


def _cumulated(x: np.ndarray, phase: Phase) -> tuple[np.ndarray, np.ndarray]:
    sums, counts = smooth(x, phase)
    return tuple(np.cumsum(np.nan_to_num(phase.table(a)), axis=0) for a in (sums, counts))  # type: ignore[return-value]


def gather(table: np.ndarray, cycle: np.ndarray, phase: np.ndarray) -> np.ndarray:
    """Cells (k, h, s) of a table (cycle, phase, s); NaN where the cycle is -1 or lies past the table's end."""
    inside = cycle >= 0
    found = table[np.where(inside, np.minimum(cycle, len(table) - 1), 0), phase]
    return np.where(inside[..., None], found, np.nan)


def first_finite(choices: list[np.ndarray]) -> np.ndarray:
    """The first finite of several guesses, cell by cell."""
    out = choices[0]
    for other in choices[1:]:
        out = np.where(np.isfinite(out), out, other)
    return out
