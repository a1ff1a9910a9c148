"""Series: what a floor sees of a query - one column per place and variable, the origin, and past origins to test on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from chronotope.baselines.phases import Phase
from chronotope.harmonize.turning import averaged
from chronotope.inspect.circle import beside

LEAD_EDGES = (1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025)  # a bucket holds the leads from one edge to the next


@dataclass(frozen=True)
class Series:
    """Columns of a panel as floors read them.

    Attributes:
        x: float64 (t, s), NaN where not seen.
        rows: int (h,), the asked rows.
        phases: the periods of the clock, by name.
        circle: whether all columns are directions, in degrees within half a turn of 0.
    """

    x: np.ndarray
    rows: np.ndarray
    phases: dict[str, Phase]
    circle: bool = False
    _tables: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def origin(self) -> int:
        """The last row that may be read."""
        return int(self.rows[0]) - 1

    @property
    def leads(self) -> np.ndarray:
        """Steps from the origin to each asked row, (h,), from 1."""
        return self.rows - self.origin

    @cached_property
    def carried(self) -> np.ndarray:
        """Each cell's last seen value at or before it, (t, s)."""
        return carry(self.x[: self.origin + 1])

    @cached_property
    def periods(self) -> tuple[Phase, ...]:
        """Periods of which at least one whole cycle lies before the origin."""
        return self.periods_within(self.origin + 1)

    def periods_within(self, steps: int) -> tuple[Phase, ...]:
        """Periods of which at least one whole cycle fits into so many steps."""
        return tuple(p for p in self.phases.values() if steps >= 0.95 * p.size * _rows_per_phase(p))

    @cached_property
    def origins(self) -> np.ndarray:
        """Past origins for back-tests and, last, the origin itself, (k + 1,)."""
        return np.append(past_origins(self.origin, self.leads), self.origin)

    @cached_property
    def asked(self) -> np.ndarray:
        """Rows at the query's leads after each of `origins`, (k + 1, h); rows past the end stand at the last."""
        return np.minimum(self.origins[:, None] + self.leads[None], len(self.x) - 1)

    @cached_property
    def truth(self) -> np.ndarray:
        """What was seen at `asked` for the past origins, (k, h, s); NaN after the origin."""
        rows = self.origins[:-1, None] + self.leads[None]
        known = rows <= self.origin
        return np.where(known[..., None], self.x[np.where(known, rows, 0)], np.nan)

    @cached_property
    def buckets(self) -> list[np.ndarray]:
        """Positions in `leads` that share one error, short leads first."""
        bucket = np.searchsorted(LEAD_EDGES, self.leads, side="right")
        return [np.flatnonzero(bucket == b) for b in np.unique(bucket)]

    def apart(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """one - other, of directions by the shorter way round."""
        return beside(one - other, 0.0, self.circle)

    def table(self, key: str, make) -> np.ndarray:
        """A table that several floors share, made once."""
        if key not in self._tables:
            self._tables[key] = make()
        return self._tables[key]


def by_components(rule: Callable[[Series], np.ndarray], series: Series) -> np.ndarray:
    """What a rule made of means says; of directions by their sines and cosines."""
    if not series.circle:
        return rule(series)
    degrees = averaged(series.x, True, lambda part: rule(replace(series, x=part, circle=False, _tables={})))
    return beside(degrees, 0.0, True)


def carry(x: np.ndarray) -> np.ndarray:
    """Last finite value at or before each row, along the first axis; NaN before the first."""
    seen = np.isfinite(x)
    if seen.all():
        return x
    index = np.where(seen, np.arange(len(x)).reshape(-1, *[1] * (x.ndim - 1)), 0)
    np.maximum.accumulate(index, axis=0, out=index)
    return np.take_along_axis(x, index, axis=0)


def past_origins(origin: int, leads: np.ndarray) -> np.ndarray:
    """About 24 to 64 rows before `origin`, spread so that most phases of a cycle and most leads are met.

    They reach back over the last four horizons (at least 700 steps), never into the first quarter of the history.
    """
    if origin < 1:
        return np.arange(0)
    longest = int(leads[-1])
    first = max(origin - max(4 * longest, 700), origin // 4)
    last = min(max(origin - min(longest, (origin - first) // 3), first), origin - 1)
    far = np.linspace(first, last, int(np.clip(768 // len(leads), 24, 64))).round().astype(int)
    near = np.arange(max(origin - 4, first), origin) if origin - first < 4 * longest else np.arange(0)
    return np.unique(np.concatenate([far, near]))


def _rows_per_phase(phase: Phase) -> float:
    """Share of the phases of a cycle that the frame really has (a frame of working days has five days a week)."""
    return len(np.unique(phase.phase)) / phase.size if phase.cycle[-1] > 1 else 1.0
