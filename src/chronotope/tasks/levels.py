"""Levels: what is taken off series that stand far from zero, so that the float32 of a predictor does not round their movement away.

A meter that reads 123 457 065 moves by hundreds, and a float32 there knows steps of eight. The level is taken off in float64, read from
what is seen alone, and put back in float64; whatever float32 holds well enough goes on untouched.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.inspect.support import is_direction, share_ends_at
from chronotope.questions import Predictor, Question
from chronotope.questions.summer_time import with_summer_time

HALF_STEP = 2.0**-24  # half of float32's relative spacing
TOLERATED = 3e-5  # share of a usual movement that rounding may take: regressions make up to ten times as much of it
BETWEEN = 1e-6  # the same between places, where a network hears neighbours that are nearly alike in turn
COARSE = 0.01  # the same where numbers say more as they stand: beside zero, of directions, of shares of something
DIGITS = (6, 7, 8, 9)  # the fewest decimals that tell a float32 from its neighbours are taken


def predict(predictor: Predictor, question: Question, one_level: bool = False) -> np.ndarray:
    """Quantiles (q, h, n, v) of the asked cells, float64 where a level was taken off; `one_level`: the same for all places.

    Days that go by the clock of a zone are told on that clock (`questions.summer_time`).
    """
    moved = with_summer_time(question)
    if moved is not None:
        return predict(predictor, moved[0], one_level)[:, moved[1]]
    panel = question.frame
    if panel.values.dtype == np.float32:
        return predictor.answer(question).values
    if getattr(predictor, "adds_up", False):  # sums hold of whole values alone
        return predictor.answer(replace(question, frame=replace(panel, values=panel.values.astype(np.float32)))).values
    level = levels_of(panel.values, question.seen, one_level, panel.called, panel.units)
    with np.errstate(over="ignore"):  # what is not seen may be anything
        lowered = replace(panel, values=(panel.values - level if level.any() else panel.values).astype(np.float32))
    answer = predictor.answer(replace(question, frame=lowered)).values
    return as_double(answer) + level if level.any() else answer


def lowered(panel: Panel, until: int) -> Panel:
    """A panel of float64 as a predictor reads it, float32 less its levels, which are read from the rows up to `until`."""
    seen = panel.mask & (np.arange(len(panel.times)) <= until)[:, None, None]
    with np.errstate(over="ignore"):
        level = levels_of(panel.values, seen, names=panel.called, units=panel.units)
        return replace(panel, values=(panel.values - level).astype(np.float32))


def levels_of(
    values: np.ndarray, seen: np.ndarray, one_level: bool = False, names: tuple[str, ...] = (), units: tuple[str, ...] = ()
) -> np.ndarray:
    """What to take off, float64 (n, v); zero where float32 does, or where zero is near and may be a bound.

    All places of a variable share a level where that is enough, so that they can still be compared with each other.
    """
    t, n, v = values.shape
    level = np.zeros((n, v))
    for channel in range(v):
        known = np.where(seen[..., channel], values[..., channel], np.nan)
        there = np.isfinite(known).any(axis=0)
        series = known[:, there]
        far = _far_from_zero(series)
        told = (names[channel] if names else "", units[channel] if units else "")
        plain = far.all() and not _says_more(series, *told)
        tolerated = (BETWEEN if one_level else TOLERATED) if plain else COARSE
        needs = far & _too_coarse(series, np.nanmax(np.abs(series), axis=0), far, tolerated)
        if not needs.any():
            continue
        common = np.rint(np.nanmedian(series))
        apart = np.nanmax(np.abs(series - common), axis=0)
        if far.all() and (one_level or not _too_coarse(series, apart, far, tolerated).any()):
            level[:, channel] = common
        elif not one_level:
            level[np.flatnonzero(there)[needs], channel] = np.rint(np.nanmedian(series[:, needs], axis=0))
    return level


def as_double(values: np.ndarray) -> np.ndarray:
    """float32 numbers as float64 with the digits that tell them apart and no others: 0.1, not 0.10000000149; they turn back exactly."""
    if values.dtype != np.float32:
        return values
    out = values.astype(np.float64)
    open_, wide = np.isfinite(out) & (np.abs(out) > 1e-30) & (np.abs(out) < 1e30), out.copy()  # beyond, powers of ten are not exact enough
    for digits in DIGITS:
        part = wide[open_]
        if not len(part):
            break
        rounded = _rounded(part, digits)
        same = rounded.astype(np.float32) == part.astype(np.float32)
        where = np.flatnonzero(open_)
        out.flat[where[same]] = rounded[same]
        open_.flat[where[same]] = False
    return out


def _rounded(values: np.ndarray, digits: int) -> np.ndarray:
    """Numbers (k,) other than zero with so many decimal digits."""
    places = digits - 1 - np.floor(np.log10(np.abs(values)))
    factor = 10.0 ** np.abs(places)
    return np.where(places > 0, np.rint(values * factor) / factor, np.rint(values / factor) * factor)


def _says_more(series: np.ndarray, name: str, unit: str) -> bool:
    """Whether the numbers of a variable as they stand say what it is: degrees of a direction, shares of something."""
    if not series.size:
        return False
    low, high = float(np.nanmin(series)), float(np.nanmax(series))
    return is_direction(name, unit, low, high) or share_ends_at(name, unit, low, high) is not None


def _too_coarse(series: np.ndarray, size: np.ndarray, among: np.ndarray, tolerated: float) -> np.ndarray:
    """bool (n,): float32 numbers of this size would round more than a tolerated share of a usual movement of series (t, n)."""
    coarse = np.zeros(series.shape[1], bool)
    movement = _movement(series[:, among])
    coarse[among] = (movement > 0) & (size[among] * HALF_STEP > tolerated * movement)
    return coarse


def _far_from_zero(series: np.ndarray) -> np.ndarray:
    """bool (n,): all numbers of a series have one sign and none is less than half of another, so that zero is no bound."""
    low, high = np.nanmin(series, axis=0), np.nanmax(series, axis=0)
    return (low * high > 0) & (np.minimum(np.abs(low), np.abs(high)) > 0.5 * np.maximum(np.abs(low), np.abs(high)))


def _movement(series: np.ndarray) -> np.ndarray:
    """The median change from one seen step to the next that is a change, (n,); 0 where nothing moves."""
    change = np.abs(np.diff(series, axis=0))
    change = np.where(change > 0, change, np.nan)
    moving = np.isfinite(change).any(axis=0)
    out = np.zeros(series.shape[1])
    out[moving] = np.nanmedian(change[:, moving], axis=0)
    still = ~moving
    if still.any():  # seen steps that never stand side by side
        out[still] = np.nanmax(series[:, still], axis=0) - np.nanmin(series[:, still], axis=0)
    return out
