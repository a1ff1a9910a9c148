"""Tiles of places answer as the whole does, wherever they end."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.data.panel import Edges
from chronotope.errors import ArgumentError
from chronotope.tasks.load import load
from chronotope.tokens.query import QUANTILE_LEVELS, Query
from chronotope.wrappers.tiled import Tiled
from panels import ahead, panel_of


def land(places=60, steps=80, seed=0):
    """Scattered places under one slow wave, each with noise of its own."""
    rng = np.random.default_rng(seed)
    xy = rng.random((places, 2)) * 100
    values = 10 + np.sin(np.arange(steps)[:, None] / 5 + xy[:, 0] / 30) + 0.1 * rng.normal(size=(steps, places))
    return replace(panel_of(values), xy=xy)


def hidden(panel, share=0.4):
    """A question about places that are never seen, in some steps."""
    asked = np.zeros(panel.values.shape, bool)
    asked[5:30:5, np.random.default_rng(1).random(panel.values.shape[1]) < share] = True
    seen = panel.mask & ~asked.any(axis=0)
    return panel, Query(seen, asked)


class Spy:
    """Counts the places it is shown, and answers with the mean of the `reach` nearest that are seen."""

    name = "spy"

    def __init__(self, reach):
        self.reach, self.shown = reach, []

    def predict(self, panel, query, levels):
        self.shown.append(panel.values.shape[1])
        known, rows = np.flatnonzero(query.seen.any(axis=(0, 2))), query.rows
        far = np.linalg.norm(panel.xy[:, None] - panel.xy[known], axis=2)
        near = known[np.argsort(far, axis=1)[:, : self.reach]]
        mean = panel.values[rows][:, near, 0].astype(float).mean(axis=2)
        return np.where(query.asked[rows], mean[None, ..., None], np.nan).astype("float32").repeat(len(levels), 0)


@pytest.mark.parametrize("floor", ["mix", "last_value", "climatology", "linear"])
def test_what_reads_one_series_at_a_time_answers_bit_for_bit(floor):
    panel, query = ahead(land(), 6)
    whole, tiled = (one.predict(panel, query, QUANTILE_LEVELS) for one in (BASELINES[floor](), Tiled(BASELINES[floor](), 7)))
    assert np.array_equal(whole, tiled)


def test_what_reads_no_farther_than_the_overlap_is_blind_to_the_tiles():
    panel, query = hidden(land(200))
    spy, far = Spy(8), Spy(24)
    whole, beyond = spy.predict(panel, query, (0.5,)), far.predict(panel, query, (0.5,))
    for size in (3, 10, 31):
        np.testing.assert_allclose(Tiled(spy, size, 8).predict(panel, query, (0.5,)), whole, rtol=1e-6)
    assert max(spy.shown[1:]) < 150 and not np.allclose(Tiled(far, 10, 8).predict(panel, query, (0.5,)), beyond, equal_nan=True)


def test_neighbours_along_edges_come_along():
    panel = land()
    ring = np.arange(60)
    panel = replace(panel, xy=None, edges=Edges(ring, np.roll(ring, -1), np.ones(60)))
    panel, query = hidden(panel, 0.3)
    mean = BASELINES["neighbour_mean"]()
    whole, tiled = (one.predict(panel, query, (0.5,)) for one in (mean, Tiled(mean, 4, 0)))
    np.testing.assert_allclose(tiled, whole, rtol=1e-6)


def test_few_places_are_one_tile_and_rows_without_a_question_stay_empty():
    panel, query = ahead(land(9), 6)
    query.asked[-3:, 4] = False
    whole, tiled = (one.predict(panel, query, (0.5,)) for one in (BASELINES["mix"](), Tiled(BASELINES["mix"](), 2, 3)))
    assert np.array_equal(whole, tiled, equal_nan=True) and np.isnan(tiled[:, -3:, 4]).all()
    assert np.array_equal(Tiled(BASELINES["mix"](), 9).predict(panel, query, (0.5,)), whole, equal_nan=True)


@pytest.mark.weights
def test_a_network_hardly_notices_the_tiles():
    panel, query = ahead(land(40), 6)
    network = load("tiny").predictor
    whole, tiled = network.predict(panel, query, QUANTILE_LEVELS), Tiled(network, 16, 16).predict(panel, query, QUANTILE_LEVELS)
    assert np.abs(whole - tiled).mean() < 0.1 * (whole[-1] - whole[0]).mean()  # its memory and its regression are those of the tile


@pytest.mark.parametrize(("size", "overlap"), [(0, 4), (4, -1)])
def test_wrong_sizes_are_refused(size, overlap):
    with pytest.raises(ArgumentError, match="size must be"):
        Tiled(BASELINES["mix"](), size, overlap)
