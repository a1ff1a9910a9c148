"""Cells: where a candidate is asked or tried, and what may be read there."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from chronotope.evidence.clock import SLOTS
from chronotope.evidence.kriging import surround
from chronotope.evidence.past import LEADS, Past
from chronotope.evidence.phases import Repeated

LEAST_MASS = 0.2  # of the neighbours' weight that must be seen


class Cells:
    """Cells of every series; a trial reads only what lies at least its lead away, a question whatever is seen.

    Args:
        past: of the series.
        rows: int (k,) rows of the frame.
        lead: int (n,) of trials, or None for a question.
        which: int (n,) positions in `rows` of the cells.

    Attributes:
        row: int (n,) rows of the cells.
        before, after: int (s, n) nearest seen rows; has_before, has_after: whether there are any.
        is_readable: bool (s, n), the series has a value to read.
        lead: int (s, n) steps to the nearest seen value.
    """

    def __init__(self, past: Past, rows: np.ndarray, lead: np.ndarray | None, which: np.ndarray) -> None:
        self.past, self.rows, self.which, self.row = past, rows, which, rows[which]
        self.is_trial = lead is not None
        before, after = self._nearest(lead)
        t = past.series.x.shape[1]
        self.has_before, self.has_after = before >= 0, after < t
        self.before, self.after = np.maximum(before, 0), np.minimum(after, t - 1)
        self.is_readable = self.has_before | self.has_after
        whole = np.maximum((self.row - self.before) + (self.after - self.row), 1)
        alone = np.where(self.has_after, 1.0, 0.0)
        self.share = np.where(self.has_before & self.has_after, (self.row - self.before) / whole, alone).astype(np.float32)
        self.lead = self._distance()
        self.nearest_repeat = self._nearest_repeat(lead)

    @property
    def shape(self) -> tuple[int, int]:
        """(s, n)."""
        return self.lead.shape

    def blend(self, a: np.ndarray, first: int) -> np.ndarray:
        """A straight line between the nearest seen rows of dense values (s, t - first) that begin at row `first`."""
        s, top = np.arange(len(a))[:, None], a.shape[1] - 1
        low, high = (a[s, np.clip(row - first, 0, top)] for row in (self.before, self.after))
        return (1 - self.share) * low + self.share * high

    def at_last(self, a: np.ndarray) -> np.ndarray:
        """Dense values (s, t - low) at the nearest seen row before each cell."""
        return np.take_along_axis(a, self.past.here(self.before), 1)

    @cached_property
    def last(self) -> np.ndarray:
        """The nearest seen value, or a straight line between two; the level where nothing is readable, (s, n)."""
        return np.where(self.is_readable, self.blend(self.past.series.x, 0), self.past.level[:, None])

    @cached_property
    def repeats(self) -> list[tuple[Repeated, Repeated, Repeated]]:
        """For each period the last repetition, the recent ones and all."""
        return [phases.at(self.which, self.nearest_repeat) for phases in self.past.phases(self.rows)]

    @cached_property
    def anomalies(self) -> list[np.ndarray]:
        """For each period how far the nearest seen values lie from the mean of their recent repetitions, (s, n)."""
        return [np.where(self.is_readable, self.blend(one, self.past.low), 0.0) for one in self.past.anomaly]

    @cached_property
    def long_anomalies(self) -> list[np.ndarray]:
        """Likewise from the mean of all repetitions."""
        return [np.where(self.is_readable, self.blend(one, self.past.low), 0.0) for one in self.past.long_anomaly]

    @cached_property
    def level_anomaly(self) -> np.ndarray:
        """Likewise from the level."""
        return np.where(self.is_readable, self.last - self.level, 0.0)

    @cached_property
    def level(self) -> np.ndarray:
        """The recent mean as the nearest seen row before a forecast knows it, (s, n)."""
        if self.past.levels is None or not self.is_trial:
            return np.broadcast_to(self.past.level[:, None], self.shape)
        return np.where(self.has_before, self.at_last(self.past.levels), self.past.level[:, None])

    @cached_property
    def around(self) -> Around | None:
        """What other places show at the cells' own time; None for a forecast, whose trials may not read it either."""
        return Around(self) if self.past.series.both_sides else None

    @cached_property
    def usual(self) -> tuple[np.ndarray, np.ndarray]:
        """The recent mean of the first period's phase, or the level, and the departure from it, (s, n) each."""
        level = self.level
        if not self.repeats:
            return level, self.level_anomaly
        recent = self.repeats[0][1]
        return np.where(recent.ok, recent.value, level), self.anomalies[0]

    @cached_property
    def features(self) -> np.ndarray:
        """Recent differences of the series and of its neighbours, (s, n, f); zero where a later value bounds the cell."""
        past, own = self.past, self.usual[1]
        s, column = np.arange(len(past.x))[:, None], past.here(self.before)
        value = past.series.x[s, self.before]

        def earlier(steps: int) -> np.ndarray:
            row = past.before[s, np.maximum(column - steps, 0)]
            return np.where(row >= 0, past.series.x[s, np.maximum(row, 0)], value)

        one_sided = (self.has_before & ~self.has_after).astype(np.float32)
        near = past.near_anomaly[s, column]
        near_before = np.where(self.before - past.low >= 3, past.near_anomaly[s, np.maximum(column - 3, 0)], near)
        near_ok = past.near_mass[s, column] > LEAST_MASS
        one, three = earlier(1), earlier(3)
        eight = (one + earlier(2) + earlier(4) + earlier(7)) / 4
        at_once = np.zeros_like(own) if self.around is None else self.around.anomaly_beside
        by_period = [np.where(recent.ok, a, 0.0) for (_, recent, _), a in zip(self.repeats, self.anomalies)]
        columns = [
            one_sided * (value - one), one_sided * (value - three), one_sided * (value - eight),
            one_sided * np.where(near_ok, near - own, 0.0), one_sided * np.where(near_ok, near - near_before, 0.0), at_once, *by_period,
        ]  # fmt: skip
        columns += [np.zeros_like(own)] * (SLOTS - len(by_period))
        return np.clip(np.stack(columns, axis=2), -8, 8).astype(np.float32)

    def _nearest(self, lead: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the nearest values that may be read: before (-1 for none) and after (t for none), (s, n) each."""
        past, series, row = self.past, self.past.series, self.row
        t = series.x.shape[1]
        none = np.full((len(series.x), len(row)), t)
        if lead is None:
            stop = row if series.both_sides else np.minimum(row - 1, series.cut - 1)
            before = past.before[:, past.here(np.minimum(stop, t - 1))]
            return before, past.after[:, past.here(row)] if series.both_sides else none
        before = np.where(row - lead >= 0, past.before[:, past.here(row - lead)], -1)
        after = np.where(row + lead < t, past.after[:, past.here(row + lead)], t) if series.both_sides else none
        return before, after

    def _distance(self) -> np.ndarray:
        back, ahead = self.row - self.before, self.after - self.row
        nearest = np.where(self.has_before & self.has_after, np.minimum(back, ahead), np.where(self.has_before, back, ahead))
        return np.where(self.is_readable, np.maximum(nearest, 1), LEADS[-1])

    def _nearest_repeat(self, lead: np.ndarray | None) -> np.ndarray:
        """Repetitions nearer than this are not read, (s, n)."""
        series = self.past.series
        if lead is not None:
            return np.broadcast_to(lead, self.shape)
        return np.broadcast_to(1 if series.both_sides else np.maximum(self.row - series.cut + 1, 1), self.shape)


class Around:
    """What other places show at cells' own time, in the scale of each series, (s, n) each.

    Attributes:
        near, is_seen: the neighbours' mean, and whether enough of them is seen.
        near_anomaly, is_anomaly_seen: the neighbours' mean anomaly of the first period.
        kriged, is_kriged: what ordinary kriging says.
        farther: (s, n, f), what farther places show, less what the neighbours do.
    """

    def __init__(self, cells: Cells) -> None:
        past, series, rows = cells.past, cells.past.series, cells.rows
        inside = (rows < series.x.shape[1]).astype(np.float32)
        column = past.here(rows)
        m = past.m[:, column] * inside
        location, spread = series.location[:, None], series.spread[:, None]
        raw = (past.x[:, column] * spread + location) * m
        scaled = lambda a: np.clip((a - location) / spread, -1e4, 1e4)  # noqa: E731
        mean, mass = series.near_mean(raw, m)
        kriged, some = surround(series, raw, m)
        is_seen = mass > LEAST_MASS
        wider = (series.ring_mean(raw, m), series.all_mean(raw, m), (kriged, some), *series.near_others(raw, m))
        apart = [np.where(there > 0, (value - mean) / spread, 0.0) * is_seen for value, there in wider]
        at = lambda a: np.ascontiguousarray(a[:, cells.which])  # noqa: E731  # many cells are of the same row
        self.near, self.is_seen = at(scaled(mean)), at(is_seen)
        self.kriged, self.is_kriged = at(scaled(kriged)), at(some > 0)
        self.farther = at(np.stack(apart, axis=2).astype(np.float32))
        self.near_anomaly, near_mass = at(past.near_anomaly[:, column]), at(past.near_mass[:, column] * inside)
        self.is_anomaly_seen, self._own = near_mass > LEAST_MASS, cells.usual[1]

    @property
    def anomaly_beside(self) -> np.ndarray:
        """The neighbours' anomaly less the cell's own."""
        return np.where(self.is_anomaly_seen, self.near_anomaly - self._own, 0.0)
