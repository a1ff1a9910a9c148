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
    """Cells (t, n, k) of steps with means (t, n) in rising order, drawn to their means as far as none falls below the one before it.

    All means stay. One that is below the one before it, a total set back, bounds nothing.
    """
    ordered = np.sort(cells, axis=-1) - means[..., None]
    wanted = pd.DataFrame(ordered[:-1, :, -1]).ffill() - pd.DataFrame(ordered[:, :, 0]).bfill().iloc[1:].to_numpy()
    gain = pd.DataFrame(means).bfill().iloc[1:].to_numpy() - pd.DataFrame(means[:-1]).ffill().to_numpy()
    share = np.where((gain >= 0) & (wanted > gain), gain / np.maximum(wanted, 1e-300), 1.0)
    ends = np.ones((1, means.shape[1]))
    return np.fmin(np.concatenate([ends, share]), np.concatenate([share, ends]))[..., None] * ordered + means[..., None]
