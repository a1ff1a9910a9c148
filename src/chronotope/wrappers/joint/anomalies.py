"""Anomalies: the past without its cycle, and how plain forecasts from there would have missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.baselines.phases import Phase, phases
from chronotope.baselines.series import carry
from chronotope.data.panel import Panel

LONGEST, NUMBERS = 8192, 20_000_000  # rows that are looked at, and numbers in one array of them
TRIED, BORROWED = (
    64,
    16.0,
)  # origins that choose the cycle; origins' worth of all series' memory in that of each
LEAST_CYCLES = 3


@dataclass(frozen=True)
class Anomalies:
    """Departures from the cycle that fits best, each cell's taken from the other cells of its phase.

    Attributes:
        values: float64 (t, s), NaN where not seen.
        carried: (t, s), the last one seen up to each row, 0 before the first.
    """

    values: np.ndarray
    carried: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Anomalies:
        return cls(values, np.nan_to_num(carry(values)))

    def kept(self, origins: np.ndarray, leads: np.ndarray) -> np.ndarray:
        """Share (h, s) of an anomaly that is left after each lead, 0 to 1, by regression on itself."""
        now = self.carried[origins]
        common, power = np.zeros((len(leads), now.shape[1])), np.zeros((len(leads), now.shape[1]))
        for i, lead in enumerate(leads):
            later = self.values[origins + lead]
            seen = np.isfinite(later)
            common[i] = np.where(seen, now * np.nan_to_num(later), 0.0).sum(axis=0)
            power[i] = np.where(seen, now**2, 0.0).sum(axis=0)
        unit = np.where(power > 0, power, 1.0)
        share = np.where(power > 0, common / unit, 0.0)
        usual = share.sum(axis=1, keepdims=True) / np.maximum((power > 0).sum(axis=1, keepdims=True), 1)
        own = len(origins) / (len(origins) + BORROWED)
        return np.clip(own * share + (1 - own) * usual, 0.0, 1.0)

    def misses(self, origins: np.ndarray, leads: np.ndarray) -> np.ndarray:
        """How what is left of an anomaly would have missed, (k, h, s); NaN where nothing came."""
        left = self.kept(origins, leads)
        return self.values[origins[:, None] + leads] - left * self.carried[origins][:, None]


def anomalies(panel: Panel, x: np.ndarray, leads: np.ndarray) -> Anomalies:
    """The anomalies of series x (t, s) from the cycle whose forecasts at `leads` missed least.

    The cycle is chosen for all series together, by misses in units of each series' own.
    """
    tried = np.unique(np.linspace(0, len(x) - 1 - leads[-1], TRIED).astype(int)) if len(x) > leads[-1] + 1 else np.zeros(0, int)
    best, least = Anomalies.of(departures(x, np.zeros(len(x), int))), 1.0
    if not len(tried):
        return best
    few = np.unique(leads[[0, len(leads) // 2, -1]])
    unit = _size(best.misses(tried, few))
    for phase in phases(panel).values():
        if len(x) < LEAST_CYCLES * phase.size * 0.95:
            continue
        made = Anomalies.of(departures(x, groups(phase)))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = _size(made.misses(tried, few)) / unit
        known = np.isfinite(share)
        if known.any() and np.median(share[known]) < least:
            best, least = made, float(np.median(share[known]))
    return best


def groups(phase: Phase) -> np.ndarray:
    """Label (t,) of the phase of each row; days of a long year go together with those around them."""
    wide = max(2 * phase.width, 1)
    return phase.phase % phase.stride + phase.stride * (phase.phase // phase.stride // wide)


def departures(x: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Each seen cell of x (t, s) less the mean of the others of its group (t,), or of all where it is alone."""
    from scipy.sparse import csr_matrix

    seen = np.isfinite(x)
    filled = np.where(seen, x, 0.0)
    member = csr_matrix((np.ones(len(x)), (group, np.arange(len(x)))))
    total, count = (member @ filled)[group], (member @ seen.astype(float))[group]
    others = np.where(count > 1, (total - filled) / np.maximum(count - 1, 1), 0.0)
    alone = count <= 1
    if alone.any():
        every = filled.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        others = np.where(alone, every, others)
    return np.where(seen, x - others, np.nan)


def _size(misses: np.ndarray) -> np.ndarray:
    """Mean absolute miss (h, s); NaN where there is none."""
    known = np.isfinite(misses)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, np.abs(misses), 0.0).sum(axis=0) / known.sum(axis=0)
