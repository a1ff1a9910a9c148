"""Rhythm: the steps of a day, and of the cycle whose phases have means of their own."""

from __future__ import annotations

import numpy as np

from chronotope.data.panel import Panel
from chronotope.evidence.clock import DAY, WEEK

ENOUGH = 6  # cycles: the fewer, the more of what happened goes into the means of their phases


def cycle_of(panel: Panel, rows: int) -> int:
    """Steps of a week where `rows` hold enough of them, else of a day, else one."""
    return next((steps for steps in (_steps(panel, WEEK), _steps(panel, DAY)) if steps >= 2 and rows >= ENOUGH * steps), 1)


def day_of(panel: Panel) -> int:
    """Steps of a day; 0 where a step is longer, or none of its parts."""
    return _steps(panel, DAY)


def _steps(panel: Panel, length: float) -> int:
    steps = length / float(panel.step / np.timedelta64(1, "s"))
    return int(round(steps)) if panel.regular and steps >= 2 and abs(steps - round(steps)) < 1e-6 else 0
