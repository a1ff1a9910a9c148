"""Directions as numbers that can be subtracted."""

import numpy as np

from chronotope.inspect.circle import around_truth, beside, directions_of, unrolled

CIRCLE = np.array([True, False])


def test_quantiles_that_run_clockwise_rise_and_others_stay():
    quantiles = np.array([[350.0, 1.0], [355.0, 2.0], [2.0, 3.0], [1.9999, 3.0], [40.0, 4.0]])
    np.testing.assert_allclose(unrolled(quantiles, CIRCLE), [[350, 1], [355, 2], [362, 3], [362, 3], [400, 4]], atol=1e-3)


def test_beside_is_within_half_a_turn():
    np.testing.assert_allclose(beside(np.array([359.0, 359.0]), np.array([2.0, 2.0]), CIRCLE), [-1, 359])


def test_the_median_is_brought_near_the_truth_with_all_its_quantiles():
    quantiles = np.array([[350.0, 1.0], [5.0, 2.0], [20.0, 3.0]])
    np.testing.assert_allclose(around_truth(quantiles, np.array([358.0, 9.0]), 1, CIRCLE), [[350, 1], [365, 2], [380, 3]])
    np.testing.assert_allclose(around_truth(quantiles, np.array([3.0, 9.0]), 1, CIRCLE), [[-10, 1], [5, 2], [20, 3]])
    assert np.isnan(around_truth(quantiles, np.array([np.nan, 9.0]), 1, CIRCLE)[:, 0]).all()


def test_directions_are_known_by_name_and_range():
    values = np.array([[[10.0, 10.0, 10.0]], [[350.0, 350.0, 361.0]]])
    assert directions_of(values, ("wind_dir", "level", "heading")).tolist() == [True, False, False]
