"""Learned: what kernels missed in steps in which the inside of blocks was seen, cell by cell.

    miss of a cell = its own constant + its own slope times how far its block stands from its mean

Both are drawn towards zero, by as much as serves steps that were left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chronotope.evidence.fine.widths import offsets_of, size_classes, sizes, surprise

PULLS = (0.3, 1.0, 3.0, 10.0, 30.0, 1e9)  # steps' worth of zero: of the constant, and of the slope
CLEARLY = 0.97  # of the squared misses of nothing learned, that what is learned must stay below
FOLDS = 4  # stretches of the seen steps, each left out once
APART = 6  # of the seen steps, one in so many on either side of a stretch is left out with it: neighbours in time are alike
SHRINK = 4.0  # steps' worth of the common miss in that of each cell
BLENDS = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of the roughness of the moment in a width


@dataclass(frozen=True)
class Learned:
    """What to add in the asked steps: `value` (h, y, x, k) to the kernels, `offsets` (q, h, y, x, k) for each quantile."""

    value: np.ndarray
    offsets: np.ndarray


def learn(
    miss: np.ndarray,
    coarse: np.ndarray,
    steps: np.ndarray,
    rows: np.ndarray,
    levels: tuple[float, ...],
    rough: np.ndarray,
    sd: np.ndarray,
) -> Learned:
    """What is known of the misses of kernels from steps that were seen.

    Args:
        miss: (s, y, x, k) in the `steps` (s,); NaN where not seen.
        coarse: block means (t, y, x).
        rows: (h,) asked steps.
        levels: of the quantiles.
        rough, sd: (t, y, x) and (t, y, x, k), how rough it is and how sure kernels are.
    """
    above = _standing(coarse, steps)
    tried = {pair: _held_out(miss, above[steps], pair) for pair in ((a, b) for a in PULLS for b in PULLS if b >= a)}
    best, nothing = min(tried, key=lambda pair: tried[pair][0]), (PULLS[-1], PULLS[-1])
    pulls = best if tried[best][0] < CLEARLY * tried[nothing][0] else nothing
    left = tried[pulls][1]
    constant, slope = _fit(miss, above[steps], pulls)
    value = constant + slope * above[rows][..., None]
    return Learned(value, _offsets(left, levels, rough, sd, steps, rows))


def _standing(coarse: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """How far blocks stand from their mean over the seen steps, in deviations, (t, y, x); 0 where missing."""
    part = coarse[steps]
    known = np.isfinite(part)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, part, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (part - mean) ** 2, 0.0).sum(axis=0) / count)
    found = (coarse - mean) / np.where(spread > 0, spread, 1.0)
    return np.where(np.isfinite(found), found, 0.0)


def _fit(miss: np.ndarray, above: np.ndarray, pulls: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Constants and slopes (y, x, k) of each cell by least squares, drawn towards zero."""
    known = np.isfinite(miss)
    m, z = np.where(known, miss, 0.0), above[..., None]
    n, a, b = known.sum(axis=0), (known * z).sum(axis=0), (known * z**2).sum(axis=0)
    right, tilted = m.sum(axis=0), (m * z).sum(axis=0)
    n, b = n + pulls[0], b + pulls[1]
    whole = n * b - a**2
    return (b * right - a * tilted) / whole, (n * tilted - a * right) / whole


def _held_out(miss: np.ndarray, above: np.ndarray, pulls: tuple[float, float]) -> tuple[float, np.ndarray]:
    """Mean squared misses of steps that were left out, and those misses (s, y, x, k)."""
    left, apart = np.full_like(miss, np.nan), len(miss) // APART
    for part in np.array_split(np.arange(len(miss)), FOLDS):
        others = np.delete(np.arange(len(miss)), slice(max(part[0] - apart, 0), part[-1] + 1 + apart))
        constant, slope = _fit(miss[others], above[others], pulls)
        left[part] = miss[part] - constant - slope * above[part][..., None]
    return float(np.nanmean(left**2)), left


def _offsets(
    left: np.ndarray, levels: tuple[float, ...], rough: np.ndarray, sd: np.ndarray, steps: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Quantiles (q, h, y, x, k) of misses in units of a size that blends each cell's own with the roughness of the moment."""
    known = np.isfinite(left)
    total, count = np.where(known, left**2, 0.0).sum(axis=0), known.sum(axis=0)
    common = total.sum() / max(count.sum(), 1)
    own = np.sqrt((total + SHRINK * common) / (count + SHRINK))
    cells = rough[..., None] * sd

    def size(index: np.ndarray, blend: float) -> np.ndarray:
        now = cells[index]
        return sizes(now, np.broadcast_to(own, now.shape), blend)

    blend = min(BLENDS, key=lambda share: surprise(left[known], size(steps, share)[known]))
    seen, asked = size(steps, blend)[known], size(rows, blend)
    ranked = np.sort(seen)
    offsets = offsets_of((left[known] / seen)[:, None], size_classes(seen, ranked), levels)
    return np.moveaxis(offsets[size_classes(asked, ranked)] * asked[..., None], -1, 0)
