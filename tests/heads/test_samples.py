"""Joint samples: each cell follows its quantiles whatever the loadings, and two cells are as dependent as their loadings say."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from chronotope.heads.normal import NORMAL_BASE
from chronotope.heads.quantile import QuantileHead
from chronotope.heads.samples import SCORES, Copula, SamplesHead, at_scores, draw

LEVELS = np.arange(1, 10) / 10


def _chance(seed=0):
    return torch.Generator().manual_seed(seed)


def _floors(seed=0):
    """centre, error, is_available (2, 3, 4, 6) and spread (2, 3, 4, 2, 9)."""
    rng = np.random.default_rng(seed)
    centre, error = rng.normal(size=(2, 3, 4, 6)), np.exp(rng.normal(size=(2, 3, 4, 6)))
    centre, error, spread = (torch.tensor(a, dtype=torch.float32) for a in (centre, error, np.sort(rng.normal(size=(2, 3, 4, 2, 9)), -1)))
    return centre, error, torch.ones_like(centre, dtype=torch.bool), spread


def test_scores_of_the_levels_are_those_of_a_normal():
    np.testing.assert_allclose(SCORES, norm.ppf(LEVELS), atol=1e-12)


def test_values_at_the_levels_scores_are_the_quantiles_and_beyond_them_the_line_goes_on():
    quantiles = torch.tensor(np.sort(np.random.default_rng(0).normal(size=(5, 9)), -1))
    found = at_scores(quantiles, torch.tensor(SCORES)[:, None].expand(9, 5))
    assert torch.allclose(found.T.double(), quantiles, atol=1e-5)
    straight = 3 + 2 * torch.tensor(SCORES)
    assert torch.allclose(at_scores(straight[None], torch.tensor([[-4.0], [0.1], [5.0]])), torch.tensor([[-5.0], [3.2], [13.0]]), atol=1e-4)


def test_the_untrained_head_has_the_quantiles_of_an_untrained_quantile_head():
    torch.manual_seed(0)
    x, floors = torch.randn(2, 3, 16), _floors()
    assert torch.equal(SamplesHead(16, 4, 6)(x, *floors).quantiles, QuantileHead(16, 4, 6)(x, *floors))


@pytest.mark.parametrize("size", [0.0, 0.3, 3.0])
def test_samples_of_a_cell_follow_its_quantiles_whatever_the_loadings(size):
    quantiles = torch.tensor(np.sort(np.random.default_rng(1).normal(size=(1, 1, 3, 9)), -1), dtype=torch.float32)
    samples = draw(Copula(quantiles, size * torch.randn(1, 1, 3, 4, generator=_chance(2))), 40000, _chance(3))
    below = (samples[..., None] <= quantiles).float().mean(0)
    assert (below - torch.tensor(LEVELS)).abs().max() < 4 * 0.5 / 200  # four standard errors


def test_two_cells_have_the_covariance_of_their_loadings():
    loading = torch.randn(1, 1, 3, 2, generator=_chance(5))
    normal = torch.tensor(SCORES).expand(1, 1, 3, 9)  # so that samples are the normal numbers themselves
    samples = draw(Copula(normal, loading), 60000, _chance(6))[:, 0, 0]
    a = loading[0, 0]
    size = (1 + a.square().sum(-1)).sqrt()
    wanted = (a @ a.T + torch.eye(3)) / (size[:, None] * size)
    assert torch.allclose(torch.corrcoef(samples.T), wanted, atol=0.02)
    assert wanted.triu(1).abs().max() > 0.3


def test_the_same_number_draws_the_same_and_what_is_drawn_has_a_slope():
    torch.manual_seed(0)
    head = SamplesHead(16, 4, 6, rank=3)
    joint = head(torch.randn(2, 3, 16), *_floors())
    samples = draw(joint, 5, _chance(1))
    assert samples.shape == (5, 2, 3, 4) and torch.equal(samples, draw(joint, 5, _chance(1)))
    assert not torch.equal(samples, draw(joint, 5, _chance(2)))
    samples.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in (head.loading.weight, head.loading.bias, head.marginal.move.weight))


def test_base_of_the_marginals_is_that_of_one_floor():
    centre, error, spread = torch.full((1, 1, 1, 3), 2.0), torch.full((1, 1, 1, 3), 0.5), torch.zeros(1, 1, 1, 2, 9)
    there = torch.tensor([True, False, False]).expand(1, 1, 1, 3)
    found = SamplesHead(8, 1, 3)(torch.zeros(1, 1, 8), centre, error, there, spread).quantiles
    np.testing.assert_allclose(found[0, 0, 0].detach(), 2 + 0.5 * np.array(NORMAL_BASE), atol=0.02)
