"""Chaos: fixed points, order of the solver, sensitivity."""

import numpy as np
import pytest

from chronotope.worlds.chaos import lorenz96


def _slope(x, forcing):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + forcing


def test_the_uniform_state_is_a_fixed_point():
    assert lorenz96(np.full(12, 8.0), 8.0, 20) == pytest.approx(np.full((20, 12), 8.0))


def test_small_steps_follow_the_written_equation_and_the_order_is_four():
    start = 8 + np.random.default_rng(0).standard_normal(10)
    tiny = lorenz96(start, 8.0, 2, 1e-6)
    assert (tiny[1] - tiny[0]) / 1e-6 == pytest.approx(_slope(start, 8.0), rel=1e-3, abs=1e-3)
    exact = lorenz96(start, 8.0, 3201, 1e-4)[-1]
    error = [np.abs(lorenz96(start, 8.0, 1 + int(round(0.32 / dt)), dt)[-1] - exact).max() for dt in (0.04, 0.02)]
    assert np.log2(error[0] / error[1]) > 3.5


def test_a_tiny_change_grows_to_the_size_of_the_attractor():
    start = 8 + np.random.default_rng(1).standard_normal(40)
    near = start.copy()
    near[0] += 1e-8
    gap = np.abs(lorenz96(start, 8.0, 600) - lorenz96(near, 8.0, 600)).max(1)
    assert gap[20] < 1e-6 and gap[-1] > 1
