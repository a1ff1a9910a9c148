"""Patterns whose motion is known: found to a part of a cell, and carried on better than standing still."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from chronotope.baselines import BASELINES
from chronotope.baselines.motion import motion_field, proven_motion
from chronotope.evidence.flow.carry import carried_on, common_motion
from chronotope.evidence.flow.grid import grid_order
from panels import ahead, panel_of

SIZE = 48
PATTERN = gaussian_filter(np.random.default_rng(0).normal(size=(160, 160)), 3)
HERE = np.stack(np.mgrid[:SIZE, :SIZE]).astype(float)


def sliding(steps, velocity):
    """Frames (t, y, x) of a pattern that slides by `velocity` cells per step."""
    by = np.array(velocity)[:, None, None]
    return np.stack([map_coordinates(PATTERN, HERE + 50 - by * k, order=3, mode="wrap") for k in range(steps)])


def grid_panel(frames, shuffle=None):
    xy = np.stack([HERE[1].ravel() * 1000, HERE[0].ravel() * 1000], axis=1)
    order = np.arange(SIZE**2) if shuffle is None else shuffle
    panel = panel_of(frames.reshape(len(frames), -1)[:, order], "5min")
    return replace(panel, xy=xy[order])


@pytest.mark.parametrize("velocity", [(2.0, -3.0), (0.0, 0.0), (1.4, 0.6)])
def test_a_steady_motion_is_found(velocity):
    frames = sliding(4, velocity)
    assert np.abs(common_motion(frames) - velocity).max() <= 0.6
    found = motion_field(frames)[:, 8:-8, 8:-8]
    np.testing.assert_allclose(np.median(found, axis=(1, 2)), velocity, atol=0.15)


def test_carrying_on_follows_a_circle_and_knows_no_outside():
    spin = 0.05 * np.stack([HERE[1] - 23.5, -(HERE[0] - 23.5)])  # a step turns by 0.05
    values, sources = carried_on(HERE[0], spin, 10, inner=4)
    turned = 23.5 + (HERE[0] - 23.5) * np.cos(0.5) - (HERE[1] - 23.5) * np.sin(0.5)
    middle = (slice(14, -14),) * 2
    np.testing.assert_allclose(values[-1][middle], turned[middle], atol=0.1)  # first order in a quarter of a step
    away = carried_on(HERE[0], np.full((2, SIZE, SIZE), 2.0), 3)[0]
    assert np.isnan(away[2, :5]).all() and np.isfinite(away[2, 6:, 6:]).all()


def test_what_moves_is_forecast_better_than_by_standing_still_in_any_order_of_places():
    frames = sliding(10, (1.5, 1.0))
    question = ahead(grid_panel(frames[:6]), 4)
    inside = (slice(None), slice(10, -10), slice(10, -10))
    error = {}
    for name in ("advection", "last_value"):
        middle = BASELINES[name]().answer(question).values[4, :, :, 0].reshape(4, SIZE, SIZE)
        error[name] = np.abs(middle - frames[6:])[inside].mean()
    assert error["advection"] < 0.2 * error["last_value"]
    shuffle = np.random.default_rng(1).permutation(SIZE**2)
    mixed = BASELINES["advection"]().answer(ahead(grid_panel(frames[:6], shuffle), 4)).values
    np.testing.assert_array_equal(mixed, BASELINES["advection"]().answer(question).values[:, :, shuffle])


def test_rough_patterns_that_stand_still_are_left_standing():
    rng = np.random.default_rng(3)
    frames = sliding(6, (0.0, 0.0)) + 0.5 * PATTERN.std() * rng.normal(size=(6, SIZE, SIZE))
    assert np.abs(proven_motion(frames[:4])).mean() < 0.5, "without a price blocks find motions of several cells in the noise"
    values = carried_on(frames[3], proven_motion(frames[:4]), 2)[0][-1]
    known = np.isfinite(values)
    assert np.abs(values - frames[5])[known].mean() < np.abs(frames[3] - frames[5])[known].mean()


def test_places_that_are_no_grid_have_no_order():
    panel = grid_panel(sliding(2, (1, 1)))
    assert grid_order(panel)[1] == (SIZE, SIZE)
    ragged = replace(panel, xy=panel.xy + np.random.default_rng(0).normal(size=panel.xy.shape))
    assert grid_order(ragged)[1] == ()
