"""Advection and diffusion against the Gaussian puff, and the mass it must keep."""

import numpy as np
import pytest

from chronotope.worlds.advection import BOX, solve


def _run(steps, wind, diffusion, decay, at, width=0.1):
    release = np.zeros((steps, 1))
    release[0] = 1.0
    return solve(np.tile(wind, (steps, 1)), diffusion, decay, release, np.array([[0.5, 0.5]]), width, at)


def test_a_puff_moves_with_the_wind_and_spreads_as_the_diffusion_kernel():
    wind, diffusion, steps = np.array([0.01, -0.005]), 2e-4, 21
    at = np.array([[0.5, 0.5], [0.7, 0.4], [0.6, 0.45]])
    variance = 0.1**2 + 2 * diffusion * (steps - 1)
    gap = at - (0.5 + wind * (steps - 1))
    exact = np.exp(-0.5 * (gap**2).sum(1) / variance) / (2 * np.pi * variance)
    assert _run(steps, wind, diffusion, 0.0, at)[-1] == pytest.approx(exact, abs=2e-3)  # the tail of the neighbouring box


@pytest.mark.parametrize("decay", [0.0, 0.05])
def test_mass_is_what_was_released_less_what_decayed(decay):
    side = (np.arange(40) + 0.5) / 40 * BOX
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    field = _run(15, np.array([0.02, 0.01]), 1e-3, decay, grid)
    assert field.sum(1) * (BOX / 40) ** 2 == pytest.approx(np.exp(-decay * np.arange(15)), rel=1e-9)
