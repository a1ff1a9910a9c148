"""Circle: which variables are directions in degrees, and their quantiles and values as numbers that can be subtracted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chronotope.inspect.support import TURN, is_direction

SLACK = 1e-3  # degrees by which rounding may turn a quantile back


def directions_of(values: np.ndarray, names: tuple[str, ...], units: tuple[str, ...] = ()) -> np.ndarray:
    """Which variables (v,) of values (t, n, v) are directions, by their names, units and what is seen."""
    low, high = (rule.reduce(values, axis=(0, 1)) for rule in (np.fmin, np.fmax))
    return np.array([is_direction(*about) for about in zip(names, units or ("",) * len(names), low, high)], bool)


def ways_of(values: np.ndarray, names: tuple[str, ...], units: tuple[str, ...] = ()) -> np.ndarray:
    """The mean direction (v,) of each variable of values (t, n, v) that is a direction; NaN for all others."""
    means = way_of(values.reshape(-1, values.shape[-1]))
    return np.where(directions_of(values, names, units), means, np.nan)


def way_of(values: np.ndarray) -> np.ndarray:
    """The mean direction (...) of degrees (m, ...) along the first axis, NaN left out; 0 where there is none."""
    angle = np.deg2rad(values)
    return np.asarray(np.rad2deg(np.arctan2(np.nansum(np.sin(angle), axis=0), np.nansum(np.cos(angle), axis=0))))


def unrolled(quantiles: np.ndarray, circle: np.ndarray) -> np.ndarray:
    """Quantiles (q, ..., v) that rise: those of directions, which run clockwise, go on past 360."""
    if not circle.any():
        return quantiles
    steps = np.maximum(np.mod(np.diff(quantiles, axis=0) + SLACK, TURN) - SLACK, 0.0)
    line = quantiles[:1] + np.concatenate([np.zeros_like(quantiles[:1]), np.cumsum(steps, axis=0)])
    return np.where(circle, line, quantiles)


def beside(values: np.ndarray, way: np.ndarray | float, circle: np.ndarray | np.bool_ | bool) -> np.ndarray:
    """Values (..., v); directions as the number within half a turn of `way`."""
    return np.where(circle, way + np.mod(values - way + TURN / 2, TURN) - TURN / 2, values) if np.any(circle) else values


def averaged(answers: Sequence[np.ndarray], weights: Sequence[float], circle: np.ndarray) -> np.ndarray:
    """The weighted mean of quantiles (q, ..., v), level by level; of directions by the shorter way round from the first median."""
    first = answers[0][len(answers[0]) // 2]
    mean = np.asarray(sum(weight * beside(answer.astype(float), first, circle) for answer, weight in zip(answers, weights, strict=True)))
    rising = np.maximum.accumulate(mean, axis=0)  # rounding must not let a quantile fall below the one before
    return np.where(circle, np.mod(mean, TURN), rising)


def around_truth(quantiles: np.ndarray, truth: np.ndarray, middle: int, circle: np.ndarray) -> np.ndarray:
    """Quantiles (q, ..., v) that rise, of directions by whole turns such that the one at `middle` is within half a turn of `truth`."""
    line = unrolled(quantiles, circle)
    return line + (beside(line[middle], truth, circle) - line[middle]) if circle.any() else line
