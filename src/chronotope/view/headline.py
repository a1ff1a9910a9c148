"""Headline: the one cell of an answer that is worth a sentence, and that a page shows first."""

from __future__ import annotations

import numpy as np

from chronotope.view.maps import nearest_band
from chronotope.view.slices import Slice


def headline_of(part: Slice) -> tuple[int, int] | None:
    """(step, place) of what is most worth telling; None where nothing is answered.

    The most surprising value of a detection, the longest gap that was filled, the cell with most events; of a forecast the largest
    change among those that the 80 % interval does not doubt, else the largest of all.
    """
    if part.score is not None:
        size = np.nan_to_num(part.score, nan=-1.0)
    elif part.filled is not None:
        where = int(part.filled.sum(axis=0).argmax())
        return int(part.filled[:, where].argmax()), where
    elif part.expected is not None:
        size = np.nan_to_num(part.expected, nan=-1.0)
        return (0, int(size[0].argmax()))
    else:
        change = part.change()
        sure = sure_of(part)
        size = np.where(np.isfinite(change), np.abs(change), -1.0) * np.where(sure.any() & ~sure, 0.0, 1.0)
    if not size.size or size.max() < 0:
        return None
    step, place = np.unravel_index(int(size.argmax()), size.shape)
    return int(step), int(place)


def sure_of(part: Slice) -> np.ndarray:
    """Where the last value read lies outside the 80 % interval (h, n)."""
    if not part.bands():
        return np.isfinite(part.change())
    _, low, high = nearest_band(part, 0.8)
    return (part.last < low) | (part.last > high)
