"""Carry: a field moved along its motion, backwards in time from where it is asked."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import map_coordinates

INNER = 2  # parts of a step in which paths are followed, so that curved ones stay curved


def common_motion(frames: np.ndarray) -> np.ndarray:
    """The shift (2,) in whole cells per step that most of the power of the frames agrees on; at most a quarter of a side.

    Source: Kuglin and Hines (1975), phase correlation.
    """
    window = np.hanning(frames.shape[1])[:, None] * np.hanning(frames.shape[2])
    spectra = np.fft.fft2((frames - frames.mean(axis=(1, 2), keepdims=True)) * window)
    cross = (spectra[1:] * spectra[:-1].conj()).sum(axis=0)
    size = np.abs(cross)
    peaks = np.fft.ifft2(cross / np.sqrt(size + 1e-12 * size.max(initial=1e-30))).real  # half whitened: sharp, and calm in noise
    for axis, length in enumerate(peaks.shape):
        far = np.abs(np.fft.fftfreq(length) * length) > max(length // 4, 1)
        peaks[(slice(None),) * axis + (far,)] = -np.inf
    at = np.unravel_index(peaks.argmax(), peaks.shape)
    return np.array([i - n if i > n // 2 else i for i, n in zip(at, peaks.shape)], float) * bool(size.any())


def paths(motion: np.ndarray, at: np.ndarray, steps: int, inner: int = INNER) -> np.ndarray:
    """Where the air, or whatever carries, that is at positions `at` (2, ...) was 1..steps steps before: (steps, 2, ...) in cells.

    Args:
        motion: (2, y, x) cells per step, steady.
        at: rows and columns.
        steps: how far back.
        inner: parts of a step.

    Source: semi-Lagrangian scheme of Germann and Zawadzki (2002).
    """
    out = []
    for _ in range(steps):
        for _ in range(inner):
            at = at - np.stack([map_coordinates(one, at, order=1, mode="nearest") for one in motion]) / inner
        out.append(at.copy())
    return np.stack(out)


def carried_on(frame: np.ndarray, motion: np.ndarray, steps: int, inner: int = INNER) -> tuple[np.ndarray, np.ndarray]:
    """A frame (y, x) moved along a steady motion for 1..steps: values (steps, y, x), NaN from outside, and `paths` of all cells."""
    sources = paths(motion, np.indices(frame.shape, float), steps, inner)
    return np.stack([read_at(frame, at) for at in sources]), sources


def read_at(frame: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values of a frame (y, x) at positions (2, ...) in cells, straight between centres; NaN more than half a cell outside."""
    return np.where(is_inside(frame.shape, at), map_coordinates(frame, at, order=1, mode="nearest"), np.nan)


def read_smoothly(frame: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values of a frame (y, x) at positions (2, ...) in cells on cubic splines, those of the border outside.

    Straight lines between centres blur what moves by parts of a cell; splines hold details.
    """
    return np.asarray(map_coordinates(frame, at, order=3, mode="nearest"))


def is_inside(shape: tuple[int, ...], at: np.ndarray) -> np.ndarray:
    """Whether positions (2, ...) lie in a frame of that shape, to its borders."""
    return np.asarray(np.all([(one > -0.5) & (one < size - 0.5) for one, size in zip(at, shape)], axis=0))
