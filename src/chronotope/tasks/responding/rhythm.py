"""Rhythm: the steps of a day, and of the cycle whose phases have means of their own."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.evidence.clock import DAY, WEEK, YEAR

ENOUGH = 6  # cycles: the fewer, the more of what happened goes into the means of their phases
WEEKS = 53  # most steps of a year that need not be whole


def cycle_of(panel: Panel, rows: int) -> int:
    """Steps of a week where `rows` hold enough of them, else of a day, of a year of weeks or longer steps, else one."""
    cycles = (_steps(panel, length) for length in (WEEK, DAY, YEAR))
    return next((steps for steps in cycles if steps >= 2 and rows >= ENOUGH * steps), 1)


def day_of(panel: Panel) -> int:
    """Steps of a day; 0 where a step is longer, or none of its parts."""
    return _steps(panel, DAY)


def _steps(panel: Panel, length: float) -> int:
    steps = length / float(panel.step / np.timedelta64(1, "s"))
    whole = round(steps)
    return whole if panel.regular and whole >= 2 and (abs(steps - whole) < 1e-6 or length == YEAR and whole <= WEEKS) else 0
