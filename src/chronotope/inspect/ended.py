"""Ended: places that had a value nearly always, and have had none for longer than ever before, as closed shops and dead sensors."""

from __future__ import annotations

import numpy as np

from chronotope.inspect.runs import run_lengths

LEAST, FEW = 12, 5  # steps without a value at the end; a fifth of a short record, as of years, but not so few
LONGER = 2.0  # than any gap before
USUAL = 0.7  # of the steps from its first value to its last that have one


def ended(block: np.ndarray) -> np.ndarray:
    """Steps without a value at the end of each place (n,) of values (t, n) that ended while others went on; 0 of all others."""
    seen = np.isfinite(block)
    least = int(np.clip(len(seen) // 5, FEW, LEAST))
    out = np.zeros(block.shape[1], int)
    for i in np.flatnonzero(seen.any(axis=0) & ~seen[-least:].any(axis=0)):
        rows = np.flatnonzero(seen[:, i])
        first, last = int(rows[0]), int(rows[-1])
        quiet, gap = len(seen) - 1 - last, run_lengths(~seen[first : last + 1, i]).max(initial=0)
        if quiet > LONGER * gap and len(rows) >= max(least, USUAL * (last + 1 - first)):
            out[i] = quiet
    return out if seen[-least:].any() else np.zeros_like(out)
