"""Describe: what a series is like, as plain numbers that no unit, no order of places and no gap changes much.

series --standardise--> z --moments, lags, spectrum, shape, seasons, rules--> columns
"""

from __future__ import annotations

import numpy as np

from chronotope.evidence.describe import lags, moments, rules, seasons, shape, spectrum
from chronotope.evidence.describe.record import Record, record_of

GROUPS = {
    "moments": moments.describe,
    "lags": lags.describe,
    "spectrum": spectrum.describe,
    "shape": shape.describe,
    "seasons": seasons.describe,
    "rules": rules.describe,
}
"""Groups of numbers by name; each maps a `Record` to named columns (s,)."""


def describe(x: np.ndarray, step_seconds: float = 0.0) -> dict[str, np.ndarray]:
    """Named columns (s,) of series (s, t), NaN where not seen; finite for any series, also an empty one.

    Args:
        x: float (s, t).
        step_seconds: length of a step where the clock is regular, 0 where it is not.
    """
    record = record_of(x, step_seconds)
    columns = {name: column for group in GROUPS.values() for name, column in group(record).items()}
    return {name: np.where(record.enough, np.nan_to_num(column), 0.0) for name, column in columns.items()}


__all__ = ["GROUPS", "Record", "describe", "record_of"]
