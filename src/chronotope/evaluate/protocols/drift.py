"""Has something changed? A two-sided CUSUM of standardised errors, with a threshold that keeps false alarms to a given share."""

from __future__ import annotations

import numpy as np

from chronotope.errors import ArgumentError

ALLOWANCE = 0.5  # shifts of less than this many standard deviations are let pass


def cusum(z: np.ndarray, allowance: float = ALLOWANCE) -> np.ndarray:
    """The larger of the upward and the downward sum of errors beyond the allowance, (t,) or (t, m); missing errors add nothing.

    Args:
        z: (t,) or (t, m), errors of mean 0 and standard deviation 1 while nothing has changed.
        allowance: half the shift, in standard deviations, that should be found soonest.

    Source: Page (1954), doi:10.1093/biomet/41.1-2.100.
    """
    values = np.nan_to_num(np.asarray(z, float))
    up = down = np.zeros(values.shape[1:])
    out = np.empty(values.shape)
    for i, value in enumerate(values):
        up, down = np.maximum(up + value - allowance, 0.0), np.maximum(down - value - allowance, 0.0)
        out[i] = np.maximum(up, down)
    return out


def threshold(past: np.ndarray, steps: int, rate: float = 0.05, allowance: float = ALLOWANCE, draws: int = 400) -> float:
    """The height that `cusum` passes within `steps` steps in a share `rate` of quiet stretches like `past`.

    Quiet stretches are simulated: an autoregression with the memory of `past` and its own residuals, standardised by as long a past of
    their own, so that what is not known about mean and spread counts too.

    Args:
        past: (t,) errors of a time without change.
        steps: how long is watched.
        rate: accepted share of false alarms over that time.
        allowance: as in `cusum`.
        draws: stretches.

    Raises:
        ArgumentError: fewer than sixteen errors are known, or rate is no share.
    """
    past = past[np.isfinite(past)]
    if len(past) < 16 or not 0 < rate < 1:
        raise ArgumentError(f"past must hold at least 16 errors and rate lie between 0 and 1; found {len(past)} and {rate!r}.")
    made = _simulated(past - past.mean(), len(past) + steps, draws)
    before = made[: len(past)]
    z = (made[len(past) :] - before.mean(axis=0)) / np.maximum(before.std(axis=0, ddof=1), 1e-300)
    return float(np.quantile(cusum(z, allowance).max(axis=0), 1 - rate))


def _simulated(x: np.ndarray, steps: int, draws: int) -> np.ndarray:
    """Series (steps, draws) with the autocorrelation of x (t,) up to its memory, by Yule and Walker, from x's own residuals."""
    weights = _autoregression(x)
    order = len(weights)
    left = _news(x, weights)
    burn = 4 * order + 20
    news = np.random.default_rng(0).choice((left - left.mean()) * np.sqrt(len(x) / (len(x) - order)), (steps + burn, draws))
    for i in range(order, len(news)):
        news[i] += weights @ news[i - order : i][::-1]
    return news[burn:]


def whitened(z: np.ndarray, quiet: slice) -> np.ndarray:
    """Errors (t,) less what the errors before them say in the quiet part, standardised there: what is new in each.

    The first have no past and are NaN. Errors that wander slowly by nature look like drift to a sum; what is new in them does not.
    """
    known = z[quiet][np.isfinite(z[quiet])]
    weights = _autoregression(known - known.mean())
    filled = np.nan_to_num(z - known.mean())
    news = np.concatenate([np.full(len(weights), np.nan), _news(filled, weights)])
    return standardised(np.where(np.isfinite(z), news, np.nan), quiet)


def _autoregression(x: np.ndarray) -> np.ndarray:
    """Weights (p,) of the last p values of a centred series for the next, by Yule and Walker; p is its memory, at most a sixth of it."""
    order = min(memory(x), len(x) // 6)
    covariance = np.array([x[lag:] @ x[: len(x) - lag] for lag in range(order + 1)]) / len(x)
    table = covariance[np.abs(np.subtract.outer(np.arange(order), np.arange(order)))]
    return np.linalg.solve(table + (1e-9 * covariance[0] + 1e-300) * np.eye(order), covariance[1:])


def _news(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """What is left of x (t,) after its past, from the first value that has one on."""
    order = len(weights)
    return x[order:] - sum((w * x[order - 1 - k : len(x) - 1 - k] for k, w in enumerate(weights)), start=np.zeros(len(x) - order))


def first_alarm(z: np.ndarray, height: float, allowance: float = ALLOWANCE) -> int | None:
    """The first row of z (t,) at which the CUSUM, begun at row 0, passes `height`; None if it never does."""
    over = np.flatnonzero(cusum(z, allowance) > height)
    return int(over[0]) if len(over) else None


def standardised(errors: np.ndarray, quiet: slice) -> np.ndarray:
    """Errors (t,) less their mean and over their standard deviation in the quiet part; NaN where that does not vary."""
    known = errors[quiet][np.isfinite(errors[quiet])]
    spread = known.std(ddof=1) if len(known) > 1 else 0.0
    return (errors - known.mean()) / spread if spread > 0 else np.full(errors.shape, np.nan)


def memory(past: np.ndarray) -> int:
    """Steps until the autocorrelation of errors first falls below 0.1; at least 1."""
    x = past - past.mean()
    if not x.any():
        return 1
    for lag in range(1, len(x) // 2):
        if x[lag:] @ x[:-lag] / (x @ x) < 0.1:
            return lag
    return max(len(x) // 2, 1)
