"""Back-tested errors of floors on the context, beside the last value's on the same cells."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.series import Series
from chronotope.inspect.circle import beside

_ENOUGH = 4


def relative_errors(points: np.ndarray, truth: np.ndarray, last: np.ndarray, circle: bool = False) -> np.ndarray:
    """Mean absolute error over that of the last value on the cells where both are known.

    Args:
        points: (f, k, h, s), NaN where a floor has no answer.
        truth: (k, h, s), NaN where not seen.
        last: (k, h, s), the last value at each origin.
        circle: whether all are directions in degrees.

    Returns:
        (f, s); NaN with fewer than four cells.
    """
    own, base = (np.abs(beside(one - truth, 0.0, circle)) for one in (points, last))
    known = np.isfinite(own)
    count = known.sum(axis=(1, 2))
    mine = np.where(known, own, 0).sum(axis=(1, 2))
    theirs = np.where(known, base, 0).sum(axis=(1, 2))
    tiny = 1e-9 * np.where(np.isfinite(truth), np.abs(truth), 0.0).sum(axis=(0, 1)) + 1e-300  # two perfect rules are alike
    return np.where(count >= _ENOUGH, (mine + tiny) / (theirs + tiny), np.nan)


def best_of(points: list[np.ndarray], series: Series, last: np.ndarray, index: bool = False) -> np.ndarray:
    """Per series the points (k + 1, h, s) of the rule with the smallest back-tested error; NaN where there is no rule.

    Rules that could not be tested come after those that could, longer periods first. With `index`, the positions (s,).
    """
    if not points:
        return np.full(0, 0) if index else np.full_like(last, np.nan)
    stack = np.stack(points)
    error = relative_errors(stack[:, :-1], series.truth, last[:-1], series.circle)
    answers = np.isfinite(stack[:, -1]).any(axis=1)
    untested = 1e6 - np.arange(len(points))[:, None]
    choice = np.where(answers, np.where(np.isfinite(error), error, untested), np.inf).argmin(axis=0)
    return choice if index else np.take_along_axis(stack, choice[None, None, None], axis=0)[0]
