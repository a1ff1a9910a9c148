"""Regression: every series on its own recent anomalies and its neighbours', with coefficients of its own, many leads in one pass.

The pooled ridge has one set of coefficients for all places, so it cannot know which neighbour lies upstream; this one can, and
pays for it with rows: it reads the whole recent past instead of a few trials. It departs from the damped anomaly and is shrunk towards
it as strongly as held-out halves of the past advise. Each is better on some data, so the candidate `ridge` mixes both by their errors.

    recent anomalies --features--> one Gram matrix per series and half --shrink--> coefficients per lead --> answers, held-out answers
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chronotope.evidence.case import Case
from chronotope.evidence.past import APART, LEADS, Past, levels
from chronotope.evidence.series import by_variable
from chronotope.evidence.trend import slopes

ROWS, RAMP = 600, 80  # origins that are learnt from, and rows before them
FEWEST, FEW = 24, 4  # origins, and of the longest lead in the rows that are learnt from
OWN_LAGS, NEAR_LAGS = (1, 2, 4, 8), (1, 2, 3, 5, 8)
NEAR, OTHERS = 4, 3  # neighbours of the same variable, other variables of the same place
STRENGTHS = (0.02, 0.1, 0.5, 3.0)  # of the shrinkage, in mean squares of the features
WIDEST = 10.0  # scaled anomalies are cut off here


@dataclass
class Regression:
    """Coefficients of all series, fitted on the first half of the origins, the second, and both.

    Attributes:
        leads: int (l,).
        damping: float32 (s, l), of the anomaly.
        beta: three float32 (s, f, l): of the first half, the second, and all.
        middle: first row of the second half.
    """

    leads: np.ndarray
    damping: np.ndarray
    beta: tuple[np.ndarray, np.ndarray, np.ndarray]
    middle: int


class Recent:
    """Anomalies of the recent rows, carried forward over gaps, and what a regression reads of them.

    Args:
        past: of the series.
        best: the period whose phases they depart from.
        kept: (s, l) share of the slope by which those are lifted, at `LEADS`; None for none.
    """

    def __init__(self, past: Past, best: int, kept: np.ndarray | None = None) -> None:
        series = past.series
        self.past, self.series = past, series
        self.smoothed = past.smoothed[best] if past.smoothed else None
        rows = max(ROWS, (APART + 1) * past.longest)  # as far as long leads are tried
        self.start = max(0, series.cut - rows - RAMP)
        learnt = ROWS if FEW * past.longest <= ROWS else rows
        self.origins = np.arange(max(0, series.cut - learnt - RAMP) + 8, series.cut - 1)[:: max(learnt // ROWS, 1)]
        self.rows = np.arange(self.start, series.cut)
        self.x, self.m = series.x[:, self.start : series.cut], series.m[:, self.start : series.cut]
        self._means: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self.kept = kept
        self.slope = None
        if kept is not None and self.smoothed is not None:
            self.slope = slopes(series.x, series.m, self.start, int(self.smoothed.period.offsets(1)[0]))
        last = np.maximum.accumulate(np.where(self.m > 0, np.arange(len(self.rows)), -1), axis=1)
        apart = np.clip((self.x - self.base(self.rows, 1)) * self.m, -WIDEST, WIDEST)
        self.known = last >= 0
        self.anomaly = np.where(self.known, np.take_along_axis(apart, np.maximum(last, 0), 1), 0.0).astype(np.float32)
        self.readers = _readers(past)

    def base(self, rows: np.ndarray, lead: int) -> np.ndarray:
        """Means of the same phase at rows, of repetitions that lie at least `lead` steps back, (s, k); the level where there are none.

        Where the series keeps its slope they are lifted by what it gains until then, as the row `lead` steps before knows it.
        """
        if self.smoothed is None:
            return np.broadcast_to(self.past.level[:, None], (len(self.series.x), len(rows)))
        period = self.smoothed.period
        offsets = period.offsets(period.recent + int(np.ceil(lead / period.steps)) + 1)
        first = int(np.searchsorted(offsets, lead + period.smooth * period.stride))
        if first not in self._means:
            self._means[first] = self._mean(offsets[first : first + period.recent])
        mean, age = (a[:, rows - self.start] for a in self._means[first])
        if self.slope is None or self.kept is None:
            return mean
        bucket = min(int(np.searchsorted(LEADS, lead)), self.kept.shape[1] - 1)
        return mean + self.kept[:, bucket, None] * self.slope[:, np.clip(rows - lead - self.start, 0, len(self.rows) - 1)] * age

    @cached_property
    def _newer(self) -> np.ndarray:
        return self.past.level[:, None] - levels(self.series, self.start)

    def newer(self, origins: np.ndarray) -> np.ndarray:
        """By how much the level, where it is the base, is more than origins (rows of the frame) know, (s, k)."""
        return self._newer[:, origins - self.start] if self.smoothed is None else np.zeros((len(self.x), len(origins)))

    def _mean(self, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means over rows so many steps back, for all rows that are read or asked, and how far back they lie on average."""
        assert self.smoothed is not None
        rows = np.arange(self.start, self.series.cut + self.past.longest)
        total, count, age = (np.zeros((len(self.series.x), len(rows)), np.float32) for _ in range(3))
        for offset in offsets[offsets <= rows[-1]]:
            value, seen = self.smoothed.at(rows - offset)
            total += value
            count += seen
            age += seen * np.float32(offset)
        some = np.maximum(count, 1e-9)
        return np.where(count > 0, total / some, self.past.level[:, None]), age / some

    def features(self, origins: np.ndarray) -> np.ndarray:
        """Differences at origins (rows of the frame), float32 (s, k, f)."""
        at = np.clip(origins - self.start, 0, len(self.rows) - 1)
        now = self.anomaly[:, at]
        columns = [now - self.anomaly[:, np.maximum(at - lag, 0)] for lag in OWN_LAGS]
        for reader in self.readers.T:
            other, there = self.anomaly[np.maximum(reader, 0)], (reader >= 0)[:, None]
            here = other[:, at]
            columns.append((here - now) * there)
            columns += [(here - other[:, np.maximum(at - lag, 0)]) * there for lag in NEAR_LAGS]
        return np.stack(columns, axis=2)

    def now(self, origins: np.ndarray) -> np.ndarray:
        return self.anomaly[:, np.clip(origins - self.start, 0, len(self.rows) - 1)]


