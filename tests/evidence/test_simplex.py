"""Weights on the simplex: the best rule has the most, a pull is followed, and rules that are all right are no error."""

import numpy as np
import pytest

from chronotope.evidence.between.stack import stacked
from chronotope.evidence.simplex import least


def test_the_rule_that_misses_least_has_the_most():
    miss = np.random.default_rng(0).normal(size=(200, 3)) * [0.1, 1.0, 2.0]
    found = least(miss.T @ miss / 200)
    assert found.sum() == pytest.approx(1, abs=1e-5) and found.argmax() == 0 and found[0] > 0.95


def test_a_strong_pull_is_followed():
    toward = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(least(1e-6 * np.eye(3), 10.0, toward), toward, atol=1e-3)


def test_rules_that_all_told_the_truth_share_alike_or_as_they_are_drawn():
    np.testing.assert_allclose(least(np.zeros((4, 4))), 0.25)
    truth, toward = np.full(30, 7.0), np.array([0.7, 0.3])
    told = np.repeat(truth[:, None], 2, axis=1)
    np.testing.assert_allclose(stacked(told, truth, 10.0), 0.5)
    np.testing.assert_allclose(stacked(told, truth, 10.0, toward), toward)
