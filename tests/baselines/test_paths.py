"""Floors for paths: by hand, and on pedestrians whose scores were measured elsewhere."""

import numpy as np
import pytest

from chronotope.baselines import TRACK_FLOORS
from chronotope.errors import DimensionError


def test_paths_by_hand():
    past = np.array([[0.0, 0], [3, 0], [4, 1]])
    expected = {"stay": [[4, 1], [4, 1]], "constant_velocity": [[5, 2], [6, 3]], "mean_velocity": [[6, 1.5], [8, 2]]}
    for name, path in expected.items():
        np.testing.assert_allclose(TRACK_FLOORS[name]().forecast(past, 2), path)
        np.testing.assert_allclose(TRACK_FLOORS[name]().forecast(past + 9, 2), np.array(path) + 9)
    several = TRACK_FLOORS["constant_velocity"]().forecast(np.stack([past, 2 * past]), 3)
    assert several.shape == (2, 3, 2) and np.isnan(TRACK_FLOORS["stay"]().forecast(np.full((2, 2), np.nan), 1)).all()


def test_one_position_is_too_few():
    with pytest.raises(DimensionError, match="at least two steps"):
        TRACK_FLOORS["stay"]().forecast(np.zeros((1, 2)), 3)
