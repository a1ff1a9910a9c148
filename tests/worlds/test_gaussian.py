"""Gaussian fields against their covariance functions."""

import numpy as np
import pytest

from chronotope.worlds.kernel_paths import matern
from chronotope.worlds.space import drifting_field, matern_root, smooth_fields


def _rng(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("order", [0.5, 1.5, np.inf])
def test_smooth_fields_have_the_spatial_covariance_of_their_kernel(order):
    unit = np.array([[0.1, 0.1], [0.2, 0.1], [0.1, 0.5], [0.9, 0.9]])
    distance = np.hypot(*(unit - unit[0]).T)
    fields = np.concatenate([smooth_fields(_rng(s), unit, 8, 0.3, order) for s in range(500)], 1)
    expected = np.exp(-0.5 * (distance / 0.3) ** 2) if np.isinf(order) else matern(distance, 0.3, order)
    assert fields @ fields[0] / fields.shape[1] == pytest.approx(expected, abs=0.07)  # four standard errors, 4000 fields


def test_the_matern_root_squares_to_the_matern_covariance():
    distance = np.abs(np.subtract.outer(np.arange(6) / 6, np.arange(6) / 6))
    root = matern_root(distance, 0.4, 1.5)
    assert root @ root.T == pytest.approx(matern(distance, 0.4, 1.5), abs=1e-5)


def test_a_drifting_field_is_remembered_along_the_flow_and_nowhere_else():
    velocity, memory, lag = np.array([0.05, 0.0]), 50.0, 6
    unit = np.array([[0.1, 0.5], [0.1 + 0.05 * lag, 0.5], [0.1, 0.5 + 0.05 * lag]])
    products = []
    for seed in range(600):
        field = drifting_field(_rng(seed), unit, 12, 0.2, velocity, memory)
        products.append([field[3, 0] * field[3 + lag, 1], field[3, 0] * field[3 + lag, 2], field[3, 0] * field[3 + lag, 0]])
    far = np.array([0.0, np.hypot(0.3, 0.3), 0.3])
    assert np.mean(products, 0) == pytest.approx(matern(far, 0.2, 1.5) * np.exp(-lag / memory), abs=0.15)
