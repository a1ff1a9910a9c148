"""The floors mixed by how well each did on the context, per series and bucket of leads."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.baselines.floor import AbstractFloor
from chronotope.baselines.gaps import made_gaps
from chronotope.baselines.naive import LastValue, Marginal
from chronotope.baselines.persistence import AnomalyPersistence
from chronotope.baselines.scoring import relative_errors
from chronotope.baselines.seasonal import Climatology, SeasonalNaive
from chronotope.baselines.series import Series

_SHARPNESS = 3.0  # weights are error ** -3, the softmax of -3 log error
_PRIOR = 8  # cells of a back-test at which its verdict counts half


class Mix(AbstractFloor):
    """Last value, same phases, same-phase means, damped anomalies and recent median, weighted by softmax(-3 log back-tested error)."""

    name = "mix"

    def point(self, series: Series) -> np.ndarray:
        last = LastValue().point(series)
        floors = [last, *_of_every_period(series), Marginal(recent=True).point(series)]
        out = np.empty(last.shape)
        for bucket in series.buckets:
            part = np.stack([f[:, bucket] for f in floors])
            truth = series.truth[:, bucket]
            error = relative_errors(part[:, :-1], truth, part[0, :-1])
            trust = np.isfinite(truth).sum(axis=(0, 1))
            out[:, bucket] = weighted(part, _weights(error, trust / (trust + _PRIOR)))
        return out

    def fill(self, series: Series) -> np.ndarray:
        hidden = made_gaps(len(series.x), 3)
        masked = Series(np.where(hidden[:, None], np.nan, series.x), series.rows, series.phases)
        rules: list[Callable[[Series], np.ndarray]] = [f.fill for f in (LastValue(), SeasonalNaive(), Climatology(), AnomalyPersistence())]
        truth = series.x[hidden][None]
        tested = np.stack([rule(masked)[hidden][None] for rule in rules])
        trust = np.isfinite(truth).sum(axis=(0, 1))
        weights = _weights(relative_errors(tested, truth, tested[0]), trust / (trust + _PRIOR))
        return weighted(np.stack([rule(series) for rule in rules])[:, :, None], weights)[:, 0]


def _of_every_period(series: Series) -> list[np.ndarray]:
    out = []
    for floor in (SeasonalNaive(), Climatology(), AnomalyPersistence()):
        out += [*floor.candidates(series).values(), *floor.otherwise(series)]
    return out


def _weights(error: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Weights (f, s) from relative errors (f, s); what could not be tested gets none, and the last value all if nothing could."""
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.exp(-_SHARPNESS * trust * np.log(np.maximum(error, 1e-3)))
    raw = np.where(np.isfinite(raw), raw, 0.0)
    raw[0] = np.where(raw.sum(axis=0) > 0, raw[0], 1.0)
    return raw


def weighted(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean (k, h, s) of points (f, k, h, s) under weights (f, s), over those that have an answer."""
    known = np.isfinite(points)
    share = np.where(known, weights[:, None, None], 0.0)
    with np.errstate(invalid="ignore"):
        return (np.where(known, points, 0) * share).sum(axis=0) / share.sum(axis=0)
