"""Past: dense views of the recent rows that trials and questions both read."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from chronotope.evidence.phases import REPEATS, Phases, Smoothed
from chronotope.evidence.series import Series
from chronotope.evidence.trend import season, slopes

LEADS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 720])
SPAN = 96  # rows that are tried at least
APART = 8  # leads in the rows at which a lead is tried: trials closer to each other than a lead see the same change
MARGIN = 160  # rows kept before everything that is read, for differences and context tokens
WINDOW, MEMORY = 256, 96.0  # rows of a level, and after how many a value counts for a third
FARTHEST = 720  # rows on either side that are looked through for those that were seen


class Past:
    """The rows from `low` on: last and next seen row, phase means, anomalies, neighbours' anomalies.

    Attributes:
        low: first row of the dense views; views are (s, t - low).
        level: float32 (s,), recent mean at the anchor; levels: (s, t - low), that of each row, or None if both sides are read.
        tried: int (r,), at most `span` rows near the anchor in which something was seen: truth that candidates may be tried on.
        before, after: int (s, t - low): last seen row up to each row (-1: none), next seen row (t: none).
        phase_mean, anomaly: one (s, t - low) for each period, from the recent repetitions; long_anomaly from more of them.
        slope: one (s, t - low) for each period, what the series gained a step; gain, long_gain: over the age of the phase means. None if
            both sides are read.
        drift: (s, t - low) slope over a season of the series, or None.
        near_anomaly, near_mass: neighbours' mean anomaly of the first period, and how much of it was seen.
    """

    def __init__(self, series: Series, use_phases: bool, rows: np.ndarray, anchor: int) -> None:
        self.series = series
        self.smoothed = [Smoothed(series, p) for p in series.periods] if use_phases else []
        self.reach = 64 if series.both_sides else int(max(1, rows.max() - series.cut + 1))
        self.longest = max(self.reach, int(LEADS[min(len(LEADS) - 1, int(np.searchsorted(LEADS, self.reach)))]))
        short = [p.steps for p in series.periods if p.steps <= 336] if use_phases else []
        t = series.x.shape[1]
        wide = int(rows.max() - rows.min() + 1) // 2 if series.both_sides else 0  # trials lie among the rows that are asked
        self.span = int(min(max(2 * max(short, default=0), SPAN, wide), FARTHEST))
        self.tried = _near(series, anchor, self.span)
        back = max(0, anchor - int(min(self.tried[0], self.tried_at(self.longest)[0])))
        self.low = max(0, int(min(rows.min(), anchor)) - back - min(self.longest, t) - MARGIN)
        self.x, self.m = series.x[:, self.low :], series.m[:, self.low :]
        self.level = _level(series, anchor)
        self.levels = None if series.both_sides else levels(series, self.low)
        self.before, self.after = self._last_seen(), self._next_seen()
        means = [self._mean(s, s.period.recent) for s in self.smoothed]
        long_means = [self._mean(s, max(REPEATS, s.period.recent)) for s in self.smoothed]
        self.phase_mean = [mean for mean, _ in means]
        self.anomaly = [(self.x - mean) * self.m for mean, _ in means]
        self.long_anomaly = [(self.x - mean) * self.m for mean, _ in long_means]
        self.slope: list[np.ndarray] = []
        self.gain: list[np.ndarray] = []
        self.long_gain: list[np.ndarray] = []
        self.drift: np.ndarray | None = None
        if not series.both_sides:
            self.drift = slopes(series.x, series.m, self.low, season(series.periods if use_phases else [], series.cut))
            self.slope = [slopes(series.x, series.m, self.low, int(s.period.offsets(1)[0])) for s in self.smoothed]
            self.gain, self.long_gain = ([k * age for k, (_, age) in zip(self.slope, many)] for many in (means, long_means))
        usual = self.level[:, None] if self.levels is None else self.levels
        primary = self.anomaly[0] if self.anomaly else (self.x - usual) * self.m
        self.near_anomaly, self.near_mass = series.near_mean(primary, self.m)
        self._phases: dict[bytes, list[Phases]] = {}

    def tried_at(self, lead: int) -> np.ndarray:
        """Rows (r,) that a lead is tried at: `tried`, or of a long one as many as `APART` of it, as far as something lies before."""
        series, rows = self.series, APART * lead
        if not self.is_long(lead):
            return self.tried
        far = _near(series, series.cut - 1, rows, rows)
        far = far[far >= lead + int(np.argmax(series.m.any(axis=0)))]
        return far if len(far) else self.tried

    def is_long(self, lead: int) -> bool:
        """Whether a lead is too long for the rows `tried`."""
        return not self.series.both_sides and APART * lead > self.span

    def phases(self, rows: np.ndarray) -> list[Phases]:
        """Repetitions of every period around rows."""
        key = rows.tobytes()
        if key not in self._phases:
            self._phases[key] = [Phases(s, rows, self.longest) for s in self.smoothed]
        return self._phases[key]

    def here(self, rows: np.ndarray) -> np.ndarray:
        """Columns of the dense views for rows of the frame, clipped to what they hold."""
        return np.clip(rows - self.low, 0, self.x.shape[1] - 1)

    def _last_seen(self) -> np.ndarray:
        rows = np.arange(self.low, self.low + self.x.shape[1])
        old = self.series.m[:, : self.low] > 0
        earlier = np.where(old.any(1), self.low - 1 - np.argmax(old[:, ::-1], axis=1), -1) if self.low else np.full(len(self.x), -1)
        return np.maximum.accumulate(np.where(self.m > 0, rows, earlier[:, None]), axis=1).astype(np.int64)

    def _next_seen(self) -> np.ndarray:
        t = self.series.x.shape[1]
        if not self.series.both_sides:
            return np.full((1, 1), t)
        rows = np.arange(self.low, t)
        return np.minimum.accumulate(np.where(self.m > 0, rows, t)[:, ::-1], axis=1)[:, ::-1].astype(np.int64)

    def _mean(self, smoothed: Smoothed, repeats: int) -> tuple[np.ndarray, np.ndarray]:
        """Mean of the repetitions around every row, and how many steps they lie back on average."""
        rows = np.arange(self.low, self.series.x.shape[1])
        total, count, age = np.zeros_like(self.x), np.zeros_like(self.x), np.zeros_like(self.x)
        for offset in smoothed.period.offsets(repeats):
            if offset >= len(self.series.x[0]):
                break
            for shifted in (rows - offset, rows + offset)[: 2 if self.series.both_sides else 1]:
                value, weight = smoothed.at(shifted)
                total += value
                count += weight
                age += weight * np.float32(offset)
        some = np.maximum(count, 1e-9)
        return np.where(count > 0, total / some, self.level[:, None]).astype(np.float32), age / some


def _near(series: Series, anchor: int, span: int, farthest: int = FARTHEST) -> np.ndarray:
    """The `span` seen rows nearest to the anchor on every readable side; all rows within `span` where none is seen."""
    t = series.x.shape[1]
    first, last = (0, t - 1) if series.both_sides else (min(3, series.cut - 1), series.cut - 1)
    low, high = max(first, anchor - farthest), min(last, anchor + farthest)
    seen = low + np.flatnonzero(series.m[:, low : high + 1].any(axis=0))
    if not len(seen):
        return np.arange(max(first, anchor - span), min(last, anchor + span) + 1)
    before, after = seen[seen <= anchor], seen[seen > anchor]
    return np.concatenate([before[-(span + series.both_sides) :], after[:span]])


def _level(series: Series, anchor: int) -> np.ndarray:
    """Mean of the seen values near the anchor (scaled), heavier on near ones."""
    low, high = max(0, anchor - WINDOW), min(series.stop, anchor + WINDOW) if series.both_sides else series.stop
    x, m = series.x[:, low:high], series.m[:, low:high]
    decay = np.exp(-np.abs(np.arange(low, low + x.shape[1]) - anchor) / MEMORY).astype(np.float32)
    mass = m @ decay
    return np.where(mass > 1e-6, (np.clip(x, -8, 8) @ decay) / np.maximum(mass, 1e-6), 0.0).astype(np.float32)


def levels(series: Series, low: int) -> np.ndarray:
    """Means of the seen values in the `WINDOW` rows up to each row from `low` on, heavier on near ones, (s, t - low)."""
    start = max(0, low - WINDOW)
    x, m = np.clip(series.x[:, start:], -8, 8), series.m[:, start:]
    total, mass = (_fading_sums(a.astype(np.float64))[:, low - start :] for a in (x, m))
    return np.where(mass > 1e-6, total / np.maximum(mass, 1e-6), 0.0).astype(np.float32)


def _fading_sums(a: np.ndarray) -> np.ndarray:
    """Sums over the last `WINDOW` columns up to each, those before counting for less."""
    keep = np.exp(-1 / MEMORY)
    total = lfilter([1.0], [1.0, -keep], a, axis=1)
    total[:, WINDOW:] -= keep**WINDOW * total[:, :-WINDOW].copy()
    return total
