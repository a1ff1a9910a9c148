"""Single values that leap away from the steps around them, judged by the place's own spread at that hour and by its neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from chronotope.inspect.runs import stretches_of

HALF = 3  # steps on each side of the window whose median a value is compared with
WIDEST = 3  # a spike lasts at most so many steps
LEAP = 10.0  # usual departures beyond which a spike is taken for what came once
ONGOING = 3  # last values of a series, which may be the beginning of something
PERIODS = ((1.0, 0.0), (7.0, 0.0), (365.25, 2.0))  # days after which a leap may recur, and by how many it may be off
FEWEST = 12  # values of one phase from which its spread is told
TAIL = 0.99  # share of departures that are taken for usual
SPARED = 5  # largest departures not taken for usual, so that a few spikes do not hide each other; at most one in 25
_TO_SIGMA = 1.4826
_AT_ONCE = 1024  # places, so that what is held beside the values stays small


def spike_scores(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """How far each value (t, n) leaps from the median of seven steps around it, in usual departures of the place; 0 where NaN.

    The usual departure is the largest of: the median absolute departure as a standard deviation, at that phase of the day (or
    of the year, for daily and longer steps) and over the record, and a third of the 99 % quantile of departures other than 0; so series
    with heavy tails need more to be conspicuous. The median departure of the phase is taken off first: a sharp peak at eight each
    morning is no spike.
    """
    phase = phase_of(times)
    parts = (_scores_of(values[:, k : k + _AT_ONCE], phase) for k in range(0, values.shape[1], _AT_ONCE))
    return np.concatenate([np.zeros((len(values), 0)), *parts], axis=1)


def _scores_of(values: np.ndarray, phase: np.ndarray | None) -> np.ndarray:
    """`spike_scores` of some places."""
    from_middle = values - _running_median(values)
    usual, centre = np.zeros_like(values), np.zeros_like(values)
    for k in np.unique(phase) if phase is not None else ():
        rows = np.flatnonzero(phase == k)
        part = from_middle[rows]
        enough = np.isfinite(part).sum(axis=0) >= FEWEST
        middle = np.where(enough, _quantile(part, 0.5), 0.0)
        centre[rows] = middle
        usual[rows] = np.where(enough, _TO_SIGMA * _quantile(np.abs(part - middle), 0.5), 0.0)
    away = from_middle - centre
    size = np.abs(away)
    leaps = np.where(size > 0, size, np.nan)  # dry hours say nothing of how rain leaps
    overall = np.maximum(_TO_SIGMA * _quantile(size, 0.5), _quantile(leaps, TAIL, SPARED) / 3.0)
    usual = np.maximum(usual, overall)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(usual > 0, away / usual, 0.0)
    return np.where(np.isfinite(scores), scores, 0.0)


def spikes(values: np.ndarray, times: np.ndarray, limit: float, pairs: np.ndarray | None) -> np.ndarray:
    """True where a value (t, n) is a spike: beyond `limit` usual departures, at most three steps long, and not shared by two neighbours."""
    scores = spike_scores(values, times)
    return _among(scores, np.isfinite(values), limit, pairs)


def _among(scores: np.ndarray, seen: np.ndarray, limit: float, pairs: np.ndarray | None) -> np.ndarray:
    """`spikes` by their scores (t, n)."""
    found = _short(np.abs(scores) > limit, seen)
    return found & ~_shared(scores, found, pairs, limit / 3.0)


def leaps(values: np.ndarray, times: np.ndarray, pairs: Callable[[], np.ndarray | None]) -> np.ndarray:
    """True where a value (t, n) is a spike beyond `LEAP` that came once: no other a day, a week or a year away, and not at the very end.

    `pairs` finds neighbours (k, 2), where something leaps.
    """
    none = np.zeros(values.shape, bool)
    if len(times) < 2:
        return none
    scores, seen = spike_scores(values, times), np.isfinite(values)
    if not _among(scores, seen, LEAP, None).any():
        return none
    found = _among(scores, seen, LEAP, pairs())
    step = float(np.median(np.diff(times)) / np.timedelta64(1, "D"))
    later = np.cumsum(seen[::-1], axis=0, dtype=np.int32)[::-1]
    return found & (later > ONGOING) & ~_recurring(scores, found, step)


def _recurring(scores: np.ndarray, found: np.ndarray, step: float) -> np.ndarray:
    """True where what was found (t, n) leaps alike one of `PERIODS` before or after; `step` in days."""
    out, (rows, places) = np.zeros(found.shape, bool), np.nonzero(found)
    alike = scores[rows, places] / 3
    for days, off in PERIODS:
        lag, near = round(days / step), 1 + round(off / step)
        last = min(lag + near, len(scores) - 1)  # no step lies farther off
        for shift in (side * k for side in (-1, 1) for k in range(lag - near, last + 1) if lag > near):
            there = (rows + shift >= 0) & (rows + shift < len(scores))
            other = np.where(there, scores[np.clip(rows + shift, 0, len(scores) - 1), places], 0.0)
            out[rows, places] |= other * np.sign(alike) > np.abs(alike)
    return out


def phase_of(times: np.ndarray) -> np.ndarray | None:
    """Slot of the day (of an hour at least) for steps shorter than a day, else the month; None for a single stamp."""
    if len(times) < 2:
        return None
    index = pd.DatetimeIndex(times)
    step = np.median(np.diff(times).astype("timedelta64[s]").astype(float))
    return index.hour.to_numpy() if step < 20 * 3600 else index.month.to_numpy()


def _running_median(values: np.ndarray) -> np.ndarray:
    """Median of the seen values among seven steps, (t, n); NaN where fewer than four were seen.

    At the ends the window narrows on both sides, so that a trend does not look like a leap.
    """
    padded = np.pad(values, ((HALF, HALF), (0, 0)), constant_values=np.nan)
    out = np.full(values.shape, np.nan)
    for start in range(0, values.shape[1], 256):  # bounds the memory of the windows
        windows = np.lib.stride_tricks.sliding_window_view(padded[:, start : start + 256], 2 * HALF + 1, axis=0)
        ordered = np.sort(windows, axis=-1)
        count = np.isfinite(windows).sum(axis=-1)
        low, high = (np.take_along_axis(ordered, np.maximum(k, 0)[..., None], -1)[..., 0] for k in ((count - 1) // 2, count // 2))
        out[:, start : start + 256] = np.where(count >= HALF + 1, 0.5 * (low + high), np.nan)
    for i in range(min(HALF, len(values))):
        for row in (i, len(values) - 1 - i):
            part = values[max(row - i, 0) : row + i + 1]
            seen = np.isfinite(part).sum(axis=0)
            out[row] = np.where(seen == len(part), np.median(np.where(np.isfinite(part), part, 0.0), axis=0), np.nan)
    return out


def _quantile(part: np.ndarray, q: float, spared: int = 0) -> np.ndarray:
    """Quantile of the seen values of each column, (n,), below at least the `spared` largest; 0 where none was seen."""
    ordered = np.sort(part, axis=0)
    count = np.isfinite(part).sum(axis=0)
    row = np.clip(np.minimum(np.ceil(q * count).astype(int), count - np.minimum(spared, count // 25)) - 1, 0, None)
    return np.where(count > 0, np.take_along_axis(ordered, row[None], axis=0)[0], 0.0)


def _short(found: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Without runs of more than three steps in a row."""
    out = found.copy()
    for place in np.flatnonzero(found.sum(axis=0) > WIDEST):
        rows = np.flatnonzero(seen[:, place])
        for a, b in zip(*stretches_of(found[rows, place])):
            out[rows[a:b], place] = b - a <= WIDEST
    return out


def _shared(scores: np.ndarray, found: np.ndarray, pairs: np.ndarray | None, limit: float) -> np.ndarray:
    """True where two neighbours or more leap the same way within a step."""
    out = np.zeros(found.shape, bool)
    rows, places = np.nonzero(found)
    if pairs is None or not len(rows):
        return out
    near: dict[int, np.ndarray] = {int(i): np.unique(pairs[pairs[:, 0] == i, 1]) for i in np.unique(places)}
    for t, i in zip(rows, places):
        window = scores[max(t - 1, 0) : t + 2, near[int(i)]] * np.sign(scores[t, i])
        out[t, i] = (window.max(axis=0, initial=0.0) > limit).sum() >= 2
    return out
