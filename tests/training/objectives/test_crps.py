"""CRPS of a piecewise linear distribution: exact, against the definition on a fine grid."""

import numpy as np
import pytest
import torch

from chronotope.training.objectives.crps import crps

LEVELS = torch.arange(1, 10) / 10


def _by_definition(quantiles, truth):
    """Twice the pinball loss over all levels, on a grid of them."""
    grid = (np.arange(200_000) + 0.5) / 200_000
    values = np.interp(grid, LEVELS.numpy(), quantiles)
    return 2 * np.mean(np.where(truth < values, 1 - grid, -grid) * (values - truth))


@pytest.mark.parametrize("truth", [-9.0, -0.4, 0.0, 0.33, 1.0, 40.0])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_integral_of_the_pinball_loss_over_all_levels(seed, truth):
    quantiles = np.sort(np.random.default_rng(seed).normal(size=9))
    found = crps(torch.tensor(quantiles), torch.tensor(truth, dtype=torch.float64), LEVELS.double())
    assert float(found) == pytest.approx(_by_definition(quantiles, truth), abs=1e-4)


@pytest.mark.parametrize("truth, loss", [(3.0, 0.0), (5.0, 2.0), (-1.0, 4.0)])
def test_of_a_single_value_it_is_the_absolute_error(truth, loss):
    assert float(crps(torch.full((9,), 3.0), torch.tensor(truth), LEVELS)) == pytest.approx(loss, abs=1e-6)
