"""Floors for paths: by hand, and as predictors of any series."""

import numpy as np
import pytest

from chronotope.baselines import BASELINES, TRACK_FLOORS
from chronotope.data.panel import Panel
from chronotope.errors import ArgumentError, DimensionError
from chronotope.questions import Paths, Quantiles
from chronotope.questions.kinds.forecast import ahead

LEVELS = (0.1, 0.5, 0.9)


def panel_of(values):
    times = np.datetime64("2024-01-01", "ns") + np.arange(len(values)) * np.timedelta64(1, "m")
    return Panel(np.asarray(values, float), times, "1min", ("x", "y"))


def path(name, past, steps, want=Paths(LEVELS)):
    return TRACK_FLOORS[name]().answer(ahead(panel_of(past), len(past) - 1, steps, want=want))


def test_paths_by_hand():
    past = np.array([[0.0, 0], [3, 0], [4, 1]])[:, None]
    expected = {"stay": [[4, 1], [4, 1]], "constant_velocity": [[5, 2], [6, 3]], "mean_velocity": [[6, 1.5], [8, 2]]}
    for name, way in expected.items():
        np.testing.assert_allclose(path(name, past, 2).path[:, 0], way)
        np.testing.assert_allclose(path(name, past + 9, 2).path[:, 0], np.array(way) + 9)
        np.testing.assert_allclose(path(name, past, 2, Quantiles((0.5,))).values[0, :, 0], way, atol=1.5)


def test_a_circle_is_gone_on_with():
    angle = 0.1 * np.arange(40)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)[:, None]
    made = path("constant_turn", circle[:30], 10).path
    np.testing.assert_allclose(made[:, 0], circle[30:, 0], atol=1e-9)
    assert np.abs(path("constant_velocity", circle[:30], 10).path - circle[30:]).max() > 0.3


def test_damped_velocity_forgets_as_fast_as_the_tracks_do():
    rng = np.random.default_rng(0)
    velocity = np.zeros((400, 30, 2))
    for k in range(1, 400):
        velocity[k] = 0.7 * velocity[k - 1] + rng.standard_normal((30, 2))
    past = np.cumsum(velocity, axis=0)
    made = path("damped_velocity", past, 2).path - past[-1]
    np.testing.assert_allclose(made[0], 0.7 * velocity[-1], rtol=0.02)
    np.testing.assert_allclose(made[1], (0.7 + 0.49) * velocity[-1], rtol=0.03)


@pytest.mark.parametrize("name", TRACK_FLOORS)
def test_every_floor_answers_in_order_and_where_asked(name):
    rng = np.random.default_rng(1)
    past = np.cumsum(rng.standard_normal((60, 5, 2)) + 1, axis=0)
    past[-3:, 4] = np.nan
    past[:, 3] = np.nan
    made = path(name, past, 6)
    there = [0, 1, 2, 4]
    assert made.values.shape == (3, 6, 5, 2) and np.isfinite(made.values[:, :, there]).all()
    assert np.isnan(made.values[:, :, 3]).all() and (np.diff(made.values[:, :, there], axis=0) >= 0).all()
    assert (made.values[2] > made.values[0])[:, there].all()


def test_paths_need_two_variables_and_a_want_that_is_given():
    panel = Panel(np.zeros((9, 2, 3)), panel_of(np.zeros((9, 2, 2))).times, "1min", ("x", "y", "z"))
    with pytest.raises(DimensionError, match="two variables"):
        TRACK_FLOORS["stay"]().answer(ahead(panel, 8, 2, want=Paths()))
    with pytest.raises(ArgumentError, match="Paths"):
        TRACK_FLOORS["flow"]().answer(ahead(panel_of(np.zeros((9, 2, 2))), 8, 2))
    assert {"stay", "constant_velocity", "mean_velocity"} <= set(BASELINES)