def regression(case: Case) -> tuple[np.ndarray, np.ndarray] | None:
    """Held-out answers (s, l, j) where a forecast was tried, and answers (s, h) where it is asked; None where the past is too short."""
    recent = Recent(case.past, case.best_period, case.kept)
    fitted = _fit(recent)
    if fitted is None:
        return None
    tried = np.stack([_held_out(recent, fitted, case.trials.rows[number], number) for number in range(len(fitted.leads))], axis=1)
    return tried, _ahead(recent, fitted, case.rows - (case.past.series.cut - 1))


def _fit(recent: Recent) -> Regression | None:
    """Coefficients for every lead that is asked, or None where the past is too short."""
    leads = LEADS[: int(np.searchsorted(LEADS, recent.past.reach)) + 1]
    origins = recent.origins
    if len(origins) < FEWEST:
        return None
    z, a = recent.features(origins), recent.now(origins)[..., None]
    y, w = _targets(recent, origins, leads)
    damping = _damping(a, y, w, recent.series.variables)
    left = (y - damping[:, None] * a) * w
    middle = len(origins) // 2
    halves = (slice(None, middle), slice(middle, None))
    weighted = z * recent.known[:, origins - recent.start, None]
    sums = [(z[:, half].swapaxes(1, 2) @ weighted[:, half], z[:, half].swapaxes(1, 2) @ left[:, half]) for half in halves]
    sums.append((sums[0][0] + sums[1][0], sums[0][1] + sums[1][1]))
    fitted = [[_solve(gram, side, strength) for strength in STRENGTHS] for gram, side in sums]
    misses = [np.abs(left).sum(1)]  # of the damped anomaly alone
    for k in range(len(STRENGTHS)):
        misses.append(sum(np.abs(left[:, half] - w[:, half] * (z[:, half] @ fitted[1 - i][k])).sum(1) for i, half in enumerate(halves)))
    chosen = by_variable(np.stack(misses, 1), recent.series.variables).argmin(1)[:, None]
    beta = [np.choose(chosen, [np.zeros_like(many[0]), *many]) for many in fitted]
    return Regression(leads, damping, (beta[0], beta[1], beta[2]), int(origins[middle]))


