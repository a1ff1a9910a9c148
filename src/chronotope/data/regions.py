"""Regions: the quarters of the land that places lie in, where nobody named better ones."""

from __future__ import annotations

import numpy as np

QUARTERS = np.array([["south-west", "south-east"], ["north-west", "north-east"]])


def quarters(xy: np.ndarray | None, count: int) -> np.ndarray:
    """The region of each place, a quarter around the median position: "north-east" and so on; "" without positions."""
    if xy is None:
        return np.full(count, "")
    east, north = ((xy[:, axis] > np.median(xy[:, axis])).astype(int) for axis in (0, 1))
    return QUARTERS[north, east]
