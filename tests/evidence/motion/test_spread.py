"""Few trials of other objects do not stretch the intervals of one that is unlike them all."""

from __future__ import annotations

import numpy as np

from chronotope.evidence.motion.spread import learnt


def test_sizes_beyond_all_that_was_tried_are_limited_by_it():
    rng = np.random.default_rng(0)
    features = rng.uniform(0.5, 1.0, (40, 1))  # the slower, the farther off
    miss = np.exp(3 - 4 * features[:, 0]) * np.exp(2j * np.pi * rng.random(40)) * rng.uniform(0.2, 2, 40)
    spread = learnt(miss, features)
    assert spread is not None
    still, among = np.array([[-1.0]]), np.array([[0.9]])
    wide = spread.size(still)
    end = lambda size: np.quantile(np.abs(spread.unit), 0.8) * size[0]  # noqa: E731
    assert end(wide) > 10 * np.abs(miss).max()
    np.testing.assert_allclose(end(spread.limited(wide, np.zeros(1))), np.abs(miss).max())
    np.testing.assert_allclose(end(spread.limited(wide, np.array([3j * np.abs(miss).max()]))), 3 * np.abs(miss).max())
    usual = spread.size(among)
    assert spread.limited(usual, np.zeros(1)) == usual
