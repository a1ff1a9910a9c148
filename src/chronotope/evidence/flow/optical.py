"""Optical flow: the motion of every cell of a field, from how its last frames follow from one another."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates, zoom

COARSEST, SWEEPS = 16, 3  # cells along the shorter side of the coarsest images, and corrections on each size
MOST = 1.0  # cells by which one correction may move a place
STIFF = 0.02  # of the common texture, that holds places without any at the motion around them


def optical_flow(frames: np.ndarray, start: np.ndarray, window: float) -> np.ndarray:
    """Cells per step (2, y, x), down and to the right, by which complete frames (t, y, x) move; steady over all of them.

    From a first guess on, each correction is the least squares fit of what is left between every frame and the one before carried on,
    in a window around the cell, first on coarse images, then on finer ones. Cells that fit badly (what grows, or is uncovered) count less.

    Args:
        frames: at least two.
        start: (2,), the common motion.
        window: deviation of the window, cells.

    Source: Lucas and Kanade (1981), in a pyramid after Bouguet (2000).
    """
    sizes = [frames]
    while min(sizes[-1].shape[1:]) >= 2 * COARSEST:
        sizes.append(_halved(sizes[-1]))
    factor = 2.0 ** (len(sizes) - 1)
    flow = np.broadcast_to(np.asarray(start, float)[:, None, None] / factor, (2, *sizes[-1].shape[1:]))
    for images in sizes[::-1]:
        shape = images.shape[1:]
        if flow.shape[1:] != shape:
            flow = 2.0 * np.stack([zoom(one, np.divide(shape, one.shape), order=1, mode="nearest", grid_mode=True) for one in flow])
        for _ in range(SWEEPS):
            flow = _corrected(images, flow, window)
    return flow


def _corrected(images: np.ndarray, flow: np.ndarray, window: float) -> np.ndarray:
    here = np.indices(images.shape[1:], float) - flow
    texture, fit = np.zeros((3, *images.shape[1:])), np.zeros((2, *images.shape[1:]))
    for before, after in zip(images[:-1], images[1:]):
        if not (after - before).any():  # a film that repeats a frame
            continue
        carried = map_coordinates(before, here, order=1, mode="nearest")
        left = after - carried
        dy, dx = np.gradient(carried)
        typical = np.sqrt((left**2).mean()) + 1e-12
        trust = 1 / (1 + (left / (2 * typical)) ** 2)
        texture += trust * np.stack([dy * dy, dy * dx, dx * dx])
        fit -= trust * left * np.stack([dy, dx])
    yy, yx, xx = (gaussian_filter(one, window, mode="nearest") for one in texture)
    by, bx = (gaussian_filter(one, window, mode="nearest") for one in fit)
    stiff = STIFF * float((yy + xx).mean()) + 1e-12
    yy, xx = yy + stiff, xx + stiff
    det = yy * xx - yx**2
    step = np.clip(np.stack([xx * by - yx * bx, yy * bx - yx * by]) / det, -MOST, MOST)
    sure = det / (yy + xx)
    weight = gaussian_filter(sure, window, mode="nearest")
    return np.stack([gaussian_filter(one * sure, window, mode="nearest") / weight for one in flow + step])


def _halved(frames: np.ndarray) -> np.ndarray:
    y, x = (size // 2 * 2 for size in frames.shape[1:])
    return frames[:, :y, :x].reshape(len(frames), y // 2, 2, x // 2, 2).mean(axis=(2, 4))
