"""A coarser view beside a variable: its mean over blocks of neighbouring places, or of steps - for questions from coarse to fine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.training.sources import neighbourhood


def with_coarse(rng: np.random.Generator, panel: Panel, series: int) -> Panel:
    """The first variable of a panel and a second one, "coarse": its mean over the block that holds the cell, where half of it is observed.

    Args:
        rng: source of chance.
        panel: values (t, n, v).
        series: most series of the result; only so many places are kept, neighbours where positions are known.
    """
    panel = panel.take_places(neighbourhood(rng, panel, min(panel.values.shape[1], series // 2)))
    fine = panel.values[..., 0]
    if panel.xy is not None and len(panel.xy) >= 6 and rng.random() < 0.5:
        coarse = np.empty_like(fine)
        for block in place_blocks(panel.xy, int(rng.integers(2, 1 + min(16, len(panel.xy) // 2)))):
            coarse[:, block] = _mean(fine[:, block], 1)
    else:
        coarse = _over_steps(fine, int(rng.choice([2, 3, 4, 6, 7, 12, 24])))
    return replace(panel, values=np.stack([fine, coarse], -1), variables=(panel.variables[0], "coarse"))


def place_blocks(xy: np.ndarray, most: int) -> list[np.ndarray]:
    """Places (n, 2) in blocks of at most `most` neighbours: halved across the longer side until they are small enough."""
    todo, done = [np.arange(len(xy))], []
    while todo:
        block = todo.pop()
        if len(block) <= most:
            done.append(block)
            continue
        side = int(np.ptp(xy[block], axis=0).argmax())
        order = block[np.argsort(xy[block, side], kind="stable")]
        todo += [order[: len(order) // 2], order[len(order) // 2 :]]
    return done


def _over_steps(values: np.ndarray, steps: int) -> np.ndarray:
    """Means over runs of so many steps, each step with that of its run; the last run may be shorter."""
    starts = np.arange(0, len(values), steps)
    return np.concatenate([np.broadcast_to(_mean(run := values[a : a + steps], 0), run.shape) for a in starts])


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean over what is observed along an axis, which is kept; NaN where less than half is."""
    seen = np.isfinite(values)
    count = seen.sum(axis, keepdims=True)
    total = np.where(seen, values, 0).sum(axis, keepdims=True, dtype=np.float64)
    return np.where(2 * count >= values.shape[axis], total / np.maximum(count, 1), np.nan).astype(np.float32)
