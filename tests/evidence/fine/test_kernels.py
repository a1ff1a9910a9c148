"""Kernels against a slow second implementation, planes and gaps."""

import numpy as np
import pytest

from chronotope.evidence.fine.blocks import block_means, inside
from chronotope.evidence.fine.kernels import POWERS, REACH, around, details, stretch_of


def slow(neighbours, power, factor=2):
    """The conditional mean of the cells of the middle block, from the whole covariance matrix of all cells."""
    size = (2 * REACH + 1) * factor
    points = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1).reshape(-1, 2) / factor
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1) ** power
    whole = 1e4 - apart
    rows, columns = (np.arange(size * size) // size) // factor, (np.arange(size * size) % size) // factor
    block = rows * (2 * REACH + 1) + columns
    mean = (block[None] == np.arange(neighbours.size)[:, None]) / factor**2
    middle = block == neighbours.size // 2
    return (whole @ mean.T @ np.linalg.solve(mean @ whole @ mean.T, neighbours.ravel()))[middle]


@pytest.mark.parametrize("power", [power for power in POWERS if power < 2])
def test_a_kernel_is_the_conditional_mean(power):
    values = np.random.default_rng(0).normal(size=(1, 5, 5))
    found = details(*around(values), (2, 2), power, 1.0).value[0, 2, 2] + values[0, 2, 2]
    np.testing.assert_allclose(found, slow(values[0], power), atol=2e-3)  # a level of finite variance in both, seen from other points


@pytest.mark.parametrize("power", POWERS)
@pytest.mark.parametrize("factor", [(4, 4), (2, 3), (8, 1)])
def test_details_have_no_mean_whatever_is_missing(power, factor):
    rng = np.random.default_rng(1)
    values = np.where(rng.random((3, 7, 6)) < 0.6, rng.normal(size=(3, 7, 6)), np.nan)
    found = details(*around(values), factor, power, 1.4)
    known = np.isfinite(values)
    assert np.isfinite(found.value[known]).all() and (found.sd > 0).all()
    assert np.abs(found.value[known].mean(axis=-1)).max() < 1e-6


@pytest.mark.parametrize("power", [power for power in POWERS if power >= 2])
def test_smooth_kernels_meet_a_plane_up_to_the_edge(power):
    y, x = np.mgrid[:24, :20].astype(float)
    plane = (2 * y - 0.5 * x + 7)[None]
    coarse = block_means(plane, (4, 4))
    found = details(*around(coarse), (4, 4), power, 1.0).value + coarse[..., None]
    np.testing.assert_allclose(found, inside(plane, (4, 4)), atol=0.05)


def test_a_gap_is_no_zero():
    values = np.full((1, 5, 5), 100.0)
    values[0, 2, 3] = np.nan
    found = details(*around(values), (2, 2), 1.2, 1.0).value
    assert np.abs(found[np.isfinite(values)]).max() < 1e-9


def test_directions_take_the_shorter_way():
    beside, _ = around(np.array([[[359.0, 1.0]]]), turn=360.0)
    assert np.abs(beside).max() == 2.0


def test_the_stretch_is_that_of_the_field():
    rng = np.random.default_rng(2)
    smooth = np.cumsum(rng.normal(size=(4, 40, 40)), axis=1)
    assert stretch_of(smooth, None, 1.2) > 1.5 and stretch_of(smooth.transpose(0, 2, 1), None, 1.2) < 0.7
    assert stretch_of(np.zeros((1, 3, 3)), None, 1.2) == 1.0
