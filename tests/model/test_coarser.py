"""Large grids asked as blocks: the same answer where cells tell no more, and cells where they do."""

from dataclasses import replace

import numpy as np
import pytest

from chronotope.model.coarser import LARGE, Grouping, coarser, whole_blocks
from chronotope.model.moving import with_motion
from grids import Counted, gridded, standing
from panels import ahead

SIDE, STEPS, LEADS = 92, 16, 3
CELLS = SIDE**2
assert CELLS >= LARGE


def flickering(side, steps=STEPS, seed=0):
    """Frames without motion."""
    return np.random.default_rng(seed).normal(size=(steps, side, side))


@pytest.fixture(scope="module")
def blocky():
    return ahead(gridded(flickering(SIDE // 2).repeat(2, axis=1).repeat(2, axis=2)), LEADS)


def test_where_blocks_are_constant_they_are_asked_and_answer_as_the_cells_would(blocky):
    asked = Counted(standing)
    np.testing.assert_allclose(with_motion(blocky, asked), standing(blocky), atol=1e-5)
    assert max(asked.places) == CELLS // 4


def test_the_order_of_the_places_changes_nothing(blocky):
    shuffle = np.random.default_rng(1).permutation(CELLS)
    np.testing.assert_allclose(with_motion(blocky.of_places(shuffle), standing), standing(blocky)[:, :, shuffle], atol=1e-5)


def test_who_knows_more_of_cells_than_of_blocks_is_asked_about_cells():
    frames = flickering(SIDE, STEPS + LEADS)
    question = ahead(gridded(frames[:STEPS]), LEADS)

    def oracle(question):
        x, y = question.frame.xy.astype(int).T
        rows = np.searchsorted(times, question.frame.times[question.rows])
        told = frames[rows][:, y, x][..., None] + 0.1 * (np.array(question.levels)[:, None, None, None] - 0.5)
        return np.where(question.asked[question.rows], told, np.nan).astype(np.float32)

    times, asked = question.frame.times, Counted(oracle)
    np.testing.assert_array_equal(with_motion(question, asked), oracle(question))
    assert CELLS in asked.places


def test_a_smaller_grid_is_asked_as_it_is():
    question = ahead(gridded(flickering(SIDE // 2)), LEADS)
    asked = Counted(standing)
    np.testing.assert_array_equal(with_motion(question, asked), standing(question))
    assert max(asked.places) == CELLS // 4


def test_what_is_hidden_changes_no_bit(blocky):
    seen = blocky.seen.copy()
    seen[5:9, 40:900] = False
    hidden = replace(blocky, seen=seen)
    poisoned = replace(hidden.frame, values=np.where(seen, hidden.frame.values, 1e6).astype(np.float32))
    np.testing.assert_array_equal(with_motion(replace(hidden, frame=poisoned), standing), with_motion(hidden, standing))


def test_blocks_hold_the_means_of_what_is_seen_and_an_odd_side_has_smaller_ones():
    frames = np.arange(3 * 5 * 4, dtype=float).reshape(3, 5, 4)
    frames[1, 0, 0] = np.nan
    question = ahead(gridded(frames), 1)
    rows, columns = question.frame.cells.T
    told = coarser(question, Grouping.of(rows, columns))
    assert told.frame.values.shape == (4, 6, 1)
    np.testing.assert_allclose(told.frame.values[0, :, 0], [2.5, 4.5, 10.5, 12.5, 16.5, 18.5])
    assert told.frame.values[1, 0, 0] == pytest.approx(np.mean([21, 24, 25]))
    np.testing.assert_array_equal(told.frame.cells, [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]])
    assert told.asked[3].all() and not told.seen[3].any()
    shuffle = np.random.default_rng(0).permutation(20)
    again = coarser(question.of_places(shuffle), Grouping.of(rows[shuffle], columns[shuffle]))
    np.testing.assert_array_equal(again.frame.values, told.frame.values)
    np.testing.assert_array_equal(again.frame.xy, told.frame.xy)


def test_whole_blocks_hold_the_cells_beside():
    np.testing.assert_array_equal(whole_blocks(np.array([0, 14]), (5, 4)), [0, 1, 4, 5, 10, 11, 14, 15])


def test_two_variables_of_which_one_misses_its_last_frame_are_asked_as_blocks_too():
    one, other = (flickering(34, seed=seed).repeat(2, axis=1).repeat(2, axis=2) for seed in (0, 1))
    panel = gridded(one)
    values = np.concatenate([panel.values, other.reshape(STEPS, -1, 1).astype(np.float32)], axis=2)
    question = ahead(replace(panel, values=values, variables=("one", "other")), LEADS)
    seen = question.seen.copy()
    seen[STEPS - 1, :, 1] = False
    question = replace(question, seen=seen)
    asked = Counted(standing)
    np.testing.assert_allclose(with_motion(question, asked), standing(question), atol=1e-5)
    assert max(asked.places) == 34**2
