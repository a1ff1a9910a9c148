"""Tiling: a question of any size answered tile by tile and chunk by chunk, by whoever answers the patches of one tile.

question --tiles--> places --make_tile--> scaled series --chunks--> patches --answer--> scaled quantiles --scale back--> quantiles
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chronotope.pace import paced
from chronotope.questions import QUANTILE_LEVELS, Question
from chronotope.questions.levels import at_levels
from chronotope.tokens.partition import ball_order, coordinates
from chronotope.tokens.patches import near_groups, starts_of
from chronotope.tokens.tokenizer import PATCH, TILE, Options, Tile, make_tile

FORWARD_PATCHES = 16  # query patches of a forecast that are answered at once
TILE_PATCHES, INSIDE_PATCHES = 120, 40  # and inside the seen time, those that share a scale, and those that share trials
INSIDE_ROWS = 4096  # rows read to each side of them

Answer = Callable[[Tile, np.ndarray], np.ndarray]
"""(tile, first rows (q,) of query patches) to scaled quantiles (s, q, PATCH, levels) at the nine levels of the house."""


def by_tiles(question: Question, answer: Answer, options: Options = Options()) -> np.ndarray:
    """Quantiles (q, h, n, v) at the question's levels, NaN where nothing is asked."""
    rows, levels = question.rows, question.levels
    out = np.full((len(levels), len(rows), *question.frame.values.shape[1:]), np.nan, np.float32)
    for index in paced(tiles(question) if options.neighbours else each_place(question)):
        if not question.asked[:, index].any():
            continue
        part = question.of_places(index)
        own = part.rows if question.both_sides else rows  # a forecast is asked of all places alike
        here = np.searchsorted(rows, own)
        out[:, here[:, None], index] = np.where(part.asked[own][None], _answer_tile(part, own, answer, options), np.nan)
    return out


def _answer_tile(question: Question, rows: np.ndarray, answer: Answer, options: Options) -> np.ndarray:
    """Quantiles (q, h, n, v) for rows of one tile of places."""
    levels = question.levels
    out = np.full((len(levels), len(rows), *question.frame.values.shape[1:]), np.nan, np.float32)
    low, tile, last = 0, None, None
    for wide, starts in paced(_parts(question, rows)):
        if tile is None or wide is not last:
            low, tile = _tile_around(question, wide, options)
            last = wide
        covered = (starts[:, None] + np.arange(PATCH)).ravel()
        scaled = answer(tile, starts - low).reshape(len(tile.series.x), len(covered), -1)
        raw = tile.scale.invert(at_levels(scaled, QUANTILE_LEVELS, levels, axis=-1))
        here = np.flatnonzero(np.isin(rows, covered))
        where = np.searchsorted(covered, rows[here])
        out[:, here] = raw[:, where].transpose(2, 1, 0).reshape(len(levels), len(here), *out.shape[2:])
    return out


def _parts(question: Question, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """(starts of the query patches that share a tile, those of them that are answered at once) until all rows are answered."""
    if not question.both_sides:
        return [(rows, starts) for starts in chunks(rows, FORWARD_PATCHES)]
    return [(wide, starts) for wide in near_groups(starts_of(rows), TILE_PATCHES) for starts in near_groups(wide, INSIDE_PATCHES)]


def _tile_around(question: Question, wide: np.ndarray, options: Options) -> tuple[int, Tile]:
    """Its first row, and the tile of the rows that are read for some query patches."""
    if not question.both_sides:
        return 0, make_tile(question, int(wide[0]) - 1, options)
    low, high = max(0, int(wide[0]) - INSIDE_ROWS), min(len(question.seen), int(wide[-1]) + PATCH + INSIDE_ROWS)
    return low, make_tile(question.of_rows(low, high), int(wide.mean()) - low, options)


def tiles(question: Question) -> list[np.ndarray]:
    """Groups of places that are answered together: compact, at most `TILE` series, only those with something to say or asked."""
    panel, v = question.frame, question.frame.values.shape[2]
    useful = np.flatnonzero(question.seen.any(axis=(0, 2)) | question.asked.any(axis=(0, 2)))
    size = max(1, TILE // v)
    if len(useful) <= size:
        return [useful]
    part = panel.take_places(useful)
    edges = None if part.edges is None else (part.edges.source, part.edges.target, part.edges.weight)
    stop = len(panel.times) if question.both_sides else question.first  # likeness is read from what may be seen
    recent = slice(max(0, stop - 256), stop)
    series = np.where(question.seen[recent][:, useful, 0], part.values[recent, :, 0], 0).T
    order = ball_order(coordinates(len(useful), part.xy, edges, series), size)
    return [useful[order[i : i + size]] for i in range(0, len(order), size)]


def each_place(question: Question) -> list[np.ndarray]:
    """Every asked place alone: tiles also share the errors and the ridge of their series, which are other places' too."""
    return list(np.flatnonzero(question.asked.any(axis=(0, 2)))[:, None])


def chunks(rows: np.ndarray, patches: int) -> list[np.ndarray]:
    """Starts of the query patches that cover the asked rows, in groups of at most `patches`."""
    starts = starts_of(rows)
    return [starts[i : i + patches] for i in range(0, len(starts), patches)]
