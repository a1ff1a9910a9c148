"""Motion of a field from its last frames, by matching blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter, shift, uniform_filter

from chronotope.evidence.flow.carry import carried_on, common_motion

_REACH = 4  # cells around the common motion that a block may differ by
_STIFF = 2.0  # what a block pays for moving otherwise than the whole, in mean costs at the full reach
_LARGEST = 256  # cells along a side on which blocks are matched; larger fields are matched on block means


def motion_field(frames: np.ndarray, block: int = 24) -> np.ndarray:
    """Cells per step (2, y, x), down and to the right, by which the pattern of complete frames (t, y, x) moves.

    The common motion comes from phase correlation; around it, blocks of `block` cells are matched on all pairs of neighbouring
    frames together, to a part of a cell, and smoothed with the texture of the block as weight: where there is none, the motion
    around holds.
    """
    if max(frames.shape[1:]) > _LARGEST:
        factor = -(-max(frames.shape[1:]) // _LARGEST)
        coarse = motion_field(_thinned(frames, factor), max(block // factor, 8)) * factor
        grown = coarse.repeat(factor, axis=1).repeat(factor, axis=2)
        more = [(0, max(size - have, 0)) for size, have in zip(frames.shape[1:], grown.shape[1:])]
        return np.pad(grown, [(0, 0), *more], mode="edge")[:, : frames.shape[1], : frames.shape[2]]
    common = common_motion(frames)
    block = min(block, *frames.shape[1:])
    steps = np.arange(-_REACH, _REACH + 1)
    cost = np.stack([[_mismatch(frames, common + (dy, dx), block) for dx in steps] for dy in steps])
    away = (steps[:, None] ** 2 + steps**2) / _REACH**2
    cost = cost + _STIFF * away[:, :, None, None] * cost[_REACH, _REACH].mean()  # rough patterns fit anything a little
    moved, certain = _lowest(cost)
    texture = uniform_filter(frames[-1] ** 2, block, mode="nearest") - uniform_filter(frames[-1], block, mode="nearest") ** 2
    weight = np.maximum(texture, 0.0) * certain + 1e-9
    total = gaussian_filter(weight, block, mode="nearest")
    found = [gaussian_filter(one * weight, block, mode="nearest") / total for one in moved]
    return np.stack(found) + common[:, None, None]


def proven_motion(frames: np.ndarray) -> np.ndarray:
    """The motion (2, y, x) of the kind that would have forecast the last of frames (t, y, x) best: of blocks, common, or none."""
    still, shape = np.zeros(2), frames.shape[1:]

    def kinds(some: np.ndarray) -> list[Callable[[], np.ndarray]]:
        whole = [lambda: still, lambda: common_motion(some)]
        return [*((lambda w=w: np.broadcast_to(w()[:, None, None], (2, *shape))) for w in whole), lambda: motion_field(some)]

    if len(frames) < 3:
        return kinds(frames)[2]()
    errors = []
    for made in kinds(frames[:-1]):
        guess = carried_on(frames[-2], made(), 1)[0][0]
        errors.append(np.abs(np.where(np.isfinite(guess), guess, frames[-2]) - frames[-1]).mean())
    return kinds(frames)[int(np.argmin(errors))]()


def _mismatch(frames: np.ndarray, by: np.ndarray, block: int) -> np.ndarray:
    """Mean squared difference (y, x) around each cell between every frame and the one before moved by `by`."""
    moved = shift(frames[:-1], (0, *by), order=0, mode="nearest")
    return uniform_filter(((frames[1:] - moved) ** 2).mean(axis=0), block, mode="nearest")


def _lowest(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Place (2, y, x) of the lowest of costs (dy, dx, y, x) relative to the middle, between cells by a parabola; and how clear it is."""
    size = len(cost)
    flat = cost.reshape(size * size, *cost.shape[2:])
    best = flat.argmin(axis=0)
    at = np.stack(np.divmod(best, size))
    inner = np.clip(at, 1, size - 2)
    lowest = np.take_along_axis(flat, best[None], axis=0)[0]
    moved = at - (size // 2) + np.zeros(at.shape)
    for axis, step in enumerate((size, 1)):
        left, middle, right = (np.take_along_axis(flat, (inner[0] * size + inner[1] + k * step)[None], axis=0)[0] for k in (-1, 0, 1))
        bend = left - 2 * middle + right
        part = np.where(bend > 0, 0.5 * (left - right) / np.where(bend > 0, bend, 1.0), 0.0)
        moved[axis] += np.where(at[axis] == inner[axis], np.clip(part, -0.5, 0.5), 0.0)
    return moved, 1 - lowest / np.maximum(flat.mean(axis=0), 1e-30)


def _thinned(frames: np.ndarray, factor: int) -> np.ndarray:
    y, x = (size // factor * factor for size in frames.shape[1:])
    return frames[:, :y, :x].reshape(len(frames), y // factor, factor, x // factor, factor).mean(axis=(2, 4))
