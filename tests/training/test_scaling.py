"""The fitted law has the constants that made the losses, and too few trainings are refused."""

import numpy as np
import pytest

from chronotope.errors import ArgumentError
from chronotope.training.scaling import fit_scaling, fit_without_each

SIZES, TOKENS = (np.ravel(a) for a in np.meshgrid(np.array([5e4, 1.2e5, 2.5e5, 5e5, 1.1e6]), np.array([5e5, 1e6, 2e6, 4e6])))


def _losses(floor, a_term, a, b_term, b):
    return floor + a_term * (SIZES / 1e5) ** -a + b_term * (TOKENS / 1e6) ** -b


@pytest.mark.parametrize("constants", [(0.7, 0.06, 0.5, 0.04, 0.35), (0.5, 0.2, 0.2, 0.1, 1.1), (0.8, 0.01, 1.0, 0.08, 0.6)])
def test_constants_are_recovered_from_losses_without_noise(constants):
    law = fit_scaling(SIZES, TOKENS, _losses(*constants))
    np.testing.assert_allclose((law.floor, law.size_term, law.size_power, law.token_term, law.token_power), constants, rtol=0.01)
    assert law.miss < 1e-5


def test_a_run_that_was_left_out_is_predicted_within_the_noise():
    truth = _losses(0.7, 0.06, 0.5, 0.04, 0.35)
    noisy = truth * np.exp(np.random.default_rng(0).normal(0, 0.001, len(truth)))
    largest = int(np.argmax(SIZES * TOKENS))
    keep = np.arange(len(truth)) != largest
    law = fit_scaling(SIZES[keep], TOKENS[keep], noisy[keep])
    assert abs(law.loss(SIZES[largest], TOKENS[largest]) / truth[largest] - 1) < 0.003  # three times the noise
    assert 0.0003 < law.miss < 0.002


def test_without_each_run_the_constants_lie_around_those_of_all():
    noisy = _losses(0.7, 0.06, 0.5, 0.04, 0.35) * np.exp(np.random.default_rng(1).normal(0, 0.001, len(SIZES)))
    laws = fit_without_each(SIZES, TOKENS, noisy)
    powers = [law.size_power for law in laws]
    assert len(laws) == 20 and min(powers) < fit_scaling(SIZES, TOKENS, noisy).size_power < max(powers)


@pytest.mark.parametrize("keep", [np.array([0, 6, 12, 18, 4]), np.flatnonzero(SIZES < 2e5), np.flatnonzero(TOKENS < 1.5e6)])
def test_too_few_trainings_sizes_or_tokens_are_refused(keep):
    with pytest.raises(ArgumentError, match="six trainings with three sizes and three numbers of tokens; found"):
        fit_scaling(SIZES[keep], TOKENS[keep], _losses(0.7, 0.06, 0.5, 0.04, 0.35)[keep])


def test_losses_that_are_no_numbers_are_refused():
    with pytest.raises(ArgumentError, match="finite numbers above 0"):
        fit_scaling(SIZES, TOKENS, np.full(len(SIZES), np.nan))