def _targets(recent: Recent, origins: np.ndarray, leads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Anomalies at the leads after origins, and one where they are seen; float32 (s, k, l)."""
    stop = len(recent.rows)
    y = np.zeros((len(recent.x), len(origins), len(leads)), np.float32)
    w = np.zeros_like(y)
    for number, lead in enumerate(leads):
        at = origins - recent.start + lead
        inside = np.minimum(at, stop - 1)
        y[..., number] = np.clip(recent.x[:, inside] - recent.base(origins + lead, int(lead)), -WIDEST, WIDEST)
        w[..., number] = recent.m[:, inside] * (at < stop) * recent.known[:, origins - recent.start]
    return y, w


def _damping(a: np.ndarray, y: np.ndarray, w: np.ndarray, variables: int) -> np.ndarray:
    top, bottom = (a * y * w).sum(1), (a * a * w).sum(1)
    pooled = by_variable(top, variables) / (by_variable(bottom, variables) + 1e-6)
    return np.clip((top + 4 * pooled) / (bottom + 4), 0, 1).astype(np.float32)


def _solve(gram: np.ndarray, side: np.ndarray, strength: float) -> np.ndarray:
    size = np.trace(gram, axis1=1, axis2=2)[:, None, None] / gram.shape[1]
    return np.linalg.solve(gram + (strength * size + 0.01) * np.eye(gram.shape[1], dtype=np.float32), side).astype(np.float32)


def _held_out(recent: Recent, fitted: Regression, rows: np.ndarray, number: int) -> np.ndarray:
    """Answers (s, j) at tried rows, by coefficients of the half in which their origins do not lie."""
    lead = int(fitted.leads[number])
    origins = np.maximum(rows - lead, recent.start)
    z = recent.features(origins)
    first, second = (np.einsum("sjf,sf->sj", z, beta[..., number]) for beta in fitted.beta[:2])
    change = np.where(origins < fitted.middle, second, first)
    newer = recent.newer(origins)
    return change + fitted.damping[:, number, None] * (recent.now(origins) + newer) + recent.base(origins + lead, lead) - newer


def _ahead(recent: Recent, fitted: Regression, lead: np.ndarray) -> np.ndarray:
    """Answers (s, k) at leads after the last row that is read, on straight lines between the fitted leads."""
    last = recent.rows[-1:]
    whole = (recent.features(last) @ fitted.beta[2])[:, 0] + fitted.damping * recent.now(last)
    lead = np.maximum(lead, 1)
    high = np.minimum(np.searchsorted(fitted.leads, lead), len(fitted.leads) - 1)
    low = np.maximum(high - 1, 0)
    share = (lead - fitted.leads[low]) / np.maximum(fitted.leads[high] - fitted.leads[low], 1)
    change = (1 - share) * whole[:, low] + share * whole[:, high]
    return change + np.concatenate([recent.base(last + step, int(step)) for step in lead], axis=1)


@dataclass(frozen=True)
class Normal:
    """Normal equations of weighted rows: sums over the rows, so that those of parts add up to those of the whole.

    Attributes:
        gram: float64 (l, f, f). side: float64 (l, f, k). weight: float64 (l,), of all rows together.
    """

    gram: np.ndarray
    side: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, aim: np.ndarray, weight: np.ndarray) -> Normal:
        """Of rows (l, n, f) and aims (l, n, k) with weights (l, n, 1)."""
        left = np.swapaxes(rows * weight, 1, 2).astype(np.float64)
        return cls(left @ rows, left @ aim, weight.sum(axis=(1, 2)))

    def __add__(self, other: Normal) -> Normal:
        return Normal(self.gram + other.gram, self.side + other.side, self.weight + other.weight)

    def solved(self) -> np.ndarray:
        """Ridge coefficients float32 (l, f, k); the fewer the rows the nearer to zero."""
        features = self.gram.shape[1]
        size = np.trace(self.gram, axis1=1, axis2=2) / features
        strength = (0.3 + 0.01 * self.weight) * (size / np.maximum(self.weight, 1) + 1e-4) + 0.05
        return np.linalg.solve(self.gram + strength[:, None, None] * np.eye(features), self.side).astype(np.float32)


def _readers(past: Past) -> np.ndarray:
    """Series that each series reads, int (s, r), -1 where there is none: neighbours of its variable, other variables of its place."""
    series, v = past.series, past.series.variables
    near = series.near.index[:, None, :NEAR]
    same = np.where(near >= 0, near * v + np.arange(v)[:, None], -1).reshape(len(series.x), -1)
    others = np.arange(len(near))[:, None, None] * v + _most_alike(past)
    return np.concatenate([same, others.reshape(len(series.x), -1)], axis=1)


def _most_alike(past: Past) -> np.ndarray:
    """The other variables whose anomalies are most like those of each variable, over all places, int (v, at most OTHERS).

    They do not depend on the order of the variables.
    """
    v = past.series.variables
    anomaly = (past.anomaly[0] if past.anomaly else (past.x - past.level[:, None]) * past.m).clip(-WIDEST, WIDEST)
    flat = anomaly.reshape(-1, v, anomaly.shape[1]).swapaxes(0, 1).reshape(v, -1).astype(np.float64)
    size = np.sqrt((flat**2).sum(axis=1)) + 1e-9
    alike = np.abs(flat @ flat.T) / size[:, None] / size
    np.fill_diagonal(alike, -1.0)
    order = np.argsort(-alike, axis=1, kind="stable")[:, : min(v - 1, OTHERS)]
    return order
