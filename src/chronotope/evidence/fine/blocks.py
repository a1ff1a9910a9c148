"""Blocks of cells: coarse (t, y, x), fine (t, y * fy, x * fx), and detail (t, y, x, fy * fx), what each fine cell has above its block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

Factor = tuple[int, int]


def block_means(fine: np.ndarray, factor: Factor) -> np.ndarray:
    """(..., y, x) of (..., y * fy, x * fx); NaN where a cell is missing."""
    *lead, y, x = fine.shape
    return fine.reshape(*lead, y // factor[0], factor[0], x // factor[1], factor[1]).mean(axis=(-3, -1))


def spread(coarse: np.ndarray, factor: Factor) -> np.ndarray:
    """Each value over its block."""
    return coarse.repeat(factor[0], axis=-2).repeat(factor[1], axis=-1)


def inside(fine: np.ndarray, factor: Factor) -> np.ndarray:
    """The fine cells of each block side by side, (..., y, x, fy * fx), row by row."""
    *lead, y, x = fine.shape
    parts = fine.reshape(*lead, y // factor[0], factor[0], x // factor[1], factor[1])
    return np.moveaxis(parts, -3, -2).reshape(*lead, y // factor[0], x // factor[1], factor[0] * factor[1])


def outside(cells: np.ndarray, factor: Factor) -> np.ndarray:
    """The inverse of `inside`."""
    *lead, y, x, _ = cells.shape
    parts = np.moveaxis(cells.reshape(*lead, y, x, *factor), -2, -3)
    return parts.reshape(*lead, y * factor[0], x * factor[1])


def shifted(fine: np.ndarray, factor: Factor) -> Iterator[np.ndarray]:
    """The parts (t, y, x) of a field that are whole blocks, for every way to lay the blocks over it."""
    y, x = fine.shape[-2:]
    for top in range(factor[0]):
        for left in range(factor[1]):
            rows, columns = (y - top) // factor[0] * factor[0], (x - left) // factor[1] * factor[1]
            if rows and columns:
                yield fine[..., top : top + rows, left : left + columns]


def kept_means(cells: np.ndarray, means: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """Cells (..., k) moved between the bounds (...) so that their mean is `means` (...), which lies between them.

    What was cut off at one bound is made good in proportion to the room that every cell has to it.
    """
    low, high = np.minimum(lower, means)[..., None], np.maximum(upper, means)[..., None]
    goal = means[..., None]
    out = cells + (goal - cells.mean(axis=-1, keepdims=True))
    out = np.clip(out, low, high)
    now = out.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        down = low + (out - low) * ((goal - low) / (now - low))
        up = high - (high - out) * ((high - goal) / (high - now))
    finite_low, finite_high = np.isfinite(low), np.isfinite(high)
    return np.where((now > goal) & finite_low, down, np.where((now < goal) & finite_high, up, out + (goal - now)))


def room(means: np.ndarray, lower: np.ndarray, upper: np.ndarray, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends (...) between which a part can lie when all parts lie within the bounds and have these means: of nothing, each is nothing."""
    low, high = np.minimum(lower, means), np.maximum(upper, means)
    least, most = parts * means - (parts - 1) * high, parts * means - (parts - 1) * low
    return np.minimum(np.maximum(low, least), means), np.maximum(np.minimum(high, most), means)


def rising(cells: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Cells (t, n, k) of steps with means (t, n) in rising order, within half of the way to the means before and after: none falls below
    the one before it, and all means stay. A mean that is below the one before it, a total set back, bounds nothing."""
    ordered, known = np.sort(cells, axis=-1), pd.DataFrame(means)
    down, up = ((one.to_numpy() / 2) for one in (known - known.ffill().shift(), known.bfill().shift(-1) - known))
    down, up = (np.where(one >= 0, one, np.inf) for one in (down, up))
    away = ordered - means[..., None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.fmin(np.where(away[..., -1] > 0, up / away[..., -1], 1.0), np.where(away[..., 0] < 0, down / -away[..., 0], 1.0))
    return means[..., None] + np.fmin(share, 1.0)[..., None] * away
