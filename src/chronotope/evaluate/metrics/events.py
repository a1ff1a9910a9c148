"""Scores of events: how likely a rate made those that came, as points or as counts per cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import gammaln, xlogy

from chronotope.evaluate.metrics.metric import Sum
from chronotope.evaluate.metrics.reduce import labelled, masked_mean, plain

_LEAST = np.finfo(float).tiny  # a rate of 0 where an event came costs about 708 nats, never nothing


def log_likelihood(intensity: Any, integral: float) -> float:
    """Log-likelihood of a point process: sum of the log intensity at the events less its integral; larger is better. In nats.

    Args:
        intensity: (e,) at every event of the scored window, made of earlier events only; any unit of rate.
        integral: of the intensity over the whole window: the number of events that was expected.

    Returns:
        NaN where an intensity or the integral is unknown; an empty window gives minus the integral.
    """
    values = plain(intensity)
    return float(_logs(values) - integral)


def information_gain(intensity: Any, integral: float, floor: Any, floor_integral: float) -> float:
    """Log-likelihood per event beyond that of a floor on the same events; larger is better, 0 is no better than the floor. In nats."""
    values = plain(intensity)
    if not values.size:
        return float("nan")
    return (log_likelihood(values, integral) - log_likelihood(floor, floor_integral)) / values.size


@labelled
def poisson_log_score(forecast: Any, truth: Any, *, axis: Any = None, weights: Any = None) -> Any:
    """Mean of minus the log probability of counts under Poisson with the forecast mean; smaller is better. In nats per cell.

    A mean of 0 is right about no event, and costs about 708 nats for each that came.
    """
    rate = np.where(np.isfinite(forecast), np.maximum(forecast, 0.0), np.nan)
    return masked_mean(rate - xlogy(truth, np.maximum(rate, _LEAST)) + gammaln(truth + 1), axis, weights)


def _logs(intensity: np.ndarray) -> float:
    """Sum of the logarithms; NaN where one is unknown."""
    return float(np.log(np.maximum(intensity, _LEAST)).sum()) if np.isfinite(intensity).all() else float("nan")


LOG_RATE = Sum("log_rate", "rate", lambda rates, integral: np.array([_logs(one) for one in rates]))
INTEGRAL = Sum("integral", "rate", lambda rates, integral: np.asarray(integral, float))
EVENTS = Sum("n", "rate", lambda rates, integral: np.array([float(len(one)) for one in rates]))
