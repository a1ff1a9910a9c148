"""Marginal: the quantiles of what was seen lately, whatever the time."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.distributions import MIDDLE, masked_quantiles
from chronotope.evidence.series import Series

ROWS, MOST = 512, 128  # rows that are read, and about how many of them


def marginal(case: Case) -> Spoken:
    """The same quantiles at every cell."""
    own = recent_quantiles(case.past.series)
    say = lambda shape: Said.of(np.broadcast_to(own[:, MIDDLE, None], shape), np.ones(shape, bool))  # noqa: E731
    quantiles = np.broadcast_to(own[:, None], (*case.asked.shape, own.shape[1]))
    return Spoken(say(case.trials.cells.shape), say(case.asked.shape), quantiles=quantiles)


def recent_quantiles(series: Series) -> np.ndarray:
    """(s, q); the last row is always among those that are read."""
    window = slice(max(0, series.stop - ROWS), series.stop)
    step = max(1, (window.stop - window.start) // MOST)
    return masked_quantiles(series.x[:, window][:, ::-1][:, ::step], series.m[:, window][:, ::-1][:, ::step] > 0)
