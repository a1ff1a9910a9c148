"""Blocks and the cells inside them."""

import numpy as np
import pytest

from chronotope.evidence.fine.blocks import block_means, inside, kept_means, outside, rising, room, shifted, spread

FACTORS = [(2, 2), (3, 1), (2, 4)]


@pytest.mark.parametrize("factor", FACTORS)
def test_inside_and_outside_undo_each_other(factor):
    fine = np.random.default_rng(0).normal(size=(2, 12, 8))
    cells = inside(fine, factor)
    np.testing.assert_array_equal(outside(cells, factor), fine)
    np.testing.assert_allclose(cells.mean(axis=-1), block_means(fine, factor))
    np.testing.assert_allclose(block_means(spread(cells.mean(axis=-1), factor), factor), cells.mean(axis=-1))


def test_cells_of_a_block_by_hand():
    np.testing.assert_array_equal(inside(np.arange(16.0).reshape(1, 4, 4), (2, 2))[0, 1, 0], [8, 9, 12, 13])


def test_every_way_to_lay_blocks():
    parts = list(shifted(np.zeros((1, 5, 4)), (2, 2)))
    assert [part.shape[1:] for part in parts] == [(4, 4), (4, 2), (4, 4), (4, 2)]


def test_means_are_kept_between_bounds():
    rng = np.random.default_rng(1)
    cells, means = rng.normal(0, 3, (200, 16)), rng.uniform(0, 1, 200)
    made = kept_means(cells, means, np.zeros(200), np.ones(200))
    np.testing.assert_allclose(made.mean(axis=-1), means, atol=1e-12)
    assert made.min() >= -1e-12 and made.max() <= 1 + 1e-12
    free = kept_means(cells, means, np.full(200, -np.inf), np.full(200, np.inf))
    np.testing.assert_allclose(free - cells, np.broadcast_to((means - cells.mean(axis=-1))[:, None], cells.shape), atol=1e-12)


def test_a_mean_at_its_bound_leaves_no_room():
    made = kept_means(np.array([[1.0, -1.0, 3.0, -3.0]]), np.zeros(1), np.zeros(1), np.full(1, np.inf))
    np.testing.assert_array_equal(made, np.zeros((1, 4)))


def test_parts_of_nothing_are_nothing_and_one_can_hold_no_more_than_all_of_a_sum():
    zero, full = np.zeros(4), np.array([np.inf, np.inf, 10.0, 10.0])
    low, high = room(np.array([0.0, 2.0, 9.0, 10.0]), zero, full, 4)
    np.testing.assert_array_equal(low, [0.0, 0.0, 6.0, 10.0])  # three of four parts at 10 leave the fourth 6 of a mean of 9
    np.testing.assert_array_equal(high, [0.0, 8.0, 10.0, 10.0])
    free = room(np.ones(1), np.full(1, -np.inf), np.full(1, np.inf), 4)
    np.testing.assert_array_equal(free, [[-np.inf], [np.inf]])


def test_rising_cells_by_hand():
    cells = np.array([[[3.0, -1.0, 1.0]], [[9.0, 10.0, 11.0]], [[2.0, 1.0, 6.0]]])
    found = rising(cells, np.array([[1.0], [2.0], [3.0]]) * np.array([[1.0], [5.0], [1.0]]))
    np.testing.assert_allclose(found[0, 0], [-1, 1, 3])  # 4.5 of room above
    np.testing.assert_allclose(found[1, 0], [9, 10, 11])
    np.testing.assert_allclose(found[2, 0], [1, 2, 6])  # set back: nothing bounds it
    near = rising(np.array([[[3.0, -1.0, 1.0]], [[1.4, 1.5, 1.6]]]), np.array([[1.0], [1.5]]))
    share = 0.5 / 2.1  # a half lies between the means, and the two steps want 2 and 0.1 of it
    np.testing.assert_allclose(near[:, 0], [1 + share * np.array([-2, 0, 2]), 1.5 + share * np.array([-0.1, 0, 0.1])])
