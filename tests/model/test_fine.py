"""Questions about what lies inside blocks: their frame, their bounds, and who answers."""

import numpy as np
import pandas as pd
import pytest

from chronotope.baselines import BASELINES
from chronotope.data.blocks import Blocks
from chronotope.data.panel import Panel
from chronotope.errors import DimensionError
from chronotope.model.fine import bounds_of
from chronotope.model.model import NetworkPredictor
from chronotope.questions.kinds import kind_of
from chronotope.questions.kinds.fine import within

SHAPE = (6, 8)


def coarse(steps=5, seed=0):
    values = np.random.default_rng(seed).normal(size=(steps, *SHAPE)).cumsum(axis=1).cumsum(axis=2).reshape(steps, -1, 1)
    times = pd.date_range("2024-01-01", periods=steps).values.astype("datetime64[ns]")
    return Panel(values.astype(np.float32), times, "1D", ("z",), units=("m",))


def test_the_frame_holds_each_variable_fine_and_as_means():
    question = within(coarse(), SHAPE, (2, 3))
    assert question.frame.values.shape == (5, 12 * 24, 2) and question.frame.variables == ("z", "z (mean of its block)")
    assert question.asked[..., 0].all() and not question.asked[..., 1].any() and question.seen[..., 1].all()
    assert kind_of(question) == "fine" and question.frame.blocks.coarse == (1, -1)
    np.testing.assert_array_equal(question.frame.blocks.block_values(question.frame.values[..., 1]).reshape(5, -1, 1), coarse().values)


def test_missing_blocks_and_seen_steps_are_not_asked():
    panel = coarse()
    panel.values[:, 3] = np.nan
    seen = np.full((5, 12 * 16, 1), np.nan)
    seen[:2] = 1.0
    question = within(panel, SHAPE, (2, 2), seen=seen)
    assert not question.asked[:2].any() and question.seen[:2, :, 0].all() and kind_of(question) == "fine"
    inside = (question.frame.blocks.row // 2 == 0) & (question.frame.blocks.column // 2 == 3)
    assert not question.asked[2:, inside].any() and question.asked[2:, ~inside, 0].all()


@pytest.mark.parametrize("name", ["bicubic", "area_to_point", "bilinear", "nearest_cell"])
def test_a_part_of_the_places_is_answered_in_any_order(name):
    question = within(coarse(), SHAPE, (2, 2))
    some = np.random.default_rng(0).permutation(np.flatnonzero(question.frame.blocks.row < 8))
    whole, part = (BASELINES[name]().answer(one).values for one in (question.of_places(np.sort(some)), question.of_places(some)))
    assert np.isfinite(part[..., 0]).all() and np.isnan(part[..., 1]).all()
    np.testing.assert_allclose(part, whole[:, :, np.argsort(np.argsort(some))], rtol=1e-6)


def test_the_network_answers_by_area_to_point():
    question = within(coarse(), SHAPE, (2, 2))
    found = NetworkPredictor(None, "none").answer(question).values
    np.testing.assert_array_equal(found, BASELINES["area_to_point"]().answer(question).values)


def test_what_is_not_seen_does_not_act():
    panel = coarse()
    question = within(panel, SHAPE, (2, 2))
    poisoned = question.frame.values.copy()
    poisoned[..., 0] = 1e6
    from dataclasses import replace

    other = replace(question, frame=replace(question.frame, values=poisoned))
    for name in ("bicubic", "area_to_point"):
        np.testing.assert_array_equal(BASELINES[name]().answer(other).values, BASELINES[name]().answer(question).values)


def test_a_floor_of_some_blocks_that_none_is_below_holds_for_all():
    rain = np.random.default_rng(0).gamma(0.3, 2.0, (30, 4, 4))
    rain[:, 0, 0] += 1.0  # never dry in this short record
    assert (bounds_of(rain, "rain", "mm").lower == 0).all()
    assert np.isinf(bounds_of(np.sqrt(rain) - 5, "z", "m").lower).all()
    assert bounds_of(np.mod(rain * 100, 360), "wind_direction", "degrees").turn == 360


def test_places_and_cells_must_be_as_many():
    blocks = Blocks(np.arange(3), np.arange(3), (2, 2), (-1,))
    with pytest.raises(DimensionError, match="one cell per place"):
        Panel(np.zeros((1, 2, 1)), np.array(["2024-01-01"], "datetime64[ns]"), "1D", ("z",), blocks=blocks)
    assert blocks.shape == (4, 4) and blocks.take_places(np.array([2])).row.tolist() == [2]
