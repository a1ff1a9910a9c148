"""Tiles of places answer as the whole does, wherever they end."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.baselines import BASELINES
from chronotope.data.panel import Edges
from chronotope.errors import ArgumentError
from chronotope.questions import AbstractQuantilePredictor, Question
from chronotope.tasks.load import load
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
    return Question(panel, seen, asked)


def told(predictor, question):
    return predictor.answer(question).values


class Spy(AbstractQuantilePredictor):
    """Counts the places it is shown, and answers with the mean of the `reach` nearest that are seen."""

    name = "spy"

    def __init__(self, reach):
        self.reach, self.shown = reach, []

    def quantiles(self, question):
        panel, rows = question.frame, question.rows
        self.shown.append(panel.values.shape[1])
        known = np.flatnonzero(question.seen.any(axis=(0, 2)))
        far = np.linalg.norm(panel.xy[:, None] - panel.xy[known], axis=2)
        near = known[np.argsort(far, axis=1)[:, : self.reach]]
        mean = panel.values[rows][:, near, 0].astype(float).mean(axis=2)
        return np.where(question.asked[rows], mean[None, ..., None], np.nan).astype("float32").repeat(len(question.levels), 0)


@pytest.mark.parametrize("floor", ["seasonal_naive", "last_value", "marginal", "linear"])
def test_what_reads_one_series_at_a_time_answers_bit_for_bit(floor):
    question = ahead(land(), 6)
    whole, tiled = (told(one, question) for one in (BASELINES[floor](), Tiled(BASELINES[floor](), 7)))
    assert np.array_equal(whole, tiled)


def test_what_reads_no_farther_than_the_overlap_is_blind_to_the_tiles():
    question = hidden(land(200))
    spy, far = Spy(8), Spy(24)
    whole, beyond = told(spy, question), told(far, question)
    for size in (3, 10, 31):
        np.testing.assert_allclose(told(Tiled(spy, size, 8), question), whole, rtol=1e-6)
    assert max(spy.shown[1:]) < 150 and not np.allclose(told(Tiled(far, 10, 8), question), beyond, equal_nan=True)


def test_neighbours_along_edges_come_along():
    panel = land()
    ring = np.arange(60)
    panel = replace(panel, xy=None, edges=Edges(ring, np.roll(ring, -1), np.ones(60)))
    question = hidden(panel, 0.3).wanting((0.5,))  # the widths are shared by all places
    mean = BASELINES["neighbour_mean"]()
    whole, tiled = (told(one, question) for one in (mean, Tiled(mean, 4, 0)))
    np.testing.assert_allclose(tiled, whole, rtol=1e-6)


def test_few_places_are_one_tile_and_rows_without_a_question_stay_empty():
    question = ahead(land(9), 6)
    question.asked[-3:, 4] = False
    whole, tiled = (told(one, question) for one in (BASELINES["seasonal_naive"](), Tiled(BASELINES["seasonal_naive"](), 2, 3)))
    assert np.array_equal(whole, tiled, equal_nan=True) and np.isnan(tiled[:, -3:, 4]).all()
    assert np.array_equal(told(Tiled(BASELINES["seasonal_naive"](), 9), question), whole, equal_nan=True)


@pytest.mark.weights
def test_a_network_hardly_notices_the_tiles():
    question = ahead(land(40), 6)
    network = load("tiny").predictor
    whole, tiled = told(network, question), told(Tiled(network, 16, 16), question)
    assert np.abs(whole - tiled).mean() < 0.1 * (whole[-1] - whole[0]).mean()  # its memory and its regression are those of the tile


@pytest.mark.parametrize(("size", "overlap"), [(0, 4), (4, -1)])
def test_wrong_sizes_are_refused(size, overlap):
    with pytest.raises(ArgumentError, match="size must be"):
        Tiled(BASELINES["seasonal_naive"](), size, overlap)
