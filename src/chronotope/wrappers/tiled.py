"""Tiled: more places than a predictor or the memory takes at once, answered in compact tiles that overlap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.pace import paced
from chronotope.questions import Predictor, Question
from chronotope.tokens.partition import ball_order, coordinates
from chronotope.wrappers.wrapper import AbstractWrapper, ask, fitted

RECENT = 256  # rows by which places without positions and edges are told alike


class Tiled(AbstractWrapper):
    """A predictor that is shown `size` asked places at a time, with the places around each of them.

    Every asked place comes with the `overlap` places nearest to it that hold values and with all that have an edge to it, wherever the
    tiles end. A predictor that reads no farther answers as if it saw everything; only what it takes from all places alike (a shared
    error, its own tiles) goes by those of the tile.

    Args:
        base: any predictor.
        size: asked places of a tile.
        overlap: nearest places with values that come with each of them.

    Raises:
        ArgumentError: `size` is below 1, or `overlap` below 0.
    """

    def __init__(self, base: Predictor, size: int = 1024, overlap: int = 32) -> None:
        if size < 1 or overlap < 0:
            raise ArgumentError(f"size must be at least 1 and overlap at least 0; found {size} and {overlap}.")
        self.base, self._size, self._overlap = base, size, overlap

    def quantiles(self, question: Question) -> np.ndarray:
        """See `AbstractQuantilePredictor`."""
        asked = np.asarray(question.asked.any(axis=(0, 2)))
        if asked.sum() <= self._size:
            return ask(self.base, question)
        out = np.full((len(question.levels), len(question.rows), *question.asked.shape[1:]), np.nan, np.float32)
        for core, around in paced(list(self._tiles(question, asked))):
            index = np.sort(np.concatenate([core, around]))  # in the order of the whole, which some methods break ties by
            inside, part = np.isin(index, core), question.of_places(index)
            part = replace(part, asked=part.asked & inside[:, None])
            rows = np.searchsorted(question.rows, part.rows)
            out[:, rows[:, None], index[inside]] = ask(self.base, part)[:, :, inside]
        return out

    def fit(self, panel: Panel, horizon: int) -> Tiled:
        """See `AbstractWrapper`."""
        return Tiled(fitted(self.base, panel, horizon), self._size, self._overlap)

    def _tiles(self, question: Question, asked: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Asked places of each tile, and those around them."""
        from scipy.spatial import cKDTree

        at = positions(question)
        own, known = np.flatnonzero(asked), np.flatnonzero(question.seen.any(axis=(0, 2)))
        near = cKDTree(at[known]) if len(known) and self._overlap else None
        order = own[ball_order(at[own], self._size)]
        for first in range(0, len(order), self._size):
            core = order[first : first + self._size]
            around = joined(question.frame, core)
            if near is not None:  # a place is its own nearest, hence one more
                count = min(self._overlap + 1, len(known))
                around = np.concatenate([around, known[near.query(at[core], count)[1].ravel()]])
            yield core, np.setdiff1d(around, core)


def positions(question: Question) -> np.ndarray:
    """Coordinates (n, k) that tell which places are close: given ones, those of the graph, or likeness of what was seen last."""
    panel = question.frame
    edges = None if panel.edges is None else (panel.edges.source, panel.edges.target, panel.edges.weight)
    stop = question.first or len(panel.times)
    recent = slice(max(0, stop - RECENT), stop)
    series = np.where(question.seen[recent, :, 0], panel.values[recent, :, 0], 0).T
    return coordinates(panel.values.shape[1], panel.xy, edges, series)


def joined(panel: Panel, core: np.ndarray) -> np.ndarray:
    """Places with an edge from or to one of `core`."""
    if panel.edges is None:
        return np.zeros(0, int)
    source, target = panel.edges.source, panel.edges.target
    return np.concatenate([source[np.isin(target, core)], target[np.isin(source, core)]])
