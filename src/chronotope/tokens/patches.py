"""Patches: the query patches that cover asked rows, and which of them are answered together."""

from __future__ import annotations

import numpy as np

from chronotope.questions.kinds.drawing import PATCH


def starts_of(rows: np.ndarray) -> np.ndarray:
    """First rows of the query patches that cover rising rows, int (q,)."""
    starts: list[int] = []
    for row in rows:
        if not starts or row >= starts[-1] + PATCH:
            starts.append(int(row))
    return np.array(starts)


def near_groups(starts: np.ndarray, patches: int) -> list[np.ndarray]:
    """Rising starts in groups that lie within the length of `patches` patches, about as long as one another where none is far off."""
    longest = PATCH * patches
    groups = []
    for part in np.split(starts, np.flatnonzero(np.diff(starts) > longest) + 1):
        length = int(part[-1] - part[0]) + PATCH
        edges = part[0] + length * np.arange(1, -(-length // longest)) / -(-length // longest)
        groups += [group for group in np.split(part, np.searchsorted(part, edges)) if len(group)]
    return groups
