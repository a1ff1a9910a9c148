"""Gaps: cells between seen ones are answered by what is seen around them, mixed with the network as far as planted gaps say that it helps.

question --planted gaps--> rules and network tried --learnt--> rules at the asked cells --network where it pays--> one answer
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from chronotope.evidence.gaps.answer import Learnt, Trial, learnt
from chronotope.evidence.gaps.planted import FEWEST, alike, independent, planted
from chronotope.evidence.gaps.rules import told_by_all, usual
from chronotope.inspect.support import zero_bounds
from chronotope.model.exact import exact
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels
from chronotope.tokens.tiling import tiles
from chronotope.tokens.tokenizer import Tile, make_tile

Answer = Callable[[Question], np.ndarray]

ROWS, BESIDE = 1024, 512  # rows that are answered at once, and that are read to each side of them
LEAST_ROWS, WHOLE = 48, 1500  # rows that are needed, and series that are looked through together for what tells one exactly
RESTS = 1e-3  # of the usual spread: of a series that moves less than this nothing is learnt for others
PAYS, SURE = 1.03, 100.0  # the network is asked unless it makes so little of a difference, in so many independent trials


@dataclass(frozen=True)
class Planned:
    """Asked cells of one variable in one part of a question, and what was learnt for them, with the network and without.

    Attributes:
        where: rows of the question, places and variable of each cell.
        trial: what rules tell of them.
        learnt: how they are mixed.
    """

    where: tuple[np.ndarray, np.ndarray, np.ndarray]
    trial: Trial
    learnt: Learnt
    is_with_network: bool


def with_gaps(question: Question, network: Answer) -> np.ndarray:
    """Quantiles (q, h, n, v) float32: of gaps by rules and the network together, of all other cells by the network."""
    if not question.both_sides or question.frame.blocks is not None or len(question.seen) < LEAST_ROWS:
        return network(question)
    rows, out = question.rows, np.full((len(question.levels), *question.asked.shape), np.nan, np.float32)
    for part, places, low in _parts(question, is_whole=question.asked[0].size <= WHOLE):
        told = exact(part)
        if told is not None:
            own = slice(low, low + len(part.seen)), places
            known = told.known(part)
            values, seen, asked = question.frame.values.copy(), question.seen.copy(), question.asked.copy()
            values[own], seen[own], asked[own] = known.frame.values, known.seen, asked[own] & ~told.where
            out[:, *own] = np.where(told.where, told.values + told.offsets, out[:, *own])
            question = replace(question, frame=replace(question.frame, values=values), seen=seen, asked=asked)
    if question.asked.any():
        rest = _inexact(question, network) if question.both_sides else network(question)
        out[:, question.rows] = np.where(question.asked[question.rows], rest, out[:, question.rows])
    return out[:, rows]


def _inexact(question: Question, network: Answer) -> np.ndarray:
    """The same of what no other series tells without a miss."""
    plans = [plan for part in _parts(question) for plan in _planned(*part, network)]
    if not plans:
        return network(question)
    needed = question.asked.copy()
    for plan in plans:
        needed[plan.where] = plan.is_with_network
    heard = np.full((len(QUANTILE_LEVELS), *question.asked.shape), np.nan, np.float32)
    if needed.any():
        asked = replace(question, asked=needed).wanting(QUANTILE_LEVELS)
        heard[:, asked.rows] = network(asked)
    out = at_levels(heard, QUANTILE_LEVELS, question.levels)
    for plan in plans:
        if plan.is_with_network:
            trial = replace(plan.trial, heard=heard[:, *plan.where].astype(float))
            out[:, *plan.where] = plan.learnt.quantiles(trial, question.levels, out[:, *plan.where].astype(float))
        else:
            out[:, *plan.where] = plan.learnt.quantiles(plan.trial, question.levels)
    return np.where(question.asked, out, np.nan)[:, question.rows].astype(np.float32)


def _parts(question: Question, is_whole: bool = False) -> Iterator[tuple[Question, np.ndarray, int]]:
    """(tiles of places, or all, in windows of rows, their places, first row); asked cells are in one of them each."""
    for places in [np.arange(question.asked.shape[1])] if is_whole else tiles(question):
        tile = question.of_places(places)
        if len(tile.seen) <= 2 * ROWS:
            yield tile, places, 0
            continue
        for first in range(0, len(tile.seen), ROWS):
            low, high = max(0, first - BESIDE), min(len(tile.seen), first + ROWS + BESIDE)
            inside = np.zeros(len(tile.seen), bool)
            inside[first : first + ROWS] = True
            window = replace(tile, asked=tile.asked & inside[:, None, None]).of_rows(low, high)
            if window.asked.any():
                yield window, places, low


def _planned(part: Question, places: np.ndarray, low: int, network: Answer) -> Iterator[Planned]:
    """What was learnt for each variable of a part, from gaps planted in it."""
    hidden = planted(part.asked, part.seen, _order(part)) if part.asked.any() else None
    if hidden is None:
        return
    tried = replace(part, seen=part.seen & ~hidden, asked=hidden).wanting(QUANTILE_LEVELS)
    heard = np.full((len(QUANTILE_LEVELS), *hidden.shape), np.nan)
    heard[:, tried.rows] = network(tried)
    trials, asked = _by_variable(tried, _tile(tried)), _by_variable(part, tile := _tile(part), is_bounded=True)
    truth = np.moveaxis(part.frame.values, 0, 2).reshape(-1, len(hidden)).astype(float)
    said = np.moveaxis(heard, 1, 3).reshape(len(heard), -1, len(hidden))
    for variable, trial in trials.items():
        trial = replace(trial, heard=said[:, *trial.cells]).of(trial.spread > RESTS * np.median(trial.spread))
        if variable not in asked or len(trial.cells[0]) < FEWEST:
            continue
        true = (truth[trial.cells] - trial.location) / trial.spread
        lines = asked[variable].told.values["line"]
        pick = alike(lines, independent(lines - lines.mean(), asked[variable].cells), usual(tile.series, variable), true)
        trial, known, from_zero = trial.of(pick), truth[trial.cells][pick], _from_zero(part, variable)
        both = learnt(trial, known, from_zero)
        alone = learnt(replace(trial, heard=None), known, from_zero)
        is_needed = both.worth < SURE or alone.loss > PAYS * both.loss
        series, rows = asked[variable].cells
        where = rows + low, places[series // part.seen.shape[2]], np.full(len(rows), variable)
        yield Planned(where, asked[variable], both if is_needed else alone, is_needed)


def _order(question: Question) -> np.ndarray:
    """Of the places, int (n,): by where they lie, else by how high each variable stands there, in whatever unit."""
    seen, xy = question.seen, question.frame.xy
    mean = np.where(seen, question.frame.values, 0.0).sum(axis=0, dtype=float) / np.maximum(seen.sum(axis=0), 1)
    rank = mean.argsort(axis=0, kind="stable").argsort(axis=0)
    high = (rank**2).sum(axis=1), rank.sum(axis=1)
    return np.lexsort(high if xy is None else (*high, xy[:, 1], xy[:, 0]))


def _tile(question: Question) -> Tile:
    return make_tile(question, len(question.seen) // 2)


def _by_variable(question: Question, tile: Tile, is_bounded: bool = False) -> dict[int, Trial]:
    """What rules tell of the asked cells that are seen around, by variable; see `told_by_all`."""
    t, n, v = question.asked.shape
    series, rows = np.nonzero(np.moveaxis(question.asked, 0, 2).reshape(n * v, t))
    told = told_by_all(tile.series, (series, rows), is_bounded)
    whole = Trial(told, (series, rows), tile.scale.location[series], tile.scale.spread[series], None)
    parts = {variable: whole.of(told.is_near & (series % v == variable)) for variable in range(v)}
    return {variable: part for variable, part in parts.items() if len(part.cells[0])}


def _from_zero(question: Question, variable: int) -> bool:
    frame = question.frame
    values, seen = frame.values[..., variable].reshape(1, -1), question.seen[..., variable].reshape(1, -1)
    unit = frame.units[variable] if frame.units else ""
    return bool(zero_bounds(np.where(seen, values, 0.0), seen, (frame.called[variable],), (unit,))[0])
