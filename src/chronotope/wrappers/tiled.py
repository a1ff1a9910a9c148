"""Tiled: more places than a predictor or the memory takes at once, answered in compact tiles that overlap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError
from chronotope.tokens.partition import ball_order, coordinates
from chronotope.tokens.query import Predictor, Query
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
        self._base, self._size, self._overlap = base, size, overlap

    @property
    def name(self) -> str:
        """The name of the predictor."""
        return self._base.name

    def quantiles(self, panel: Panel, query: Query, levels: tuple[float, ...]) -> np.ndarray:
        """See `AbstractWrapper`."""
        asked = np.asarray(query.asked.any(axis=(0, 2)))
        if asked.sum() <= self._size:
            return ask(self._base, panel, query, levels)
        rows = query.rows
        out = np.full((len(levels), len(rows), *panel.values.shape[1:]), np.nan, np.float32)
        for core, around in self._tiles(panel, query, asked):
            index = np.sort(np.concatenate([core, around]))  # in the order of the whole, which some methods break ties by
            inside = np.isin(index, core)
            part = Query(query.seen[:, index], query.asked[:, index] & inside[:, None])
            answer = ask(self._base, panel.take_places(index), part, levels)
            out[:, np.searchsorted(rows, part.rows)[:, None], index[inside]] = answer[:, :, inside]
        return out

    def fit(self, panel: Panel, horizon: int) -> Tiled:
        """See `AbstractWrapper`."""
        return Tiled(fitted(self._base, panel, horizon), self._size, self._overlap)

    def _tiles(self, panel: Panel, query: Query, asked: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Asked places of each tile, and those around them."""
        from scipy.spatial import cKDTree

        at = positions(panel, query)
        own, known = np.flatnonzero(asked), np.flatnonzero(query.seen.any(axis=(0, 2)))
        near = cKDTree(at[known]) if len(known) and self._overlap else None
        order = own[ball_order(at[own], self._size)]
        for first in range(0, len(order), self._size):
            core = order[first : first + self._size]
            around = joined(panel, core)
            if near is not None:  # a place is its own nearest, hence one more
                count = min(self._overlap + 1, len(known))
                around = np.concatenate([around, known[near.query(at[core], count)[1].ravel()]])
            yield core, np.setdiff1d(around, core)


def positions(panel: Panel, query: Query) -> np.ndarray:
    """Coordinates (n, k) that tell which places are close: given ones, those of the graph, or likeness of what was seen last."""
    edges = None if panel.edges is None else (panel.edges.source, panel.edges.target, panel.edges.weight)
    stop = int(query.rows[0]) or len(panel.times)
    recent = slice(max(0, stop - RECENT), stop)
    series = np.where(query.seen[recent, :, 0], panel.values[recent, :, 0], 0).T
    return coordinates(panel.values.shape[1], panel.xy, edges, series)


def joined(panel: Panel, core: np.ndarray) -> np.ndarray:
    """Places with an edge from or to one of `core`."""
    if panel.edges is None:
        return np.zeros(0, int)
    source, target = panel.edges.source, panel.edges.target
    return np.concatenate([source[np.isin(target, core)], target[np.isin(source, core)]])
