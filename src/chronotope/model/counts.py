"""Small counts: forecasts of them are answered by the distributions around their rates, mixed with the network as past origins say.

question --mostly zero, few at once--> evidence.counts --shares that past origins of the same context advise--> mixed with the network

All other variables keep the network's answer, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.clock import calendar_periods
from chronotope.evidence.counts.answer import foretold
from chronotope.evidence.counts.counted import Counted
from chronotope.evidence.distributions import pinball_loss
from chronotope.evidence.neighbours import find_neighbours
from chronotope.inspect.support import is_direction, is_temperature
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.tokens.partition import coordinates
from chronotope.tokens.tiling import tiles
from chronotope.tokens.tokenizer import mean_step

Answer = Callable[[Question], np.ndarray]

ZEROS, USUAL = 0.3, 5.0  # at least so many are zero, and half of the others are at most so many
EVENTS, ROWS = 30, 24  # counted, and steps of a past, that tell anything
ORIGINS, LONGEST, PLACES = 2, 24, 64  # past origins that are tried, steps asked there, and places, the busiest
SHARES = np.linspace(0, 1, 6)
GAIN = 0.12  # by how much the rates are taken to be better, with the weight of one past origin, before they are tried


@dataclass(frozen=True)
class Small:
    """Small counts of one variable: whole multiples of `unit`."""

    variable: int
    unit: float


def with_counts(question: Question, network: Answer) -> np.ndarray:
    """Quantiles (q, h, n, v) by the network, those of small counts also by their rates."""
    told = network(question)
    small = small_counts(question)
    if not small:
        return told
    told = told.copy()
    for places in tiles(question):
        part = question.of_places(places)
        rates = _rates(part, small, question.rows, question.levels)
        for one, share in _shares(part, small, network).items():
            cells = told[:, :, places, one.variable]
            mixed = (1 - share) * cells + share * rates[one] * one.unit
            told[:, :, places, one.variable] = np.where(np.isfinite(cells), mixed, cells)
    return told


def small_counts(question: Question) -> list[Small]:
    """The asked variables of a forecast whose past is whole numbers, mostly zero and few at once.

    Counts that carry their events are none of them: forecasts of events mix rates of their own.
    """
    frame, out, first = question.frame, [], question.first
    if question.both_sides or first < ROWS or frame.events is not None:
        return []
    for v in map(int, np.flatnonzero(question.asked.any(axis=(0, 1)))):
        x = frame.values[:first, :, v][question.seen[:first, :, v]]
        some = x[x > 0]
        if not len(some) or x.min() < 0 or len(some) > (1 - ZEROS) * len(x):
            continue
        times = some / some.min()
        unit = frame.units[v] if frame.units else ""
        free = is_temperature(frame.called[v], unit) or is_direction(frame.called[v], unit, 0.0, float(some.max()))
        if not free and times.sum() >= EVENTS and np.median(times) <= USUAL and (np.abs(times - np.rint(times)) <= 1e-3).all():
            out.append(Small(v, float(some.min())))
    return out


def _rates(part: Question, small: list[Small], rows: np.ndarray, levels: tuple[float, ...]) -> dict[Small, np.ndarray]:
    """Quantiles (q, h, n) of counts in rows (h,), from what was seen before the first of them."""
    frame, first = part.frame, int(rows[0])
    step = float(frame.step / np.timedelta64(1, "ns")) / 1e9
    periods = calendar_periods(mean_step(frame, step), first) if frame.regular else []
    edges = None if frame.edges is None else (frame.edges.source, frame.edges.target, frame.edges.weight)
    out = {}
    for one in small:
        seen = part.seen[:first, :, one.variable]
        values = np.where(seen, np.rint(frame.values[:first, :, one.variable] / one.unit), np.nan)
        xy = coordinates(seen.shape[1], frame.xy, edges, np.nan_to_num(values).T.astype(np.float32))
        counted = Counted.of(values, periods, find_neighbours(xy, edges, np.asarray(seen.any(axis=0))))
        out[one] = foretold(counted, rows - (first - len(counted.y)), levels)
    return out


def _shares(part: Question, small: list[Small], network: Answer) -> dict[Small, float]:
    """How much of the answer the rates have, by what both missed at past origins; variables of which nothing can be tried are left out."""
    first, horizon = part.first, min(int(part.rows[-1]) + 1 - part.first, LONGEST)
    lost: dict[Small, list[np.ndarray]] = {one: [] for one in small}
    for origin in range(first - horizon, max(ROWS, first // 2), -horizon)[:ORIGINS]:
        past = _before(part, origin, horizon, small)
        busy = _busiest(past, small)
        rates = _rates(past, small, past.rows, QUANTILE_LEVELS)
        tried = network(past.of_places(busy).wanting(QUANTILE_LEVELS))
        values = np.where(part.seen[past.rows], part.frame.values[past.rows], np.nan)[:, busy]
        for one in small:
            truth = values[..., one.variable] / one.unit
            losses = np.array([_loss((1 - s) * tried[..., one.variable] / one.unit + s * rates[one][:, :, busy], truth) for s in SHARES])
            if losses[0] > 0:
                lost[one].append(losses / losses[0])
    return {one: float(SHARES[int(np.argmin(np.sum(some, axis=0) - GAIN * SHARES))]) for one, some in lost.items() if some}


def _before(part: Question, origin: int, horizon: int, small: list[Small]) -> Question:
    """The question as it would have been asked at an earlier row; what is known ahead stays known."""
    some = [one.variable for one in small]
    ahead = part.seen[part.first :].any(axis=(0, 1))
    past = part.of_rows(0, origin + horizon)
    seen, asked = past.seen.copy(), np.zeros_like(past.asked)
    seen[origin:, :, ~ahead] = False
    asked[origin:, :, some] = True
    return replace(past, seen=seen, asked=asked)


def _busiest(past: Question, small: list[Small]) -> np.ndarray:
    """The places at which most was counted, in rising order."""
    count = sum(np.where(past.seen[..., one.variable], past.frame.values[..., one.variable] / one.unit, 0.0).sum(axis=0) for one in small)
    return np.sort(np.argsort(-np.asarray(count), kind="stable")[:PLACES])


def _loss(told: np.ndarray, truth: np.ndarray) -> float:
    """Sum of pinball losses of quantiles (q, h, n), in whole numbers, where the truth (h, n) is known."""
    off, level = truth - np.rint(told), np.array(QUANTILE_LEVELS).reshape(-1, 1, 1)
    return float(np.nansum(pinball_loss(off, level)))
