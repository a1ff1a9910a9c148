"""Disturbances of known size, planted into a panel from one step on: what models read, and what is true afterwards."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Disturbed = tuple[np.ndarray, np.ndarray]
RAMP = 48  # steps until a ramp has its full size
SHARE = 0.25  # of the places that a fault befalls


def step(values: np.ndarray, row: int, size: float, rng: np.random.Generator) -> Disturbed:
    """The world changes: all values are higher by `size` standard deviations of their place from `row` on."""
    changed = values.copy()
    changed[row:] += size * _spread(values, row)
    return changed, changed


def ramp(values: np.ndarray, row: int, size: float, rng: np.random.Generator) -> Disturbed:
    """The world changes slowly: as `step`, but the size is reached after 48 steps."""
    changed = values.copy()
    part = np.minimum(np.arange(1, len(values) - row + 1) / RAMP, 1.0)
    changed[row:] += part[:, None, None] * size * _spread(values, row)
    return changed, changed


def outage(values: np.ndarray, row: int, size: float, rng: np.random.Generator) -> Disturbed:
    """A quarter of the places fall silent from `row` on, but are still asked; `size` is not read."""
    read = values.copy()
    read[row:, _some(values, rng)] = np.nan
    return read, values


def noise(values: np.ndarray, row: int, size: float, rng: np.random.Generator) -> Disturbed:
    """Sensors tremble: values that are read are off by normal noise of `size` standard deviations of their place; the truth is not."""
    read = values.copy()
    read[row:] += rng.normal(size=values[row:].shape) * size * _spread(values, row)
    return read, values


def units(values: np.ndarray, row: int, size: float, rng: np.random.Generator) -> Disturbed:
    """A quarter of the places report in another unit (1.8 x + 32) from `row` on; the truth keeps its own. `size` is not read."""
    read = values.copy()
    some = _some(values, rng)
    read[row:, some] = 1.8 * read[row:, some] + 32
    return read, values


DRIFTS: dict[str, Callable[..., Disturbed]] = {"step": step, "ramp": ramp}
FAULTS: dict[str, Callable[..., Disturbed]] = {"outage": outage, "noise": noise, "units": units}


def _spread(values: np.ndarray, row: int) -> np.ndarray:
    """Standard deviation (n, v) of what was seen before `row`."""
    past = values[:row]
    count = np.maximum(np.isfinite(past).sum(axis=0), 1)
    mean = np.nansum(past, axis=0) / count
    return np.sqrt(np.nansum((past - mean) ** 2, axis=0) / count)


def _some(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    count = values.shape[1]
    return rng.permutation(count)[: max(round(SHARE * count), 1)]
