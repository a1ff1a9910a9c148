"""Few: errors and distributions of series that were seen a few times, or never."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.candidates import SLOT, SPREADS
from chronotope.evidence.distributions import BASE, MIDDLE, masked_quantiles
from chronotope.evidence.kriging import doubt
from chronotope.evidence.series import Series
from chronotope.evidence.trials import LEAST_ERROR, MOST_ERROR

FEW = 8  # values from which a series' own quantiles are told
ONE_MISS = 1.1  # by how much one value of a normal misses another on average, in deviations
PLACES = ("near", "around", "kriging")  # candidates that speak where a series was never seen


@dataclass(frozen=True)
class Verdict:
    """Errors and distributions of all candidates.

    Attributes:
        error: float32 (s, l, k), for each tried lead.
        is_tried: bool (s, k), the candidate has such an error for the series.
        spread: float32 (s, h, d, q), quantiles of the distributions at the asked cells.
    """

    error: np.ndarray
    is_tried: np.ndarray
    spread: np.ndarray


def widened(series: Series, verdict: Verdict, bucket: np.ndarray) -> Verdict:
    """Wider where a series was seen a few times: it knows neither its level nor how it varies.

    One value misses the next by about as much as the series varies, whatever rule made an answer of it.
    """
    seen = series.m[:, : series.stop].sum(axis=1)
    few = np.flatnonzero(series.known & (seen < FEW))
    if not len(few):
        return verdict
    error, spread = verdict.error.copy(), verdict.spread.copy()
    least = (ONE_MISS / np.sqrt(np.maximum(seen[few], 1)))[:, None, None]  # what is known ahead alone has no past
    error[few] = np.where(verdict.is_tried[few, None], np.maximum(error[few], least), error[few])
    for d, name in enumerate(SPREADS[:2]):
        told = verdict.is_tried[few, SLOT[name], None]
        wide = np.where(told, error[few[:, None], bucket[few], SLOT[name]], MOST_ERROR)
        middle = spread[few][:, :, d, MIDDLE]
        even = middle[..., None] + np.maximum(wide, 1.0)[..., None] * BASE
        below, above = np.minimum(spread[few][:, :, d], even), np.maximum(spread[few][:, :, d], even)
        spread[few, :, d] = np.where(BASE < 0, below, np.where(BASE > 0, above, middle[..., None]))
    return replace(verdict, error=error, spread=spread)


def described(series: Series, verdict: Verdict) -> Verdict:
    """What is known of series without any seen value: what other places miss of each other, and how they spread."""
    unknown = np.flatnonzero(~series.known)
    if not len(unknown):
        return verdict
    error, spread, is_tried = verdict.error.copy(), verdict.spread.copy(), verdict.is_tried.copy()
    near_doubt, kriging_doubt = doubt(series)
    farther = np.stack([near_doubt, np.sqrt(near_doubt * kriging_doubt), kriging_doubt], axis=1)[:, None]
    slots = [SLOT[name] for name in PLACES]
    every = np.arange(len(series.known)) % series.variables
    for variable in np.unique(every[unknown]):
        here, there = unknown[every[unknown] == variable], np.flatnonzero(series.known & (every == variable))
        near = error[here][:, :, slots]
        if len(there):  # in raw units: series that hardly vary would make much of small misses
            usual = np.mean(error[there][:, :, slots] * series.spread[there, None, None], axis=0)
            near = usual / series.spread[here, None, None]
        is_tried[here] = False
        is_tried[np.ix_(here, [*slots, SLOT["level"], SLOT["marginal"]])] = True
        error[np.ix_(here, np.arange(error.shape[1]), np.array(slots))] = np.clip(near * farther[here], LEAST_ERROR, MOST_ERROR)
        between = 1.0
        if len(there):
            raw = series.location[there]
            between += float(np.mean(np.abs(raw - np.median(raw))) / series.spread[here[0]])
            spread[here] = _all_places(series, there, here[0])  # of all distributions; only the marginal is used
        error[here, :, SLOT["level"]] = error[here, :, SLOT["marginal"]] = min(between, MOST_ERROR)
    return replace(verdict, error=error, spread=spread, is_tried=is_tried)


def _all_places(series: Series, there: np.ndarray, here: int) -> np.ndarray:
    """Quantiles over all known places, in the scale of one that is not known, (q,)."""
    columns = np.linspace(0, series.x.shape[1] - 1, min(64, series.x.shape[1])).astype(int)
    raw = series.x[np.ix_(there, columns)] * series.spread[there, None] + series.location[there, None]
    values = (raw.ravel() - series.location[here]) / series.spread[here]
    return masked_quantiles(values[None], series.m[np.ix_(there, columns)].reshape(1, -1) > 0)[0]
