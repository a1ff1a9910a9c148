"""Marginal: the quantiles of what was seen lately, whatever the time."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.case import Case, Said, Spoken
from chronotope.evidence.distributions import MIDDLE, masked_quantiles
from chronotope.evidence.series import Series

ROWS, MOST = 512, 128  # rows that are read, and about how many of them
STOPS = np.unique((1024 ** (np.arange(29) / 23)).astype(int))  # rows before the cut at which trials ask for them, whatever the horizon


def marginal(case: Case) -> Spoken:
    """The same quantiles at every cell."""
    own = recent_quantiles(case.past.series)
    say = lambda middle: Said.of(middle, np.ones(middle.shape, bool))  # noqa: E731
    asked = np.broadcast_to(own[:, MIDDLE, None], case.asked.shape)
    quantiles = np.broadcast_to(own[:, None], (*case.asked.shape, own.shape[1]))
    return Spoken(say(_tried(case, own[:, MIDDLE])), say(asked), quantiles=quantiles)


def _tried(case: Case, middle: np.ndarray) -> np.ndarray:
    """Medians (s, n) of what was seen before a trial, at some earlier rows; inside the seen time the one that is asked."""
    series, cells = case.past.series, case.trials.cells
    if series.both_sides:
        return np.broadcast_to(middle[:, None], cells.shape)
    last = cells.row - np.repeat(case.trials.leads, case.trials.shape[2])
    stops = np.unique(np.maximum(series.cut - np.append(STOPS, series.cut), 1))
    stops = stops[max(np.searchsorted(stops, last.min() + 1, side="right") - 1, 0) :]
    medians = np.stack([recent_quantiles(series, int(stop))[:, MIDDLE] for stop in stops], axis=1)
    return medians[:, np.maximum(np.searchsorted(stops, last + 1, side="right") - 1, 0)]


def recent_quantiles(series: Series, stop: int | None = None) -> np.ndarray:
    """(s, q) of the rows before `stop`; the last row is always among those that are read."""
    stop = series.stop if stop is None else stop
    window = slice(max(0, stop - ROWS), stop)
    step = max(1, (window.stop - window.start) // MOST)
    return masked_quantiles(series.x[:, window][:, ::-1][:, ::step], series.m[:, window][:, ::-1][:, ::step] > 0)
