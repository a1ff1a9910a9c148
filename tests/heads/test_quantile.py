"""The quantile head: starts at the floors' mix, never crosses."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from chronotope.heads.normal import NORMAL_BASE
from chronotope.heads.quantile import QuantileHead, plain_quantiles

NONE = 1e3


def _floors(seed, k=6, absent=0.3, distributions=True):
    """centre, error, is_available (2, 3, 4, k) and spread (2, 3, 4, 2, 9); the last two floors are distributions."""
    rng = np.random.default_rng(seed)
    centre, error = rng.normal(size=(2, 3, 4, k)), np.exp(rng.normal(size=(2, 3, 4, k)) * 2)
    there = rng.random(error.shape) >= absent
    error[..., 0], there[..., 0] = 1.0, True
    there[..., -2:] &= distributions
    spread = np.sort(rng.normal(size=(2, 3, 4, 2, 9)), axis=-1)
    centre, error, spread = (torch.tensor(a, dtype=torch.float32) for a in (centre, error, spread))
    return centre, error, torch.tensor(there), spread


def test_base_quantiles_are_those_of_a_normal_with_unit_mean_deviation():
    np.testing.assert_allclose(NORMAL_BASE, norm.ppf(np.arange(1, 10) / 10) / np.sqrt(2 / np.pi), atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_the_untrained_head_answers_the_plain_mix(seed):
    centre, error, there, spread = _floors(seed, distributions=False)
    found = QuantileHead(16, 4, 6)(torch.randn(2, 3, 16), centre, error, there, spread)
    mix = plain_quantiles(centre, error, there)
    width = (mix[..., -1:] - mix[..., :1]) / (2 * NORMAL_BASE[-1])
    assert torch.allclose(found[..., 4], mix[..., 4], atol=1e-5)
    assert ((found - mix).abs() <= 0.03 * width + 1e-5).all()  # softplus(-5) = 0.0067 of the width opens each of four gaps


def test_one_floor_alone_gives_its_centre_and_a_normal_of_its_error():
    centre, error = torch.tensor([[[[2.0, 9.0]]]]), torch.tensor([[[[0.5, 0.01]]]])
    there = torch.tensor([[[[True, False]]]])
    np.testing.assert_allclose(plain_quantiles(centre, error, there)[0, 0, 0], 2 + 0.5 * np.array(NORMAL_BASE), rtol=1e-6)


def test_two_floors_are_weighed_by_the_third_power_of_their_error():
    centre, error = torch.tensor([[[[0.0, 9.0]]]]), torch.tensor([[[[1.0, 2.0]]]])
    assert float(plain_quantiles(centre, error, error > 0)[0, 0, 0, 4]) == pytest.approx(1.0)  # weights 8/9 and 1/9


def test_a_distribution_floor_that_is_alone_is_answered_as_it_is():
    centre, error, there, spread = _floors(0)
    there[:] = False
    error[..., -1], there[..., -1] = 1.0, True
    found = QuantileHead(16, 4, 6)(torch.randn(2, 3, 16), centre, error, there, spread)
    assert (found - spread[..., 1, :]).abs().max() <= 0.03


def _head(seed, detail, std=1.0):
    """A head whose last layers are at random."""
    torch.manual_seed(seed)
    head = QuantileHead(16, 4, 6, detail, distributions=2)
    for layer in (head.gate, head.move, *([head.steps.outer] if detail else [])):
        torch.nn.init.normal_(layer.weight, std=std)
        torch.nn.init.normal_(layer.bias, std=std)
    return head


@pytest.mark.parametrize("detail", [0, 8])
@pytest.mark.parametrize("seed", range(50))
def test_quantiles_never_cross_whatever_the_weights(seed, detail):
    head = _head(seed, detail, std=3.0)
    found = head(torch.randn(2, 3, 16) * 5, *_floors(seed)).detach()
    assert torch.isfinite(found).all() and (found.diff(dim=-1) >= 0).all()


@pytest.mark.parametrize("detail", [0, 8])
def test_a_floor_that_has_nothing_to_say_is_not_heard(detail):
    head = _head(0, detail)
    centre, error, there, spread = _floors(3)
    x = torch.randn(2, 3, 16)
    loud, wrong = (torch.where(there, a, torch.full_like(a, size)) for a, size in ((centre, 1e4), (error, 1e-3)))
    silent = (~there[..., -2:])[..., None].expand(spread.shape)
    noisy = head(x, loud, wrong, there, torch.where(silent, 1e4, spread))
    assert silent.any() and torch.equal(head(x, centre, error, there, spread), noisy)


@pytest.mark.parametrize("detail", [0, 8])
def test_the_head_scales_and_moves_with_its_floors(detail):
    head = _head(0, detail)
    centre, error, there, spread = _floors(4, absent=0)
    x = torch.randn(2, 3, 16)
    plain = head(x, centre, error, there, spread)
    assert torch.allclose(head(x, 4 * centre, 4 * error, there, 4 * spread), 4 * plain, rtol=1e-4, atol=1e-3)
    assert torch.allclose(head(x, centre + 7, error, there, spread + 7), plain + 7, rtol=1e-4, atol=1e-3)


def test_the_network_of_single_steps_begins_silent_and_then_sees_one_step_alone():
    torch.manual_seed(0)
    plain, head = QuantileHead(16, 4, 6), QuantileHead(16, 4, 6, 8, distributions=2)
    given = torch.randn(2, 3, 16), *_floors(5, absent=0)
    assert torch.equal(plain(*given), head(*given))
    head = _head(1, 8)
    torch.nn.init.zeros_(head.steps.token.weight)
    torch.nn.init.zeros_(head.move.weight)
    x, centre, error, there, spread = given
    other = centre.clone()
    other[:, :, 2] += 3.0
    apart = (head(x, centre, error, there, spread) - head(x, other, error, there, spread)).abs().amax((0, 1, 3))
    assert (apart > 0).tolist() == [False, False, True, False]
