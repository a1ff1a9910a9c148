"""Late: counts whose last steps are short of what came before as no step of the past was, as where reports come late."""

from __future__ import annotations

import numpy as np

BEFORE = 8  # steps that tell what is usual
LEAST_STEPS, LEAST_COUNT = 30, 5.0  # of the past, and of what is usual, that tell anything
SHORT, BELOW = 0.7, 0.8  # of what is usual, and of the shortest step of the past, that a short step stays below
MOST = 6  # steps at the end that are looked at


def late_steps(totals: np.ndarray) -> tuple[int, float]:
    """(how many steps at the end of counts (t,) are short, the share of the usual that the last one holds).

    A step is compared with the median of the eight before it; the end is short where its share falls from step to step, or is one step,
    and lies below that of all steps of the past.
    """
    known = totals[np.isfinite(totals)].astype(float)
    if len(known) < LEAST_STEPS + BEFORE + MOST:
        return 0, 1.0
    windows = np.lib.stride_tricks.sliding_window_view(known, BEFORE)[:-1]
    past, last = known[BEFORE:], None
    share = past / np.maximum(np.median(windows, axis=1), 1e-12)
    usual = float(np.median(known[-BEFORE - MOST : -MOST]))
    shortest = share[:-MOST].min()
    if usual < LEAST_COUNT:
        return 0, 1.0
    for k in range(1, MOST + 1):
        end = known[-k:] / usual
        if end[0] >= min(SHORT, BELOW * shortest) or (np.diff(end) > 0).any():
            break
        last = k
    return (last, float(known[-1] / usual)) if last else (0, 1.0)
