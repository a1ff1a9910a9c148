"""Counts: the law is scipy's negative binomial, and Poisson's where nothing is dispersed; it starts at the base rate."""

import numpy as np
import pytest
import torch
from scipy.stats import nbinom, poisson

from chronotope.heads.rate import LEAST_DISPERSION, Rate, RateHead, log_probability


@pytest.mark.parametrize("rate, dispersion", [(0.3, 0.5), (4.0, 0.1), (50.0, 2.0)])
def test_probabilities_are_those_of_a_negative_binomial(rate, dispersion):
    counts = np.arange(0, 120)
    answer = Rate(torch.full((120,), rate), torch.full((120,), dispersion))
    found = log_probability(answer, torch.tensor(counts, dtype=torch.float32))
    np.testing.assert_allclose(found, nbinom.logpmf(counts, 1 / dispersion, 1 / (1 + dispersion * rate)), rtol=1e-4, atol=1e-4)


def test_without_dispersion_they_are_those_of_poisson():
    answer = Rate(torch.full((12,), 3.0), torch.full((12,), LEAST_DISPERSION))
    found = log_probability(answer, torch.arange(12.0))
    np.testing.assert_allclose(found, poisson.logpmf(np.arange(12), 3.0), atol=5e-3)


@pytest.mark.parametrize("dispersion", [0.02, 0.1, 1.5])
def test_the_untrained_head_answers_the_base_rate(dispersion):
    base = torch.rand(2, 3, 4) * 10
    base[0, 0, 0] = 0.0
    answer = RateHead(16, 4, 6, dispersion)(torch.randn(2, 3, 16), base)
    assert torch.allclose(answer.rate, base, atol=1e-5) and (answer.rate > 0).all()
    assert torch.allclose(answer.dispersion, torch.tensor(dispersion), rtol=1e-4)


def test_rates_stay_above_zero_and_scale_with_their_base():
    torch.manual_seed(0)
    head = RateHead(16, 4, 6)
    torch.nn.init.normal_(head.move.weight, std=9.0)
    x, base = torch.randn(2, 3, 16), torch.rand(2, 3, 4) + 0.1
    answer, double = head(x, base), head(x, 2 * base)
    assert (answer.rate > 0).all() and torch.isfinite(answer.rate).all() and (answer.dispersion > 0).all()
    assert torch.allclose(double.rate, 2 * answer.rate, rtol=1e-5) and (answer.rate / base).std() > 1


def test_the_likelihood_teaches_the_rate_and_the_dispersion_of_the_counts():
    counts = torch.tensor(nbinom.rvs(2.0, 2.0 / (2.0 + 6.0), size=(64, 50, 4), random_state=0), dtype=torch.float32)
    head, x, base = RateHead(8, 4, 1), torch.ones(64, 50, 8), torch.full((64, 50, 4), 2.0)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.05)
    for _ in range(120):
        optimizer.zero_grad()
        (-log_probability(head(x, base), counts).mean()).backward()
        optimizer.step()
    with torch.no_grad():
        answer = head(x, base)
    assert float(answer.rate.mean()) == pytest.approx(6.0, rel=0.05)
    assert float(answer.dispersion.mean()) == pytest.approx(0.5, rel=0.15)
