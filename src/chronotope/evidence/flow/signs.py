"""Signs: what the frames up to an origin show of a cell some steps later, as numbers that a rule can weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from chronotope.evidence.flow.carry import is_inside, read_at

SCALES = (1.0, 2.0, 4.0, 8.0)  # cells: details go first, and a rule may leave them out
STAYING = 3  # signs, the last ones, that are read at the cell itself
GROWTH_SCALE, RECENT = 4.0, 8  # of the growth of what moves, cells; frames of what is usual at a place


@dataclass(frozen=True)
class Signs:
    """What is read at the places that what comes to the cells is at now, and at the cells themselves.

    Attributes:
        carried: images (k, y, x) of the first: the last frame, the same smoothed over `SCALES`, its growth.
        staying: images (j, y, x) of the second: the last frame, the same smoothed, and the mean of the recent ones.
        seen: bool (y, x), where the last frame was.
    """

    carried: np.ndarray
    staying: np.ndarray
    seen: np.ndarray

    @classmethod
    def of(cls, frames: np.ndarray, motion: np.ndarray, seen: np.ndarray) -> Signs:
        """Of complete frames (t, y, x), the last of which is the origin's."""
        last = frames[-1]
        smooth = [blurred(last, scale) for scale in SCALES]
        before = read_at(frames[-2], np.indices(last.shape, float) - motion)
        growth = blurred(np.nan_to_num(last - before), GROWTH_SCALE)
        return cls(np.stack([last, *smooth, growth]), np.stack([last, blurred(last, SCALES[1]), frames[-RECENT:].mean(axis=0)]), seen)

    def read(self, here: np.ndarray, source: np.ndarray, lead: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(signs (f, m), unrest around the source (m,), whether anything was seen there, bool (m,)) of cells.

        Args:
            here: rows and columns (2, m) of the cells.
            source: where what comes to them is now, (2, m).
            lead: steps until it is there.
        """
        moved = [_at(image, source) for image in self.carried]
        unrest = _at(_unrest(self.carried[0], 1.0 + lead / 2), source)
        known = is_inside(self.seen.shape, source) & (_at(self.seen.astype(float), source) > 0.5)
        return np.stack([*moved, *(_at(image, here) for image in self.staying)]), unrest, known


def blurred(image: np.ndarray, scale: float) -> np.ndarray:
    return np.asarray(gaussian_filter(image, scale, mode="nearest"))


def _at(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.asarray(map_coordinates(image, at, order=1, mode="nearest"))


def _unrest(image: np.ndarray, width: float) -> np.ndarray:
    """The deviation (y, x) of an image around each cell."""
    return np.asarray(np.sqrt(np.maximum(blurred(image**2, width) - blurred(image, width) ** 2, 0.0)))
