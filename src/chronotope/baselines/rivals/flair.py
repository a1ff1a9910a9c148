"""FLAIR: ridge regression on the levels of a period-folded series (package flaircast, no weights)."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.intervals import nan_quantiles
from chronotope.baselines.phases import phases
from chronotope.baselines.rivals.base import AbstractForecaster, Past, needed
from chronotope.data.panel import Panel

_WAY = "pip install --no-deps flaircast"
_MINUTE, _DAY = 60 * 10**9, 86400 * 10**9
_TABLE = {  # the package's own names of steps: nanoseconds, and the periods that it tries
    "10S": (_MINUTE // 6, (6, 360)), "S": (10**9, (60,)), "T": (_MINUTE, (60,)), "5T": (5 * _MINUTE, (12, 288)),
    "10T": (10 * _MINUTE, (6, 144)), "15T": (15 * _MINUTE, (4, 96)), "30T": (30 * _MINUTE, (48, 336)), "H": (60 * _MINUTE, (24, 168)),
    "D": (_DAY, (7, 365)), "W": (7 * _DAY, (52,)), "M": (365 * _DAY // 12, (12,)), "Q": (365 * _DAY // 4, (4,)), "Y": (365 * _DAY, ()),
}  # fmt: skip


class Flair(AbstractForecaster):
    """Sample paths of `flaircast.forecast` over the whole context, their quantiles as the answer; one seed for every series.

    Missing values are filled with straight lines by the package. The steps that it knows are the ten of its table; another step goes
    by the entry whose periods hold the clock's day, week or year (six hours by that of quarters, which is four steps long too).

    The package treats whole numbers and the distance from zero in a way of its own, so a change of unit changes more than the unit. With
    `raw` it reads the data as they are, which scored 3 % better over six sets, and the contract's checks on units and scale do not hold.
    """

    name = "flair"

    def __init__(self, samples: int = 200, raw: bool = False) -> None:
        self.samples, self.raw = samples, raw
        self._package = needed("flaircast", f"rival:{self.name}", _WAY)

    def ahead(self, past: Past, levels: tuple[float, ...]) -> np.ndarray:
        step = step_name(past.panel)
        low, spread = (past.low, past.spread) if self.raw else (np.zeros(len(past.low)), np.ones(len(past.low)))
        answers = []
        for series in (past.z * spread + low).T:
            with np.errstate(all="ignore"):
                paths = self._package.forecast(series, past.horizon, step, n_samples=self.samples, seed=0)
            answers.append(nan_quantiles(paths, levels))
        return (np.stack(answers, axis=-1) - low) / spread


def step_name(panel: Panel) -> str:
    """The entry of the package's table for the step of a panel; "Y", which has no period, where none fits."""
    step = int(panel.step.astype("timedelta64[ns]").astype(np.int64))
    exact = [name for name, (length, _) in _TABLE.items() if abs(length - step) <= 0.08 * length]
    if exact:
        return exact[0]
    sizes = [phase.size for phase in phases(panel).values()]
    fitting = [name for size in sizes for name, (_, periods) in _TABLE.items() if size in periods]
    return min(fitting, key=lambda name: len(_TABLE[name][1]), default="Y")
